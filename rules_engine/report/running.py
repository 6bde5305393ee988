"""What a run over a store of live leads did: as text, and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any

from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.live import Failure
from rules_engine.live.stream import Run
from rules_engine.matching.calendar import format_instant
from rules_engine.model.types import Model

MOST_FIRINGS = 20
MOST_TYPES = 5
MOST_PROBLEMS = 10
MOST_FAILURES = 5


def running_lines(model: Model, run: Run, *, dry_run: bool, rejects: str | None) -> list[str]:
    """The counts, the firings, what did not arrive."""
    lines = [f"{model.name} version {model.version}{', dry run: nothing was saved' if dry_run else ''}"]
    if run.taken_over:
        lines.append(f"{_count(run.taken_over, 'lead')} told anew by this version")
    if run.lines:
        known = f", {run.absorbed:,} known already" if run.absorbed else ""
        lines.append(f"{_count(run.lines, 'line')}: {_count(run.events, 'new event')}{known}")
    lines += _undeclared_lines(model, run.undeclared)
    lines += _problem_lines(run)
    if run.rejected:
        lines.append(f"{run.rejected:,} rejected{f', written to {rejects}' if rejects else ''}")
    lines.append(f"{_count(run.moves, 'band change')}")
    lines += [
        f"  account {move.account_id}: {move.score} {move.before} -> {move.after}"
        for move in run.account_moves[:MOST_FIRINGS]
    ]
    would = "would fire" if dry_run else "fired"
    counts = Counter(name for name, _, _ in run.firings)
    for name in model.automations:
        if counts[name]:
            lines.append(f"{name} {would} {_count(counts[name], 'time')}")
    lines += [f"  {format_instant(at)}  {name}  {lead}" for name, lead, at in run.firings[:MOST_FIRINGS]]
    if len(run.firings) > MOST_FIRINGS:
        lines.append(f"  and {len(run.firings) - MOST_FIRINGS:,} more")
    if run.cooled:
        lines.append(f"{_count(run.cooled, 'time')} not fired, because of the cooldown")
    if run.delivered or run.waiting or run.given_up:
        lines.append(
            f"deliveries: {run.delivered:,} made, {run.waiting:,} to be tried again, {run.given_up:,} given up"
        )
    lines += [f"  {_count(count, 'time')}: {problem}" for problem, count in run.delivery_problems.items()]
    lines += [f"  {problem}" for problem in dict.fromkeys(run.plugin_problems)]
    return lines + _failure_lines(list(run.failures.values()))


def _failure_lines(failures: list[Failure]) -> list[str]:
    """The leads that could not be told, and what failed on them."""
    if not failures:
        return []
    lines = [f"{_count(len(failures), 'lead')} could not be told", *map(_shown, failures[:MOST_FAILURES])]
    if len(failures) > MOST_FAILURES:
        lines.append(f"  and {len(failures) - MOST_FAILURES:,} more")
    return lines


def _shown(failure: Failure) -> str:
    return f"  {failure}"


def _undeclared_lines(model: Model, undeclared: Counter[str]) -> list[str]:
    """The events that do not count, as the model has no such type."""
    if not undeclared:
        return []
    counts = sorted(undeclared.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{name} ({count:,}){did_you_mean(name, model.events)}" for name, count in counts[:MOST_TYPES]]
    if len(counts) > MOST_TYPES:
        named.append(f"and {len(counts) - MOST_TYPES:,} more types")
    of_them = f"{undeclared.total():,} of them {'does' if undeclared.total() == 1 else 'do'} not count"
    return [f"  {of_them}: the model declares no such type", *(f"    {line}" for line in named)]


def _problem_lines(run: Run) -> list[str]:
    """The values that are read as missing and the names that are ignored, most frequent first."""
    if not run.problems:
        return []
    counts = sorted(run.problems.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{where}: {run.first_problems[where]}{_such(count)}" for where, count in counts[:MOST_PROBLEMS]]
    if len(counts) > MOST_PROBLEMS:
        named.append(f"and those of {len(counts) - MOST_PROBLEMS:,} more fields or attributes")
    total = run.problems.total()
    return [f"{_count(total, 'value')} could not be used", *(f"  {line}" for line in named)]


def _such(count: int) -> str:
    return "" if count == 1 else f" (and {count - 1:,} more)"


def running_document(model: Model, run: Run, *, dry_run: bool) -> dict[str, Any]:
    """The same as JSON values, all firings included."""
    return {
        "model": model.name,
        "version": model.version,
        "dry_run": dry_run,
        "taken_over": run.taken_over,
        "lines": run.lines,
        "events": run.events,
        "known": run.absorbed,
        "undeclared_types": dict(sorted(run.undeclared.items())),
        "problems": [
            {"where": where, "count": count, "first": run.first_problems[where]}
            for where, count in sorted(run.problems.items())
        ],
        "rejected": run.rejected,
        "rebuilt": run.rebuilt,
        "band_changes": run.moves,
        "account_band_changes": [
            {
                "account": move.account_id,
                "score": move.score,
                "at": format_instant(move.at),
                "from": move.before,
                "to": move.after,
                "carriers": list(move.carriers),
            }
            for move in run.account_moves
        ],
        "fired": [{"automation": name, "lead": lead, "at": format_instant(at)} for name, lead, at in run.firings],
        "cooled": run.cooled,
        "delivered": run.delivered,
        "to_be_tried_again": run.waiting,
        "given_up": run.given_up,
        "delivery_problems": run.delivery_problems,
        "plugin_problems": run.plugin_problems,
        "failed": [failure_document(failure) for failure in run.failures.values()],
    }


def failure_document(failure: Failure) -> dict[str, Any]:
    """A lead on which a plugin failed, as JSON values."""
    return {part.name: getattr(failure, part.name) for part in fields(failure)}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' if number != 1 else ''}"
