"""Fields of a live lead that have other values now, and whether its past would have been another with them."""

from __future__ import annotations

from collections.abc import Mapping

from rules_engine.matching.conditions import Paths
from rules_engine.matching.prepared import Prepared
from rules_engine.matching.stored import to_stored


def changed_fields(root: str, before: Mapping[str, object], after: Mapping[str, object]) -> Paths:
    """The paths below `root` with another value than before."""
    if before is after:
        return frozenset()
    return frozenset((root, name) for name, value in after.items() if to_stored(value) != to_stored(before[name]))


def past_read(prepared: Prepared, changed: Paths, *, keep_past: bool) -> tuple[str, ...]:
    """Which of the changed fields the past depends on, as text.

    With `keep_past` those that only profile parts and caps depend on are not among them.
    """
    history, present = _fields_of_the_past(prepared)
    touched = _touching(changed, history)
    if not touched and not keep_past:
        touched = _touching(changed, present)
    return tuple(sorted(".".join(path) for path in touched))


def _fields_of_the_past(prepared: Prepared) -> tuple[Paths, Paths]:
    """The fields on which past activity parts depend, and those on which only profile parts and caps do.

    One that only the audience, `needs`, labels, automations or accounts read is in neither: nothing past hangs on it.
    """
    history: set[tuple[str, ...]] = set()
    for index in prepared.by_type.values():
        history |= index.paths_of_gates()
        for part in index.parts():
            history |= part.when_paths | part.paths_beside
    present: set[tuple[str, ...]] = set()
    for rule in prepared.standing:
        present |= rule.paths
    for gate in prepared.gates:
        if not gate.gate.is_event_gate:
            present |= gate.paths
    return _fields(history), _fields(present) - _fields(history)


def _fields(paths: set[tuple[str, ...]]) -> Paths:
    return frozenset(path[:2] for path in paths if path[0] in ("lead", "account"))


def _touching(changed: Paths, read: Paths) -> Paths:
    """The changed fields that are read; a path of the root alone reads them all."""
    roots = {path[0] for path in read if len(path) == 1}
    return frozenset(path for path in changed if path in read or path[0] in roots)
