"""`rules report --format json`: the numbers of the page, and that they are those of `rules score` and its tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules_engine.batch.score import open_batch
from rules_engine.cli.main import run

SMALL = Path(__file__).parents[1] / "cli" / "models" / "small"


def test_numbers_are_those_of_the_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(SMALL), "--data", str(SMALL / "data.yaml"), "--as-of", "2026-04-01", "--out", str(tmp_path / "r.html")]
    with pytest.raises(SystemExit) as left:
        run(["report", *words, "--format", "json", "--weeks", "2", "--by", "fit"])
    assert left.value.code == 0
    told = json.loads(capsys.readouterr().out)
    scores = open_batch(SMALL, SMALL / "data.yaml", as_of="2026-04-01").run().scores.filter("scored")
    assert told["leads_scored"] == scores.height
    assert {band: count for band, count in told["bands"]["fit"].items() if count} == dict(
        scores.group_by("fit_band").len().iter_rows()
    )
    assert told["highest"][0]["fit"] == scores["fit"].max()
    assert [len(found["weeks"]) for found in told["moves"]] == [2, 2]
    assert told["file"] == str(tmp_path / "r.html")
    assert (tmp_path / "r.html").stat().st_size < 2_000_000
