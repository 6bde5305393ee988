"""`next_due` of many leads is that of each: the random models and histories of one lead's tests."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_engine.batch.score import open_batch
from tests.behaviours.test_next_due_random import BEGIN, CONDITIONS, DAY, LAWS, MODEL

DATA = """
schema: 1
leads: {file: leads.parquet, id: id}
events: {file: events.parquet, lead: lead, at: at, type: type}
"""
HISTORIES = st.lists(
    st.tuples(
        st.sampled_from([None, 0.0, 7.31, 25.0]),
        st.lists(st.tuples(st.sampled_from(["big", "small", "bad"]), st.integers(0, 40 * DAY)), max_size=5),
    ),
    min_size=1,
    max_size=5,
)


@given(
    laws=st.lists(st.sampled_from(LAWS), min_size=3, max_size=3),
    conditions=st.lists(st.sampled_from(CONDITIONS), min_size=2, max_size=2, unique=True),
    n=st.integers(1, 25),
    leads=HISTORIES,
)
@settings(deadline=None, max_examples=20)
def test_next_due_of_tables_is_that_of_one_lead(
    laws: list[str],
    conditions: list[str],
    n: int,
    leads: list[tuple[float | None, list[tuple[str, int]]]],
) -> None:
    first, second = (one.format(n=n) for one in conditions)
    rows = [(f"l{number}", BEGIN + after, kind) for number, (_, own) in enumerate(leads) for kind, after in own]
    as_of = BEGIN + 41 * DAY
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "v1.yaml").write_text(MODEL.format(laws=laws, first=first, second=second))
        (folder / "data.yaml").write_text(DATA)
        limits = [limit for limit, _ in leads]
        ids = [f"l{number}" for number in range(len(leads))]
        pl.DataFrame({"id": ids, "limit": limits}, schema_overrides={"limit": pl.Float64}).write_parquet(
            folder / "leads.parquet"
        )
        events = pl.DataFrame(rows, schema={"lead": pl.String, "at": pl.Int64, "type": pl.String}, orient="row")
        events.with_columns(pl.col("at").cast(pl.Datetime("us", "UTC"))).write_parquet(folder / "events.parquet")
        batch = open_batch(folder / "v1.yaml", folder / "data.yaml", as_of="2026-02-11T00:00:00Z")
        assert batch.as_of == as_of
        scores = batch.run(next_due=True).scores
    told = dict(scores.select("lead_id", pl.col("next_due").dt.epoch("us")).iter_rows())
    for lead_id, limit in zip(ids, limits, strict=True):
        own = [{"type": kind, "at": at} for lead, at, kind in rows if lead == lead_id]
        alone = batch.engine.score({"limit": limit}, None, own, as_of=as_of, lead_id=lead_id)
        assert told[lead_id] == alone.next_due, (lead_id, first, second)
