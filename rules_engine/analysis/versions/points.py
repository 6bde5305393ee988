"""Every number of points that stands in a version: one cell each, with its address and its place in the file.

    readiness.demo                      `points`, or `set`
    readiness.unsubscribed              `remove` of a penalty
    fit.decision_maker.otherwise        what stands beside it
    fit.company_size.at_least.50        one bound of a lookup
    fit.market.values.US                one value of a lookup
    readiness.assets.whitepaper         one row of a sheet (CSV)

A score written once for several products (`for_each`) has its cells once, under its own name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rules_engine.analysis.versions import csv_cells
from rules_engine.analysis.versions.faults import VersionError
from rules_engine.diagnostics.source import Source
from rules_engine.engine import ModelError
from rules_engine.model import amounts, load_model, yaml_read
from rules_engine.model.extensions import Extensions
from rules_engine.model.lock import version_files
from rules_engine.model.types import Model, Score
from rules_engine.model.versions import versions_gone
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import Entry, MapNode, Node, ScalarNode
from rules_engine.plugins import installed
from rules_engine.records import dataclass

Kind = Literal["points", "set", "remove", "at_least", "values", "otherwise", "missing", "row"]
SINGLE: tuple[Kind, ...] = ("points", "set", "remove")
LOOKUPS: tuple[Kind, ...] = ("at_least", "values")
BESIDE: tuple[Kind, ...] = ("otherwise", "missing")
NUMBER = re.compile(r"[-+]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})\Z")


@dataclass(frozen=True, slots=True)
class PointCell:
    """One number of points of a version.

    `part` names the bound, value or row within the rule, `text` is what stands in the file, `amount` its micropoints
    (None for a formula or a share of the score), `sales_ready` the micropoints that 100% stands for. [start, end) is
    its place in `source`; `file` is the CSV file as the model names it, None for the model file itself.
    """

    address: str
    score: str
    rule: str
    kind: Kind
    part: str | None
    stage: str | None
    title: str | None
    text: str
    amount: int | None
    sales_ready: int
    source: Source
    start: int
    end: int
    file: str | None = None


@dataclass(frozen=True, slots=True)
class VersionFile:
    """One version: its typed model, its text with the tree of its nodes, and its cells of points in file order."""

    path: Path
    model: Model
    source: Source
    root: MapNode
    cells: tuple[PointCell, ...]

    def cell(self, address: str) -> PointCell | None:
        return next((cell for cell in self.cells if cell.address == address), None)


def files_of(folder: Path) -> dict[int, Path]:
    """The version files of a folder, by number. Raises `ModelError` where one that `model.lock` records is gone."""
    gone = versions_gone(folder)
    if gone:
        raise ModelError(str(folder), [finding for _, finding in gone])
    return version_files(folder)


def read_version(path: str | Path, using: Extensions | None = None) -> VersionFile:
    """Loads one version file, with the installed plugins unless `using` says which.

    Raises `ModelError`, with its diagnostics, where the file has errors.
    """
    loaded = load_model(path, installed() if using is None else using)
    if loaded.model is None or loaded.source is None:
        raise ModelError(str(path), loaded.diagnostics)
    root = compose(loaded.source).root
    assert isinstance(root, MapNode)  # a file that loads is a map
    cells = tuple(_cells(loaded.model, root, loaded.source, Path(path).parent))
    return VersionFile(Path(path), loaded.model, loaded.source, root, cells)


def amount_of(text: str, sales_ready: int) -> int | None:
    """Micropoints of "15" or "60%"; None for any other text."""
    share = amounts.percent(text)
    if share is not None:
        return amounts.share_of(share, sales_ready)
    if NUMBER.match(text.strip()):
        return amounts.micropoints(float(text))
    return None


# --- the cells of a file --------------------------------------------------------------------------------------------


def _cells(model: Model, root: MapNode, source: Source, folder: Path) -> Iterator[PointCell]:
    for entry in _entries(root.get("scores")):
        score = _score_of(model, entry.key.text)
        body = entry.value
        if score is None or not isinstance(body, MapNode):
            continue
        for block in ("rules", "penalties"):
            for rule in _entries(body.get(block)):
                if isinstance(rule.value, MapNode):
                    yield from _rule(score, entry.key.text, rule.key.text, rule.value, source, folder)


def _score_of(model: Model, key: str) -> Score | None:
    """The score of a key, or one of the scores that its `for_each` makes (they share their numbers)."""
    return next((score for name, score in model.scores.items() if key in (name, score.family)), None)


def _rule(score: Score, key: str, rule: str, body: MapNode, source: Source, folder: Path) -> Iterator[PointCell]:
    stage, title = _text(body.get("stage")), _text(body.get("title"))

    def cell(kind: Kind, node: Node, part: str | None = None) -> Iterator[PointCell]:
        if not isinstance(node, ScalarNode):
            return
        address = ".".join(word for word in (key, rule, kind if kind in LOOKUPS else None, part) if word is not None)
        number = node.value if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else None
        amount = amount_of(node.text, score.sales_ready) if number is None else amounts.micropoints(number)
        yield PointCell(
            address, key, rule, kind, part, stage, title, node.text, amount, score.sales_ready, source,
            node.start, node.end,
        )  # fmt: skip

    for single in SINGLE:
        node = body.get(single)
        if node is not None:
            yield from cell(single, node)
    for lookup in LOOKUPS:
        for entry in _entries(body.get(lookup)):
            yield from cell(lookup, entry.value, entry.key.text)
    for beside in BESIDE:
        node = body.get(beside)
        if node is not None:
            yield from cell(beside, node, beside)
    table = body.get("table")
    if isinstance(table, MapNode):
        yield from _rows(score, key, rule, stage, title, _text(table.get("file")) or "", source, folder)


def _rows(
    score: Score, key: str, rule: str, stage: str | None, title: str | None, file: str, source: Source, folder: Path
) -> Iterator[PointCell]:
    """The cells of a sheet. It has loaded before, so that its form is known to be right."""
    read = yaml_read.read_file(folder / file, os.path.join(os.path.dirname(source.file), file))
    if read.source is None:
        raise VersionError(f"{file} cannot be read any more; it was there a moment ago.")
    text = read.source.text
    delimiter = csv_cells.delimiter_of(text)
    columns: list[str] = []
    for row in csv_cells.rows(text, delimiter):
        if not any(cell.value.strip() for cell in row):
            continue
        if not columns:
            columns = [cell.value.strip().lower() for cell in row]
            continue
        cells = dict(zip(columns, row, strict=False))
        asset, points = cells["asset"].value.strip(), cells["points"]
        written = points.value.strip()
        own = cells["stage"].value.strip() if "stage" in cells else ""
        amount = amount_of(written.replace(",", ".") if delimiter == ";" else written, score.sales_ready)
        yield PointCell(
            f"{key}.{rule}.{asset}", key, rule, "row", asset, own or stage, title, written, amount, score.sales_ready,
            read.source, points.start, points.end, file,
        )  # fmt: skip


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, MapNode) else ()


def _text(node: Node | None) -> str | None:
    return node.text if isinstance(node, ScalarNode) and node.value is not None else None
