"""`gates:` and `tallies:`: what holds readings down, and what is counted."""

from __future__ import annotations

from typing import Literal

from rules_engine.model import conditions, expressions, scopes
from rules_engine.model import messages_declarations as say_declared
from rules_engine.model import messages_scores as say
from rules_engine.model.read_limits import PERIODS
from rules_engine.model.read_scores import score_or_family
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import note, title
from rules_engine.model.types import Gate, Tally
from rules_engine.model.yaml_nodes import Entry, MapNode, Node, ScalarNode

MEASURES: tuple[Literal["sum", "distinct", "latest", "min", "max"], ...] = ("sum", "distinct", "latest", "min", "max")


def read_tallies(reading: Reading, node: Node | None) -> None:
    """Fills `names.tallies`."""
    for entry in reading.entries(node):
        tally = _tally(reading, entry)
        if tally is not None:
            reading.names.tallies[tally.name] = tally
        else:
            reading.names.broken_tallies.add(entry.key.text)


def _tally(reading: Reading, entry: Entry) -> Tally | None:
    name = entry.key.text
    body = reading.map(entry.value, "a tally")
    if body is None:
        return None
    within, per = reading.duration(body.get("within")), reading.choice(body.get("per"), PERIODS)
    if "within" in body and "per" in body:
        reading.report.add(say_declared.within_and_per(body.entry("per")))
    heading = (name, entry.key.span, title(reading, body), note(reading, body))
    if "stage" in body:
        for key in ("event", "when", *MEASURES):
            if key in body:
                reading.report.add(say_declared.not_in_stage_tally(body.entry(key), name, key))
        stage = reading.known(body.get("stage"), "stage", reading.names.stages, f'tally "{name}"')
        return None if stage is None else Tally(*heading, within=within, per=per, stage=stage)
    if "event" not in body:
        reading.report.add_missing(body, say_declared.tally_needs_event(entry.key))
        return None
    events = reading.events(body.get("event"), f'Tally "{name}"')
    scope = scopes.at_event(reading.names, "a tally", events, tallies=False)
    when = conditions.condition(reading, body.get("when"), scope)
    measures = [measure for measure in MEASURES if measure in body]
    if len(measures) > 1:
        reading.report.add(say_declared.one_measure(body.entry(measures[1]), measures))
        return None
    if not measures:
        return Tally(*heading, events, when, within=within, per=per)
    measure = measures[0]
    of = expressions.formula(reading, body.get(measure), scope, "number" if measure == "sum" else "value")
    if of is None:
        return None
    if measure in ("min", "max") and not expressions.has_order(of):
        reading.report.add(say_declared.measure_without_order(body.entry(measure), name, measure, of.type))
        return None
    return Tally(*heading, events, when, measure, of, within, per)


def read_gates(reading: Reading, node: Node | None) -> dict[str, Gate]:
    """All gates."""
    gates = [_gate(reading, entry) for entry in reading.entries(node)]
    return {gate.name: gate for gate in gates if gate is not None}


def _gate(reading: Reading, entry: Entry) -> Gate | None:
    name = entry.key.text
    body = reading.map(entry.value, "a gate")
    if body is None:
        return None
    is_event_gate = "event" in body
    events: tuple[str, ...] | None = None
    hold: int | None = None
    if is_event_gate:
        events = reading.events(body.get("event"), f'Gate "{name}"')
        scope = scopes.at_event(reading.names, "a gate with an event", events, tallies=False)
        hold_node = body.get("hold")
        if hold_node is None:
            reading.report.add_missing(body, say.gate_needs_hold(entry.key))
        elif not (isinstance(hold_node, ScalarNode) and hold_node.text == "forever"):
            hold = reading.duration(hold_node)
    else:
        scope = scopes.standing(reading.names, "a gate without an event")
        if "when" not in body:
            reading.report.add_missing(body, say.gate_needs_when(entry.key))
        for key in ("hold", "until"):
            if key in body:
                reading.report.add(say.needs_event_gate(body.entry(key), name, key))
    when = conditions.condition(reading, body.get("when"), scope)
    until = reading.events(body.get("until"), f'Gate "{name}"') if is_event_gate else ()
    if until is None:
        until = tuple(reading.names.events)
    return Gate(
        name, entry.key.span, title(reading, body), note(reading, body), events, is_event_gate, when, hold, until,
        _caps(reading, name, body),
    )  # fmt: skip


def _caps(reading: Reading, name: str, body: MapNode) -> tuple[tuple[str, int], ...]:
    """The cap of each score: one for all scores, or a map; percents are of the score's own `sales_ready`."""
    node = body.get("cap")
    if node is None:
        return ()
    scores = reading.names.score_names
    if not isinstance(node, MapNode):
        caps = [(score.name, reading.points(node, score.sales_ready)) for score in scores.values()]
        return tuple((score, cap) for score, cap in caps if cap is not None)
    found: dict[str, int] = {}
    for entry in node:
        for score in score_or_family(reading, entry.key, f'Gate "{name}"'):
            cap = reading.points(entry.value, scores[score].sales_ready)
            if cap is not None:
                found[score] = min(cap, found.get(score, cap))
    return tuple(found.items())
