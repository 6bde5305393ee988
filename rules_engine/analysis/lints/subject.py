"""What a lint looks at: a model without errors, its YAML, and what has been worked out about it already."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.amounts import values_of
from rules_engine.analysis.lints.ranges import Range, ranges
from rules_engine.feel import ast
from rules_engine.feel.checking.domains import Domain, Values, between
from rules_engine.feel.checking.reasoning import Conflict, Reasoning
from rules_engine.feel.checking.tree import path_node, static_path
from rules_engine.feel.checking.wording import code
from rules_engine.feel.types import ends_of
from rules_engine.matching.conditions import formulas_of
from rules_engine.model import scopes
from rules_engine.model.expressions import tree_of
from rules_engine.model.names import Names
from rules_engine.model.types import BandLevel, Condition, EventRule, Gate, Model, Penalty, Score, StandingRule, Tally
from rules_engine.model.yaml_nodes import Entry, MapNode

Facts = Mapping[ast.Expression, Domain]


@dataclass
class Subject:
    """`today` is given by whoever asks; without it nothing is said of time. `superseded`: there is a newer version.

    `unlocked`: this is the newest active version of a folder that has no model.lock.
    """

    model: Model
    root: MapNode
    names: Names
    functions: Any = None
    today: date | None = None
    superseded: bool = False
    unlocked: bool = False
    _at_events: dict[tuple[str, ...] | None, Reasoning] = field(default_factory=dict)
    _trees: dict[int, ast.Expression] = field(default_factory=dict)

    # --- parts

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """The scores as they are written: of those of a `for_each` the first stands for all."""
        written: dict[str, Score] = {}
        for score in self.model.scores.values():
            written.setdefault(self.called(score), score)
        return tuple(written.values())

    @staticmethod
    def called(score: Score) -> str:
        """The name that a score has in the file."""
        return score.family or score.name

    def entry(self, *path: str) -> Entry | None:
        """The entry of the YAML file at a path of keys."""
        node: object = self.root
        entry: Entry | None = None
        for key in path:
            entry = node.entry(key) if isinstance(node, MapNode) else None
            if entry is None:
                return None
            node = entry.value
        return entry

    def score_entry(self, score: Score, *path: str) -> Entry | None:
        """The same below a score, which `for_each` may have written out."""
        return self.entry("scores", score.family or score.name, *path)

    def tree(self, condition: Condition) -> ast.Expression:
        """A condition as one expression; the same object each time, so that it is reasoned about once."""
        if id(condition) not in self._trees:
            self._trees[id(condition)] = tree_of(condition)
        return self._trees[id(condition)]

    # --- what cannot be

    @cached_property
    def audience(self) -> ast.Expression | None:
        return None if self.model.audience is None else self.tree(self.model.audience)

    def why_never(self, reasoning: Reasoning, tree: ast.Expression) -> str | None:
        """Why a condition is never true, in words; None where it may be."""
        conflict = reasoning.never(tree)
        return None if conflict is None else self.told(reasoning, conflict)

    def told(self, reasoning: Reasoning, conflict: Conflict, *, never: bool = True) -> str:
        """A conflict in words, with what the score or tally in it can come to."""
        subject = conflict.subject
        if len(conflict.culprits) == 1 and subject in reasoning.facts:
            path = static_path(subject) or ("", "")
            asked = code(conflict.culprits[0])
            match path[0]:
                case "score":
                    bounds = self.ranges[path[1]]
                    return (
                        f"{asked} {'cannot be' if never else 'must be'}, as score "
                        f'"{path[1]}" is {words.between(bounds.lowest, bounds.highest)}'
                    )
                case "band":
                    reached = [level.name for level in self.reached(self.model.scores[path[1]])]
                    return (
                        f"{asked} {'cannot be' if never else 'must be'}, as score "
                        f'"{path[1]}" comes to {words.listed(reached)} only'
                    )
                case _:
                    low, high = tally_ends(self.model.tallies[path[1]]) or (-math.inf, math.inf)
                    most = "" if math.isinf(high) else f" and at most {high:g}"
                    return f"{asked} {'cannot be' if never else 'must be'}, as a count is at least {low:g}{most}"
        return reasoning.reason(conflict, never=never)

    # --- what is known

    @cached_property
    def ranges(self) -> Mapping[str, Range]:
        return ranges(self.model, self._exclude)

    def _exclude(self, one: StandingRule, other: StandingRule) -> bool:
        """Whether two rules never hold together. Only conditions that read the same can tell."""
        assert one.when is not None
        assert other.when is not None
        read, read_too = (
            {path for part in formulas_of(when) for path in part.reads} for when in (one.when, other.when)
        )
        return bool(read & read_too) and self.standing.exclude(self.tree(one.when), self.tree(other.when))

    def reached(self, score: Score) -> tuple[BandLevel, ...]:
        """The bands that the score can be in."""
        bounds = self.ranges[score.name]
        ends = (*(level.start for level in score.bands[1:]), None)
        return tuple(
            level
            for level, end in zip(score.bands, ends, strict=False)
            if (level.start is None or level.start <= bounds.highest_reading)
            and (end is None or end > bounds.lowest_reading)
        )

    def at_event(self, events: tuple[str, ...] | None) -> Reasoning:
        """About conditions that are looked at when such an event comes."""
        if events not in self._at_events:
            scope = scopes.at_event(self.names, "", events)
            self._at_events[events] = Reasoning(scope.roots, self.functions, self._tallies)
        return self._at_events[events]

    @cached_property
    def standing(self) -> Reasoning:
        """About conditions on fields and tallies."""
        return Reasoning(scopes.standing(self.names, "").roots, self.functions, self._tallies)

    @cached_property
    def outputs(self) -> Reasoning:
        """About conditions of labels, segments and automations: scores and bands within what can be reached."""
        facts = {**self._tallies}
        for score in self.scores:
            bounds = self.ranges[score.name]
            lacks = score.needs is not None
            ends = (bounds.lowest_reading / 1e6, bounds.highest_reading / 1e6)
            facts[path_node(("score", score.name))] = Domain(between(ends), lacks or bool(score.combine))
            if score.bands:
                names = frozenset(level.name for level in self.reached(score))
                facts[path_node(("band", score.name))] = Domain(Values(names), lacks or bool(score.combine))
        return Reasoning(scopes.outputs(self.names, "").roots, self.functions, facts)

    def of_rule(self, rule: EventRule | StandingRule) -> Reasoning:
        return self.at_event(rule.events) if isinstance(rule, EventRule) else self.standing

    def of_gate(self, gate: Gate) -> Reasoning:
        return self.at_event(gate.events) if gate.is_event_gate else self.standing

    @cached_property
    def _tallies(self) -> Facts:
        facts: dict[ast.Expression, Domain] = {}
        for tally in self.model.tallies.values():
            ends = tally_ends(tally)
            if ends is not None:
                facts[path_node(("tally", tally.name))] = Domain(between(ends), null=False)
        return facts


def rules_of(score: Score) -> tuple[EventRule | StandingRule, ...]:
    """All rules of a score."""
    return (*score.event_rules, *score.standing_rules)


def at_events_of(score: Score) -> tuple[EventRule | Penalty, ...]:
    """What listens to events: rules and penalties."""
    return (*score.event_rules, *score.penalties)


def tally_ends(tally: Tally) -> tuple[float, float] | None:
    """What a tally can come to; None where that is not a number or can be missing."""
    match tally.measure:
        case "count":
            return (0, math.inf)
        case "distinct" if tally.of is not None:
            every = values_of(tally.of.type)
            return (0, math.inf if every is None else every)
        case "sum" if tally.of is not None:
            low, high = ends_of(tally.of.type)
            return (0 if low >= 0 else -math.inf, 0 if high <= 0 else math.inf)
        case _:
            return None
