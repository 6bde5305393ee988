"""The tables of `lookups:`: an id for another text, such as a contact's for a mail address, or the contacts of a deal.

Takes the mapping, gives one frame of `key` and `value` per lookup; puts the ids in place of the texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import polars as pl

from rules_engine.batch.sources import rows
from rules_engine.batch.sources.mapping import Column, Lookup
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rows import Rows
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Pairs:
    """What a lookup says: `key` and `value`, each pair once. `keep`: a text that is no key stays as it is."""

    frame: pl.DataFrame
    keep: bool


Lookups: TypeAlias = Mapping[str, Pairs]
SCHEMA = {"key": pl.String(), "value": pl.String()}
NONE: Lookups = {}


def read_lookups(lookups: tuple[Lookup, ...], folder: Path, log: Log) -> Lookups:
    """Each lookup's pairs, in the order of its files. Rows that lack one of the two are left out."""
    found: dict[str, Pairs] = {}
    for lookup in lookups:
        parts = [pl.DataFrame(schema=SCHEMA)]
        for part in rows.read(lookup.table, folder, (lookup.key, lookup.value), (), log):
            pairs = pl.DataFrame([part.text(lookup.key).alias("key"), part.text(lookup.value).alias("value")])
            whole = pairs.drop_nulls()
            if whole.height < pairs.height:
                log.counts.left_out[lookup.table.label] += pairs.height - whole.height
            parts.append(whole)
        frame = pl.concat(parts).unique(maintain_order=True)
        found[lookup.name] = Pairs(_last(frame) if lookup.several == "last" else frame, lookup.unknown == "keep")
    return found


def with_looked_up(part: Rows, column: Column, name: str, lookups: Lookups, label: str, log: Log) -> Rows:
    """The column `name` of the frame with the lookup's ids in place of its texts.

    A text with several ids makes a row for each; rows whose text is no key are rejected, or keep it.
    """
    if column.lookup is None:
        return part
    pairs, frame = lookups[column.lookup], part.frame
    if not pairs.keep:
        unknown = ~frame[name].is_in(pairs.frame["key"].implode())
        frame = log.reject(label, part.loaded, frame, unknown, "not in the lookup", part.shown(column), frame[name])
    joined = frame.join(
        pairs.frame.rename({"key": name, "value": "#value"}), on=name, how="left", maintain_order="left"
    )
    return part.with_frame(joined.with_columns(pl.coalesce("#value", name).alias(name)).drop("#value"))


def last_values(texts: pl.Series, column: Column, lookups: Lookups) -> pl.Series:
    """The lookup's id for each text, the last one where there are several; null, or the text, where it has none."""
    if column.lookup is None:
        return texts
    pairs = lookups[column.lookup]
    last = _last(pairs.frame)
    found = texts.replace_strict(last["key"], last["value"], default=None, return_dtype=pl.String())
    return found.fill_null(texts) if pairs.keep else found


def _last(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.unique("key", keep="last", maintain_order=True)
