"""Which lead and account fields and event attributes a model reads: the paths of all its expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from rules_engine.model.types import Formula


def paths(part: object) -> frozenset[tuple[str, ...]]:
    """All paths such as ("event", "path") of a model, or of a part of one."""
    found: set[tuple[str, ...]] = set()
    _walk(part, found)
    return frozenset(found)


def _walk(part: object, found: set[tuple[str, ...]]) -> None:
    kind = type(part)
    if kind is str or part is None:
        return
    if isinstance(part, Formula):
        found.update(part.reads)
    elif is_dataclass(kind):
        for name in _names(kind):
            _walk(getattr(part, name), found)
    elif isinstance(part, Mapping):
        for value in part.values():
            _walk(value, found)
    elif isinstance(part, (tuple, list)):
        for value in part:
            _walk(value, found)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def names(found: frozenset[tuple[str, ...]], root: str) -> frozenset[str] | None:
    """Names read below `root`; None when the whole of it is read."""
    if (root,) in found:
        return None
    return frozenset(path[1] for path in found if path[0] == root and len(path) > 1)
