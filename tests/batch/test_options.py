"""Options of `rules score` that do not go together are told before anything is read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.batch.state.test_state import command

DATA = ["score", "no-such-model", "--data", "no-such-file.yaml"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("--engine spark", "--engine spark and --master go together"),
        ("--master local[2]", "--engine spark and --master go together"),
        ("--engine spark --master local[2]", "--engine spark needs --as-of"),
        (
            "--engine spark --master local[2] --as-of 2026-09-01 --memory 2GB",
            "--memory is not there with --engine spark",
        ),
        ("--columns fit", "--columns names columns of the table that --out writes"),
        ("--columns , --out scores.csv", "--columns names columns of the table that --out writes"),
        ("--rebuild-state", "--rebuild-state wants --state DIR"),
        ("--state kept --ledger ledger.csv", "--ledger is not there with --state"),
        ("--state kept --engine spark --master local[2]", "--engine is not there with --state"),
    ],
)
def test_options_that_do_not_go_together(more: str, words: str) -> None:
    found = command([*DATA, *more.split()])
    assert found.exit_code == 2
    assert words in found.output


SMALL = ["score", "rulesets/b2b_saas", "--data", "rulesets/b2b_saas/data.yaml", "--top", "0"]


@pytest.mark.parametrize("more", ["", "--memory 2GB", "--state STATE", "--next-due"])
def test_columns_of_scores(more: str, tmp_path: Path) -> None:
    words = [*SMALL, *more.replace("STATE", str(tmp_path / "state")).split(), "--out"]
    assert command([*words, str(tmp_path / "all.parquet")]).exit_code == 0
    assert command([*words, str(tmp_path / "some.parquet"), "--columns", "total, *t_band,lead_id"]).exit_code == 0
    whole, some = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("all", "some"))
    assert_frame_equal(some, whole.select("lead_id", "total", "fit_band"))


@pytest.mark.parametrize("more", [[], ["--memory", "2GB"]], ids=["at once", "as a stream"])
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("fit,readines", 'no column "readines". Did you mean "readiness"?'),
        ("visits*", 'no column "visits*". The columns are: lead_id, scored, readiness,'),
        ("next_due", 'no column "next_due". The columns are'),
    ],
)
def test_columns_that_scores_have_not(asked: str, words: str, more: list[str], tmp_path: Path) -> None:
    found = command([*SMALL, *more, "--out", str(tmp_path / "scores.csv"), "--columns", asked])
    assert found.exit_code == 2
    assert words in " ".join(found.output.split())
    assert list(tmp_path.iterdir()) == []
