"""On a terminal `rules init` asks for what no option says, and `rules sheet --import` before it writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from rules_engine.cli import init, sheet
from rules_engine.model import load_model


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CliRunner]:
    """A runner whose commands believe that somebody sits there, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for module in (init, sheet):
        monkeypatch.setattr(module, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    yield CliRunner()
    assert sys.stdin is not None


def test_init_asks(terminal: CliRunner) -> None:
    answers = "leads\n50\nEurope/Paris\nme@example.com\n"
    done = terminal.invoke(init.init, ["My Models", "--workflow", "none"], input=answers)
    assert (done.exit_code, done.output.split(":")[0]) == (0, "Name of the model [my_models]")
    model = load_model("My Models/v1.yaml").model
    assert model is not None
    assert (model.name, model.sales_ready, model.timezone, model.owner) == (
        "leads", 50_000_000, "Europe/Paris", "me@example.com",
    )  # fmt: skip


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False)])
def test_import_of_a_sheet_asks(answer: str, written: bool, terminal: CliRunner) -> None:
    assert terminal.invoke(init.init, ["m", "--workflow", "none"], input="\n\n\n\n").exit_code == 0
    assert terminal.invoke(sheet.sheet, ["m", "--out", "m.xlsx"]).exit_code == 0
    book = load_workbook("m.xlsx")
    book["points"]["F2"] = "12%"
    book.save("m.xlsx")
    done = terminal.invoke(sheet.sheet, ["m", "--import", "m.xlsx"], input=answer)
    assert "is worth 12 points instead of 10 (+2)" in done.output
    assert Path("m/v2.yaml").exists() == written
