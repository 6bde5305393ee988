"""Events that are kept come back as they were, with values of every type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch import score
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.events import declared_attributes, empty_events
from rules_engine.batch.sources.problems import Counts
from rules_engine.batch.state import file
from rules_engine.batch.state.advancing import Asked
from rules_engine.batch.state.file import Basis, StateWriter, read_states
from rules_engine.batch.state.past import Pasts
from rules_engine.batch.tables import Wanted
from tests.batch.state.test_state import Place
from tests.differential.running import load

TYPES = {
    "text": "string",
    "number": "number",
    "truth": "boolean",
    "day": "date",
    "moment": "date and time",
    "span": "days and time duration",
    "texts": "list<string>",
    "numbers": "list<number>",
}
BODY = {
    "schema": 1,
    "model": "typed",
    "version": 1,
    "events": {"rich": TYPES, "plain": {}},
    "scores": {"worth": {"rules": {"plain": {"event": "plain", "points": 5}}}},
}
DAY = date(2026, 1, 31)
MOMENT = datetime(2026, 1, 31, 10, 0, 0, 1, tzinfo=UTC)
SPAN = timedelta(days=2, microseconds=1)
OLD = datetime(1969, 1, 1, tzinfo=UTC)
RICH = [
    (0, 1, "a", "x", 0.1, True, DAY, MOMENT, SPAN, ["a", None], [1.5]),
    (0, 2, *[None] * 9),
    (3, 2, "c", "", -0.0, False, date(1, 1, 1), OLD, timedelta(-1), [], [None]),
    (3, 9, "later", *[None] * 8),
]


def test_they_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "ROWS", 2)
    model = load(BODY).model
    schemas = {name: empty_events(own).schema for name, own in declared_attributes(model).items()}
    by_type = {
        "rich": pl.DataFrame(RICH, schema=schemas["rich"], orient="row"),
        "plain": pl.DataFrame([(1, 3, None), (3, 3, "d")], schema=schemas["plain"], orient="row"),
    }
    ids = pl.Series("lead_id", ["a", "b", "c", "d"])
    leads, none = pl.DataFrame({"lead_id": ids, "account_id": [None] * 4}), pl.DataFrame()
    data = Data(leads, none, by_type, none, Counts())
    every = np.ones(4, dtype=np.bool_)

    basis = Basis("typed", 1, "", "", as_of=5, newest=5, nobodys=False, hashing="")
    writer = StateWriter(tmp_path / file.NAME, basis, model)
    for rows in Pasts(data, asked(parts=False), None).rows_to_keep(every):
        writer.write(rows.with_columns(pl.lit(2, pl.UInt64).alias("events")))
    writer.close()

    turned = leads.reverse()  # the order of leads is another one
    read = {name: frame.clear() for name, frame in by_type.items()}
    pasts = Pasts(Data(turned, none, read, none, Counts()), asked(parts=True), read_states(tmp_path))
    found = pasts.added(every).by_type
    for name, frame in by_type.items():
        expected = frame.filter(pl.col("at") <= 5).with_columns(
            (3 - pl.col("lead_row")).cast(pl.UInt32).alias("lead_row")
        )
        assert_frame_equal(found[name], expected.sort("lead_row", "at"), check_exact=True)
    assert pasts.short.all()


def asked(*, parts: bool) -> Asked:
    return Asked(5, None, parts=parts, nobodys=False, wanted=Wanted(), next_due=False, accounts=False)


def test_small_data_goes_on_from_kept_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(score, "ENOUGH", -1)
        place.agree("2026-08-05")
    place.events("2", "a,visit,2026-08-06,/pricing\nb,visit,2026-08-03,/pricing\n")
    assert "anew" not in place.agree("2026-08-07")
    rows = pl.read_parquet(tmp_path / "state" / "state.parquet")
    assert rows["state"].null_count() == 0
    place.agree("2026-08-08")
