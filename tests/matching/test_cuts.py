"""Where what reads a tally can change: within a cell every condition must say the same."""

from __future__ import annotations

import itertools

import pytest

from rules_engine import feel
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel.checking import reads
from rules_engine.matching.cuts import cell_of, cuts_of, spared
from rules_engine.model.types import Formula, StepPoints
from tests.differential.running import load

VALUES = [n / 4 for n in range(-8, 30)]
COMPARED = [
    "tally.t >= 3",
    "tally.t > 3",
    "tally.t < 3",
    "tally.t <= 3",
    "tally.t = 3",
    "tally.t != 3",
    "3 <= tally.t",
    "3 < tally.t",
    "3 > tally.t",
    "3 >= tally.t",
    "3 = tally.t",
    "tally.t > 1 and tally.t <= 5 or lead.nps > 2",
    "if tally.t >= 2.5 then 1 else 0",
    "tally.t < -1.5",
    "-1.5 <= tally.t",
]


def formula(text: str) -> Formula:
    tree = feel.parse(text)
    return Formula(text, tree, tree, reads(tree), Span("", 0, 0, 1, 1, 1, 1))


@pytest.mark.parametrize("text", COMPARED)
def test_nothing_changes_within_a_cell(text: str) -> None:
    cuts = cuts_of("t", [formula(text)], [])
    assert cuts is not None
    said = {value: feel.evaluate(text, {"tally": {"t": value}, "lead": {"nps": 1}}) for value in VALUES}
    for one, other in itertools.pairwise(VALUES):
        if cell_of(cuts, one) == cell_of(cuts, other):
            assert said[one] == said[other]
    assert len({cell_of(cuts, value) for value in VALUES}) <= len(cuts) + 1
    for value in (3.0, 2.75, 3.25):  # a cell begins at its lower end
        low, high = cell_of(cuts, value)
        assert low <= value < high


@pytest.mark.parametrize(
    "text", ["tally.t", "tally.t * 2 > 3", "tally.t > lead.nps", "abs(tally.t) > 3", "tally.t in [1..3]"]
)
def test_what_reads_a_tally_otherwise_may_always_change(text: str) -> None:
    assert cuts_of("t", [formula(text)], []) is None


def test_another_tally_is_no_matter() -> None:
    assert cuts_of("t", [formula("tally.t > 3 and tally.other * 2 > 5")], []) == cuts_of(
        "t", [formula("tally.t > 3")], []
    )


def test_steps_of_points_cut_where_they_begin() -> None:
    points = StepPoints(formula("tally.t"), (1.0, 5.0), (10, 20), None, None)
    assert cuts_of("t", [], [points]) == (1.0, 5.0)


@pytest.mark.parametrize(
    "text",
    ["tally.t >= 3", "tally.t > 3", "tally.t = 3", "tally.t < 2.5", "tally.t > 0", "tally.t != 0", "tally.t <= 1"],
)
@pytest.mark.parametrize("value", [*range(8), 30])
def test_as_many_are_spared_as_change_nothing(text: str, value: int) -> None:
    cuts = cuts_of("t", [formula(text)], [])
    assert cuts is not None
    cells = [cell_of(cuts, float(left)) for left in range(value, -50, -1)]
    changes = next((lost for lost, cell in enumerate(cells) if cell != cells[0]), None)
    assert spared(cuts, value) == (None if changes is None else changes - 1)


@pytest.mark.parametrize(("window", "later"), [({"per": "day"}, 2), ({"within": "2 days"}, 3)])
@pytest.mark.parametrize(("bound", "events"), [(0, 1), (0, 3), (1, 5), (2, 9)])
def test_a_rule_ends_with_the_last_event_above_its_bound(
    window: dict[str, str], later: int, bound: int, events: int
) -> None:
    engine = load(
        {
            "schema": 1,
            "model": "m",
            "version": 1,
            "events": {"visit": {}},
            "tallies": {"visits": {"event": "visit", **window}},
            "scores": {"heat": {"rules": {"often": {"when": f"tally.visits > {bound}", "points": 5}}}},
        }
    )
    visits = [{"type": "visit", "at": f"2026-03-03T12:00:{n:02}Z"} for n in range(events)]

    def reading(as_of: str) -> int:
        return engine.score({}, {}, visits, as_of=as_of).scores["heat"].reading

    assert reading("2026-03-03T20:00:00Z") == 5_000_000
    assert reading(f"2026-03-{3 + later:02}T13:00:00Z") == 0
