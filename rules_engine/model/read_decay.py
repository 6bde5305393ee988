"""`decay:` -> a continuous law or a table of steps. `none` switches an inherited decay off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rules_engine.model import durations
from rules_engine.model import messages_names as say_names
from rules_engine.model import messages_rules as say
from rules_engine.model.extensions import PluginError
from rules_engine.model.reading import Reading
from rules_engine.model.types import Decay
from rules_engine.model.yaml_nodes import MapNode, Node, ScalarNode, plain
from rules_engine.records import dataclass

MAX_STEPS = 400
LAWS = ("half_life", "linear", "expires", "every", "steps", "law")
DECAY_KEYS = (*LAWS, "lose", "compounding", "keep", "delay")
# Where compounding without `keep` ends: what remains is less than a millionth of the award.
LEAST_WEIGHT = 2.0**-20


@dataclass(frozen=True, slots=True)
class DecayChoice:
    """What a `decay:` key says. `law` None stands for `none`."""

    law: Decay | None
    node: Node


def read_decay(reading: Reading, node: Node | None, where: str) -> DecayChoice | None:
    """None when there is no key (or a mistake, already told)."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        if node.text == "none":
            return DecayChoice(None, node)
        reading.report.add(say.decay_form(node))
        return None
    if not isinstance(node, MapNode):
        reading.report.misfit(node, "a decay such as `{half_life: 60 days}`")
        return None
    laws = [key for key in LAWS if key in node]
    if not laws:
        reading.report.add_missing(node, say.one_law(node, laws))
        return None
    if len(laws) > 1:
        reading.report.add(say.one_law(node, laws))
        return None
    keep, delay = _keep(reading, node), reading.duration(node.get("delay"), zero=True) or 0
    for key in ("lose", "compounding"):
        if key in node and laws[0] != "every":
            reading.report.add(say.only_with_every(node.entry(key), key))
    source = f"{laws[0]}: {_shown(node.get(laws[0]))}"
    law = _law(reading, node, laws[0], keep, delay, source)
    return None if law is None else DecayChoice(law, node)


def _law(reading: Reading, node: MapNode, name: str, keep: float, delay: int, source: str) -> Decay | None:
    value = node.get(name)
    if name == "half_life" or name == "linear":
        period = reading.duration(value)
        kind = "half_life" if name == "half_life" else "linear"
        return None if period is None else Decay(kind, period, (), (), keep, delay, source)  # type: ignore[arg-type]
    if name == "expires":
        period = reading.duration(value)
        return None if period is None else Decay("steps", 0, (period,), (keep,), keep, delay, source)
    if name == "every":
        return _every(reading, node, keep, delay, source)
    steps = _steps(reading, value, keep) if name == "steps" else _plugin_law(reading, node, keep)
    if steps is None:
        return None
    ages, weights = steps
    return Decay("steps", 0, ages, weights, keep, delay, source)


def _keep(reading: Reading, node: MapNode) -> float:
    value = node.get("keep")
    keep = reading.number(value)
    if keep is None or value is None:
        return 0.0
    if not 0 <= keep < 1:
        reading.report.add(say.keep_range(value))
        return 0.0
    return keep


def _every(reading: Reading, node: MapNode, keep: float, delay: int, source: str) -> Decay | None:
    period = reading.duration(node.get("every"))
    lose_node = node.get("lose")
    if lose_node is None:
        reading.report.add_missing(node, say.lose_missing(node.entry("every")))
        return None
    lose = reading.number(lose_node)
    if lose is None or period is None:
        return None
    if not 0 < lose <= 1:
        reading.report.add(say.lose_range(lose_node, lose))
        return None
    compounding = reading.boolean(node.get("compounding")) or False
    ages: list[int] = []
    weights: list[float] = []
    weight = 1.0
    while weight > keep:
        k = len(ages) + 1
        weight = max(keep, (1 - lose) ** k if compounding else 1 - lose * k)
        if compounding and keep == 0 and weight < LEAST_WEIGHT:
            weight = 0.0
        if k > MAX_STEPS or period * k > durations.LONGEST * 100:
            reading.report.add(say.too_many_steps(node.entry("every"), MAX_STEPS))
            return None
        ages.append(period * k)
        weights.append(weight)
    return Decay("steps", 0, tuple(ages), tuple(weights), keep, delay, source)


def _steps(reading: Reading, node: Node | None, keep: float) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
    ages: list[int] = []
    weights: list[float] = []
    for entry in reading.entries(node):
        age, weight = reading.duration(entry.key), reading.number(entry.value)
        if age is None or weight is None:
            return None
        if not 0 <= weight <= 1:
            reading.report.add(say.share_range(entry.value, weight))
            return None
        if ages and age <= ages[-1]:
            reading.report.add(say.ages_must_rise(entry.key))
            return None
        if weight >= (weights[-1] if weights else 1.0):
            reading.report.add(say.weights_must_fall(entry.value, weights[-1] if weights else 1.0))
            return None
        ages.append(age)
        weights.append(weight)
    if not ages or node is None:
        if node is not None:
            reading.report.misfit(node, "at least one step such as `30 days: 0.5`")
        return None
    if len(ages) > MAX_STEPS:
        reading.report.add(say.too_many_steps_written(node, len(ages), MAX_STEPS))
        return None
    return _kept(ages, weights, keep)


def _kept(ages: list[int], weights: list[float], keep: float) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The law is followed until it would fall below `keep`, then stays there."""
    for i, weight in enumerate(weights):
        if weight <= keep:
            return tuple(ages[: i + 1]), (*weights[:i], keep)
    return tuple(ages), tuple(weights)


def _plugin_law(reading: Reading, node: MapNode, keep: float) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
    value = node.get("law")
    name = reading.text(value)
    if name is None or value is None:
        return None
    law = reading.extensions.laws.get(name)
    if law is None:
        reading.report.add(say_names.unknown_law(value, name, tuple(reading.extensions.laws)))
        return None
    parameters: Mapping[str, Any] = {
        entry.key.text: plain(entry.value) for entry in node if entry.key.text not in ("law", "keep", "delay")
    }
    problem = law_problem(law.parameters, parameters)
    if problem is not None:
        reading.report.add(say.law_parameters(node, name, problem))
        return None
    try:
        steps = list(law.table(parameters))
    except PluginError as error:
        reading.report.add(say.law_failed(value, name, f'plugin "{error.plugin}"', error.problem))
        return None
    except Exception as error:  # noqa: BLE001  a law that a host made itself, told with its name
        reading.report.add(say.law_failed(value, name, "host program", f"{type(error).__name__}: {error}"))
        return None
    ages, weights = [int(age) for age, _ in steps], [float(weight) for _, weight in steps]
    rising = all(a < b for a, b in zip([0, *ages], ages, strict=False))
    falling = all(a > b for a, b in zip([1.0, *weights], weights, strict=False))
    if not (
        0 < len(steps) <= MAX_STEPS and rising and falling and weights[-1] >= 0 and all(map(math.isfinite, weights))
    ):
        reading.report.add(say.law_table(value, name, MAX_STEPS))
        return None
    return _kept(ages, weights, keep)


def law_problem(schema: Mapping[str, Any], parameters: Mapping[str, Any]) -> str | None:
    """What is wrong with the parameters of a plugin's law or action, by its own schema; None when they fit."""
    import jsonschema  # slow to import and only needed for plugins here
    import referencing

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.exceptions.SchemaError as broken:
        return f"the plugin's own description of them is broken ({broken.message})"
    validator = jsonschema.Draft202012Validator(schema, registry=referencing.Registry())  # fetches nothing
    try:
        error = jsonschema.exceptions.best_match(validator.iter_errors(parameters))
    except referencing.exceptions.Unresolvable as broken:
        return f"the plugin's own description of them is broken (it refers to {broken.ref}, which is not in it)"
    if error is None:
        return None
    path = ".".join(str(part) for part in error.absolute_path)
    return f"{path}: {error.message}" if path else error.message


def _shown(node: Node | None) -> str:
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, MapNode):
        return "{" + ", ".join(f"{entry.key.text}: {_shown(entry.value)}" for entry in node) + "}"
    return ""
