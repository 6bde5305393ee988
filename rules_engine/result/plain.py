"""A result as plain JSON values: points as numbers, instants as ISO 8601 text in UTC."""

from __future__ import annotations

from rules_engine.matching.calendar import format_instant
from rules_engine.matching.fields import to_plain
from rules_engine.result.types import (
    AccountResult,
    Explanation,
    LedgerEntry,
    Result,
    RuleOutcome,
    ScoreResult,
    Transition,
)
from rules_engine.scoring.amounts import to_points


def _instant(at: int | None) -> str | None:
    return None if at is None else format_instant(at)


def entry_to_dict(entry: LedgerEntry) -> dict[str, object]:
    """One ledger entry."""
    return {
        "at": format_instant(entry.at),
        "kind": entry.kind,
        "rule": entry.rule,
        "nominal": to_points(entry.nominal),
        "effective": to_points(entry.effective),
        "reason": entry.reason,
        "event": entry.event,
    }


def transition_to_dict(move: Transition) -> dict[str, object]:
    """One band change."""
    return {
        "score": move.score,
        "at": format_instant(move.at),
        "from": move.before,
        "to": move.after,
        "cause": move.cause,
    }


def _rule(outcome: RuleOutcome) -> dict[str, object]:
    return {
        "rule": outcome.rule,
        "kind": outcome.kind,
        "outcome": outcome.outcome,
        "fired": outcome.fired,
        "not_fired": outcome.not_fired,
        "unknown": outcome.unknown,
        "effective": to_points(outcome.effective),
        "missing": list(outcome.missing),
    }


def _score(score: ScoreResult) -> dict[str, object]:
    if not score.has_value:
        return {"has_value": False, "rules": [_rule(outcome) for outcome in score.rules]}
    return {
        "has_value": True,
        "activity": to_points(score.activity),
        "profile": to_points(score.profile),
        "total": to_points(score.total),
        "reading": to_points(score.reading),
        "cap": None if score.cap is None else to_points(score.cap),
        "capped_by": score.capped_by,
        "band": score.band,
        "band_since": _instant(score.band_since),
        "peak": to_points(score.peak),
        "peak_at": _instant(score.peak_at),
        "last_increase": _instant(score.last_increase),
        "next_band": score.next_band,
        "points_to_next_band": None if score.points_to_next_band is None else to_points(score.points_to_next_band),
        "start": to_points(score.start),
        "components": [
            {"score": name, "weight": weight, "points": to_points(amount)} for name, weight, amount in score.components
        ],
        "contributions": [
            {"rule": part.rule, "points": to_points(part.amount), "outcome": part.outcome}
            for part in score.contributions
        ],
        "ledger": [entry_to_dict(entry) for entry in score.ledger],
        "rules": [_rule(outcome) for outcome in score.rules],
    }


def result_to_dict(result: Result) -> dict[str, object]:
    """A whole result, the forecast included."""
    return {
        "model": result.model,
        "version": result.version,
        "model_hash": result.model_hash,
        "lead": result.lead_id,
        "as_of": format_instant(result.as_of),
        "timezone": result.timezone,
        "tzdata": result.tzdata,
        "scored": result.scored,
        "fields": result.fields,
        "scores": {name: _score(score) for name, score in result.scores.items()},
        "gates": [{"gate": gate.name, "until": _instant(gate.until)} for gate in result.gates],
        "tallies": {name: to_plain(value) for name, value in result.tallies.items()},
        "labels": {name: to_plain(value) for name, value in result.labels.items()},
        "unknown_labels": list(result.unknown_labels),
        "automations": dict(result.automations),
        "transitions": [transition_to_dict(move) for move in result.transitions],
        "forecast": [transition_to_dict(move) for move in result.forecast],
        "next_due": _instant(result.next_due),
        "events": [
            {
                "type": event.type,
                "at": format_instant(event.at),
                "id": event.id,
                "attributes": {n: to_plain(v) for n, v in event.attributes.items()},
            }
            for event in result.events
        ],
        "problems": [{"where": problem.where, "problem": problem.problem} for problem in result.problems],
    }


def account_to_dict(account: AccountResult) -> dict[str, object]:
    """An account's roll-ups and who carried them."""
    return {
        "account": account.account_id,
        "as_of": format_instant(account.as_of),
        "members": account.members,
        "scores": {
            name: {
                "value": None if score.value is None else to_points(score.value),
                "band": score.band,
                "carriers": [
                    {
                        "lead": carrier.lead_id,
                        "reading": to_points(carrier.reading),
                        "weight": carrier.weight,
                        "weighted": to_points(carrier.weighted),
                    }
                    for carrier in score.carriers
                ],
                "missing_weights": list(score.missing_weights),
            }
            for name, score in account.scores.items()
        },
    }


def explanation_to_dict(explanation: Explanation) -> dict[str, object]:
    """The tree of an explanation."""
    return {
        "text": explanation.text,
        "kind": explanation.kind,
        "points": None if explanation.points is None else to_points(explanation.points),
        "children": [explanation_to_dict(child) for child in explanation.children],
    }
