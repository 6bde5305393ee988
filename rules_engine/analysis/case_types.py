"""What a `tests.yaml` holds once read: cases with what they give and what they expect, each with its place.

Points are integer micropoints. Takes nothing, gives frozen classes; `case_file` makes them, `model_tests` runs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model.yaml_nodes import Plain
from rules_engine.records import dataclass

Outcome: TypeAlias = Literal["fired", "not_fired", "unknown"]
RowsKind: TypeAlias = Literal["ledger", "transitions", "forecast"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written: `2026-09-01T12:00:00Z`, or relative to the case's as-of time (`-3 days`).

    `offset` is in microseconds and None for an absolute time.
    """

    text: str
    offset: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One event of a case: what stands in the file without its `at`."""

    given: Mapping[str, object]
    at: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """A lead of an account case."""

    lead: Mapping[str, object]
    events: tuple[CaseEvent, ...]
    span: Span


# --- expectations ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Points:
    """An amount that is expected, in micropoints."""

    micro: int


Wanted: TypeAlias = Plain | Points | Moment | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueCheck:
    """One value: `path` is its place in the result, such as ("scores", "readiness", "reading")."""

    path: tuple[str, ...]
    wanted: Wanted
    span: Span


@dataclass(frozen=True, slots=True)
class NamesCheck:
    """`gates: [a, b]` (exactly these) or `unknown_labels: [a]` (at least these)."""

    what: Literal["gates", "unknown_labels"]
    names: tuple[str, ...]
    exactly: bool
    span: Span


@dataclass(frozen=True, slots=True)
class OutcomeCheck:
    """`fired: [readiness.demo]`: the rule did so; a bare name means the rule of that name in any score."""

    rule: str
    outcome: Outcome
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """One expected ledger entry or transition: only what is written is compared."""

    fields: Mapping[str, Wanted]
    span: Span


@dataclass(frozen=True, slots=True)
class RowsCheck:
    """`ledger`, `transitions` or `forecast` of one score.

    `complete`: the rows are all there are; otherwise they must be found in this order, others may stand between them.
    """

    what: RowsKind
    score: str
    rows: tuple[Row, ...]
    complete: bool
    span: Span


Check: TypeAlias = ValueCheck | NamesCheck | OutcomeCheck | RowsCheck


@dataclass(frozen=True, slots=True)
class ModelTest:
    """One case. With `members` it is a case of an account, otherwise of a lead.

    `version` None is the version under test. `tolerance` is in micropoints and applies to points only.
    """

    name: str
    as_of: Moment
    lead: Mapping[str, object]
    account: Mapping[str, object]
    events: tuple[CaseEvent, ...]
    members: tuple[Member, ...] | None
    checks: tuple[Check, ...]
    tolerance: int
    version: int | None
    note: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class TestFile:
    """A whole `tests.yaml`. `model` is the text of a model that the file carries itself, for small examples.

    `findings` are all mistakes of the file; a case with a mistake is left out of `tests`.
    """

    __test__ = False  # tells pytest that this class is not one of its own

    file: str
    tests: tuple[ModelTest, ...]
    model: str | None = None
    findings: tuple[Diagnostic, ...] = field(default=())

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self.findings)


class TestFileError(Exception):
    """A `tests.yaml` that cannot be run; `findings` say why."""

    __test__ = False

    def __init__(self, file: str, findings: tuple[Diagnostic, ...]) -> None:
        self.file = file
        self.findings = findings
        first = next((f for f in findings if f.is_error), None)
        super().__init__(f"{file} cannot be read" + (f": {first.span}: {first.message}" if first else ""))
