"""How the examples of a model went, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules_engine.analysis.coverage import Coverage
    from rules_engine.analysis.model_tests import TestOutcome, TestReport
    from rules_engine.analysis.verdicts.shown import Line

MOST_UNSEEN = 10


def report_lines(reports: Sequence[TestReport], all_unseen: bool = False) -> list[str]:
    """Each failed case with what was expected and got and the values behind it; counts and coverage per version."""
    lines = []
    for report in reports:
        for outcome in report.outcomes:
            if outcome.status != "passed":
                lines += [*_outcome_lines(outcome), ""]
    for report in reports:
        counts = [f"{report.passed} passed", f"{report.failed} failed"]
        if report.skipped:
            counts.append(f"{report.skipped} skipped")
        lines.append(f"{report.model} version {report.version}: {', '.join(counts)}")
        lines += _coverage_lines(report.coverage, all_unseen)
    return lines


def _outcome_lines(outcome: TestOutcome) -> list[str]:
    because = f": {outcome.reason}" if outcome.reason else ""
    lines = [f"{outcome.status.upper()} {outcome.name} ({outcome.span}){because}"]
    for failure in outcome.failures:
        lines += [f"  {failure.what}", f"    expected {failure.expected}", f"    got      {failure.got}"]
        for look in failure.looks:
            lines += [f"    {look.where}", *_condition_lines(look.line, "      ")]
        lines += [f"    {path}: {text}" for path, text in failure.values]
    return lines


def _condition_lines(line: Line, indent: str) -> Iterator[str]:
    """A line of a condition with its verdict; under it what it read, or its parts."""
    if not line.text:
        return
    yield f"{indent}{line.text}: {_verdict(line.verdict)}"
    for path, text in line.values:
        yield f"{indent}  {path} = {text}"
    for part in line.parts:
        yield from _condition_lines(part, indent + "  ")


def _verdict(verdict: bool | None) -> str:
    return "unknown" if verdict is None else "true" if verdict else "false"


def _coverage_lines(coverage: Coverage, all_unseen: bool) -> list[str]:
    unseen = coverage.missing
    lines = [f"  coverage {coverage.share:.0%} ({len(coverage.items) - len(unseen)} of {len(coverage.items)})"]
    shown = unseen if all_unseen else unseen[:MOST_UNSEEN]
    lines += [f"    not seen: {item.kind} {item.name} ({item.span})" for item in shown]
    if len(shown) < len(unseen):
        lines.append(f"    and {len(unseen) - len(shown)} more; --coverage shows all")
    return lines


def report_document(reports: Sequence[TestReport]) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [
        {
            "file": report.file,
            "model": report.model,
            "version": report.version,
            "passed": report.passed,
            "failed": report.failed,
            "skipped": report.skipped,
            "coverage": report.coverage.share,
            "not_seen": [
                {"kind": item.kind, "name": item.name, "place": str(item.span)} for item in report.coverage.missing
            ],
            "tests": [_outcome_document(outcome) for outcome in report.outcomes],
        }
        for report in reports
    ]


def _outcome_document(outcome: TestOutcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "status": outcome.status,
        "place": str(outcome.span),
        "reason": outcome.reason,
        "failures": [
            {
                "what": failure.what,
                "expected": failure.expected,
                "got": failure.got,
                "place": str(failure.span),
                "conditions": [{"where": look.where, "line": _line_document(look.line)} for look in failure.looks],
                "values": dict(failure.values),
            }
            for failure in outcome.failures
        ],
    }


def _line_document(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "verdict": _verdict(line.verdict),
        "values": dict(line.values),
        "parts": [_line_document(part) for part in line.parts],
    }
