"""JSON text -> plain data that knows which keys stood twice in an object.

`json` keeps the last value of such a key and says nothing. Which one is meant nobody can tell, so whoever reads data
asks here, and takes no record in which a key that is read stands twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

_Pairs = list[tuple[str, Any]]


class Doubled(dict[str, Any]):
    """An object in which keys stand `twice`. It has the last value of each, and as `items` all that stood there."""

    def __init__(self, pairs: _Pairs) -> None:
        super().__init__(pairs)
        self.pairs = pairs
        self.twice = frozenset(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)

    def items(self) -> Any:
        """All pairs, so that `json.dumps` writes the object as it stood."""
        return self.pairs


class Decoder:
    """Decodes texts; `met` says whether an object of one of them is `Doubled`."""

    def __init__(self, parse_constant: Callable[[str], Any] | None = None) -> None:
        self.met = False
        self.decode = json.JSONDecoder(object_pairs_hook=self._object).decode
        self._parse_constant = parse_constant

    def loads(self, text: str | bytes) -> Any:
        """As `json.loads` does."""
        return json.loads(text, object_pairs_hook=self._object, parse_constant=self._parse_constant)

    def _object(self, pairs: _Pairs) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.met = True
        return Doubled(pairs)


def first_twice(value: object) -> str | None:
    """The path of a key that stands twice within a value, of those least deep in it the first."""
    level: list[tuple[str, object]] = [("", value)]
    while level:  # no recursion: a value may be as deep as `json` can read
        for prefix, own in level:
            if isinstance(own, Doubled):
                return prefix + next(key for key, _ in own.pairs if key in own.twice)
        level = [(f"{prefix}{key}.", inner) for prefix, own in level for key, inner in _inside(own)]
    return None


def _inside(value: object) -> Iterable[tuple[object, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()
