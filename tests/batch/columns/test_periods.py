"""Windows of a calendar around many instants: kept, and the same as those around one."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

pytest.importorskip("numba")

from rules_engine.batch.columns.periods import Windows
from rules_engine.matching.calendar import Calendar

PARIS = Calendar(ZoneInfo("Europe/Paris"))


def at(*days: str) -> np.ndarray:
    return np.array([int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000 for day in days])


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_windows_are_those_of_each_instant_whatever_was_asked_before(period):
    windows = Windows(PARIS)
    for days in (("2026-03-01",), ("2026-03-28T23:30", "2026-04-02"), ("2025-12-31",), ("1500-01-01", "2026-01-01")):
        instants = at(*days)
        starts = windows.starts(instants, period)
        place = np.searchsorted(starts, instants, side="right") - 1
        assert starts[place].tolist() == [PARIS.window(int(instant), period)[0] for instant in instants]
        assert starts[-1] > instants.max()
