"""The living sheet: one row for each number of points, one column for each version, the notes of the changes.

A rule that was renamed between two versions keeps its row, under its newest name.
"""

from __future__ import annotations

from pathlib import Path

from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.points import PointCell, VersionFile, files_of, read_version
from rules_engine.analysis.versions.text_diff import text_diff
from rules_engine.model.extensions import Extensions
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One version, with the day of `effective` as written and what `changes` says of it."""

    version: int
    status: str
    effective: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One number of points over the versions: as written, with a minus for penalties; None where there is none."""

    address: str
    score: str
    asset: str
    stage: str | None
    points: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Rows of the newest version in its order, then those of older versions that are gone."""

    model: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def history(folder: Path, using: Extensions | None = None) -> History:
    """All versions of a folder side by side.

    Raises `VersionError` without versions, `ModelError` for one that is broken, or recorded and gone.
    """
    if not folder.is_dir():
        raise VersionError(f"{folder} is no folder; name the folder of a model, the one with its v<N>.yaml files.")
    versions = [read_version(path, using) for path in files_of(folder).values()]
    if not versions:
        raise VersionError(f"no model in {folder}: a version of a model is a file such as {folder / 'v1.yaml'}.")
    newest_names = _newest_names(versions)
    cells = [
        {names.get(c.address, c.address): c for c in v.cells} for v, names in zip(versions, newest_names, strict=True)
    ]
    addresses = dict.fromkeys(address for own in reversed(cells) for address in own)
    rows = tuple(_row(address, [own.get(address) for own in cells]) for address in addresses)
    return History(versions[-1].model.name, tuple(_column(version, versions) for version in versions), rows)


def _row(address: str, cells: list[PointCell | None]) -> Row:
    newest = next(cell for cell in reversed(cells) if cell is not None)
    points = tuple(None if cell is None else signed_text(cell) for cell in cells)
    return Row(address, address.partition(".")[0], asset_of(newest), newest.stage, points)


def signed_text(cell: PointCell) -> str:
    """What the cell says; what a penalty takes away has a minus sign, what the score is set to the word `sets`."""
    if cell.kind == "set":
        return f"sets {cell.text}"
    return f"-{cell.text}" if cell.kind == "remove" else cell.text


def asset_of(cell: PointCell) -> str:
    """What a person calls the cell: the asset of a sheet's row, or the rule's title (or name) and which part of it."""
    if cell.kind == "row":
        return cell.part or ""
    name = cell.title or cell.rule.replace("_", " ")
    match cell.kind:
        case "at_least":
            return f"{name}: from {cell.part} on"
        case "values":
            return f"{name}: {cell.part}"
        case "otherwise" | "missing":
            return f"{name}: {cell.kind}"
        case _:
            return name


def _column(version: VersionFile, versions: list[VersionFile]) -> Column:
    """The note of a version stands in its own file; where it does not, a later one may tell it."""
    number = version.model.version
    notes = [
        change.note
        for told in (version, *reversed(versions))
        for change in told.model.changes
        if change.version == number
    ]
    effective = version.root.get("effective")
    written = getattr(effective, "text", None) if effective is not None else None
    return Column(number, version.model.status, written, notes[0] if notes else None)


def _newest_names(versions: list[VersionFile]) -> list[dict[str, str]]:
    """For each version, the newest address of each cell whose rule or score was renamed since."""
    names: list[dict[str, str]] = [{} for _ in versions]
    for index in range(len(versions) - 2, -1, -1):
        older, newer = versions[index], versions[index + 1]
        later = names[index + 1]
        renamed = [
            (d.was, d.address)
            for d in text_diff(older.model, newer.model).differences
            if d.kind == "renamed" and d.part in ("rule", "penalty", "score") and d.was is not None
        ]
        for cell in older.cells:
            address = cell.address
            for was, now in renamed:
                if address == was or address.startswith(was + "."):
                    address = now + address[len(was) :]
            address = later.get(address, address)
            if address != cell.address:
                names[index][cell.address] = address
    return names
