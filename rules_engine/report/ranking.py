"""The ranked table of leads and the counts of a population, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from rules_engine.model.types import Model

MOST = 20  # values of a label that are shown

if TYPE_CHECKING:
    from rich.table import Table


def ranked_table(model: Model, rows: Iterable[Mapping[str, object]], by: str, shown_from: int = 1) -> Table:
    """Rows of the table of scores, best first, with the ranking score in front."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    others = [name for name in model.scores if name != by]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("lead", overflow="fold")
    table.add_column(by, justify="right")
    if model.scores[by].bands:
        table.add_column("band", overflow="fold")
        table.add_column("since", no_wrap=True)
    for name in others:
        table.add_column(name, overflow="fold")
    for name in model.labels:
        table.add_column(name, overflow="fold")
    for place, row in enumerate(rows, shown_from):
        cells = [str(place), str(row["lead_id"]), _number(row[by])]
        if model.scores[by].bands:
            cells += [_text(row[f"{by}_band"]), _day(row[f"{by}_since"])]
        cells += [_with_band(row, name) for name in others]
        cells += [_text(row[f"label_{name}"]) for name in model.labels]
        table.add_row(*cells)
    return table


def counts_table(bands: Mapping[str, Mapping[str, int]], labels: Mapping[str, Mapping[str, int]]) -> Table:
    """How many leads are in each band of a score, and have each of the commonest values of a label."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=False)
    for score, counts in bands.items():
        table.add_row(score, _listed(counts))
    for label, counts in labels.items():
        more = len(counts) - MOST
        others = f" · {more:,} more values" if more > 0 else ""
        table.add_row(label, _listed(dict(islice(counts.items(), MOST))) + others)
    return table


def _listed(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{name} {count:,}" for name, count in counts.items())


def _with_band(row: Mapping[str, object], name: str) -> str:
    band = row.get(f"{name}_band")
    return _number(row[name]) + (f" {band}" if band else "")


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return "–"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(value: object) -> str:
    return "–" if value is None else str(value)


def _day(value: object) -> str:
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime) else "–"
