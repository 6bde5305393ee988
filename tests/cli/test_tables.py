"""The tables that `rules score` writes agree with each other and with the engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from rules_engine.batch.score import open_batch
from rules_engine.batch.sinks import ENDINGS, write_table
from rules_engine.cli.main import run

SMALL = Path(__file__).parent / "models" / "small"
AS_OF = "2026-04-01"


def test_ledger_sums_to_activity() -> None:
    done = open_batch(SMALL, SMALL / "data.yaml", as_of=AS_OF).run(ledger=True)
    summed = done.ledger.group_by("lead_id", "score").agg(pl.col("effective").sum())
    assert summed.height == 3
    for lead_id, score, effective in summed.iter_rows():
        row = done.scores.row(by_predicate=pl.col("lead_id") == lead_id, named=True)
        assert row[f"{score}_activity"] == effective


def test_table_says_what_the_engine_says() -> None:
    batch = open_batch(SMALL, SMALL / "data.yaml", as_of=AS_OF)
    for row in batch.run().scores.iter_rows(named=True):
        result = batch.score_lead(row["lead_id"])
        assert result is not None
        assert row["scored"] is result.scored
        for name, score in result.scores.items():
            assert row[name] == score.reading / 1e6
            assert row.get(f"{name}_band") == score.band


def test_last_transition_is_the_band() -> None:
    done = open_batch(SMALL, SMALL / "data.yaml", as_of=AS_OF).run(transitions=True)
    last = done.transitions.group_by("lead_id", "score", maintain_order=True).last()
    assert last.height > 1
    for change in last.iter_rows(named=True):
        row = done.scores.row(by_predicate=pl.col("lead_id") == change["lead_id"], named=True)
        assert row[f"{change['score']}_band"] == change["after"]
        assert row[f"{change['score']}_since"] == change["at"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_order_of_events_does_not_matter(tmp_path: Path, ending: str) -> None:
    shutil.copytree(SMALL, tmp_path / "turned")
    header, *rows = (SMALL / "events.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "turned" / "events.csv").write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    written = []
    for folder in (SMALL, tmp_path / "turned"):
        done = open_batch(folder, folder / "data.yaml").run(ledger=True, transitions=True)
        for name in ("scores", "ledger", "transitions"):
            path = tmp_path / f"{folder.name}-{name}{ending}"
            write_table(getattr(done, name), path, ending)
            written.append(path.read_bytes())
    assert written[:3] == written[3:]


def test_explanation_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        run(["explain", str(SMALL), "--data", str(SMALL / "data.yaml"), "--lead", "dee", "--format", "json"])
    assert leaving.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert document["lead"] == "dee"
    assert document["scores"]["readiness"]["rules"][0]["missing"] == ["event.path"]
    assert [child["kind"] for child in document["explanation"]["children"]] == ["score", "score", "score", "label"]
