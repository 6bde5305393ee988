"""Files that commands write: whole or not at all, and through symbolic links."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from rules_engine.cli.faults import CommandError
from rules_engine.cli.files import write_text, written_aside
from rules_engine.cli.main import run

SMALL = Path(__file__).parent / "models" / "small"


def score(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(["score", *arguments, "--as-of", "2026-04-01"])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path / "small")
    (tmp_path / "runs").mkdir()
    return tmp_path


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("links", [1, 2])
def test_what_a_link_names_is_written(tmp_path: Path, there: bool, links: int) -> None:
    (tmp_path / "runs").mkdir()
    target = tmp_path / "runs" / "monday.txt"
    if there:
        target.write_text("old", encoding="utf-8")
    (tmp_path / "link1").symlink_to("runs/monday.txt")
    (tmp_path / "link2").symlink_to("link1")
    named = tmp_path / f"link{links}"
    write_text(named, "new")
    assert named.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"
    assert os.listdir(tmp_path / "runs") == ["monday.txt"]


def test_an_earlier_file_behind_a_link_goes_where_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("rows of yesterday", encoding="utf-8")
    (tmp_path / "link").symlink_to("old")
    with written_aside(tmp_path / "link"):
        pass
    assert (tmp_path / "link").is_symlink()
    assert not (tmp_path / "old").exists()


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(CommandError, match="leads nowhere"):
        write_text(tmp_path / "a", "new")


def test_a_link_into_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone/file")
    with pytest.raises(CommandError, match=r"the folder .*gone does not exist"):
        write_text(tmp_path / "link", "new")


def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CommandError, match="a device or a pipe"):
        write_text(tmp_path / "pipe", "new")


def test_the_form_of_a_table_is_that_of_the_name_given(folder: Path) -> None:
    latest = folder / "latest.parquet"
    latest.symlink_to("runs/of-monday")
    assert score(str(folder / "small"), "--data", str(folder / "small/data.yaml"), "--out", str(latest)) == 0
    assert latest.is_symlink()
    assert pl.read_parquet(folder / "runs/of-monday").height == 5


def test_no_output_over_an_input_behind_a_link(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = folder / "small/events.csv"
    before = events.read_bytes()
    (folder / "out.csv").symlink_to(events)
    assert (
        score(str(folder / "small"), "--data", str(folder / "small/data.yaml"), "--out", str(folder / "out.csv")) == 2
    )
    assert "which this run reads" in capsys.readouterr().err
    assert events.read_bytes() == before


def test_no_output_over_an_input_that_is_a_link(folder: Path) -> None:
    shutil.move(folder / "small/events.csv", folder / "real.csv")
    (folder / "small/events.csv").symlink_to(folder / "real.csv")
    before = (folder / "real.csv").read_bytes()
    place = str(folder / "real.csv")
    assert score(str(folder / "small"), "--data", str(folder / "small/data.yaml"), "--rejects", place) == 2
    assert (folder / "real.csv").read_bytes() == before
