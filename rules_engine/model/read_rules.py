"""`rules:` of a score -> event rules (with `event` or `reaches`) and standing rules; a sheet becomes a rule a row."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.model import conditions, scopes
from rules_engine.model import messages_names as say_names
from rules_engine.model import messages_rules as say
from rules_engine.model.read_decay import read_decay
from rules_engine.model.read_limits import read_limit
from rules_engine.model.read_standing import read_standing_rules
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import (
    ScoreFrame,
    check_reserved,
    known_amounts,
    note,
    read_dates,
    read_points,
    sheet_rows,
    stage,
    title,
)
from rules_engine.model.scopes import Scope
from rules_engine.model.types import (
    Decay,
    EventRule,
    FixedPoints,
    Points,
    Reaches,
    StandingRule,
    TableRow,
)
from rules_engine.model.yaml_nodes import Entry, MapNode


def read_rule(reading: Reading, frame: ScoreFrame, entry: Entry) -> tuple[EventRule, ...] | tuple[StandingRule, ...]:
    """The rule of one entry: one rule, or one for each row of its sheet, or none after a mistake."""
    body = reading.map(entry.value, "a rule")
    if body is None:
        return ()
    check_reserved(reading, entry)
    if "event" in body or "reaches" in body or reading.report.meant(body, "event") is not None:
        return _event_rules(reading, frame, entry, body)
    return read_standing_rules(reading, frame, entry, body)


# --- event rules ----------------------------------------------------------------------------------------------------


def _event_rules(reading: Reading, frame: ScoreFrame, entry: Entry, body: MapNode) -> tuple[EventRule, ...]:
    name = entry.key.text
    events, reaches = rule_events(reading, frame, name, body)
    scope = frame.at(scopes.at_event(reading.names, "a rule with an event", events))
    when = conditions.condition(reading, body.get("when"), scope)
    points: Points | None = None
    set_to: int | None = None
    ways = [key for key in ("points", "of", "table", "set") if key in body]
    if len(ways) != 1:
        if ways or not ("at_least" in body or "values" in body):  # else `of` is missing, as is told below
            reading.report.add_missing(body, say.one_way_to_points(entry.key, frame.name, ways))
    elif ways[0] == "set":
        set_to = reading.points(body.get("set"), frame.sales_ready)
        for key in ("max", "decay", "group"):
            if key in body:
                reading.report.add(say.set_with(body.entry(key), name, key))
    elif ways[0] == "table":
        points = FixedPoints(0)
    else:
        points = read_points(reading, frame, body, ways[0], scope, when)
    if ways != ["of"]:
        for key in ("otherwise", "missing", "at_least", "values"):
            if key in body:
                reading.report.add(say.only_with_of(body.entry(key), key, event=True))
    limit = read_limit(reading, body.get("limit"), scope)
    group = reading.known(body.get("group"), "group", tuple(frame.groups), f'rule "{name}"')
    decay = _decay(reading, frame, body, group, points, name)
    starts, ends = read_dates(reading, body)
    rule = EventRule(
        name, entry.key.span, title(reading, body), note(reading, body), events, when, points, set_to, reaches, limit,
        reading.points(body.get("max"), frame.sales_ready), decay, group, stage(reading, body, name), starts, ends,
    )  # fmt: skip
    _check_amounts(reading, body, rule)
    if ways == ["table"]:
        return _rows(reading, frame, body, scope, rule)
    return (rule,)


def rule_events(
    reading: Reading, frame: ScoreFrame, name: str, body: MapNode
) -> tuple[tuple[str, ...] | None, Reaches | None]:
    """The event types a rule listens to, and its `reaches`. With `reaches` alone they are those of the tally."""
    used_by = f'Rule "{name}" in score "{frame.name}"'
    reaches: Reaches | None = None
    tally_events: tuple[str, ...] | None = None
    for reach in reading.entries(body.get("reaches")):
        tally = reading.names.tallies.get(reach.key.text)
        threshold = reading.number(reach.value)
        if tally is None:
            if reach.key.text not in reading.names.broken_tallies and not reading.report.is_unsure("tallies"):
                known = tuple(reading.names.tallies)
                reading.report.add(say_names.unknown(reach.key, "tally", reach.key.text, known, used_by))
            tally_events = ()
        elif tally.stage is not None:
            reading.report.add(say.stage_tally_in_rule(reach.key, tally.name, used_by))
        elif tally.measure in ("latest", "min", "max"):
            reading.report.add(say.reaches_needs_count(reach.key, tally.name, tally.measure))
        elif threshold is not None:
            reaches = Reaches(tally.name, threshold)
            tally_events = tally.events
            if threshold <= 0:
                reading.report.add(say.reaches_threshold(reach.value, threshold))
    named = body.get("event") if "event" in body else reading.report.meant(body, "event")
    if named is None:
        return tally_events, reaches
    events = reading.events(named, used_by)
    if reaches is not None and tally_events and events and not set(events) & set(tally_events):
        reading.report.add(say.reaches_elsewhere(body.entry("event"), reaches.tally, tally_events, events))
    return events, reaches


def _decay(
    reading: Reading, frame: ScoreFrame, body: MapNode, group: str | None, points: Points | None, name: str
) -> Decay | None:
    """The rule's own law, else its group's, else the score's. What is set never fades."""
    own = read_decay(reading, body.get("decay"), f'rule "{name}"')
    if own is not None:
        if own.law is not None and own.law.kind != "steps" and any(amount < 0 for amount in known_amounts(points)):
            reading.report.add(say.continuous_on_negative(body.entry("decay"), name))
        return own.law
    if body.get("decay") is not None:
        return None
    if "set" in body:
        return None
    inherited = frame.groups.get(group) if group is not None else None
    chosen = inherited or frame.decay
    return chosen.law if chosen is not None else None


def _check_amounts(reading: Reading, body: MapNode, rule: EventRule) -> None:
    if rule.max is not None and rule.max < 0:
        reading.report.add(say.negative_cap(body.entry("max"), rule.name))
    if rule.limit is not None and rule.limit.keep_highest:
        known = known_amounts(rule.points)
        if rule.set_to is not None or any(amount < 0 for amount in known):
            reading.report.add(say.keep_highest_negative(body.entry("limit"), rule.name))


def _rows(reading: Reading, frame: ScoreFrame, body: MapNode, scope: Scope, rule: EventRule) -> tuple[EventRule, ...]:
    rules = []
    for row, condition in sheet_rows(reading, frame, body, scope, rule.when):
        rules.append(
            replace(
                rule, name=f"{rule.name}.{row.asset}", when=condition, points=FixedPoints(row.points),
                stage=row.stage or rule.stage, note=row.note or rule.note,
                row=TableRow(rule.name, row.file, row.line, row.asset),
            )
        )  # fmt: skip
    return tuple(rules)
