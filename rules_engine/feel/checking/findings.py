"""What the checker says: findings with a place in the text of one expression. Values, never exceptions."""

from __future__ import annotations

from typing import NamedTuple

from rules_engine.diagnostics.diagnostic import Severity
from rules_engine.feel import ast
from rules_engine.feel.checking.entries import ENTRIES
from rules_engine.feel.types import Typed
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in an expression: `start` and `end` are offsets in the expression's own text, [start, end).

    `fix`, where it is not empty, is the text of the whole expression put right; `word` what stands at the place then,
    where a single slip of spelling is all that is wrong.
    """

    code: str
    severity: Severity
    message: str
    help: str
    start: int
    end: int
    fix: str = ""
    word: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


class CheckResult(NamedTuple):
    """The type of an expression and all that is wrong with it, in the order of the text."""

    typed: Typed
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No errors; there may be warnings."""
        return not any(finding.is_error for finding in self.findings)


def finding(
    code: str, where: ast.Node | ast.Place, message: str, help: str = "", fix: str = "", word: str | None = None
) -> Finding:
    """The finding of this code, `RE…` of `entries`, at a part of an expression."""
    place = where if isinstance(where, ast.Place) else where.span
    return Finding(code, ENTRIES[code].severity, message, help, place.start, place.end, fix, word or "")
