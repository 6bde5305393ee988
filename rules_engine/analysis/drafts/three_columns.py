"""The three-column sheet of a marketing team (asset, stage, points) -> a model with that sheet beside it.

Takes a CSV file or a workbook. Headers are found by what they are called; a percent is of `sales_ready`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rules_engine.analysis.drafts.drafted import Drafted, DraftError, Note, require_clean
from rules_engine.analysis.drafts.names import Names, name_of
from rules_engine.analysis.drafts.yaml_text import Block, to_yaml
from rules_engine.analysis.versions.csv_cells import delimiter_of
from rules_engine.analysis.versions.points import amount_of
from rules_engine.analysis.versions.sheet import open_workbook
from rules_engine.model.sheets import MAX_ROWS

_HEADS = {
    "asset": ("asset", "assets", "name", "activity", "action", "content", "event", "touchpoint", "what"),
    "stage": ("stage", "phase", "buying stage", "buyer stage", "journey stage", "funnel stage"),
    "points": ("points", "score", "value", "point", "weight", "pts"),
    "note": ("note", "notes", "comment", "comments", "reason", "why"),
}
_NUMBER = re.compile(r"[-+]?\d{1,12}(?:\.\d{1,12})?\s*%?\Z")


def draft_three_columns(path: Path, model: str | None, event: str, sales_ready: float) -> Drafted:
    """Drafts version 1 and its sheet. `event` names the event whose attribute `asset` is looked up in the sheet."""
    rows = _table(path)
    if not rows:
        raise DraftError(f"{path} is empty.")
    places = _places(path, rows[0])
    notes: list[Note] = []
    stages = Names("stage")
    kept: list[list[str]] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in places.items()}
        asset, points = cells["asset"], _points(cells["points"])
        if not any(cells.values()):
            continue
        if not asset or points is None:
            why = "it names no asset" if not asset else f'its points "{cells["points"]}" are no number'
            notes.append(Note("left out", f"row {number}", why))
        elif asset in seen:
            notes.append(Note("left out", f"row {number}", f'the asset "{asset}" stands in row {seen[asset]} already'))
        else:
            seen[asset] = number
            stage = stages.of(cells["stage"]) if cells.get("stage") else ""
            kept.append([asset, stage, points, cells.get("note", "")])
    if not kept:
        raise DraftError(f"{path} has no row with an asset and points.")
    if len(kept) > MAX_ROWS:
        raise DraftError(f"{path} has more than {MAX_ROWS:,} assets.")
    for written, name in stages.items():
        if written != name:
            notes.append(Note("changed", f'stage "{written}"', f"is called {name} here"))
    notes.append(
        Note("guessed", f"events.{event}", "each touch is an event of this type with the asset's name; map it")
    )
    notes.append(Note("guessed", "limit", "each asset counts once for a lead; change `limit` where it counts again"))
    if len(stages.items()) > 1:
        order = ", ".join(stage for _, stage in stages.items())
        notes.append(Note("guessed", "stages", f"in the order of the sheet: {order}; put them in that of the journey"))
    name = model or name_of(path.stem, "model")
    sheet = _sheet(kept, bool(stages.items()), "note" in places)
    document = _document(name, event, sales_ready, [stage for _, stage in stages.items()])
    most = sum(max(amount_of(row[2], round(sales_ready * 1e6)) or 0, 0) for row in kept) / 1e6
    if most >= sales_ready:
        document["scores"]["readiness"]["bands"] = {"cold": "any", "warm": "40%", "sales_ready": "100%"}
    else:
        why = f"the assets give {most:g} points together, less than the {sales_ready:g} of sales_ready; add bands"
        notes.append(Note("to do", "scores.readiness", why))
    require_clean(document, {"assets.csv": sheet})
    text = to_yaml(document, "Made from a sheet of assets, stages and points, which goes on in assets.csv.")
    return Drafted(name, (("v1.yaml", text), ("assets.csv", sheet)), len(kept), len(rows) - 1, tuple(notes))


def _document(model: str, event: str, sales_ready: float, stages: list[str]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": 1,
        "model": model,
        "version": 1,
        "status": "draft",
        "sales_ready": sales_ready,
    }
    if stages:
        document["stages"] = stages
    assets = {
        "event": event,
        "table": {"file": "assets.csv", "match": "event.asset"},
        "limit": {"times": 1, "each": "event.asset"},
    }
    document["events"] = Block({event: {"asset": "string"}})
    document["scores"] = Block({"readiness": Block({"rules": Block({"assets": Block(assets)})})})
    return document


def _sheet(rows: Sequence[Sequence[str]], stages: bool, notes: bool) -> str:
    wanted = [True, stages, True, notes]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    head = ("asset", "stage", "points", "note")
    for row in (head, *rows):
        writer.writerow([cell for cell, shown in zip(row, wanted, strict=True) if shown])
    return out.getvalue()


def _places(path: Path, head: Sequence[str]) -> dict[str, int]:
    """Where each column stands, by its header."""
    names = [re.sub(r"[\s_]+", " ", cell.strip().casefold()) for cell in head]
    places = {
        column: next((names.index(known) for known in names_of if known in names), -1)
        for column, names_of in _HEADS.items()
    }
    for column in ("asset", "points"):
        if places[column] < 0:
            listed = ", ".join(cell.strip() or "(blank)" for cell in head)
            raise DraftError(
                f"{path}: no column of the first row is called {column} (there are: {listed}). "
                f"Call it {' or '.join(_HEADS[column][:3])}."
            )
    return {column: place for column, place in places.items() if place >= 0}


def _points(text: str) -> str | None:
    words = text.replace(" ", "")
    if "," in words and "." not in words:
        words = words.replace(",", ".")
    return words.lstrip("+") if _NUMBER.match(words) else None


def _table(path: Path) -> list[list[str]]:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _workbook(path)
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    delimiter = "\t" if "\t" in text.partition("\n")[0] else delimiter_of(text)
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def _workbook(path: Path) -> list[list[str]]:
    """The first page of a workbook, as text; a percent cell gives a percent."""
    page = open_workbook(path, values=True).worksheets[0]
    if page.max_row > MAX_ROWS + 1000:
        raise DraftError(f"{path} has more than {MAX_ROWS:,} rows.")
    return [[_shown(cell.value, str(cell.number_format)) for cell in row] for row in page.iter_rows()]


def _shown(value: object, form: str) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value * 100:.10g}%" if "%" in form else f"{value:.12g}"
    return "" if value is None else str(value)
