"""The living sheet of a model, for a terminal, as CSV and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules_engine.report.csv_text import csv_text

if TYPE_CHECKING:
    from rules_engine.analysis.versions.history import Column, History


def print_history(history: History) -> None:
    """A table of the points over the versions, then the notes."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from rules_engine.report.terminal import terminal

    console = terminal()
    table = Table(box=SIMPLE_HEAD)
    for name in ("score", "asset", "stage"):
        table.add_column(name)
    for column in history.columns:
        table.add_column(f"v{column.version}", justify="right")
    before = ""
    for row in history.rows:
        score = row.score if row.score != before else ""
        before = row.score
        table.add_row(score, row.asset, row.stage or "", *(points or "·" for points in row.points))
    console.print(f"{history.model}: points by version")
    console.print(table)
    for column in history.columns:
        console.print(f"v{column.version} {_when(column)}: {column.note or 'no note in changes'}")


def _when(column: Column) -> str:
    return f"({column.status}{', from ' + column.effective if column.effective else ''})"


def history_csv(history: History) -> str:
    """A row for each number of points; the notes stand in the second row, under their versions."""
    head = ["rule", "score", "asset", "stage", *(f"v{column.version}" for column in history.columns)]
    notes = ["", "", "", "note", *(column.note for column in history.columns)]
    rows = [[row.address, row.score, row.asset, row.stage, *row.points] for row in history.rows]
    return csv_text([head, notes, *rows])


def history_document(history: History) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "model": history.model,
        "versions": [
            {"version": c.version, "status": c.status, "effective": c.effective, "note": c.note}
            for c in history.columns
        ],
        "rules": [
            {
                "rule": row.address,
                "score": row.score,
                "asset": row.asset,
                "stage": row.stage,
                "points": {
                    str(column.version): points
                    for column, points in zip(history.columns, row.points, strict=True)
                    if points is not None
                },
            }
            for row in history.rows
        ],
    }
