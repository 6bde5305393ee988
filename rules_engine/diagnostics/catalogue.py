"""The catalogue of diagnostic codes: one entry per kind of mistake, and the way to make a finding of it.

The first digit of a code is the stage: 0 YAML, 1 shape, 2 names, 3 types and expressions, 4 meaning of the model,
5 data, 6 run time, 7 advice. An entry explains the kind; the message of a finding says what is wrong in one file.
"""

from __future__ import annotations

from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Related, Severity, Span
from rules_engine.records import dataclass

STAGES = {
    "0": "YAML",
    "1": "Shape of the file",
    "2": "Names",
    "3": "Expressions and types",
    "4": "Meaning of the model",
    "5": "Data",
    "6": "Run time",
    "7": "Advice",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a code stands for: `what` is wrong, `why` it matters, how to `fix` it; a `wrong` and a `right` example."""

    title: str
    what: str
    why: str
    fix: str
    wrong: str
    right: str
    severity: Severity = Severity.ERROR


def finding(
    code: str,
    message: str,
    span: Span | None,
    help: str = "",
    related: tuple[Related, ...] = (),
    edit: Edit | None = None,
) -> Diagnostic:
    """A diagnostic with the severity that the catalogue gives its code."""
    from rules_engine.diagnostics.codes import CODES  # late: the texts are long and only needed here

    return Diagnostic(code, CODES[code].severity, message, span, help, related, edit)
