"""The versions of a model: which one applies at a moment, all of them loaded, and the lock over those in use."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.feel.values.zones import find_zone
from rules_engine.model import lock, yaml_read
from rules_engine.model import messages_header as say
from rules_engine.model.calendar import UTC_ZONE, midnight, parse_date
from rules_engine.model.extensions import NONE, Extensions
from rules_engine.model.load import LoadResult, load_model
from rules_engine.model.read_header import STATUSES
from rules_engine.model.types import Model
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import MapNode, ScalarNode
from rules_engine.records import dataclass

# Microseconds UTC of an as-of time; a naive one is in the time zone of the version that is asked whether it applies.
AsOf: TypeAlias = Callable[[ZoneInfo], int]
_STATUS: Final = re.compile(r"^status:[ \t]*([^\s#]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class VersionHead:
    """What a version file says about whether and when it applies. `effective` is the instant at which `day` begins in
    `zone`, both None if absent; `place` is where the file says so, else its beginning.

    `clear` is False where a mistake hides that: loading the file says which.
    """

    number: int
    path: Path
    status: str
    place: Span
    effective: int | None = None
    zone: ZoneInfo = UTC_ZONE
    day: date | None = None

    @property
    def clear(self) -> bool:
        return self.status in STATUSES and (self.status != "active" or self.effective is not None)


def heads(folder: str | Path) -> tuple[VersionHead, ...]:
    """The heads of all version files of a folder, by number."""
    return tuple(_head(number, path) for number, path in lock.version_files(Path(folder)).items())


def _head(number: int, path: Path) -> VersionHead:
    read = yaml_read.read_file(path, str(path))
    place = Span(str(path), 0, 0, 1, 1, 1, 1)
    if read.source is None:
        return VersionHead(number, path, "", place)
    root = compose(read.source).root
    if not isinstance(root, MapNode):
        said = _STATUS.search(read.source.text)  # a draft that is being written may have slips
        return VersionHead(number, path, said[1] if said is not None else "draft", place)
    words = {
        key: node.text if isinstance(node, ScalarNode) else ""
        for key in ("status", "effective", "timezone")
        if (node := root.get(key)) is not None
    }
    if (entry := root.entry("effective")) is not None:
        place = entry.key.span
    status, day = words.get("status", "draft"), parse_date(words.get("effective", ""))
    local = find_zone(words.get("timezone", "UTC"))
    if day is None or local is None:
        return VersionHead(number, path, status, place)
    return VersionHead(number, path, status, place, midnight(day, local), local, day)


def choose_version(
    folder: str | Path, *, as_of: AsOf | None = None, version: int | None = None
) -> tuple[Path | None, Diagnostic | None]:
    """The file of the version named, else of the newest active one with `effective` not after `as_of`.

    Without `as_of` the newest active one of all. Gives a finding instead where there is none, or no single one. A file
    of which a mistake hides whether it applies is given before all others: no other is right until it says so. Where
    the file of a version that the lock records is gone, none is given by time: it could be the one.
    """
    shown = Span(str(folder), 0, 0, 1, 1, 1, 1)
    found = heads(folder)
    if not found:
        return None, say.no_versions(shown, str(folder), _models_below(Path(folder)))
    if version is not None:
        path = next((head.path for head in found if head.number == version), None)
        if path is not None:
            return path, None
        gone = next((one for number, one in versions_gone(Path(folder)) if number == version), None)
        return None, gone or say.no_such_version(shown, version, [head.number for head in found])
    unclear = next((head for head in found if not head.clear), None)
    if unclear is not None:
        return unclear.path, None
    if gone_ones := versions_gone(Path(folder)):
        return None, gone_ones[0][1]
    active = [(head.effective, head) for head in found if head.status == "active" and head.effective is not None]
    applying = [(start, head) for start, head in active if as_of is None or start <= as_of(head.zone)]
    if not applying:
        zone = active[0][1].zone if active else UTC_ZONE
        day = "" if as_of is None else _day(as_of(zone), zone)
        return None, say.no_version_at(shown, day, bool(active))
    newest = max(applying, key=lambda one: one[0])[1]
    rivals = _same_day(found, newest)
    return (None, _twice(rivals)) if len(rivals) > 1 else (newest.path, None)


def check_folder(folder: str | Path, found: Sequence[VersionHead]) -> tuple[Diagnostic, ...]:
    """What is wrong with the versions of a folder, `found` in it, together, whatever stands in each.

    Files that are named like a version and are none, versions that begin on one day, recorded ones whose file is gone.
    """
    alike = [say.like_a_version(str(path), path.name) for path in lock.files_like_versions(Path(folder))]
    groups = dict.fromkeys(tuple(_same_day(found, head)) for head in found if head.status == "active")
    twice = [_twice(group) for group in groups if len(group) > 1]
    return (*alike, *twice, *(gone for _, gone in versions_gone(Path(folder))))


def _same_day(found: Sequence[VersionHead], newest: VersionHead) -> list[VersionHead]:
    """The active versions that begin on the day of this one, or at its instant.

    Which of two counts does not hang on how far apart their time zones lie.
    """
    active = [head for head in found if head.status == "active" and head.day is not None]
    return [head for head in active if head.day == newest.day or head.effective == newest.effective]


def _twice(rivals: Sequence[VersionHead]) -> Diagnostic:
    *others, last = rivals
    return say.same_day(last.place, [head.number for head in rivals], str(last.day), [head.place for head in others])


def versions_gone(folder: Path) -> list[tuple[int, Diagnostic]]:
    """The versions that the lock of a folder records and that have no file, by number."""
    shown = os.path.join(str(folder), lock.FILE)
    place, known = Span(shown, 0, 0, 1, 1, 1, 1), lock.version_files(folder)
    recorded = lock.read_lock(folder, shown)[0].hashes
    return [(number, say.version_gone(place, number)) for number in sorted(recorded) if number not in known]


def _models_below(folder: Path) -> list[str]:
    """The folders right below that hold versions of a model, as the user would name them."""
    return sorted(str(item) for item in folder.iterdir() if item.is_dir() and lock.version_files(item))


def load_version(
    path: str | Path, *, as_of: AsOf | None = None, version: int | None = None, using: Extensions = NONE
) -> LoadResult:
    """Loads a model file, or the version of a model's folder that `choose_version` chooses.

    A file is loaded whenever it applies; one of another version than the one named is a finding.
    """
    if Path(path).is_dir():
        chosen, problem = choose_version(path, as_of=as_of, version=version)
        if chosen is None:
            return LoadResult(None, () if problem is None else (problem,))
        return load_model(chosen, using)
    loaded = load_model(path, using)
    if loaded.model is not None and version is not None and loaded.model.version != version:
        whole = Span(str(path), 0, 0, 1, 1, 1, 1)
        return LoadResult(None, (say.no_such_version(whole, version, [loaded.model.version]),))
    return loaded


def load_all(folder: str | Path, using: Extensions = NONE) -> dict[int, LoadResult]:
    """Every version of a folder by number."""
    return {number: load_model(path, using) for number, path in lock.version_files(Path(folder)).items()}


def lock_folder(folder: str | Path, using: Extensions = NONE) -> tuple[list[int], tuple[Diagnostic, ...]]:
    """Records every active version that has no errors; gives the numbers added and what is wrong with the others."""
    results = load_all(folder, using)
    shown = os.path.join(str(folder), lock.FILE)
    _, problem = lock.read_lock(Path(folder), shown)
    findings = [finding for result in results.values() for finding in result.diagnostics if finding.is_error]
    if problem is not None:
        return [], (problem, *findings)
    added = lock.write_lock(Path(folder), _models(results.values()))
    return added, tuple(findings)


def _models(results: Iterable[LoadResult]) -> list[Model]:
    return [result.model for result in results if result.model is not None]


def _day(at: int, zone: ZoneInfo) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    try:
        return moment.astimezone(zone).date().isoformat()
    except OverflowError:  # year 1 or 9999 and an offset
        return moment.date().isoformat()
