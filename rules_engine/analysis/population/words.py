"""Parts of a model as one line of text, as they stand in the file."""

from __future__ import annotations

from rules_engine.model.types import Condition, Formula

_JOINED = {"all": " and ", "any": " or "}


def condition_text(condition: Condition) -> str:
    """`all`, `any` and `none` of several lines in one: "(a and b)", "not (a or b)"."""
    if isinstance(condition, Formula):
        return " ".join(condition.text.split())
    parts = [condition_text(part) for part in condition.parts]
    if condition.kind == "none":
        return f"not({' or '.join(parts)})"
    return parts[0] if len(parts) == 1 else f"({_JOINED[condition.kind].join(parts)})"
