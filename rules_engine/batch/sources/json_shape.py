"""What kind of value stands at each wanted path of JSON records, learnt from records, as a schema of Arrow.

Takes names of columns, and records; gives a schema, and where each column lies in what is read by it: names within a
list to be exploded lie in its items.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

import pyarrow as pa

from rules_engine.batch.sources import nested
from rules_engine.records import dataclass

Tree: TypeAlias = "dict[str, Tree | pa.DataType]"
_WHOLE, _NUMBER = pa.int64(), pa.float64()
_KINDS: Mapping[type, pa.DataType] = {str: pa.string(), bool: pa.bool_(), int: _WHOLE, float: _NUMBER}
_MEMORY = 50  # values of a kind that are counted
_LARGE = 2**63  # whole numbers are smaller, or they are read as others are
_QUOTED = re.compile(r'["\\]')


@dataclass(slots=True)
class Place:
    """A wanted column: by its `name` from where it starts, a record or an item (`inner`). `spelled`: the name is a key,
    dots and all; else it lies by `steps`. `seen` counts what kinds of value stood there."""

    name: str
    steps: nested.Path
    inner: bool
    spelled: bool = False
    seen: Counter[pa.DataType] = field(default_factory=Counter)

    @property
    def path(self) -> nested.Path:
        return (self.name,) if self.spelled else self.steps

    @property
    def kind(self) -> pa.DataType:
        """The kind most of its values are of; whole numbers are numbers where some are none."""
        numbers = self.seen[_WHOLE] + self.seen[_NUMBER]
        others = [(count, str(kind), kind) for kind, count in self.seen.items() if kind not in (_WHOLE, _NUMBER)]
        count, _, kind = max(others, default=(0, "", pa.null()))
        if not numbers or numbers < count:
            return kind
        return _NUMBER if self.seen[_NUMBER] else _WHOLE

    def see(self, start: object) -> None:
        """Learns from a record, or an item."""
        if len(self.steps) > 1 and isinstance(start, dict) and self.name in start:
            self.spelled = True
        value = nested.get(start, self.name, self.steps)
        kind = _KINDS.get(type(value))
        if kind is None:
            return
        kind = _NUMBER if isinstance(value, int) and abs(value) >= _LARGE else kind
        self.seen[kind] += 1
        if self.seen[kind] > _MEMORY:  # what was seen long ago counts less, but is not forgotten
            self.seen = Counter({kind: (count + 1) // 2 for kind, count in self.seen.items()})


class Shape:
    """The wanted columns of records that are alike. `schema` is None where no schema can say where they lie."""

    def __init__(self, wanted: Sequence[str], explode: str | None) -> None:
        self.explode = None if explode is None else nested.path_of(explode)
        self.places: dict[str, Place] = {}
        for name in wanted:
            within = nested.inside(name, explode)
            own = name if within is None else within
            self.places[name] = Place(own, nested.path_of(own), within is not None)
        self.schema = self._schema()
        self._known = self._learnt()

    def see(self, records: Iterable[object]) -> None:
        """Learns from records."""
        for record in records:
            items = None if self.explode is None else nested.get(record, ".".join(self.explode), self.explode)
            for place in self.places.values():
                if not place.inner:
                    place.see(record)
                elif isinstance(items, list):
                    for item in items:
                        place.see(item)
        learnt = self._learnt()
        if learnt != self._known:
            self.schema, self._known = self._schema(), learnt

    def _learnt(self) -> list[object]:
        return [(place.spelled, place.kind) for place in self.places.values()]

    @property
    def other_keys(self) -> list[bytes]:
        """The keys that would come before a path, as `"a.b"` does before `b` in `a`, and that no schema tells of."""
        names = [place.name for place in self.places.values() if not place.spelled]
        names += [".".join(self.explode or ())]
        return [f'"{name}"'.encode() for name in dict.fromkeys(names) if "." in name]

    def _schema(self) -> pa.Schema | None:
        outer: Tree = {}
        inner: Tree = {}
        fits = [self._takes(inner if place.inner else outer, place) for place in self.places.values()]
        if self.explode is not None:
            fits.append(bool(inner) and _puts(outer, self.explode, pa.list_(_struct(inner))))
        return pa.schema(list(_struct(outer))) if outer and all(fits) else None

    def _takes(self, tree: Tree, place: Place) -> bool:
        if place.spelled:  # what lies by steps at the same time would be overlooked, so nothing may
            steps = nested.path_of(place.name)
            return _puts(tree, steps, pa.null()) and _puts(tree, (place.name,), place.kind)
        return not _QUOTED.search(place.name) and _puts(tree, place.path, place.kind)


def _puts(tree: Tree, path: nested.Path, kind: pa.DataType) -> bool:
    """Puts a value into a tree of records; False if another lies in its way, or a step may be a place in a list."""
    *steps, last = path
    if any(step.isdigit() for step in path):
        return False
    for step in steps:
        found = tree.setdefault(step, {})
        if not isinstance(found, dict):
            return False
        tree = found
    there = tree.setdefault(last, kind)
    return not isinstance(there, dict) and bool(there == kind)


def _struct(tree: Tree) -> pa.StructType:
    return pa.struct([(key, _struct(of) if isinstance(of, dict) else of) for key, of in tree.items()])
