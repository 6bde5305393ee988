"""The three-column sheet: a CSV file with the columns asset, stage, points and maybe note, each row a rule."""

from __future__ import annotations

import csv
import re

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.diagnostics.source import Source
from rules_engine.model import amounts, files
from rules_engine.model import messages_sheets as say
from rules_engine.model.reading import Reading
from rules_engine.model.yaml_nodes import Node
from rules_engine.records import dataclass

COLUMNS = ("asset", "stage", "points", "note")
REQUIRED = ("asset", "points")
MAX_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sheet: `points` are micropoints, `stage` and `note` may be None."""

    asset: str
    stage: str | None
    points: int
    note: str | None
    file: str
    line: int
    span: Span


def read_sheet(reading: Reading, node: Node | None, sales_ready: int) -> tuple[Row, ...] | None:
    """The rows of the file that `node` names; None after a mistake."""
    source = files.open_data_file(reading, node)
    if source is None:
        return None
    first = source.line(1)
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(source.text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    seen: dict[str, int] = {}
    whole = True
    columns: list[str] = []
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                if not _header(reading, source, line, columns, delimiter):
                    return None
                continue
            if len(rows) >= MAX_ROWS:
                reading.report.add(say.too_many_rows(_line(source, line), MAX_ROWS))
                return None
            row = _row(reading, source, line, columns, cells, sales_ready, delimiter)
            if row is None:
                whole = False
            elif row.asset in seen:
                reading.report.add(say.repeated_asset(row.span, row.asset, seen[row.asset]))
                whole = False
            else:
                seen[row.asset] = line
                rows.append(row)
    except csv.Error as error:
        reading.report.add(say.not_csv(_line(source, before + 1), str(error)))
        return None
    if not rows and whole:
        reading.report.add(say.no_rows(_line(source, 1)))
        return None
    return tuple(rows) if whole else None


def _header(reading: Reading, source: Source, line: int, columns: list[str], delimiter: str) -> bool:
    if not set(columns) & set(COLUMNS):
        reading.report.add(say.no_header(_line(source, line), delimiter))
        return False
    whole = True
    for column in columns:
        if column not in COLUMNS:
            place = _cell(source, line, source.line(line).split(delimiter), columns, column)
            reading.report.add(say.unknown_column(place, column, COLUMNS))
            whole = False
    for column in REQUIRED:
        if column not in columns:
            reading.report.add(say.missing_column(_line(source, line), column, COLUMNS))
            whole = False
    if whole and len(set(columns)) < len(columns):
        reading.report.add(say.repeated_column(_line(source, line)))
        return False
    return whole


def _row(
    reading: Reading,
    source: Source,
    line: int,
    columns: list[str],
    cells: list[str],
    sales_ready: int,
    delimiter: str,
) -> Row | None:
    span = _line(source, line)
    if len(cells) > len(columns):
        reading.report.add(say.too_many_cells(span, len(cells), len(columns)))
        return None
    cell = dict(zip(columns, (text.strip() for text in cells), strict=False))
    asset, stage = cell.get("asset", ""), cell.get("stage", "")
    if not asset:
        reading.report.add(say.no_asset(span))
        return None
    if stage and stage not in reading.names.stages and not reading.report.is_unsure("stages"):
        reading.report.add(say.unknown_stage(_cell(source, line, cells, columns, "stage"), stage, reading.names.stages))
        return None
    text = cell.get("points", "")
    points = _points(text, sales_ready, delimiter)
    if points is None:
        reading.report.add(say.no_points(_cell(source, line, cells, columns, "points"), asset, text))
        return None
    return Row(asset, stage or None, points, cell.get("note") or None, source.file, line, span)


def _points(text: str, sales_ready: int, delimiter: str) -> int | None:
    """A number or a percent; None for anything else and for amounts beyond all measure."""
    if delimiter == ";":
        text = text.replace(",", ".")
    share = amounts.percent(text)
    if share is not None:
        micro = amounts.share_of(share, sales_ready)
    elif re.fullmatch(r"[-+]?\d{1,15}(\.\d{1,15})?", text):
        micro = amounts.micropoints(float(text))
    else:
        return None
    return micro if abs(micro) <= amounts.MOST_POINTS * amounts.MICRO else None


def _line(source: Source, line: int) -> Span:
    start = source.line_starts[min(line, len(source.line_starts)) - 1]
    return source.span(start, start + len(source.line(min(line, len(source.line_starts)))))


def _cell(source: Source, line: int, cells: list[str], columns: list[str], column: str) -> Span:
    """The place of one cell, found by its text after the cells before it; the line where that is not certain."""
    whole = _line(source, line)
    at = whole.start
    index = columns.index(column)
    for i, text in enumerate(cells[: index + 1]):
        match = re.compile(re.escape(text.strip()), re.IGNORECASE).search(source.text, at, whole.end)
        if match is None:
            return whole
        if i == index:
            return source.span(*match.span()) if text.strip() else whole
        at = match.end() + 1
    return whole
