"""The typed error with which reading data stops. It carries the findings; a problem of one row also its place."""

from __future__ import annotations

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.errors import Portable


class DataError(Portable):
    """A mapping file or the data it names cannot be used. `findings` say why, in the analyst's words."""

    def __init__(
        self,
        *findings: Diagnostic,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__("\n".join(_line(finding) for finding in findings))
        self.findings = findings
        self.file = file
        self.row = row
        self.column = column


def _line(finding: Diagnostic) -> str:
    place = f"{finding.span}: " if finding.span is not None and finding.span.file else ""
    return f"{place}{finding.code}: {finding.message}" + (f" {finding.help}" if finding.help else "")
