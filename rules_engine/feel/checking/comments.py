"""`event.watched // 60`: in other languages a division, here a comment behind `event.watched`."""

from __future__ import annotations

from collections.abc import Callable

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_values
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.syntax.parse import parse_or_none
from rules_engine.feel.syntax.stop import STRINGS_AND_COMMENTS


def division_as_comment(text: str, fits: Callable[[ast.Expression], bool]) -> Finding | None:
    """A finding where `text` with its first // as a division is an expression, too, and one that `fits` its place."""
    for found in STRINGS_AND_COMMENTS.finditer(text):
        start, line = found.start(), text.rfind("\n", 0, found.start()) + 1
        if not found[0].startswith("//") or not text[line:start].strip():
            continue
        divided = f"{text[:start]}/{text[start + 2 :]}"
        tree = parse_or_none(divided)
        if tree is None or not fits(tree):
            return None
        return messages_values.comment_behind(ast.Place(start, found.end()), " ".join(divided.split()))
    return None
