"""Which names an expression may use where it stands (section 3 of the language, "Scopes"), with their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from rules_engine.feel import types
from rules_engine.feel.types import ContextOf, Entry, Type, Typed
from rules_engine.model.names import Names
from rules_engine.model.types import Field
from rules_engine.records import dataclass

ROOTS = (
    "lead", "account", "constants", "event", "tally", "score", "band", "gate", "label", "last", "first",
    "last_increase", "now", "sales_ready",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """`where` names the place in messages ("an event rule"); `roots` are the names with their types.

    `variables` are the names of `for_each` with their values for the score that is being read, `sales_ready` its own
    micropoints for 100% (0: those of the model).
    """

    where: str
    roots: Mapping[str, Typed]
    variables: Mapping[str, str] = field(default_factory=dict)
    sales_ready: int = 0


def fields_only(names: Names, where: str) -> Scope:
    """`lead.* account.* constants.*`: what may be used everywhere."""
    return Scope(where, _everywhere(names))


def standing(names: Names, where: str) -> Scope:
    """Profile and standing rules, and gates on a state: fields and tallies."""
    return Scope(where, {**_everywhere(names), "tally": _tallies(names, stages=False)})


def at_event(
    names: Names,
    where: str,
    events: tuple[str, ...] | None,
    *,
    tallies: bool = True,
) -> Scope:
    """At an event of one of `events` (None: any type): its attributes, fields, and tallies.

    No types at all are those of a mistake that is told, which would make every attribute one more: all of them fit.
    """
    event = types.POISON if events == () else _event(names, events)
    roots = {**_everywhere(names), "event": Typed(event, nullable=False)}
    if tallies:
        roots["tally"] = _tallies(names, stages=False)
    return Scope(where, roots)


def definitions(names: Names) -> Scope:
    """Where a definition is checked by itself: everything is in scope, and what is read later fits everywhere."""
    later = Typed(types.ANY, nullable=True)
    roots = dict.fromkeys(ROOTS, later) | _everywhere(names)
    roots |= {name: Typed(types.STRING, nullable=False) for name in names.variables}
    return Scope("a definition", {**roots, "event": Typed(_event(names, None), nullable=False)})


def outputs(names: Names, where: str) -> Scope:
    """Labels, segments and automations: everything but events. Labels are those read so far."""
    roots = {
        **_everywhere(names),
        "tally": _tallies(names, stages=True),
        "gate": _context("gate", ((name, types.BOOLEAN, False) for name in names.gates)),
        "label": _context(
            "label",
            [
                *((name, *_label(names, name)) for name in names.labels),
                *((name, types.POISON, True) for name in names.broken_labels),
            ],
        ),
        "last": _context("last", ((name, types.ZONED_DATE_AND_TIME, True) for name in _event_tallies(names))),
        "first": _context("first", ((name, types.ZONED_DATE_AND_TIME, True) for name in _event_tallies(names))),
        "now": Typed(types.ZONED_DATE_AND_TIME, nullable=False),
    }
    return Scope(where, roots | _scores(names))


def _scores(names: Names) -> dict[str, Typed]:
    """What is read of scores. One with a mistake fits everywhere, and all do where nobody knows which there are."""
    if not names.knows_scores:
        return dict.fromkeys(("score", "band", "last_increase"), Typed(types.POISON, nullable=True))
    scores = names.score_names.values()
    broken = [(name, types.POISON, True) for name in sorted(names.broken_scores)]
    banded = [(s.name, types.Band(s.name, s.bands), s.may_lack) for s in scores if s.bands]
    unbanded = [(name, types.POISON, True) for name in sorted(names.broken_bands)]
    return {
        "score": _context("score", [*((s.name, types.NUMBER, s.may_lack) for s in scores), *broken]),
        "band": _context("band", [*banded, *unbanded, *broken]),
        "last_increase": _context(
            "last_increase", [*((s.name, types.ZONED_DATE_AND_TIME, True) for s in scores), *broken]
        ),
    }


def _everywhere(names: Names) -> dict[str, Typed]:
    return {
        "lead": _context("lead", _fields(names.lead_fields.values())),
        "account": _context("account", _fields(names.account_fields.values())),
        "constants": _context("constants", ((name, kind, False) for name, kind in names.constant_types.items())),
        "sales_ready": Typed(types.NUMBER, nullable=False),
    }


def _fields(fields: Iterable[Field]) -> Iterable[tuple[str, Type, bool]]:
    return ((f.name, f.type, not f.required) for f in fields)


def _tallies(names: Names, *, stages: bool) -> Typed:
    """The tallies that can be read; one with a mistake fits everywhere, so that it is told once."""
    known = [
        (t.name, *_tally(t.measure, t.of.type if t.of is not None else types.NUMBER))
        for t in names.tallies.values()
        if stages or t.stage is None
    ]
    return _context("tally", [*known, *((name, types.POISON, True) for name in names.broken_tallies)])


def _tally(measure: str, of: Type) -> tuple[Type, bool]:
    if measure in ("count", "sum", "distinct"):
        return types.NUMBER, False
    return types.plain(of), True


def _event_tallies(names: Names) -> list[str]:
    return [t.name for t in names.tallies.values() if t.stage is None]


def _label(names: Names, name: str) -> tuple[Type, bool]:
    label = names.labels[name]
    if label.formula is not None:
        return types.plain(label.formula.type), True
    return types.Enumeration(tuple(c.name for c in label.choices)), all(c.when is not None for c in label.choices)


def _event(names: Names, events: tuple[str, ...] | None) -> ContextOf:
    """The attributes of several event types together: one that is not in all of them may be missing."""
    chosen = [names.events[name] for name in (events if events is not None else names.events)]
    attributes: dict[str, list[Field]] = {}
    for event in chosen:
        for attribute in event.attributes.values():
            attributes.setdefault(attribute.name, []).append(attribute)
    entries = [
        Entry(name, _joined([f.type for f in fields]), len(fields) < len(chosen) or any(not f.required for f in fields))
        for name, fields in attributes.items()
    ]
    entries.append(Entry("at", types.ZONED_DATE_AND_TIME, nullable=False))
    entries.append(Entry("type", types.Enumeration(tuple(event.name for event in chosen)), nullable=False))
    return ContextOf(tuple(entries), "event")


def _joined(kinds: list[Type]) -> Type:
    """One type for an attribute that several event types have."""
    if all(kind == kinds[0] for kind in kinds):
        return kinds[0]
    plain = {types.plain(kind) for kind in kinds}
    if len(plain) > 1:
        return types.ANY
    if all(isinstance(kind, types.Enumeration) for kind in kinds):
        values = dict.fromkeys(v for kind in kinds if isinstance(kind, types.Enumeration) for v in kind.values)
        return types.Enumeration(tuple(values))
    return plain.pop()


def _context(label: str, entries: Iterable[tuple[str, Type, bool]]) -> Typed:
    return Typed(ContextOf(tuple(Entry(*entry) for entry in entries), label), nullable=False)
