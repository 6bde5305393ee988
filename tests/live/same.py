"""What an advanced lead must say: all that scoring its whole history says, from its last advance on."""

from __future__ import annotations

from typing import Any

from rules_engine.engine import Engine, LeadState
from rules_engine.result.types import Result, ScoreResult

_NUMBERS = (
    "has_value", "activity", "profile", "total", "reading", "cap", "capped_by", "band", "band_since", "peak", "peak_at",
    "last_increase", "start", "contributions", "components", "rules", "next_band", "points_to_next_band",
)  # fmt: skip


def numbers(score: ScoreResult) -> dict[str, object]:
    return {name: getattr(score, name) for name in _NUMBERS}


def assert_same(live: Result, whole: Result) -> None:
    """`whole` is the result of `score` over the same history."""
    assert live.scored == whole.scored
    assert live.next_due == whole.next_due
    due = live.next_due
    for before in [live.as_of + 1, live.as_of + 10**11, *([] if due is None else [due - 1, due, due + 1])]:
        assert live.due_before(before) == (due if due is not None and due < before else None)
    for name in ("gates", "tallies", "labels", "unknown_labels", "automations", "forecast"):
        assert getattr(live, name) == getattr(whole, name), name
    for name, score in whole.scores.items():
        assert numbers(live.scores[name]) == numbers(score), name
        if score.has_value:  # without one the ledger stays, and the numbers are none
            assert live.scores[name].opening + sum(e.effective for e in live.scores[name].ledger) == score.activity
        since = [e for e in score.ledger if live.since is None or e.at > live.since]
        assert told(live, live.scores[name]) == told(whole, score, since), name
    moves = [move for move in whole.transitions if live.since is None or move.at > live.since]
    assert list(live.transitions) == moves


def told(result: Result, score: ScoreResult, ledger: list[Any] | None = None) -> list[object]:
    """The entries but for decay, which the last advance divided; the causing event by its place in time."""
    entries = score.ledger if ledger is None else ledger
    return [(e.at, e.kind, e.rule, e.nominal, e.effective, e.reason) for e in entries if e.kind != "decay"]


def live_through(
    engine: Engine, lead: dict[str, Any], account: dict[str, Any], events: list[dict[str, Any]], looks: list[int]
) -> tuple[LeadState, Result]:
    """Advances from look to look, each time from bytes; the last look is the as-of time."""
    state = engine.start(lead, account)
    before: int | None = None
    for look in looks:
        new = [event for event in events if event["at"] <= look and (before is None or event["at"] > before)]
        state, result = engine.advance(LeadState.from_bytes(state.to_bytes()), new, as_of=look)
        before = look
    return state, result
