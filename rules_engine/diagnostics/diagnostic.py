"""What a stage says about an author's mistake: a value, never an exception.

A `Diagnostic` travels with results. Exceptions are kept for faults of the host or the machine; where an API
must stop (`Engine.load` of a broken model), it raises one typed error that *carries* its diagnostics.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from rules_engine.records import dataclass


class Severity(StrEnum):
    """How much a finding matters: errors stop scoring, warnings and hints do not."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open piece of a text: [start, end) in characters, and the same as lines and columns from 1.

    `file` is the path as the user wrote it, or "" for a text without a file. `end_column` is one past the last
    character, so an empty span has `start == end`.
    """

    file: str
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.file else f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that belongs to a finding, such as the first of two equal keys."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Edit:
    """What to write in the place of `span` to mend a finding, where there is one way to do it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code, where, what is wrong in the analyst's words, and how to fix it.

    `code` is a key of the catalogue (`RE` + three digits; the first digit is the stage). `help` says what to write
    instead and may be empty.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    help: str = ""
    related: tuple[Related, ...] = field(default=())
    edit: Edit | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR
