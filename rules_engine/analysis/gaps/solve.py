"""Values for which a condition comes out as wanted: the product of the values that the model names, tried in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from itertools import islice, product

from rules_engine.analysis.gaps.values import literals, points_literals, values_of
from rules_engine.analysis.verdicts.conditions import conditions_of
from rules_engine.engine import Engine
from rules_engine.feel.functions import all_functions
from rules_engine.matching.calendar import moment_at
from rules_engine.matching.conditions import (
    compile_condition,
    compile_points,
    formulas_of,
    formulas_of_points,
    truth,
)
from rules_engine.matching.fields import read_value
from rules_engine.model.types import Condition, Field, Formula, Model, Points
from rules_engine.records import dataclass

MOST_TRIES = 6_000
MOST_VALUES = 14
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Values by name, as a data file would give them; what is missing has no key. `tallies` are wanted numbers."""

    lead: Mapping[str, object] = field(default_factory=dict)
    account: Mapping[str, object] = field(default_factory=dict)
    event: Mapping[str, object] = field(default_factory=dict)
    tallies: Mapping[str, float] = field(default_factory=dict)


class Solver:
    """Solves conditions of one model as of one instant."""

    def __init__(self, engine: Engine, as_of: int) -> None:
        self.engine = engine
        self.model = engine.model
        self.as_of = as_of
        self._functions = engine.extensions.functions or all_functions()

    def solve(
        self,
        condition: Condition | None,
        wanted: bool,
        sales_ready: int,
        event_type: str | None = None,
        points: Points | None = None,
        *,
        zero_too: bool = False,
    ) -> Iterator[Found]:
        """Assignments for which the condition is `wanted`, and points (where given) are known and not 0, or 0 too."""
        formulas = [*formulas_of(condition), *formulas_of_points(points)]
        domains = dict(self._domains(formulas, points, event_type))
        verdict = None if condition is None else compile_condition(condition, self._functions, sales_ready)
        amount = None if points is None else compile_points(points, self._functions, sales_ready)
        at = moment_at(self.as_of, self.engine.zone)
        fixed = {"constants": dict(self.model.constants), "now": at}
        for values in islice(product(*domains.values()), MOST_TRIES):
            chosen = dict(zip(domains, values, strict=True))
            scope: dict[str, object] = {"lead": {}, "account": {}, "tally": {}, **fixed}
            event: dict[str, object] = {"type": event_type, "at": at}
            scope["event"] = event
            for path, value in chosen.items():
                part = scope[path[0]]
                assert isinstance(part, dict)
                part[path[1]] = self._feel(path, value, event_type)
            if verdict is not None and truth(verdict(scope)) is not wanted:
                continue
            if amount is not None:
                worth = amount(scope)
                if worth is None or (worth == 0 and not zero_too):
                    continue
            yield _found(chosen)

    def field_values(self) -> dict[tuple[str, str], tuple[object, ...]]:
        """Values of each field of leads and accounts to try, those that any expression of the model names beside it."""
        formulas = _formulas(self.model)
        looked_up = _lookups(self.model)
        found: dict[tuple[str, str], tuple[object, ...]] = {}
        for root, fields in (("lead", self.model.lead_fields), ("account", self.model.account_fields)):
            for name, declared in fields.items():
                path = (root, name)
                beside = [formula for formula in formulas if any(read[:2] == path for read in formula.reads)]
                named = literals(self.model, beside)
                for points in looked_up:
                    if any(read[:2] == path for formula in formulas_of_points(points) for read in formula.reads):
                        named += points_literals(points)
                found[path] = values_of(declared, named, self.as_of, self.engine.zone, MOST_VALUES)
        return found

    def field_of(self, path: Path, event_type: str | None) -> Field | None:
        """The declaration of a path such as ("lead", "title")."""
        if len(path) < 2:
            return None
        if path[0] == "event":
            declared = None if event_type is None else self.model.events.get(event_type)
            return None if declared is None else declared.attributes.get(path[1])
        fields = {"lead": self.model.lead_fields, "account": self.model.account_fields}.get(path[0])
        return None if fields is None else fields.get(path[1])

    def _domains(
        self, formulas: list[Formula], points: Points | None, event_type: str | None
    ) -> Iterator[tuple[Path, tuple[object, ...]]]:
        for path in sorted({path[:2] for formula in formulas for path in formula.reads}):
            beside = [formula for formula in formulas if any(read[:2] == path for read in formula.reads)]
            named = [*literals(self.model, beside), *points_literals(points)]
            declared = self.field_of(path, event_type)
            if declared is not None:
                yield path, values_of(declared, named, self.as_of, self.engine.zone, MOST_VALUES)
            elif path[0] == "tally":
                numbers = [float(value) for value in named if isinstance(value, int | float)]
                near = [value + step for value in numbers for step in (0.0, 1.0, -1.0)]
                yield path, tuple(dict.fromkeys([*near, 0.0, 1.0]))

    def _feel(self, path: Path, value: object, event_type: str | None) -> object:
        declared = self.field_of(path, event_type)
        if declared is None or value is None:
            return value
        return read_value(declared, value, self.engine.zone)[0]


def _found(chosen: Mapping[Path, object]) -> Found:
    parts: dict[str, dict[str, object]] = {"lead": {}, "account": {}, "event": {}, "tally": {}}
    for path, value in chosen.items():
        if value is not None:
            parts[path[0]][path[1]] = value
    tallies = {name: float(value) for name, value in parts["tally"].items() if isinstance(value, int | float)}
    return Found(parts["lead"], parts["account"], parts["event"], tallies)


def _lookups(model: Model) -> list[Points]:
    rules = [rule for score in model.scores.values() for rule in score.standing_rules]
    return [rule.points for rule in rules] + [rule.otherwise for rule in rules if rule.otherwise is not None]


def _formulas(model: Model) -> list[Formula]:
    """The expressions that read fields of leads and accounts."""
    choices = [choice.when for label in model.labels.values() for choice in label.choices]
    found = [formula for owned in conditions_of(model) for formula in owned.lines]
    found += [formula for when in choices for formula in formulas_of(when)]
    found += [formula for points in _lookups(model) for formula in formulas_of_points(points)]
    found += [formula for score in model.scores.values() for formula in formulas_of(score.needs)]
    return [*found, *formulas_of(model.audience)]
