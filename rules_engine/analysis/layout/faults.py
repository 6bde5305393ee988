"""Why a file cannot be laid out."""

from __future__ import annotations

from rules_engine.diagnostics.diagnostic import Diagnostic


class LayoutError(Exception):
    """A file cannot be laid out; nothing of it was changed. `findings` are the mistakes that stand in the way."""

    def __init__(self, message: str, findings: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings
