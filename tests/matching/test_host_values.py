"""Values that a host takes from tables: those of NumPy and pandas and members of enumerations are what they mean."""

from __future__ import annotations

import enum
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rules_engine.engine import Engine, InputError
from rules_engine.live import Live, open_store
from tests.differential.running import load

MINUTE = 60_000_000
AS_OF = "2026-09-01T00:00:00Z"


class Tier(enum.Enum):
    GOLD = "gold"


class Text(str, enum.Enum):  # noqa: UP042 - its str() is "Text.GOLD", that of a StrEnum is not
    GOLD = "gold"


class Size(enum.IntEnum):
    LARGE = 7


TYPES = [
    "number",
    "string",
    "boolean",
    "date",
    "date and time",
    "days and time duration",
    "list<number>",
    "list<string>",
]
BODY = {
    "schema": 1,
    "model": "hosts",
    "version": 1,
    "timezone": "Europe/Berlin",
    "fields": {"lead": {f"f{n}": name for n, name in enumerate(TYPES)}},
    "events": {"visit": {f"f{n}": name for n, name in enumerate(TYPES)}},
    "scores": {
        "fit": {
            "sales_ready": 100,
            "rules": {"visit": {"event": "visit", "points": 5, "limit": {"times": 1, "each": "event.f1"}}},
        }
    },
}
GIVEN = [
    ("number", np.int64(2**60 + 1), 2**60 + 1),
    ("number", np.uint8(200), 200),
    ("number", np.float32(0.1), 0.10000000149011612),
    ("number", np.float64(5.5), 5.5),
    ("number", np.array(5), 5),
    ("number", Size.LARGE, 7),
    ("number", Decimal("5.1"), 5.1),
    ("number", np.datetime64("NaT"), None),
    ("number", pd.NA, None),
    ("string", np.str_("x"), "x"),
    ("string", Tier.GOLD, "gold"),
    ("string", Text.GOLD, "gold"),
    ("boolean", np.bool_(False), False),
    ("date", np.datetime64("2026-02-28"), "2026-02-28"),
    ("date", pd.NaT, None),
    ("date and time", pd.Timestamp("2026-03-01 12:00:00.000001999"), "2026-03-01T12:00:00.000001"),
    ("date and time", pd.Timestamp("2026-03-01 12:00", tz="UTC"), "2026-03-01T12:00:00Z"),
    ("date and time", np.datetime64("2026-03-01T12:00:00.000001999", "ns"), "2026-03-01T12:00:00.000001"),
    ("date and time", pd.NaT, None),
    ("days and time duration", np.timedelta64(90, "m"), "PT90M"),
    ("days and time duration", pd.Timedelta("1 day 2 hours"), "P1DT2H"),
    ("days and time duration", timedelta(seconds=-1.5), "-PT1.5S"),
    ("days and time duration", np.timedelta64("NaT"), None),
    ("list<number>", np.array([1, 2]), [1, 2]),
    ("list<string>", ("a", np.str_("b")), ["a", "b"]),
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load(BODY)


def place(name: str) -> str:
    return f"f{TYPES.index(name)}"


@pytest.mark.parametrize(("type_", "given", "written"), GIVEN, ids=lambda value: repr(value)[:40])
class TestOneValue:
    def test_of_a_field(self, engine: Engine, type_: str, given: Any, written: Any) -> None:
        problems: list[Any] = []
        read = engine.prepared.reader.lead({place(type_): given}, problems)
        assert (read, problems) == (engine.prepared.reader.lead({place(type_): written}, []), [])
        assert read[place(type_)] is None or written is not None

    def test_of_an_event_of_a_live_lead(self, engine: Engine, type_: str, given: Any, written: Any) -> None:
        live = Live(engine, open_store("memory:", "hosts"))
        event = {"lead": "a", "type": "visit", "at": "2026-08-01T10:00:00Z"}
        fed = live.feed([{**event, place(type_): given}, {**event, place(type_): written}], now=AS_OF)
        assert (fed.rejected, fed.problems) == ([], [])
        first, second = fed.results["a"].events
        assert first.attributes == second.attributes


@pytest.mark.parametrize(
    "at",
    [
        date(2026, 8, 1),
        pd.Timestamp("2026-08-01"),
        pd.Timestamp("2026-07-31 22:00", tz="UTC"),
        np.datetime64("2026-08-01"),
        np.datetime64("2026-08-01T00:00", "ns"),
        np.int64(1_785_535_200_000_000),
    ],
    ids=repr,
)
def test_times(engine: Engine, at: Any) -> None:
    result = engine.score({}, None, [{"type": np.str_("visit"), "at": at}], as_of=pd.Timestamp(AS_OF))
    assert [event.at for event in result.events] == [1_785_535_200_000_000]


def test_identities(engine: Engine) -> None:
    events = [{"type": "visit", "at": "2026-08-01", "id": one} for one in (np.int64(7), "7", pd.NA, None)]
    result = engine.score({"id": np.int64(12)}, None, events, as_of=AS_OF)
    assert (result.lead_id, [event.id for event in result.events]) == ("12", [None, None, "7"])


def test_limits_per_value_count_an_enumeration_with_its_text(engine: Engine) -> None:
    events = [{"type": "visit", "at": f"2026-08-0{n}", "f1": one} for n, one in enumerate([Text.GOLD, "gold"], 1)]
    assert engine.score({}, None, events, as_of=AS_OF).scores["fit"].reading == 5_000_000


@pytest.mark.parametrize("missing", [pd.NaT, np.datetime64("NaT"), None], ids=repr)
def test_an_event_without_a_time(engine: Engine, missing: Any) -> None:
    with pytest.raises(InputError, match="event 1, at: is missing"):
        engine.score({}, None, [{"type": "visit", "at": missing}], as_of=AS_OF)


@pytest.mark.parametrize("given", [1.5, ["a"]], ids=repr)
def test_what_is_no_identity_of_a_lead(engine: Engine, given: Any) -> None:
    with pytest.raises(InputError, match=r"lead, id: .* is not an identity; use text or a whole number"):
        engine.score({"id": given}, as_of=AS_OF)


@pytest.mark.parametrize("given", [[1, "x"], [None, 1], [True]])
def test_a_list_with_an_item_of_another_type_is_missing_as_a_whole(engine: Engine, given: list[object]) -> None:
    result = engine.score({place("list<number>"): given}, None, [], as_of=AS_OF)
    assert [problem.problem for problem in result.problems] == [f"{given!r} is not a list<number>; read as missing"]
