"""A real Spark of two local cores gives what one machine gives, in every number; skipped where Spark cannot run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks import generate
from rules_engine.batch.score import open_batch

pytest.importorskip("pyspark", reason="needs the extra [spark]")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java", allow_module_level=True)

from pyspark.errors import PySparkException

from rules_engine.batch import spark as on_spark
from rules_engine.batch.spark.job import SparkJob, run_on_spark

pytestmark = pytest.mark.long
RULESETS = Path(__file__).parents[3] / "rulesets"
MODEL = Path(__file__).parents[3] / "benchmarks" / "population" / "model.yaml"
AS_OF = "2026-09-01T00:00:00Z"
KEYS = {
    "scores": ["lead_id"],
    "accounts": ["account_id"],
    "outcomes": ["score", "rule", "kind"],
    "tallies": ["lead_id"],
}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "Asia/Kolkata",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "3000",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def skewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which one lead has a third of all events."""
    folder = tmp_path_factory.mktemp("population")
    generate.generate(folder, 1_000, 10_000, seed=3, text_ids=True, event_ids=False)
    events = pl.read_parquet(folder / "events.parquet")
    busy = events.head(5_000).with_columns(lead_id=events["lead_id"].gather([0]).new_from_index(0, 5_000))
    pl.concat([events, busy]).write_parquet(folder / "events.parquet")
    return folder


def polars(frame: Any, table: str) -> pl.DataFrame:
    found = pl.DataFrame(frame.toArrow())
    return found.sort(KEYS[table]) if table in KEYS else found


def written(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "part-*.parquet")


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """By lead and score, what is of one lead in its own order; Spark gives leads in any order."""
    return frame.sort("lead_id", maintain_order=True)


def test_a_skewed_population_in_every_table(spark: Any, skewed: Path) -> None:
    tables = {name: spark.read.parquet(str(skewed / f"{name}.parquet")) for name in ("leads", "events", "accounts")}
    found = on_spark.score(
        spark, MODEL, **tables, as_of=AS_OF, ledger=True, transitions=True, tallies=True, partitions=3
    )
    batch = open_batch(MODEL, skewed / "data.yaml", as_of=AS_OF)
    expected = batch.run(ledger=True, transitions=True, tallies=True)
    for name in ("scores", "accounts", "tallies"):
        own = getattr(expected, name)
        assert_frame_equal(polars(getattr(found, name), name), own.sort(KEYS[name]), check_exact=True)
    outcomes = expected.outcomes.sort(KEYS["outcomes"])
    assert_frame_equal(polars(found.outcomes, "outcomes"), outcomes, check_exact=True)
    for name in ("ledger", "transitions"):
        own = getattr(expected, name)
        assert_frame_equal(in_order(polars(getattr(found, name), name)), in_order(own), check_exact=True)
    found.unpersist()


def test_the_command_on_a_rulesets_files(spark: Any, tmp_path: Path) -> None:
    folder = RULESETS / "b2b_saas"
    outputs = {name: tmp_path / f"{name}.parquet" for name in ("scores", "accounts", "ledger")}
    outputs["scores"].mkdir()  # of a run before
    job = SparkJob(folder, folder / "data.yaml", as_of=AS_OF, master="local[2]")
    done = run_on_spark(job, outputs, rank=lambda _: "total", top=3)
    batch = open_batch(folder, folder / "data.yaml", as_of=AS_OF)
    expected = batch.run(ledger=True)
    for name in ("scores", "accounts"):
        found = written(outputs[name]).sort(KEYS[name])
        assert_frame_equal(found, getattr(expected, name).sort(KEYS[name]), check_exact=True)
    assert_frame_equal(in_order(written(outputs["ledger"])), in_order(expected.ledger), check_exact=True)
    assert done.population == batch.summary(expected, by="total", top=3)


def test_some_columns_of_scores(spark: Any, tmp_path: Path) -> None:
    folder, out = RULESETS / "net_promoter", tmp_path / "scores.parquet"
    job = SparkJob(folder, folder / "data.yaml", as_of=AS_OF, master="local[2]", columns=("*_band", "scored"))
    run_on_spark(job, {"scores": out}, rank=lambda model: next(iter(model.scores)), top=0)
    expected = open_batch(folder, folder / "data.yaml", as_of=AS_OF).run().scores
    names = ["lead_id", *(name for name in expected.columns if name.endswith("_band")), "scored"]
    assert_frame_equal(written(out).select(names).sort("lead_id"), expected.select(names).sort("lead_id"))
    assert written(out).columns == names


def test_rows_that_cannot_be_used_are_counted_and_strict_stops(spark: Any, tmp_path: Path) -> None:
    leads = spark.createDataFrame([("a ", "x"), ("b", "y")], "lead_id string, title string")
    events = spark.createDataFrame(
        [("a", "demo_request", AS_OF), ("nobody", "demo_request", AS_OF)], "lead_id string, type string, at string"
    )
    found = on_spark.score(spark, RULESETS / "b2b_saas", leads, events, as_of=AS_OF, partitions=2)
    assert polars(found.problems, "problems").rows() == [("rejected", "events", "unknown lead", 1, '"nobody"')]
    strict = on_spark.score(spark, RULESETS / "b2b_saas", leads, events, as_of=AS_OF, partitions=2, strict=True)
    with pytest.raises(PySparkException, match="unknown lead"):
        strict.scores.count()


@pytest.mark.parametrize(
    ("column", "words"),
    [("cast(1.5 as double) as lead_id", "cast it first"), ("'a' as name", "leads has no column lead_id; it has name")],
)
def test_ids_that_cannot_be_grouped_by(spark: Any, column: str, words: str) -> None:
    leads = spark.sql(f"select {column}")
    events = spark.sql("select 'a' as lead_id, 'demo_request' as type, '2026-08-01' as at")
    with pytest.raises(on_spark.SparkError, match=words):
        on_spark.score(spark, RULESETS / "b2b_saas", leads, events, as_of=AS_OF)
