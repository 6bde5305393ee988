"""What a set of results has seen of a model: rules that fired, bands reached, conditions seen true and false.

Takes a model and results, gives `Coverage`; what was not seen names its place in the model file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.model.types import EventRule, Model, Penalty, Score, StandingRule
from rules_engine.result.types import AccountResult, Result

Kind: TypeAlias = Literal["rule fired", "condition true", "condition false", "band reached", "label given", "gate held"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that tests can see: `name` is such as "readiness.demo" or "readiness: warm"."""

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

    def of(self, kind: Kind) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.kind == kind)


def merge(parts: Iterable[Coverage]) -> Coverage:
    """What several runs of the same model have seen together."""
    items: dict[tuple[str, str], Item] = {}
    for part in parts:
        for item in part.items:
            key = (item.kind, item.name)
            before = items.get(key)
            items[key] = item if before is None or item.seen else before
    return Coverage(tuple(items.values()))


def measure(model: Model, results: Iterable[Result], accounts: Iterable[AccountResult] = ()) -> Coverage:
    """The coverage of a model by results of it."""
    seen = _Seen()
    for result in results:
        seen.add(result)
    for rolled in accounts:
        seen.accounts.update((score.name, score.band) for score in rolled.scores.values())
    items: list[Item] = []
    for score in model.scores.values():
        items.extend(_of_rules(score, seen))
        for level in score.bands:
            reached = (score.name, level.name) in seen.bands
            items.append(Item("band reached", f"{score.name}: {level.name}", reached, level.span))
    for gate in model.gates.values():
        items.append(Item("gate held", gate.name, gate.name in seen.gates, gate.span))
    for label in model.labels.values():
        for choice in label.choices:
            given = (label.name, choice.name) in seen.labels
            items.append(Item("label given", f"{label.name}: {choice.name}", given, choice.span))
    for account in model.accounts.values():
        for level in account.bands:
            reached = (account.name, level.name) in seen.accounts
            items.append(Item("band reached", f"account {account.name}: {level.name}", reached, level.span))
    return Coverage(tuple(items))


class _Seen:
    """Facts out of results, as sets of names."""

    def __init__(self) -> None:
        self.true: set[tuple[str, str]] = set()
        self.false: set[tuple[str, str]] = set()
        self.bands: set[tuple[str, str]] = set()
        self.accounts: set[tuple[str, str | None]] = set()
        self.gates: set[str] = set()
        self.labels: set[tuple[str, object]] = set()

    def add(self, result: Result) -> None:
        for score in result.scores.values():
            for rule in score.rules:
                if rule.fired or rule.outcome == "fired":
                    self.true.add((score.name, rule.rule))
                if rule.not_fired or (rule.kind == "standing" and rule.outcome == "not_fired"):
                    self.false.add((score.name, rule.rule))
            if score.band is not None:
                self.bands.add((score.name, score.band))
        for change in result.transitions:
            self.bands.update(((change.score, change.before), (change.score, change.after)))
            if change.cause.startswith("gate "):
                self.gates.add(change.cause.removeprefix("gate "))
        self.gates.update(gate.name for gate in result.gates)
        self.labels.update(result.labels.items())


def _of_rules(score: Score, seen: _Seen) -> Iterator[Item]:
    rules: tuple[EventRule | StandingRule | Penalty, ...] = (
        *score.event_rules,
        *score.standing_rules,
        *score.penalties,
    )
    for rule in rules:
        key, name = (score.name, rule.name), f"{score.name}.{rule.name}"
        yield Item("rule fired", name, key in seen.true, rule.span)
        if rule.when is not None:
            yield Item("condition true", name, key in seen.true, rule.span)
            yield Item("condition false", name, key in seen.false, rule.span)
