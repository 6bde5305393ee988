"""The SQL with limits holds against the engine, on the population's model without what that SQL leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("polars", reason="the benchmarks need the [batch] extra")
pytest.importorskip("duckdb", reason="a rival of the benchmarks")

import duckdb
import polars as pl
import yaml

from benchmarks.batch import MODEL
from benchmarks.generate import generate
from benchmarks.rivals import duckdb_limits, duckdb_sql
from rules_engine.batch.score import open_batch

ROLLING = ("enterprise_pricing", "demo_page", "deep_visit", "clicked")


def reduced_model(folder: Path) -> Path:
    """No limits in rolling windows, no caps, floor and inactivity; penalties at once, as rules with negative points."""
    model = yaml.safe_load(MODEL.read_text(encoding="utf-8"))
    readiness = model["scores"]["readiness"]
    for key in ("max", "inactivity", "penalties"):
        del readiness[key]
    readiness["min"] = readiness["floor"] = -1_000_000
    del readiness["groups"]["web"]["max"], readiness["groups"]["email"]["max"]
    rules = readiness["rules"]
    del rules["docs"]["max"], rules["blog"]["max"]
    for name in ROLLING:
        del rules[name]["limit"]
    rules["careers"] = {"event": "page_view", "when": "careers_page", "points": -20, "decay": "none"}
    rules["hiring_guide"] = {
        "event": "download",
        "when": 'event.asset = "guide-hiring"',
        "points": -10,
        "decay": {"expires": "90 days"},
    }
    (folder / "assets.csv").write_bytes((MODEL.parent / "assets.csv").read_bytes())
    written = folder / "model.yaml"
    written.write_text(yaml.safe_dump(model, sort_keys=False), encoding="utf-8")
    return written


def test_sums_labels_and_gates_are_those_of_the_engine(tmp_path: Path) -> None:
    generate(tmp_path, leads=300, events=30_000)
    # Points below zero do not fade in the engine; the SQL lets them, as that of the other sides does.
    kept = pl.read_parquet(tmp_path / "events.parquet").filter(pl.col("asset").ne_missing("template-hiring"))
    kept.write_parquet(tmp_path / "events.parquet")
    scores = open_batch(reduced_model(tmp_path), tmp_path / "data.yaml", as_of="2026-09-01T00:00:00Z").run().scores
    ours = scores.filter("scored").with_columns(pl.col("lead_id").cast(pl.Int64))

    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    duckdb_limits.define(connection, tmp_path / "events.parquet", keep=1)
    sums = pl.DataFrame(
        connection.sql(
            f"""select lead_id, interest_crm, interest_analytics, interest_mail,
          coalesce(blog, 0) + coalesce(web, 0) + coalesce(docs, 0) + coalesce(mail, 0) + coalesce(other, 0)
          + if(employees >= 500, coalesce(enterprise, 0), 0) + if(employees >= 1000, coalesce(large_demo, 0), 0)
          + if(country in ('US', 'GB', 'DE'), coalesce(in_market, 0), 0) as readiness
        from sums join '{tmp_path}/leads.parquet' using (lead_id)
          left join '{tmp_path}/accounts.parquet' using (account_id)"""
        )
    )
    both = ours.join(sums, on="lead_id", suffix="_sql")
    assert both.height > 250
    for name in ("readiness", "interest_crm", "interest_analytics", "interest_mail"):
        apart = (both[f"{name}_total"].cast(pl.Float64) - both[f"{name}_sql"].fill_null(0)).abs()
        assert apart.max() < 1e-5, name

    duckdb_sql.score(tmp_path, tmp_path / "scores.parquet", coupled=True, limits=True)
    final = ours.join(pl.read_parquet(tmp_path / "scores.parquet"), on="lead_id", suffix="_sql")
    assert final["fit"].equals(final["fit_sql"])
    steps = final.filter((pl.col("label_next_step") != "call") & (pl.col("label_next_step_sql") != "call"))
    assert steps["label_next_step"].to_list() == steps["label_next_step_sql"].to_list()
    seeking = pl.col("gates").list.contains("job_seeker")
    assert 0 < final.filter(seeking)["readiness_sql"].max() <= 40
    assert not (final.filter(~seeking)["readiness_sql"] == 40).any()
