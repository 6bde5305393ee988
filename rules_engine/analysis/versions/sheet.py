"""The sheet for the sales interview: written from a version, and read back with the new points in its last column.

    Rule             Asset        Stage    Points v3   Percent ready   New points   Note
    readiness.demo   Demo         decide          60             60%          80

Blank cells under "New points" mean unchanged. A percent (`60%`, or a cell in percent format) is of the score's
`sales_ready`. Penalties are written with a minus sign, as in the column of points.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.history import asset_of
from rules_engine.analysis.versions.next_version import new_text
from rules_engine.analysis.versions.points import PointCell, VersionFile
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

POINTS, ABOUT = "points", "about"
COLUMNS = ("Rule", "Asset", "Stage", "Points", "Percent ready", "New points", "Note")
WIDTHS = (34, 40, 14, 14, 14, 14, 50)
_RULE, _NOW, _NEW = 0, 3, 5
_MOST_ROWS = 25_000
_MOST_BYTES = 20_000_000
_COMMA = re.compile(r"([-+]?\d+),(\d+)(\s*%?)\Z")


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """Which version a sheet was made from."""

    model: str
    version: int


# --- out ------------------------------------------------------------------------------------------------------------


def write_sheet(version: VersionFile, path: Path) -> int:
    """Writes the workbook; gives the number of rows. Raises `VersionError` where the version has no points."""
    from openpyxl import Workbook

    if not version.cells:
        raise VersionError(f"{version.path} has no rules with points, so there is nothing to put on a sheet.")
    book = Workbook()
    page = book.active
    assert page is not None
    _points_page(page, version)
    about = book.create_sheet(ABOUT)
    for row in (("model", version.model.name), ("version", version.model.version)):
        about.append(row)
    book.save(path)
    return len(version.cells)


def _points_page(page: Any, version: VersionFile) -> None:
    from openpyxl.styles import Font, PatternFill

    page.title = POINTS
    heads = list(COLUMNS)
    heads[_NOW] = f"Points v{version.model.version}"
    heads[_NEW] = "New points"
    page.append(heads)
    for column, width in enumerate(WIDTHS, 1):
        page.cell(1, column).font = Font(bold=True)
        page.column_dimensions[page.cell(1, column).column_letter].width = width
    page.freeze_panes = "A2"
    notes = _notes(version)
    for number, cell in enumerate(version.cells, 2):
        for column, text in (
            (1, cell.address),
            (2, asset_of(cell)),
            (3, cell.stage),
            (7, notes.get(_typed_name(cell))),
        ):
            _put_text(page.cell(number, column), text)
        now, share, new = page.cell(number, 4), page.cell(number, 5), page.cell(number, 6)
        if cell.amount is None:
            _put_text(now, f"-{cell.text}" if cell.kind == "remove" else cell.text)
            new.fill = PatternFill("solid", start_color="DDDDDD")
            continue
        sign = -1 if cell.kind == "remove" else 1
        now.value = sign * cell.amount / 1e6
        share.value = sign * cell.amount / cell.sales_ready
        share.number_format = "0.0%" if (cell.amount * 100) % cell.sales_ready else "0%"
        new.fill = PatternFill("solid", start_color="FFF9C4")


def _notes(version: VersionFile) -> dict[str, str]:
    found = {}
    for score in version.model.scores.values():
        for rule in (*score.event_rules, *score.standing_rules, *score.penalties):
            if rule.note:
                found[rule.name] = rule.note
    return found


def _typed_name(cell: PointCell) -> str:
    """The name of the rule in the model; each row of a CSV table is a rule there."""
    return f"{cell.rule}.{cell.part}" if cell.kind == "row" else cell.rule


def _put_text(cell: Cell, text: str | None) -> None:
    """Text that stays text: a name that begins with `=` is never a formula."""
    if text:
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = text[:1] in "=+-@"


# --- back -----------------------------------------------------------------------------------------------------------


def made_from(path: Path) -> MadeFrom:
    """Which version a sheet was made from. Raises `VersionError` for a file that is no such sheet."""
    book = open_workbook(path, values=True)
    about = {str(row[0]): row[1] for row in _page(book, path, ABOUT).iter_rows(max_row=10, max_col=2, values_only=True)}
    model, version = about.get("model"), about.get("version")
    if not isinstance(model, str) or not isinstance(version, int):
        raise VersionError(f'{path}: the page "{ABOUT}" does not say which version the sheet was made from.')
    return MadeFrom(model, version)


def changes_of(path: Path, version: VersionFile) -> dict[str, str]:
    """The new points of a sheet by address, checked against the version. Raises `VersionError` with all bad cells."""
    values, formulas = (
        _page(open_workbook(path, values=True), path, POINTS),
        _page(open_workbook(path, values=False), path, POINTS),
    )
    if values.max_row > _MOST_ROWS:
        raise VersionError(f"{path} has more than {_MOST_ROWS:,} rows.")
    rows = list(values.iter_rows())
    places = _columns(rows[0] if rows else (), path)
    found: dict[str, str] = {}
    faults: list[str] = []
    for row in rows[1:]:
        try:
            change = _change(row, places, formulas, version)
        except VersionError as error:
            faults.append(str(error))
            continue
        if change is None:
            continue
        address, text = change
        if address in found:
            faults.append(f"{_at(row[places[_RULE]])}: {address} stands there a second time.")
        found[address] = text
    if faults:
        more = f"\n  and {len(faults) - 20} more" if len(faults) > 20 else ""
        raise VersionError(f"{path} cannot be taken back:\n  " + "\n  ".join(faults[:20]) + more)
    return found


def _columns(head: tuple[Cell | MergedCell, ...], path: Path) -> tuple[int, ...]:
    """Where each of our columns stands: people may move columns and add some of their own."""
    names = [str(cell.value or "").strip().casefold() for cell in head]
    places = []
    for column in COLUMNS[: _NEW + 1]:
        wanted = column.casefold()
        fits = [
            n
            for n, name in enumerate(names)
            if name == wanted or (wanted == "points" and re.match(r"points v\d+\Z", name))
        ]
        if len(fits) != 1:
            problem = "there is no column" if not fits else "there are several columns"
            raise VersionError(f'{path}: {problem} "{column}" in the first row of the page "{POINTS}".')
        places.append(fits[0])
    return tuple(places)


def _change(
    row: tuple[Cell | MergedCell, ...], places: tuple[int, ...], formulas: Worksheet, version: VersionFile
) -> tuple[str, str] | None:
    """One row's new points; None where the cell is blank."""
    new = row[places[_NEW]]
    text = _written(new, formulas)
    if text is None:
        return None
    rule = row[places[_RULE]]
    address = str(rule.value or "").strip().removeprefix("'")
    cell = version.cell(address)
    if cell is None:
        near = did_you_mean(address, [known.address for known in version.cells])
        what = f"{version.path.name} has no points at {address}" if address else "the row names no rule"
        raise VersionError(f"{_at(rule)}: {what}.{near}")
    _same_as_written(row[places[_NOW]], cell)
    if cell.kind == "remove":
        if not text.startswith("-"):
            raise VersionError(f"{_at(new)}: {address} is a penalty; write -{text.lstrip('+')}, with a minus sign.")
        text = text[1:]
    try:
        new_text(cell, text)
    except VersionError as error:
        raise VersionError(f"{_at(new)}: {error}") from error
    return address, text


def _same_as_written(now: Cell | MergedCell, cell: PointCell) -> None:
    """The old points of the row are those of the version, so that nobody changes what moved on meanwhile."""
    if cell.amount is None or not isinstance(now.value, (int, float)):
        return
    shown = -cell.amount if cell.kind == "remove" else cell.amount
    if abs(now.value * 1e6 - shown) > 0.5:
        raise VersionError(
            f"{_at(now)}: the sheet says {now.value:g} for {cell.address}, the version says {shown / 1e6:g}; "
            "write new points into the column New points only, and make the sheet anew where the version changed."
        )


def _written(cell: Cell | MergedCell, formulas: Worksheet) -> str | None:
    """What a cell says, as text of a number or a percent; None for a blank one. Raises for anything else."""
    value = cell.value
    formula = formulas[cell.coordinate].value
    if value is None:
        if isinstance(formula, str) and formula.startswith("="):
            raise VersionError(
                f"{_at(cell)}: the formula {formula} has no result; save the file in a spreadsheet program."
            )
        return None
    if isinstance(value, (bool, datetime, date, time, timedelta)):
        raise VersionError(f"{_at(cell)}: {value} is no number of points; write 15 or 60%.")
    if isinstance(value, (int, float)):
        share = "%" in str(cell.number_format)
        return _shortest(value * 100) + "%" if share else _shortest(value)
    text = str(value).strip().removeprefix("'")
    comma = _COMMA.match(text)
    return (f"{comma[1]}.{comma[2]}{comma[3]}" if comma else text) or None


def _shortest(value: float) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _at(cell: Cell | MergedCell) -> str:
    return f"{POINTS}!{cell.coordinate}"


def open_workbook(path: Path, *, values: bool) -> Any:
    """The workbook with the values of its formulas, or with the formulas. Raises `VersionError` for another file."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if not path.is_file():
        raise VersionError(f"{path} does not exist." if not path.exists() else f"{path} is a folder.")
    if path.stat().st_size > _MOST_BYTES:
        raise VersionError(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB; that is no sheet of points.")
    try:
        return load_workbook(path, data_only=values)
    except InvalidFileException as error:
        raise VersionError(f"{path} is no Excel workbook: its name must end in .xlsx.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise VersionError(f"{path} is no Excel workbook (.xlsx) that can be read: {error}.") from error


def _page(book: Any, path: Path, name: str) -> Worksheet:
    if name not in book.sheetnames:
        raise VersionError(f'{path} has no page "{name}"; it was not made by `rules sheet --out`.')
    page: Worksheet = book[name]
    return page
