"""Rules without an event: they count while their condition on fields and tallies holds."""

from __future__ import annotations

from typing import Literal

from rules_engine.model import conditions, scopes
from rules_engine.model import messages_rules as say
from rules_engine.model.read_points import read_amount
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import (
    ScoreFrame,
    note,
    read_dates,
    read_points,
    sheet_rows,
    stage,
    title,
)
from rules_engine.model.types import (
    FixedPoints,
    Points,
    StandingRule,
    TableRow,
)
from rules_engine.model.yaml_nodes import Entry, MapNode

# Keys that need an event, and so make no sense on a standing rule.
EVENT_ONLY = ("limit", "max", "decay", "group", "set")


def read_standing_rules(reading: Reading, frame: ScoreFrame, entry: Entry, body: MapNode) -> tuple[StandingRule, ...]:
    """The rule of one entry, or one for each row of its sheet."""
    name = entry.key.text
    for key in EVENT_ONLY:
        if key in body:
            reading.report.add(say.event_only(body.entry(key), name, key))
    scope = frame.at(scopes.standing(reading.names, "a rule without an event"))
    counts: Literal["condition", "decision"] = "decision" if "otherwise" in body and "points" in body else "condition"
    when = conditions.condition(reading, body.get("when"), scope, counts)
    ways = [key for key in ("points", "of", "table") if key in body]
    points: Points = FixedPoints(0)
    otherwise: Points | None = None
    if len(ways) != 1:
        if "set" not in body and (ways or not ("at_least" in body or "values" in body)):
            reading.report.add_missing(body, say.one_way_to_points(entry.key, frame.name, ways))
    elif ways[0] != "table":
        points = read_points(reading, frame, body, ways[0], scope, when) or points
    if ways != ["of"]:
        for key in ("missing", "at_least", "values"):
            if key in body:
                reading.report.add(say.only_with_of(body.entry(key), key, event=False))
        if "otherwise" in body:
            if when is None and "when" not in body:
                reading.report.add(say.otherwise_without_when(body.entry("otherwise"), name))
            elif ways == ["points"]:
                otherwise = read_amount(reading, body.get("otherwise"), scope, frame.sales_ready)
            else:
                reading.report.add(say.only_with_of(body.entry("otherwise"), "otherwise", event=False))
    starts, ends = read_dates(reading, body)
    own_stage = stage(reading, body, name)
    rule = StandingRule(
        name,
        entry.key.span,
        title(reading, body),
        note(reading, body),
        when,
        points,
        otherwise,
        own_stage,
        starts,
        ends,
    )
    if ways != ["table"]:
        return (rule,)
    return tuple(
        StandingRule(
            f"{name}.{row.asset}", rule.span, rule.title, row.note or rule.note, condition, FixedPoints(row.points),
            None, row.stage or own_stage, starts, ends, TableRow(name, row.file, row.line, row.asset),
        )
        for row, condition in sheet_rows(reading, frame, body, scope, when)
    )  # fmt: skip
