"""What is wrong with a text that is no expression, in the author's words. One function per mistake."""

from __future__ import annotations

from lark.exceptions import UnexpectedInput

from rules_engine.feel.errors import FeelSyntaxError


def explain_mistake(text: str, problem: UnexpectedInput) -> FeelSyntaxError:
    """The error to raise for what lark stumbled over."""
    token = getattr(problem, "token", None)
    start = (
        token.start_pos if token is not None and token.start_pos is not None else (problem.pos_in_stream or len(text))
    )
    if token is not None and token.type == "$END":
        start = len(text)
    end = min(len(text), start + (len(token) if token is not None and token.type != "$END" else 1))
    found = repr(text[start:end]) if start < len(text) else "the end of the expression"
    return FeelSyntaxError(f"{found} cannot stand here.", start=start, end=end)
