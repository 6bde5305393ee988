"""Labels and automations with their expressions as functions; labels are evaluated in file order."""

from __future__ import annotations

from rules_engine.matching.conditions import (
    Value,
    Verdict,
    compile_condition,
    compile_formula,
    formulas_of,
    truth,
)
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import Formula, Label
from rules_engine.records import dataclass


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
