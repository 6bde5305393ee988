"""Columns of a CSV or Parquet file that hold JSON text: their inner values by path, and exploding a list in one.

Takes an opened file, gives an opened file whose paths into `json:` columns can be loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as AbstractMapping

import polars as pl

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources import nested
from rules_engine.batch.sources.convert import as_text
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import ITEM, ROW, BadRow, Loaded, Opened
from rules_engine.matching.json_text import Decoder


def with_json(opened: Opened, table: Table) -> Opened:
    """The file with the JSON columns unfolded where paths into them are asked for."""
    holders = [name for name in table.json if name in opened.names]

    def unfolded(wanted: Sequence[str], read: Callable[[Sequence[str]], Iterator[Loaded]]) -> Iterator[Loaded]:
        roots = {name: _root(name, holders, opened.names) for name in wanted}
        used = list(dict.fromkeys(root for root in roots.values() if root is not None))
        exploded = table.explode is not None and nested.path_of(table.explode)[0] in holders
        if exploded:
            used = list(dict.fromkeys([*used, nested.path_of(table.explode or "")[0]]))
        plain = [name for name in wanted if roots[name] is None]
        for loaded in read([*plain, *(root for root in used if root not in plain)]):
            yield _unfold(loaded.at_once(), table, wanted, roots, used, exploded) if used else loaded

    def load(wanted: Sequence[str]) -> Loaded:
        return next(unfolded(wanted, lambda names: iter([opened.load(names)])))

    def pieces(wanted: Sequence[str]) -> Iterator[Loaded]:
        assert opened.pieces is not None  # else nobody gets hold of this
        return unfolded(wanted, opened.pieces)

    return Opened(
        opened.file,
        opened.names,
        load,
        opened.open_ended or bool(holders),
        pieces=None if opened.pieces is None else pieces,
    )


def _root(name: str, holders: Sequence[str], names: Sequence[str]) -> str | None:
    if name in names:
        return None
    return next((holder for holder in holders if name.startswith(holder + ".")), None)


def _unfold(
    loaded: Loaded,
    table: Table,
    wanted: Sequence[str],
    roots: dict[str, str | None],
    used: Sequence[str],
    exploded: bool,
) -> Loaded:
    frame = loaded.frame
    records: list[dict[str, object]] = [{} for _ in range(frame.height)]
    broken: dict[int, BadRow] = {}
    decoder = Decoder()

    def break_off(places: AbstractMapping[int, str], reason: str, tell: Callable[[str], str]) -> None:
        rows = frame[ROW].gather(list(places)).to_list()
        told = zip(places.items(), rows, loaded.raw(rows), strict=True)
        broken.update((place, BadRow(row, reason, tell(what), text)) for (place, what), row, text in told)

    not_json: dict[int, str] = {}
    for root in used:
        for place, cell in enumerate(as_text(frame[root]).to_list()):
            if not cell:
                continue
            try:
                records[place][root] = decoder.loads(cell)
            except (ValueError, RecursionError):
                not_json[place] = root
    # Without its nested values the row would look like one that never had them.
    break_off(not_json, "cell not JSON", say.cell_not_json)
    inner = [name for name in wanted if roots[name] is not None]
    if decoder.met:
        outer = [name for name in inner if not exploded or nested.inside(name, table.explode) is None]
        twice = nested.places_twice(records, outer, table.explode if exploded else None)
        break_off({place: key for place, key in twice.items() if place not in broken}, "key twice", say.key_twice)
    bad = [*loaded.bad, *broken.values()]
    if broken:
        keep = [place for place in range(frame.height) if place not in broken]
        frame = frame[keep]
        records = [records[place] for place in keep]
    if exploded and table.explode is not None:
        places, items, without = nested.explode(records, table.explode)
        if without:
            rows = frame[ROW].gather(without).to_list()
            message = say.not_a_list(table.explode)
            bad += [
                BadRow(row, "no list of events", message, text)
                for row, text in zip(rows, loaded.raw(rows), strict=True)
            ]
        found: dict[str, pl.Series] = {}
        for name in inner:
            at = nested.inside(name, table.explode)
            source: Sequence[object] = items if at is not None else [records[place] for place in places]
            found[name] = nested.columns(source, [at or name])[0].alias(name)
        frame = frame[pl.Series(places, dtype=pl.UInt32)]
        frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(ROW).alias(ITEM))
        frame = frame.with_columns(*found.values()).select(ROW, ITEM, *wanted)
        within = [own for name in inner if (own := nested.inside(name, table.explode)) is not None]
        if decoder.met and (twice := nested.places_twice(items, within)):
            rows = frame[ROW].gather(list(twice)).to_list()
            told = zip(rows, twice.values(), loaded.raw(rows), strict=True)
            bad += [BadRow(row, "key twice", say.key_twice(f"{table.explode}.{key}"), text) for row, key, text in told]
            frame = frame[[place for place in range(frame.height) if place not in twice]]
    else:
        frame = frame.with_columns(nested.columns(records, inner)).select(ROW, *wanted)
    return Loaded(loaded.file, frame, tuple(sorted(bad, key=lambda b: b.row)), loaded.rows, loaded.raw)
