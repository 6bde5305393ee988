"""A lead's fold before the first event, made of what all leads have in common."""

from __future__ import annotations

from pathlib import Path

from rules_engine import Engine
from rules_engine.scoring.kernel import PlainKernel, inputs_of
from rules_engine.scoring.state import initial_state

MODEL = Path(__file__).parents[2] / "benchmarks" / "population" / "model.yaml"


def test_it_is_the_one_made_from_nothing() -> None:
    prepared = Engine.load(MODEL).prepared
    scores = range(len(prepared.numbering.scores))
    for begin in (0, 1_700_000_000_000_000):
        profile, caps = [begin + 7 * s for s in scores], [begin + 3 - s for s in scores]
        expected = initial_state(prepared.plan, inputs_of([], [], [0]), profile, caps, begin)
        assert PlainKernel(prepared.plan).state_before(profile, caps, begin) == expected
