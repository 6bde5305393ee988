"""From the roles of sample tables: the `fields` and `events` of a model, the mapping of the data, and first rules.

The points are placeholders to start a discussion from; types, values and formats come from the sample.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules_engine.analysis.drafts.drafted import DraftError, Note
from rules_engine.analysis.drafts.names import Names, name_of
from rules_engine.analysis.drafts.roles import Events, Leads, Roles
from rules_engine.analysis.drafts.sample import Column, Table
from rules_engine.analysis.drafts.yaml_text import Block

MOST_FIELDS = 60
MOST_TYPES = 40
MOST_RULES = 6
POINTS = 5
OUTCOMES = frozenset(
    {
        "y",
        "target",
        "outcome",
        "label",
        "converted",
        "conversion",
        "is_converted",
        "won",
        "is_won",
        "closed_won",
        "churned",
    }
)
ENDS = frozenset({"won", "lost", "open", "closed won", "closed lost"})  # what a column of how deals ended has


@dataclass
class Proposal:
    """Parts of the model's and the mapping's documents, and the examples for its tests."""

    lead_fields: dict[str, Any] = field(default_factory=dict)
    account_fields: dict[str, Any] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    readiness: dict[str, Any] = field(default_factory=dict)
    fit: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, Any] = field(default_factory=dict)
    tests: list[dict[str, Any]] = field(default_factory=list)


def propose(roles: Roles, folder: Path, as_of: str, notes: list[Note]) -> Proposal:
    """`folder` is where data.yaml will lie; `as_of` is the moment of the tests."""
    made = Proposal(mapping={"schema": 1})
    if roles.leads is None and not roles.events:
        raise DraftError("the samples hold neither leads nor events.")
    if roles.leads is not None:
        made.mapping["leads"] = _leads(roles.leads, made, folder, notes)
    if roles.accounts is not None:
        made.mapping["accounts"] = _accounts(*roles.accounts, made, folder, notes)
    tables = [_events(events, made, folder, notes) for events in roles.events]
    if tables:
        made.mapping["events"] = tables[0] if len(tables) == 1 else tables
    _rules(made, as_of)
    return made


# --- tables ---------------------------------------------------------------------------------------------------------


def _leads(leads: Leads, made: Proposal, folder: Path, notes: list[Note]) -> dict[str, Any]:
    table = leads.table
    mapping = _file(table, folder)
    if leads.key is None:
        mapping["id"] = {"generate": "row_number", "prefix": "lead-"}
        notes.append(Note("guessed", str(table.path), "no column tells the rows apart, so leads are numbered"))
    else:
        mapping["id"] = _column(leads.key)
        notes.append(Note("guessed", str(table.path), f"{leads.key.path} is the id of a lead"))
    if leads.account is not None:
        mapping["account"] = _column(leads.account)
    used = [column for column in (leads.key, leads.account) if column is not None]
    made.lead_fields, mapping["fields"] = _fields(table, used, notes)
    return Block(mapping)


def _accounts(table: Table, key: Column, made: Proposal, folder: Path, notes: list[Note]) -> dict[str, Any]:
    mapping = {**_file(table, folder), "id": _column(key)}
    made.account_fields, mapping["fields"] = _fields(table, [key], notes)
    return Block(mapping)


def _fields(table: Table, used: Sequence[Column], notes: list[Note]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Declarations and the mapping of the columns that are not used otherwise."""
    names = Names("field")
    declared: dict[str, Any] = {}
    mapped: dict[str, Any] = {}
    rest = [column for column in table.columns if column not in used]
    outcomes = [column for column in rest if _is_outcome(column)]
    empty = [column for column in rest if not column.filled]
    kept = [column for column in rest if column not in outcomes and column not in empty]
    for column in kept[:MOST_FIELDS]:
        name = names.of(column.path)
        declared[name] = _declared(column)
        mapped[name] = _column(column)
    for columns, why in (
        (outcomes, "looks like an outcome, which a score must not read; name it under outcomes: for rules backtest"),
        (empty, "no value in the sample"),
        (kept[MOST_FIELDS:], f"more than {MOST_FIELDS} columns"),
    ):
        if columns:
            notes.append(Note("left out", str(table.path), f"{_listed(columns)}: {why}"))
    guessed = [name for name, declaration in declared.items() if isinstance(declaration, dict)]
    if guessed:
        why = f"the values of {', '.join(guessed)} are those of the sample; others would be read as missing"
        notes.append(Note("guessed", str(table.path), why))
    return Block(declared), Block(mapped)


def _is_outcome(column: Column) -> bool:
    """Whether a column says how it ended: by its name, or by its values."""
    values = {text.casefold() for text, _ in column.values}
    return name_of(column.path) in OUTCOMES or (values <= ENDS and bool(values & {"won", "closed won"}))


def _listed(columns: Sequence[Column]) -> str:
    """Their names, the first few."""
    more = f" and {len(columns) - 8} more" if len(columns) > 8 else ""
    return ", ".join(column.path for column in columns[:8]) + more


def _declared(column: Column) -> Any:
    if column.allowed:
        return {"type": "string", "one_of": sorted(column.allowed)}
    return column.kind


def _events(events: Events, made: Proposal, folder: Path, notes: list[Note]) -> dict[str, Any]:
    table = events.table
    mapping = {**_file(table, folder), "lead": _column(events.lead), "at": _column(events.at)}
    if events.id is not None:
        mapping["id"] = _column(events.id)
    names = Names("event", in_conditions=False)
    kinds: dict[str, str | None] = {}
    if events.type is None:
        kind = name_of(table.path.name.split(".")[0], "event", in_conditions=False)
        mapping["type"] = {"value": kind}
        kinds[kind] = None
    else:
        frequent = [value for value, _ in events.type.values[:MOST_TYPES]]
        kinds = {names.of(value): value for value in frequent}
        renamed = {value: name for name, value in kinds.items() if value != name}
        mapping["type"] = {"column": events.type.path, "values": renamed} if renamed else events.type.path
        if events.type.distinct > MOST_TYPES:
            why = f"only the {MOST_TYPES} most frequent types are declared; others are ignored and counted"
            notes.append(Note("left out", str(table.path), why))
    attributes = _attributes(events, kinds, made, notes)
    if attributes:
        mapping["attributes"] = attributes
    return Block(mapping)


def _attributes(events: Events, kinds: Mapping[str, str | None], made: Proposal, notes: list[Note]) -> dict[str, Any]:
    """Declares the event types, each with the attributes that it has values of; gives their columns."""
    table = events.table
    used = (events.lead, events.at, events.type, events.id)
    names = Names("attribute", kept=("type", "at"))  # every event has these two by itself
    columns = [column for column in table.columns if column not in used and column.filled]
    if len(columns) > MOST_FIELDS:
        why = f"{len(columns) - MOST_FIELDS} columns beyond the first {MOST_FIELDS}"
        notes.append(Note("left out", str(table.path), why))
    inside = f"{table.explode}."
    mapped = {names.of(column.path.removeprefix(inside)): column for column in columns[:MOST_FIELDS]}
    types = table.texts[events.type.path] if events.type is not None else None
    for kind, value in kinds.items():
        own = made.events.setdefault(kind, {})
        for name, column in mapped.items():
            if types is None or _occurs(types, value, table.texts[column.path]) or column.kind == "list<string>":
                own.setdefault(name, column.kind)
    return Block({name: _column(column) for name, column in mapped.items()})


def _occurs(types: Sequence[str | None], value: str | None, texts: Sequence[str | None]) -> bool:
    return any(text is not None and kind == value for kind, text in zip(types, texts, strict=True))


def _file(table: Table, folder: Path) -> dict[str, Any]:
    path = Path(os.path.relpath(table.path, folder)).as_posix()
    mapping: dict[str, Any] = {"file": path}
    for key, value in (("delimiter", table.delimiter), ("encoding", table.encoding), ("explode", table.explode)):
        if value is not None:
            mapping[key] = value
    markers = sorted({marker for column in table.columns for marker in column.markers})
    if markers:
        mapping["missing"] = markers
    return mapping


def _column(column: Column) -> Any:
    """A column's name alone, or with how it is to be read."""
    settings: dict[str, Any] = {"column": column.path}
    if column.form not in (None, "iso"):
        settings["format"] = column.form
    if column.decimal != ".":
        settings["decimal"] = column.decimal
    return settings if len(settings) > 1 else column.path


# --- rules and their tests ------------------------------------------------------------------------------------------


def _rules(made: Proposal, as_of: str) -> None:
    """First rules with placeholder points, and an example of each."""
    for kind in list(made.events)[:MOST_RULES]:
        made.readiness[kind] = {
            "event": kind,
            "points": POINTS,
            "limit": {"times": 5, "within": "30 days"},
        }
        example = {"type": kind, "at": "0 days"}
        expect = {"scores": {"readiness": POINTS}, "fired": [f"readiness.{kind}"]}
        made.tests.append({"name": f"one {kind} counts", "as_of": as_of, "events": [example], "expect": expect})
    fields = [("lead", *item) for item in made.lead_fields.items()]
    fields += [("account", *item) for item in made.account_fields.items()]
    fields.sort(key=lambda field: _plainness(field[2]))
    for root, name, declared in fields[:MOST_RULES]:
        rule, value = _fit_rule(f"{root}.{name}", declared)
        key = name if name not in made.fit else f"account_{name}"
        made.fit[key] = rule
        expect = {"scores": {"fit": POINTS}, "fired": [f"fit.{key}"]}
        test = {"name": f"{key} counts for fit", "as_of": as_of, "lead": {}, root: {name: value}, "expect": expect}
        made.tests.append(test)


def _plainness(declared: Any) -> int:
    """Fields with few values make better first rules than free text."""
    return 0 if isinstance(declared, dict) else 1 if declared == "boolean" else 2


def _fit_rule(path: str, declared: Any) -> tuple[dict[str, Any], Any]:
    """A first rule on a field, and a value with which it counts."""
    if isinstance(declared, dict):
        first = declared["one_of"][0]
        return Block({"of": path, "values": {first: POINTS}, "otherwise": 0, "missing": 0}), first
    if declared == "boolean":
        return {"when": f"{path} = true", "points": POINTS}, True
    return {"when": f"{path} != null", "points": POINTS}, _EXAMPLES.get(declared, "something")


_EXAMPLES: dict[str, Any] = {
    "number": 1,
    "date": "2026-01-01",
    "date and time": "2026-01-01T00:00:00Z",
    "list<string>": ["something"],
}
