"""The head of a model file: schema, name, version, status, dates, owner, review, changes, required plugins."""

from __future__ import annotations

import re
from typing import Literal

from rules_engine.model import durations
from rules_engine.model import messages_header as say
from rules_engine.model.reading import Reading
from rules_engine.model.types import Change, Review
from rules_engine.model.yaml_nodes import MapNode
from rules_engine.records import dataclass

SCHEMA_VERSION = 1
STATUSES: tuple[Literal["draft", "active", "retired"], ...] = ("draft", "active", "retired")
DEFAULT_VISIT_GAP = 30 * durations.MINUTE
DEFAULT_DEDUPE_WINDOW = 30 * durations.DAY
_VERSION_FILE = re.compile(r"v(\d+)\.ya?ml\Z")


@dataclass(frozen=True, slots=True)
class Header:
    """What the whole file says about itself."""

    name: str
    version: int
    status: Literal["draft", "active", "retired"]
    effective: int | None
    owner: str | None
    timezone: str
    visit_gap: int
    dedupe_window: int
    review: Review | None
    changes: tuple[Change, ...]
    required_plugins: dict[str, str]


def read_header(reading: Reading, root: MapNode, file_name: str) -> Header:
    """Reads the head. The time zone is in `reading` already."""
    schema = reading.integer(root.get("schema"))
    if schema is not None and schema != SCHEMA_VERSION:
        reading.report.add(say.unknown_schema(root.get("schema"), schema, SCHEMA_VERSION))
    version = reading.integer(root.get("version"))
    expected = _VERSION_FILE.match(file_name)
    if version is not None and expected is not None and int(expected[1]) != version:
        reading.report.add(say.version_not_file_name(root.get("version"), version, file_name))
    status = reading.choice(root.get("status"), STATUSES) or "draft"
    effective = reading.date(root.get("effective"))
    if status == "active" and "effective" not in root:
        reading.report.add(say.active_without_effective(root.entry("status")))
    return Header(
        name=reading.text(root.get("model")) or "",
        version=version or 0,
        status=status,
        effective=effective,
        owner=reading.text(root.get("owner")),
        timezone=reading.zone.key,
        visit_gap=reading.duration(root.get("visit_gap")) or DEFAULT_VISIT_GAP,
        dedupe_window=reading.duration(root.get("dedupe_window")) or DEFAULT_DEDUPE_WINDOW,
        review=_review(reading, root),
        changes=_changes(reading, root),
        required_plugins=_plugins(reading, root),
    )


def _review(reading: Reading, root: MapNode) -> Review | None:
    node = root.get("review")
    body = reading.map(node)
    if body is None:
        return None
    first, then = reading.duration(body.get("first")), reading.duration(body.get("then"))
    if first is None:
        return None
    return Review(first // durations.DAY, (then if then is not None else first) // durations.DAY, body.span)


def _changes(reading: Reading, root: MapNode) -> tuple[Change, ...]:
    changes = []
    for item in reading.items(root.get("changes")):
        body = reading.map(item, "`{version: ..., date: ..., note: ...}`")
        if body is None:
            continue
        version, note = reading.integer(body.get("version")), reading.text(body.get("note"))
        reading.date(body.get("date"))
        changes.append(Change(version or 0, reading.text(body.get("date")) or "", note or "", item.span))
    return tuple(changes)


def _plugins(reading: Reading, root: MapNode) -> dict[str, str]:
    requires = reading.map(root.get("requires"))
    if requires is None:
        return {}
    wanted: dict[str, str] = {}
    for entry in reading.entries(requires.get("plugins")):
        text = reading.text(entry.value)
        if text is None:
            continue
        name = entry.key.text
        wanted[name] = text
        installed = reading.extensions.plugins
        if installed is not None and name not in installed:
            reading.report.add(say.plugin_missing(entry.key, name, tuple(installed)))
        elif installed is not None and not satisfies(installed[name], text):
            reading.report.add(say.plugin_version(entry.value, name, installed[name], text))
    return wanted


_REQUIREMENT = re.compile(r"\s*(==|!=|>=|<=|>|<)\s*([0-9]+(?:\.[0-9]+)*)\s*\Z")


def satisfies(version: str, requirement: str) -> bool:
    """Whether a version such as "1.4.0" meets ">=1.2,<2". Versions compare number by number."""
    have = _numbers(version)
    for part in requirement.split(","):
        found = _REQUIREMENT.match(part)
        if found is None:
            return False
        want = _numbers(found[2])
        size = max(len(have), len(want))
        a, b = have + (0,) * (size - len(have)), want + (0,) * (size - len(want))
        holds = {"==": a == b, "!=": a != b, ">=": a >= b, "<=": a <= b, ">": a > b, "<": a < b}[found[1]]
        if not holds:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
