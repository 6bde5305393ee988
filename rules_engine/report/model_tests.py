"""How the examples of a model went, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules_engine.analysis.compare import Failure
    from rules_engine.analysis.coverage import Coverage
    from rules_engine.analysis.model_tests import TestOutcome, TestReport
    from rules_engine.analysis.verdicts.shown import Line

MOST_UNSEEN = 10


def report_lines(reports: Sequence[TestReport], all_unseen: bool = False, with_coverage: bool = True) -> list[str]:
    """Each failed case with what was expected and got and the values behind it; counts and coverage per version.

    `all_unseen` lists everything that was not seen and the coverage of each kind.
    """
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
        if with_coverage:
            lines += _coverage_lines(report.coverage, all_unseen)
    return lines


def _outcome_lines(outcome: TestOutcome) -> list[str]:
    because = f": {outcome.reason}" if outcome.reason else ""
    lines = [f"{outcome.status.upper()} {outcome.name} ({outcome.span}){because}"]
    if unfit := _unfit(outcome):
        lines += ["  what was given does not fit the model", *(f"    {line}" for line in unfit)]
    for failure in outcome.failures:
        lines += [f"  {line}" for line in failure_lines(failure)]
    return lines


def _unfit(outcome: TestOutcome) -> list[str]:
    """What of a failed test's fields and events the engine read as missing or left out."""
    if outcome.status != "failed":
        return []
    told = {failure.what for failure in outcome.failures}  # an undeclared field is a failure of its own
    problems = (problem for result in outcome.results for problem in result.problems)
    return [f"{problem.where}: {problem.problem}" for problem in problems if problem.where not in told]


def failure_lines(failure: Failure) -> Iterator[str]:
    """Expected and got, the conditions concerned with what they read, entries and values."""
    yield failure.what
    yield f"  expected {failure.expected}"
    yield f"  got      {failure.got}"
    for look in failure.looks:
        yield f"  {look.where}"
        yield from _condition_lines(look.line, "    ")
    yield from (f"  {path}: {text}" for path, text in failure.values)


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
    if all_unseen:
        lines += [f"    {kind}: {seen} of {every}" for kind, (seen, every) in coverage.by_kind().items()]
    shown = unseen if all_unseen else unseen[:MOST_UNSEEN]
    lines += [f"    not seen: {item.kind} {item.name} ({item.span})" for item in shown]
    if len(shown) < len(unseen):
        lines.append(f"    and {len(unseen) - len(shown)} more; --coverage shows all")
    return lines


def filled_lines(cases: Sequence[str], file: str) -> list[str]:
    """What `--update` did."""
    if not cases:
        return [f"{file}: nothing was open, nothing was changed", ""]
    count = f"{len(cases)} test{'s' if len(cases) != 1 else ''}"
    return (
        [f"{file}: filled what {count} left open; look at the numbers before you keep them"]
        + [f"  {name}" for name in cases]
        + [""]
    )


def report_document(reports: Sequence[TestReport], with_coverage: bool = True) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [
        {
            "file": report.file,
            "model": report.model,
            "version": report.version,
            "passed": report.passed,
            "failed": report.failed,
            "skipped": report.skipped,
            "coverage": report.coverage.share if with_coverage else None,
            "coverage_by_kind": {
                kind: {"seen": seen, "of": every} for kind, (seen, every) in report.coverage.by_kind().items()
            }
            if with_coverage
            else {},
            "not_seen": [
                {"kind": item.kind, "name": item.name, "place": str(item.span)}
                for item in (report.coverage.missing if with_coverage else ())
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
        "unfit": _unfit(outcome),
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
