"""The boolean function (10.3.4.2)."""

from __future__ import annotations

from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.interpret.conform import single
from rules_engine.feel.interpret.reasons import kind, undefined


@standard.function(
    "not(negand: Any?) -> boolean",
    group="Logic",
    doc="False for true, true for false, null for anything else.",
    examples={"not(true)": "false", "not(null)": "null"},
)
def negation(negand: object) -> object:
    negand = single(negand)  # declared as `Any`, so that what is no truth value gets its own words
    if isinstance(negand, bool):
        return not negand
    return None if negand is None else undefined(f"not() wants true or false, not {kind(negand)}")
