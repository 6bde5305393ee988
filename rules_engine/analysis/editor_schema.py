"""What editors offer where a model file wants an expression: the functions, with their arguments to fill in.

Takes the JSON Schema of model files and functions, gives the schema with `defaultSnippets`, which YAML language servers
read. They offer them at the beginning of a value: what stands inside an expression is text to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from rules_engine.feel.builtins.declare import Builtin

_PLACES = ("expression", "condition")


def with_functions(schema: Mapping[str, Any], functions: Iterable[Builtin]) -> dict[str, Any]:
    """A copy of the schema that offers `functions` wherever an expression or a condition stands."""
    found = deepcopy(dict(schema))
    snippets = [_snippet(function) for function in sorted(functions, key=lambda one: one.name)]
    for place in _PLACES:
        found["$defs"][place]["defaultSnippets"] = snippets
    return found


def _snippet(function: Builtin) -> dict[str, str]:
    """`starts with(string, match)`, each argument a field to fill; optional ones are left out."""
    names = [one.name for one in function.signatures[0].parameters if not one.optional]
    fields = ", ".join(f"${{{number}:{name}}}" for number, name in enumerate(names, 1))
    signatures = "\n".join(one.text for one in function.signatures)
    return {
        "label": f"{function.name}({', '.join(names)})",
        "description": f"{signatures}\n\n{function.doc}",
        "body": f"{function.name}({fields})",
    }
