"""FEEL, the expression language of DMN, usable alone.

    from rules_engine import feel

    feel.evaluate('lead.nps >= 9 and lead.country in ("US", "GB")', {"lead": {"nps": 10, "country": "GB"}})  # True

The way through: `syntax/` (text → tree) · `ast.py` · `checking/` (tree → types and findings) · `interpret/` (tree →
closures) over `values/` and `builtins/`. May import `rules_engine.diagnostics` and nothing else of ours.

Names are loaded on first use: a checker of models needs no interpreter, a host that evaluates no checker.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules_engine.feel import ast as ast
    from rules_engine.feel.api import check as check
    from rules_engine.feel.api import compile_expression as compile_expression
    from rules_engine.feel.api import evaluate as evaluate
    from rules_engine.feel.api import explain as explain
    from rules_engine.feel.api import unary_test as unary_test
    from rules_engine.feel.builtins.declare import Builtin as Builtin
    from rules_engine.feel.builtins.declare import Parameter as Parameter
    from rules_engine.feel.builtins.declare import Registry as Registry
    from rules_engine.feel.builtins.declare import Signature as Signature
    from rules_engine.feel.errors import FeelError as FeelError
    from rules_engine.feel.errors import FeelLimitError as FeelLimitError
    from rules_engine.feel.errors import FeelSyntaxError as FeelSyntaxError
    from rules_engine.feel.functions import all_functions as all_functions
    from rules_engine.feel.functions import standard_functions as standard_functions
    from rules_engine.feel.interpret.trace import Part as Part
    from rules_engine.feel.patterns import check_pattern as check_pattern
    from rules_engine.feel.syntax.parse import parse as parse
    from rules_engine.feel.syntax.parse import parse_unary_tests as parse_unary_tests
    from rules_engine.feel.syntax.print import print_expression as print_expression
    from rules_engine.feel.values import Range as Range
    from rules_engine.feel.values import YearsMonthsDuration as YearsMonthsDuration
    from rules_engine.feel.values import from_feel as from_feel
    from rules_engine.feel.values import to_feel as to_feel

_HOMES = {
    "api": (
        "check",
        "compile_expression",
        "evaluate",
        "explain",
        "unary_test",
    ),
    "builtins.declare": (
        "Builtin",
        "Parameter",
        "Registry",
        "Signature",
    ),
    "errors": (
        "FeelError",
        "FeelLimitError",
        "FeelSyntaxError",
    ),
    "functions": (
        "all_functions",
        "standard_functions",
    ),
    "interpret.trace": ("Part",),
    "patterns": ("check_pattern",),
    "syntax.parse": (
        "parse",
        "parse_unary_tests",
    ),
    "syntax.print": ("print_expression",),
    "values": (
        "Range",
        "YearsMonthsDuration",
        "from_feel",
        "to_feel",
    ),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return found
    if name == "ast":
        return import_module(f"{__name__}.ast")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "ast", *(name for names in _HOMES.values() for name in names)})
