"""The order of events: by lead, instant and type, whatever order they come in."""

import numpy as np
import pytest

pytest.importorskip("numba")

from rules_engine.batch.columns import order_pass
from rules_engine.batch.columns.order import order


def no_ties(k, rows):
    raise AssertionError("there are no ties to break")


@pytest.mark.parametrize("leads", [1, 7, 400], ids=["long histories", "middling ones", "short ones"])
def test_events_come_by_lead_instant_and_type(leads):
    numbers = np.random.default_rng(leads)
    sizes = [300, 0, 500, 1]
    kind = np.repeat(np.arange(4), sizes)
    row = np.concatenate([np.arange(size) for size in sizes])
    lead = numbers.integers(0, leads, len(kind)).astype(np.int32)
    at = np.concatenate([numbers.permutation(600)[:size] for size in sizes])  # no two of one type at one instant
    scored, as_of = numbers.random(leads) < 0.9, numbers.integers(400, 600, leads)
    scored[0] = True

    parts = [(lead[kind == k], at[kind == k]) for k in range(len(sizes))]

    found = order(scored, as_of, parts, None, no_ties)

    wanted = [n for n in np.lexsort((kind, at, lead)) if scored[lead[n]] and at[n] <= as_of[lead[n]]]
    assert found.kind.tolist() == kind[wanted].tolist()
    rows = np.empty(len(wanted), dtype=np.int64)
    rows[found.slots] = found.rows
    assert rows.tolist() == row[wanted].tolist()
    assert found.leads.tolist() == np.repeat(np.arange(leads), np.diff(found.first))[found.slots].tolist()
    assert found.at.tolist() == at[wanted].tolist()
    assert np.diff(found.first).tolist() == np.bincount(lead[wanted], minlength=leads).tolist()


def test_where_no_lead_has_events_nothing_is_written_beside_the_table():
    room = np.array([7, 7, 7, 7], dtype=np.int32)  # of which the table is the first
    first, hashes = np.zeros(3, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    order_pass.repeated(first, hashes, room[:1], np.zeros(0, dtype=np.bool_))
    assert room[1:].tolist() == [7, 7, 7]
