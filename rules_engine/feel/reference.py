"""The reference of the functions, written from their declarations.

python -m rules_engine.feel.reference > docs/feel-functions.md
"""

from __future__ import annotations

from itertools import groupby

from rules_engine.feel.builtins.declare import Builtin, Registry
from rules_engine.feel.functions import all_functions, standard_functions

_HEAD = """\
# Functions of FEEL

Written from the declarations by `python -m rules_engine.feel.reference`; do not edit.

An argument of another kind than the signature says makes the result null, and so does a null argument, unless its
type ends in `?`. A parameter with `?` may be left out; one with `...` takes any number of values, at least one where it
stands alone. Where a list is wanted a single value is taken as a list of one, and where a single value is wanted a list
of one as its item.
Arguments are given in order, or all by name: `substring(string: "foobar", start position: 3)`.
"""


def reference(functions: Registry | None = None) -> str:
    """The page, in Markdown."""
    functions = functions or all_functions()
    parts = [_HEAD]
    groups = list(dict.fromkeys(builtin.group for builtin in functions))
    order = sorted(functions, key=lambda builtin: groups.index(builtin.group))
    for group, builtins in groupby(order, key=lambda builtin: builtin.group):
        parts.append(f"## {group or 'Others'}\n")
        parts.extend(map(_section, builtins))
    return "\n".join(parts)


def sections(functions: Registry) -> list[str]:
    """A section for each function, without the head of the page."""
    return list(map(_section, functions))


def _section(builtin: Builtin) -> str:
    lines = [f"### {builtin.name}\n", "```"]
    lines += [signature.text for signature in builtin.signatures]
    lines += ["```\n", builtin.doc]
    if builtin.name not in standard_functions():
        lines.append("\nNot in the standard.")
    if builtin.examples:
        lines += ["", "| Expression | Value |", "|---|---|"]
        lines += [f"| `{_cell(text)}` | `{_cell(value)}` |" for text, value in builtin.examples]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(reference(), end="")
