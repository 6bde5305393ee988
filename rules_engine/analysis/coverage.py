"""What a set of results has seen of a model: rules that fired, bands reached, conditions seen true and false.

Takes a model and results, gives `Coverage`; what was not seen names its place in the model file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias, get_args

from rules_engine.analysis.verdicts.conditions import conditions_of
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.model.types import EventRule, Model, Penalty, Score, StandingRule
from rules_engine.records import dataclass
from rules_engine.result.types import AccountResult, Result

Kind: TypeAlias = Literal[
    "rule fired", "condition true", "condition false", "band reached", "label given", "gate held", "lead outside"
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that tests can see: `name` is such as "readiness.demo" or "readiness: warm".

    A condition of several lines is an item per line: "readiness.page: event.path = ...".
    """

    kind: Kind
    name: str
    seen: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Coverage:
    """All items of a model in file order of their blocks."""

    items: tuple[Item, ...]

    @property
    def share(self) -> float:
        """Seen items among all, 0..1; 1 for a model that has none."""
        return sum(item.seen for item in self.items) / len(self.items) if self.items else 1.0

    @property
    def missing(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.seen)

    def by_kind(self) -> dict[Kind, tuple[int, int]]:
        """(seen, all) of each kind that the model has."""
        counts: dict[Kind, tuple[int, int]] = {}
        for kind in KINDS:
            own = [item.seen for item in self.items if item.kind == kind]
            if own:
                counts[kind] = sum(own), len(own)
        return counts


def merge(parts: Iterable[Coverage]) -> Coverage:
    """What several runs of the same model have seen together."""
    items: dict[tuple[str, str], Item] = {}
    for part in parts:
        for item in part.items:
            key = (item.kind, item.name)
            before = items.get(key)
            items[key] = item if before is None or item.seen else before
    return Coverage(tuple(items.values()))


def measure(
    model: Model,
    results: Iterable[Result],
    accounts: Iterable[AccountResult] = (),
    lines: Iterable[tuple[str, bool]] = (),
) -> Coverage:
    """The coverage of a model by results of it; `lines` are those of its conditions that came out true or false."""
    seen = _Seen()
    for result in results:
        seen.add(result)
    for rolled in accounts:
        seen.accounts.update((score.name, score.band) for score in rolled.scores.values())
    verdicts = frozenset(lines)
    items: list[Item] = []
    if model.audience is not None:
        items.append(Item("lead outside", "audience", seen.outside, model.audience.span))
    conditions: dict[str, list[Item]] = {
        owned.name: [
            Item("condition true" if verdict else "condition false", name, (name, verdict) in verdicts, owned.span)
            for name in owned.line_names()
            for verdict in (True, False)
        ]
        for owned in conditions_of(model)
    }
    for tally in model.tallies.values():
        items.extend(conditions.get(f"tally {tally.name}", ()))
    for score in model.scores.values():
        items.extend(conditions.get(f"{score.name} needs", ()))
        for name, span in _rules(score):
            items.append(Item("rule fired", f"{score.name}.{name}", (score.name, name) in seen.fired, span))
            items.extend(conditions.get(f"{score.name}.{name}", ()))
        for level in score.bands:
            reached = (score.name, level.name) in seen.bands
            items.append(Item("band reached", f"{score.name}: {level.name}", reached, level.span))
    for gate in model.gates.values():
        items.append(Item("gate held", gate.name, gate.name in seen.gates, gate.span))
        items.extend(conditions.get(f"gate {gate.name}", ()))
    for label in model.labels.values():
        for choice in label.choices:
            given = (label.name, choice.name) in seen.labels
            items.append(Item("label given", f"{label.name}: {choice.name}", given, choice.span))
            items.extend(conditions.get(f"label {label.name}: {choice.name}", ()))
    for account in model.accounts.values():
        items.extend(conditions.get(f"account {account.name} where", ()))
        for level in account.bands:
            reached = (account.name, level.name) in seen.accounts
            items.append(Item("band reached", f"account {account.name}: {level.name}", reached, level.span))
    for name in (*(f"segment {one}" for one in model.segments), *(f"automation {one}" for one in model.automations)):
        items.extend(conditions.get(name, ()))
    return Coverage(tuple(items))


def _rules(score: Score) -> Iterator[tuple[str, Span]]:
    rules: tuple[EventRule | StandingRule | Penalty, ...] = (
        *score.event_rules,
        *score.standing_rules,
        *score.penalties,
    )
    return ((rule.name, rule.span) for rule in rules)


class _Seen:
    """Facts out of results, as sets of names."""

    def __init__(self) -> None:
        self.fired: set[tuple[str, str]] = set()
        self.outside = False
        self.bands: set[tuple[str, str]] = set()
        self.accounts: set[tuple[str, str | None]] = set()
        self.gates: set[str] = set()
        self.labels: set[tuple[str, object]] = set()

    def add(self, result: Result) -> None:
        self.outside = self.outside or not result.scored
        for score in result.scores.values():
            for rule in score.rules:
                if rule.fired or rule.outcome == "fired":
                    self.fired.add((score.name, rule.rule))
            if score.band is not None:
                self.bands.add((score.name, score.band))
        for change in result.transitions:
            self.bands.update(((change.score, change.before), (change.score, change.after)))
            if change.cause.startswith("gate "):
                self.gates.add(change.cause.removeprefix("gate "))
        self.gates.update(gate.name for gate in result.gates)
        self.labels.update(result.labels.items())
