"""Values inside nested data, by paths such as `properties.plan` or `items.0.price`, and lists whose items become rows.

Takes records (plain data from JSON), gives columns of text. Numbers and booleans become their JSON text, so that one
set of converters serves CSV and JSON alike; lists and records inside become JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import polars as pl

from rules_engine.matching.json_text import Doubled, first_twice

Path: TypeAlias = tuple[str, ...]


def path_of(name: str) -> Path:
    return tuple(name.split("."))


def get(record: object, name: str, path: Path) -> object:
    """The value at `name`: a key spelled so, dots and all, else step by step."""
    if isinstance(record, dict) and name in record:
        return record[name]
    value = record
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def twice_on_the_way(record: object, name: str, path: Path) -> str | None:
    """The path of a key that stands twice where `get` passes by."""
    if isinstance(record, dict) and name in record:
        path = (name,)
    value = record
    for number, step in enumerate(path, 1):
        if isinstance(value, Doubled) and step in value.twice:
            return ".".join(path[:number])
        value = get(value, step, (step,))
    return None


def _twice(record: object, name: str, path: Path) -> str | None:
    """The same, or in what `get` finds."""
    key = twice_on_the_way(record, name, path)
    if key is None and (inner := first_twice(get(record, name, path))) is not None:
        return f"{name}.{inner}"
    return key


def places_twice(records: Sequence[object], names: Iterable[str], explode: str | None = None) -> dict[int, str]:
    """The places of the records in which a key stands twice that is read, each with the path of the key.

    That is one on the way to a value of `names` or in it, or on the way to the list to `explode`.
    """
    paths = [(name, path_of(name)) for name in names]
    found: dict[int, str] = {}
    for place, record in enumerate(records):
        keys = (_twice(record, name, path) for name, path in paths)
        key = next((key for key in keys if key is not None), None)
        if key is None and explode is not None:
            key = twice_on_the_way(record, explode, path_of(explode))
        if key is not None:
            found[place] = key
    return found


def text(value: object) -> str | None:
    """`7` -> "7", `true` -> "true", `"a"` -> "a", `[1]` -> "[1]"."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def columns(records: Sequence[object], names: Sequence[str]) -> list[pl.Series]:
    """One column of text per name."""
    out = []
    for name in names:
        path = path_of(name)
        if len(path) == 1:
            values = [text(record.get(name)) if isinstance(record, dict) else None for record in records]
        else:
            values = [text(get(record, name, path)) for record in records]
        out.append(_series(name, values))
    return out


def _series(name: str, values: list[str | None]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String)
    except UnicodeEncodeError:
        # JSON can spell half a character ("\ud800"), which no text can hold.
        whole = [v and v.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for v in values]
        return pl.Series(name, whole, dtype=pl.String)


def explode(records: Sequence[object], path: str) -> tuple[list[int], list[object], list[int]]:
    """(place of the record, item) for each item of the lists at `path`, and the places without a list.

    Null counts as an empty list: a lead without events.
    """
    steps = path_of(path)
    places: list[int] = []
    items: list[object] = []
    without: list[int] = []
    for place, record in enumerate(records):
        found = get(record, path, steps)
        if isinstance(found, list):
            places.extend([place] * len(found))
            items.extend(found)
        elif found is not None:
            without.append(place)
    return places, items, without


def inside(name: str, path: str | None) -> str | None:
    """The part of `name` within the items of the exploded list: "events.ts" -> "ts"; None if it is outside."""
    if path is None or not name.startswith(path + "."):
        return None
    return name[len(path) + 1 :]


def keys(records: Sequence[object], most: int = 200) -> tuple[str, ...]:
    """Names and paths seen in the first records, for `did you mean` and for columns found by name."""
    seen: dict[str, None] = {}

    def walk(value: object, prefix: str, depth: int) -> None:
        if isinstance(value, dict) and depth < 4:
            for key, inner in value.items():
                seen[prefix + key] = None
                walk(inner, f"{prefix}{key}.", depth + 1)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            walk(value[0], prefix, depth)

    for record in records[:most]:
        walk(record, "", 0)
    return tuple(seen)
