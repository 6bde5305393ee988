"""A result as plain JSON values: points as numbers, instants as ISO 8601 text in UTC, nothing left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from rules_engine.matching.calendar import format_instant
from rules_engine.result.types import LedgerEntry, Result, RuleOutcome, ScoreResult, Transition
from rules_engine.scoring.amounts import to_points


def result_document(result: Result) -> dict[str, Any]:
    """The whole result of one lead."""
    return {
        "model": result.model,
        "version": result.version,
        "model_hash": result.model_hash,
        "lead_id": result.lead_id,
        "as_of": format_instant(result.as_of),
        "timezone": result.timezone,
        "scored": result.scored,
        "fields": result.fields,
        "scores": {name: score_document(score) for name, score in result.scores.items()},
        "gates": [{"name": gate.name, "until": _instant(gate.until)} for gate in result.gates],
        "tallies": {name: _value(value) for name, value in result.tallies.items()},
        "labels": {name: _value(value) for name, value in result.labels.items()},
        "unknown_labels": list(result.unknown_labels),
        "transitions": [transition_document(change) for change in result.transitions],
        "forecast": [transition_document(change) for change in result.forecast],
        "next_due": _instant(result.next_due),
        "events": [
            {"at": format_instant(event.at), "type": event.type, "id": event.id, "attributes": _value(event.attributes)}
            for event in result.events
        ],
        "problems": [{"where": problem.where, "problem": problem.problem} for problem in result.problems],
    }


def score_document(score: ScoreResult) -> dict[str, Any]:
    """One score with its ledger."""
    if not score.has_value:
        return {"has_value": False}
    return {
        "has_value": True,
        "reading": to_points(score.reading),
        "band": score.band,
        "band_since": _instant(score.band_since),
        "activity": to_points(score.activity),
        "profile": to_points(score.profile),
        "total": to_points(score.total),
        "cap": None if score.cap is None else to_points(score.cap),
        "capped_by": score.capped_by,
        "peak": to_points(score.peak),
        "peak_at": _instant(score.peak_at),
        "last_increase": _instant(score.last_increase),
        "next_band": score.next_band,
        "points_to_next_band": None if score.points_to_next_band is None else to_points(score.points_to_next_band),
        "start": to_points(score.start),
        "ledger": [ledger_document(entry) for entry in score.ledger],
        "profile_rules": [
            {"rule": part.rule, "points": to_points(part.amount), "outcome": part.outcome}
            for part in score.contributions
        ],
        "components": [
            {"score": name, "weight": weight, "points": to_points(amount)} for name, weight, amount in score.components
        ],
        "rules": [rule_document(outcome) for outcome in score.rules],
    }


def ledger_document(entry: LedgerEntry) -> dict[str, Any]:
    """One ledger entry; `event` is a position in the result's list of events."""
    return {
        "at": format_instant(entry.at),
        "kind": entry.kind,
        "rule": entry.rule,
        "nominal": to_points(entry.nominal),
        "effective": to_points(entry.effective),
        "reason": entry.reason,
        "event": entry.event,
    }


def rule_document(outcome: RuleOutcome) -> dict[str, Any]:
    """How one rule did."""
    return {
        "rule": outcome.rule,
        "kind": outcome.kind,
        "outcome": outcome.outcome,
        "fired": outcome.fired,
        "not_fired": outcome.not_fired,
        "unknown": outcome.unknown,
        "points": to_points(outcome.effective),
        "missing": list(outcome.missing),
    }


def transition_document(change: Transition) -> dict[str, Any]:
    """A change of band."""
    return {
        "score": change.score,
        "at": format_instant(change.at),
        "from": change.before,
        "to": change.after,
        "cause": change.cause,
    }


def _instant(at: int | None) -> str | None:
    return None if at is None else format_instant(at)


def _value(value: object) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _value(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_value(part) for part in value]
    return str(value)
