"""A lead brought forward leaves the state that it came from as it was, in what walks share until they change it."""

from __future__ import annotations

from rules_engine.engine import LeadState
from tests.differential.running import load

BODY = {
    "schema": 1,
    "model": "m",
    "version": 1,
    "events": {"visit": {"good": "boolean"}},
    "tallies": {"visits": {"event": "visit"}},
    "scores": {
        "s": {"rules": {"second": {"reaches": {"visits": 2}, "when": "event.good", "points": 1}}},
    },
}


def test_a_rule_that_is_reached_later_does_not_count_in_the_state_of_before() -> None:
    engine = load(BODY)
    first, _ = engine.advance(engine.start({}), [{"type": "visit", "at": 0}], as_of=1)

    def counts(state: LeadState) -> tuple[int, int, int]:
        (rule,) = engine.advance(state, as_of=10)[1].scores["s"].rules
        return rule.fired, rule.not_fired, rule.unknown

    before = counts(first)
    second, _ = engine.advance(first, [{"type": "visit", "at": 2, "good": False}], as_of=3)
    assert counts(second) == (0, 1, 0)
    assert counts(first) == before == (0, 0, 0)
