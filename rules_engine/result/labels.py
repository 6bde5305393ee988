"""Labels and what they read: the scope of a lead at its as-of time, evaluated in file order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules_engine.feel.values import BandName, to_feel
from rules_engine.matching.calendar import to_datetime
from rules_engine.matching.conditions import (
    Value,
    Verdict,
    compile_condition,
    compile_formula,
    formulas_of,
    truth,
)
from rules_engine.matching.prepared import Prepared
from rules_engine.matching.walk import Snapshot
from rules_engine.model.types import Formula, Label
from rules_engine.records import dataclass
from rules_engine.result.types import ScoreResult
from rules_engine.scoring.amounts import MICRO


@dataclass(frozen=True, slots=True)
class PreparedLabel:
    """A label with its formula, or its choices, as functions; `formulas` is every expression in it."""

    label: Label
    formula: Value | None
    choices: tuple[tuple[str, Verdict | None], ...]
    formulas: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class PreparedAutomation:
    """The condition of an automation."""

    name: str
    when: Verdict
    formulas: tuple[Formula, ...]


def prepare_labels(prepared: Prepared) -> tuple[PreparedLabel, ...]:
    """Compiles the labels of a model."""
    functions, ready = prepared.functions, prepared.model.sales_ready
    found = []
    for label in prepared.model.labels.values():
        formulas = [label.formula] if label.formula else [f for c in label.choices for f in formulas_of(c.when)]
        found.append(
            PreparedLabel(
                label,
                compile_formula(label.formula, functions, ready) if label.formula else None,
                tuple(
                    (c.name, compile_condition(c.when, functions, ready) if c.when is not None else None)
                    for c in label.choices
                ),
                tuple(formulas),
            )
        )
    return tuple(found)


def prepare_automations(prepared: Prepared) -> tuple[PreparedAutomation, ...]:
    """Compiles the conditions of a model's automations."""
    functions, ready = prepared.functions, prepared.model.sales_ready
    return tuple(
        PreparedAutomation(
            automation.name, compile_condition(automation.when, functions, ready), tuple(formulas_of(automation.when))
        )
        for automation in prepared.model.automations.values()
        if automation.when is not None
    )


def result_scope(
    prepared: Prepared,
    lead: Mapping[str, object],
    account: Mapping[str, object],
    snapshot: Snapshot,
    scores: Mapping[str, ScoreResult],
    tallies: Mapping[str, object],
    now: int,
    orders: Mapping[str, tuple[str, ...]],
    read: frozenset[tuple[str, ...]],
) -> dict[str, object]:
    """The names that labels, segments and automations may use, at `now`; `orders` are the bands of each score.

    Moments that are not `read` are left out: they are many and dear to make.
    """
    zone = prepared.calendar.zone

    def moment(instant: int | None) -> object:
        return None if instant is None else to_feel(to_datetime(instant, zone))

    def moments(root: str, instants: Iterable[tuple[str, int | None]]) -> dict[str, object]:
        whole = (root,) in read
        return {name: moment(at) for name, at in instants if whole or (root, name) in read}

    holding = {prepared.gates[g].gate.name for g, _ in snapshot.gates}
    return {
        "lead": lead,
        "account": account,
        "constants": prepared.constants,
        "score": {name: result.reading / MICRO if result.has_value else None for name, result in scores.items()},
        "band": {
            name: BandName(result.band, orders[name]) if result.band is not None else None
            for name, result in scores.items()
        },
        "gate": {gate.gate.name: gate.gate.name in holding for gate in prepared.gates},
        "label": {},
        "tally": dict(tallies),
        "first": moments("first", snapshot.tally_first.items()),
        "last": moments("last", snapshot.tally_last.items()),
        "last_increase": moments("last_increase", ((n, result.last_increase) for n, result in scores.items())),
        "now": moment(now) if ("now",) in read else None,
    }


def evaluate_labels(labels: tuple[PreparedLabel, ...], scope: dict[str, object]) -> tuple[dict[str, object], list[str]]:
    """The labels' values, and the names of those for which a condition was unknown (it counts as not true)."""
    values: dict[str, object] = {}
    unknown: list[str] = []
    for prepared in labels:
        name = prepared.label.name
        if prepared.formula is not None:
            values[name] = prepared.formula(scope)
            if values[name] is None:
                unknown.append(name)
        else:
            values[name] = None
            for choice, when in prepared.choices:
                verdict = True if when is None else truth(when(scope))
                if verdict is None and name not in unknown:
                    unknown.append(name)
                if verdict is True:
                    values[name] = choice
                    break
        scope["label"] = dict(values)
    return values, unknown
