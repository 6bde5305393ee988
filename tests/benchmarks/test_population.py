"""The generator of the benchmarks, its models, and that a rival computes what the engine does where both compute it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("polars", reason="the benchmarks need the [batch] extra")

import polars as pl

from benchmarks import company, n_rules
from benchmarks.batch import MODEL
from benchmarks.generate import chunks, generate
from benchmarks.rivals import polars_frames
from rules_engine.batch.score import open_batch
from rules_engine.model import load_model, load_text

AS_OF = "2026-09-01T00:00:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("population")
    generate(made, leads=300, events=3_000)
    return made


def test_the_same_arguments_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    generate(tmp_path, leads=300, events=3_000)
    for table in ("leads", "accounts", "events"):
        assert (tmp_path / f"{table}.parquet").read_bytes() == (folder / f"{table}.parquet").read_bytes()


def test_events_are_skewed_mixed_and_of_all_types(folder: Path) -> None:
    events = pl.read_parquet(folder / "events.parquet")
    assert events.height == 3_000
    assert set(events["type"]) == set(company.EVENT_TYPES)
    assert (
        datetime(2024, 9, 1, tzinfo=UTC) <= events["at"].min() < events["at"].max() < datetime(2026, 9, 1, tzinfo=UTC)
    )
    of_a_lead = events["lead_id"].value_counts()["count"]
    assert of_a_lead.max() > 3 * of_a_lead.mean()
    # In the order of arrival: nearly by time, not by lead; late ones break the order.
    assert not events["at"].is_sorted()
    assert (events["lead_id"].diff().drop_nulls() != 0).mean() > 0.2
    paths = events.filter(pl.col("type") == "page_view")["path"]
    assert events["path"].drop_nulls().len() == paths.drop_nulls().len()
    assert set(paths.drop_nulls()) <= set(company.pages())


def test_ids_as_texts_and_ids_of_events(tmp_path: Path) -> None:
    generate(tmp_path, leads=10, events=50, text_ids=True, event_ids=True)
    events = pl.read_parquet(tmp_path / "events.parquet")
    assert events["lead_id"].str.contains(r"^L\d{9}$").all()
    assert events["event_id"].to_list() == list(range(1, 51))
    assert open_batch(MODEL, tmp_path / "data.yaml", as_of=AS_OF).data.events["id"].null_count() == 0


def test_chunks_are_whole() -> None:
    assert chunks(2_500_000) == [(0, 1_000_000), (1_000_000, 1_000_000), (2_000_000, 500_000)]


def test_the_model_has_fifty_rules_and_no_findings() -> None:
    loaded = load_model(MODEL)
    assert loaded.diagnostics == ()
    assert loaded.model is not None
    # The rows of the sheet are rules of their own; here the sheet counts as one.
    names = {
        (score.name, rule.row.rule if rule.row else rule.name)
        for score in loaded.model.scores.values()
        for rule in (*score.event_rules, *score.standing_rules)
    }
    assert len(names) == 50


@pytest.mark.parametrize(("rules", "idle"), [(10, 0), (120, 15)])
def test_models_of_any_size_have_no_errors(rules: int, idle: int) -> None:
    loaded = load_text(n_rules.model_text(rules, idle), "model.yaml")
    assert loaded.model is not None
    assert len(loaded.model.scores["readiness"].event_rules) == rules + idle


def test_a_rival_gives_the_numbers_of_the_engine_where_both_compute_them(folder: Path) -> None:
    theirs = polars_frames.scores(folder).collect()
    ours = open_batch(MODEL, folder / "data.yaml", as_of=AS_OF).run().scores
    # The rival knows no limits and no distinct counts: leads with an asset twice, or with three mails, may differ.
    events = pl.read_parquet(folder / "events.parquet")
    again = events.drop_nulls("asset").group_by("lead_id", "asset").len().filter(pl.col("len") > 1)["lead_id"]
    mails = events.drop_nulls("campaign").group_by("lead_id").len().filter(pl.col("len") > 2)["lead_id"]
    both = theirs.join(ours.with_columns(pl.col("lead_id").cast(pl.Int64)), on="lead_id", suffix="_ours")
    assert both.height == theirs.height == ours["scored"].sum()
    for name in ("interest_crm", "interest_analytics", "interest_mail", "fit"):
        alike = both.filter(~pl.col("lead_id").is_in((mails if name == "fit" else again).implode()))
        assert alike.height > 150
        apart = (alike[name] - alike[f"{name}_total"].cast(pl.Float64)).abs()
        assert apart.max() < 2e-6, name
    assert (both["interest_crm"] > 0).sum() > 10


def test_both_ways_of_coupling_in_sql_give_the_same(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="a rival of the benchmarks")
    from benchmarks.rivals import duckdb_sql

    found = []
    for blocks in (False, True):
        duckdb_sql.score(folder, tmp_path / "scores.parquet", coupled=True, blocks=blocks)
        found.append(pl.read_parquet(tmp_path / "scores.parquet").sort("lead_id"))
    apart = (found[0]["readiness"] - found[1]["readiness"]).abs()
    assert apart.max() < 1e-9
    texts = pl.selectors.string()
    assert found[0].select(texts).equals(found[1].select(texts))
