"""The interview sheet: what people may type into it, and what is told about every cell that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.points import VersionFile, read_version
from rules_engine.analysis.versions.sheet import changes_of, made_from, write_sheet

MODEL = """schema: 1
model: m
version: 3
sales_ready: 50
stages: [learn]
fields: {lead: {n: number}}
events: {demo: {}, view: {path: string}}
scores:
  r:
    rules:
      demo: {event: demo, points: 60%, title: Demo, note: "=1+1", stage: learn}
      size: {of: lead.n, at_least: {0: 1, 10: 2}}
      open: {event: view, points: 2 * event.at.year}
      assets: {event: view, table: {file: assets.csv, match: event.path}}
    penalties:
      gone: {event: view, remove: 4}
"""


@pytest.fixture
def version(tmp_path: Path) -> VersionFile:
    (tmp_path / "assets.csv").write_text("asset,points,note\n=cmd|' /C calc'!A0,5,paper\n")
    (tmp_path / "v3.yaml").write_text(MODEL)
    return read_version(tmp_path / "v3.yaml")


@pytest.fixture
def edited(version: VersionFile, tmp_path: Path) -> Callable[[Callable[[Worksheet], None]], dict[str, str]]:
    """Takes the sheet back after an edit of its page."""

    def take_back(edit: Callable[[Worksheet], None]) -> dict[str, str]:
        path = tmp_path / "model.xlsx"
        write_sheet(version, path)
        book = load_workbook(path)
        edit(book["points"])
        book.save(path)
        return changes_of(path, version)

    return take_back


Edited = Callable[[Callable[[Worksheet], None]], dict[str, str]]


def test_what_the_sheet_shows(version: VersionFile, tmp_path: Path) -> None:
    write_sheet(version, tmp_path / "model.xlsx")
    page = load_workbook(tmp_path / "model.xlsx")["points"]
    assert [cell.value for cell in page[1]] == [
        "Rule", "Asset", "Stage", "Points v3", "Percent ready", "New points", "Note",
    ]  # fmt: skip
    assert [cell.value for cell in page[2]] == ["r.demo", "Demo", "learn", 30, 0.6, None, "=1+1"]
    assert [cell.value for cell in page[7]] == ["r.gone", "gone", None, -4, -0.08, None, None]
    assert page["D5"].value == "2 * event.at.year"
    assert made_from(tmp_path / "model.xlsx").version == 3


def test_no_text_becomes_a_formula(version: VersionFile, tmp_path: Path) -> None:
    write_sheet(version, tmp_path / "model.xlsx")
    page = load_workbook(tmp_path / "model.xlsx")["points"]
    texts = [cell for row in page.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [(cell.coordinate, cell.data_type, cell.quotePrefix) for cell in texts] == [
        ("G2", "s", True),
        ("B6", "s", True),
    ]


def test_blank_cells_change_nothing(edited: Edited) -> None:
    assert edited(lambda page: None) == {}


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (35, "General", "35"),
        (12.5, "General", "12.5"),
        (0.7, "0%", "70%"),
        (0.07, "0.00%", "7%"),
        ("80%", "General", "80%"),
        (" 80 % ", "General", "80 %"),
        ("12,5", "General", "12.5"),
        ("+3", "General", "+3"),
        (-0.0, "General", "0"),
    ],
)
def test_what_may_be_typed(value: object, number_format: str, text: str, edited: Edited) -> None:
    def edit(page: Worksheet) -> None:
        page["F2"] = value
        page["F2"].number_format = number_format

    assert edited(edit) == {"r.demo": text}


def test_penalties_have_a_minus_sign_and_rows_of_a_table_their_asset(edited: Edited) -> None:
    def edit(page: Worksheet) -> None:
        page["F7"], page["F6"] = -5, 7

    assert edited(edit) == {"r.assets.=cmd|' /C calc'!A0": "7", "r.gone": "5"}


def test_columns_may_be_moved_and_added(edited: Edited) -> None:
    def edit(page: Worksheet) -> None:
        page["F3"] = 9
        page.insert_cols(1)
        page["A1"] = "Ours"

    assert edited(edit) == {"r.size.at_least.0": "9"}


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        ("F2", "lots", 'points!F2: "lots" is no number of points for r.demo; write 15 or 60%.'),
        ("F2", True, "points!F2: True is no number of points"),
        ("F2", datetime(2026, 3, 5), "points!F2: 2026-03-05 00:00:00 is no number of points"),  # noqa: DTZ001
        ("F2", "=D2*2", "points!F2: the formula =D2*2 has no result"),
        ("F5", 3, "points!F5: the points of r.open are computed (2 * event.at.year)"),
        ("F7", 3, "points!F7: r.gone is a penalty; write -3, with a minus sign."),
        ("F20", 3, "points!A20: the row names no rule."),
    ],
)
def test_bad_cells_are_told_by_their_address(cell: str, value: object, told: str, edited: Edited) -> None:
    with pytest.raises(VersionError) as error:
        edited(lambda page: page.__setitem__(cell, value))
    assert told in str(error.value)


def test_all_bad_cells_are_told_at_once(edited: Edited) -> None:
    def edit(page: Worksheet) -> None:
        page["F2"], page["F3"] = "x", "y"

    with pytest.raises(VersionError, match=r"(?s)points!F2.*points!F3"):
        edited(edit)


def test_a_row_whose_rule_or_points_were_changed(edited: Edited) -> None:
    def other_rule(page: Worksheet) -> None:
        page["A2"], page["F2"] = "r.dmo", 5

    def other_points(page: Worksheet) -> None:
        page["D2"], page["F2"] = 31, 5

    def twice(page: Worksheet) -> None:
        page["F2"], page["A3"], page["D3"], page["F3"] = 5, "r.demo", 30, 6

    with pytest.raises(VersionError, match=r'points!A2: v3\.yaml has no points at r\.dmo\. Did you mean "r\.demo"'):
        edited(other_rule)
    with pytest.raises(VersionError, match=r"points!D2: the sheet says 31 for r\.demo, the version says 30"):
        edited(other_points)
    with pytest.raises(VersionError, match=r"points!A3: r\.demo stands there a second time"):
        edited(twice)


def test_what_is_no_such_sheet(version: VersionFile, tmp_path: Path) -> None:
    path = tmp_path / "other.xlsx"
    with pytest.raises(VersionError, match="does not exist"):
        made_from(path)
    path.write_text("asset,points\n")
    with pytest.raises(VersionError, match=r"is no Excel workbook \(\.xlsx\)"):
        made_from(path)
    book = Workbook()
    book.save(path)
    with pytest.raises(VersionError, match='has no page "about"'):
        made_from(path)
    book.create_sheet("about")
    book.create_sheet("points")
    book.save(path)
    with pytest.raises(VersionError, match="does not say which version"):
        made_from(path)
    with pytest.raises(VersionError, match='there is no column "Rule"'):
        changes_of(path, version)
