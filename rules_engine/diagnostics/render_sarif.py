"""Findings as SARIF 2.1.0, which code scanners show beside the lines of a file.

Hosts are stricter than the standard: GitHub refuses a whole file for one result without a file and a line. What has no
place is therefore not a result but a notification of the run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from rules_engine.diagnostics.catalogue import Entry
from rules_engine.diagnostics.codes import CODES
from rules_engine.diagnostics.diagnostic import Diagnostic, Severity, Span

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}


def render_sarif(findings: Sequence[Diagnostic]) -> str:
    """One run with the rules that have findings. Paths are relative to the folder that the command runs in."""
    placed = [found for found in findings if _file(found.span) is not None]
    others = [found for found in findings if _file(found.span) is None]
    codes = {code: index for index, code in enumerate(sorted({found.code for found in findings}))}
    run: dict[str, object] = {
        "tool": {"driver": {"name": "lead-rules-engine", "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\r", "\n"],  # those of YAML; the default of the standard has no lone \r
        "results": [_result(found, codes[found.code]) for found in placed],
    }
    if others:
        told = [_notification(found, codes[found.code]) for found in others]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": told}]
    data = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _rule(code: str) -> dict[str, object]:
    entry = CODES.get(code)
    if entry is None:
        return {"id": code, "shortDescription": {"text": code}}
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": f"{entry.what} {entry.why}"},
        "help": {"text": entry.fix, "markdown": _page(entry)},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def _page(entry: Entry) -> str:
    return f"{entry.fix}\n\nWrong:\n\n```yaml\n{entry.wrong}\n```\n\nRight:\n\n```yaml\n{entry.right}\n```\n"


def _result(found: Diagnostic, index: int) -> dict[str, object]:
    assert found.span is not None
    result: dict[str, object] = {
        "ruleId": found.code,
        "ruleIndex": index,
        "level": _LEVELS[found.severity],
        "message": _message(found),
        "locations": [{"physicalLocation": _place(found.span)}],
    }
    related = [other for other in found.related if _file(other.span) is not None]
    if related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(other.span), "message": {"text": other.message}}
            for number, other in enumerate(related, 1)
        ]
    return result


def _notification(found: Diagnostic, index: int) -> dict[str, object]:
    return {
        "level": _LEVELS[found.severity],
        "message": _message(found),
        "associatedRule": {"id": found.code, "index": index},
    }


def _message(found: Diagnostic) -> Mapping[str, str]:
    return {"text": found.message + (f"\n{found.help}" if found.help else "")}


def _place(span: Span) -> dict[str, object]:
    return {
        "artifactLocation": {"uri": _file(span)},
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        },
    }


def _file(span: Span | None) -> str | None:
    """The file as a URI: relative where it lies below the working folder, as hosts want it; None without a file."""
    if span is None or not span.file:
        return None
    here = Path.cwd()
    path = Path(os.path.abspath(span.file))  # without "..", by which no host would find a file of its own
    return quote(path.relative_to(here).as_posix()) if path.is_relative_to(here) else path.as_uri()
