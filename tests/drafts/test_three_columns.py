"""The three-column sheet, as a workbook and as CSV in the ways that people save it."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from rules_engine.analysis.drafts.drafted import DraftError
from rules_engine.analysis.drafts.three_columns import draft_three_columns


def sheet(path: Path) -> str:
    return dict(draft_three_columns(path, None, "touch", 100).files)["assets.csv"]


def test_a_workbook_with_percents(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (("Asset", "Phase", "Points"), ("=Demo", "Decide", 0.6), ("Paper", "Learn", 5), (None, None, None)):
        page.append(row)
    page["A2"].data_type = "s"
    page["C2"].number_format = "0%"
    book.save(tmp_path / "assets.xlsx")
    assert sheet(tmp_path / "assets.xlsx") == "asset,stage,points\n=Demo,decide,60%\nPaper,learn,5\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("asset,points\nPaper,5\n".encode("utf-8-sig"), "asset,points\nPaper,5\n"),
        ("asset;points\r\nPap\u00edr;2,5\r\n".encode("cp1252"), "asset,points\nPap\u00edr,2.5\n"),
        (b"Name\tScore\nPaper\t+5\n", "asset,points\nPaper,5\n"),
        (b'asset,points,stage\n"a, ""b""",-5,\n', 'asset,points\n"a, ""b""",-5\n'),
    ],
)
def test_csv_as_people_save_it(data: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_bytes(data)
    assert sheet(tmp_path / "assets.csv") == expected


@pytest.mark.parametrize(
    ("text", "told"), [("", "is empty"), ("asset,points\n", "no row with an asset"), ("a,b\n1,2\n", "is called asset")]
)
def test_what_is_no_such_sheet(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text(text)
    with pytest.raises(DraftError, match=told):
        sheet(tmp_path / "assets.csv")
