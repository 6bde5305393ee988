"""`rules:` of a score -> event rules (with `event` or `reaches`) and standing rules; a sheet becomes a rule a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from rules_engine.feel import types
from rules_engine.model import expressions, scopes, sheets
from rules_engine.model import messages_names as say_names
from rules_engine.model import messages_rules as say
from rules_engine.model.read_decay import DecayChoice, read_decay
from rules_engine.model.read_limits import read_limit
from rules_engine.model.read_points import read_amount, read_lookup
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import Scope
from rules_engine.model.types import (
    Condition,
    Decay,
    EventRule,
    FixedPoints,
    FormulaPoints,
    Group,
    Points,
    Reaches,
    StandingRule,
    StepPoints,
    TableRow,
    ValuePoints,
)
from rules_engine.model.yaml_nodes import Entry, MapNode

# Keys that need an event, and so make no sense on a standing rule.
EVENT_ONLY = ("limit", "max", "decay", "group", "set")


@dataclass(slots=True)
class ScoreFrame:
    """What the rules of one score share: its name as shown, points that make it sales-ready, groups, default decay."""

    name: str
    sales_ready: int
    variables: Mapping[str, str]
    decay: DecayChoice | None = None
    groups: dict[str, DecayChoice | None] = field(default_factory=dict)

    def at(self, scope: Scope) -> Scope:
        """The scope with the score's own names in it."""
        return replace(scope, variables=self.variables, sales_ready=self.sales_ready)


def read_rule(reading: Reading, frame: ScoreFrame, entry: Entry) -> tuple[EventRule, ...] | tuple[StandingRule, ...]:
    """The rule of one entry: one rule, or one for each row of its sheet, or none after a mistake."""
    body = reading.map(entry.value, "a rule")
    if body is None:
        return ()
    check_reserved(reading, entry)
    if "event" in body or "reaches" in body:
        return _event_rules(reading, frame, entry, body)
    return _standing_rules(reading, frame, entry, body)


# --- event rules ----------------------------------------------------------------------------------------------------


def _event_rules(reading: Reading, frame: ScoreFrame, entry: Entry, body: MapNode) -> tuple[EventRule, ...]:
    name = entry.key.text
    events, reaches = rule_events(reading, frame, name, body)
    scope = frame.at(scopes.at_event(reading.names, "a rule with an event", events))
    when = expressions.condition(reading, body.get("when"), scope)
    points: Points | None = None
    set_to: int | None = None
    ways = [key for key in ("points", "of", "table", "set") if key in body]
    if len(ways) != 1:
        reading.report.add_missing(body, say.one_way_to_points(entry.key, frame.name, ways))
    elif ways[0] == "set":
        set_to = reading.points(body.get("set"), frame.sales_ready)
        for key in ("max", "decay", "group"):
            if key in body:
                reading.report.add(say.set_with(body.entry(key), name, key))
    elif ways[0] == "table":
        points = FixedPoints(0)
    else:
        points = _points(reading, frame, body, ways[0], scope, when)
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
            if reach.key.text not in reading.names.broken_tallies:
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
    if "event" not in body:
        return tally_events, reaches
    events = reading.events(body.get("event"), used_by)
    if reaches is not None and tally_events and events and not set(events) & set(tally_events):
        reading.report.add(say.reaches_elsewhere(body.entry("event"), reaches.tally, tally_events, events))
    return events, reaches


def _points(
    reading: Reading, frame: ScoreFrame, body: MapNode, way: str, scope: Scope, when: Condition | None
) -> Points | None:
    if way == "points":
        return read_amount(reading, body.get("points"), scope, frame.sales_ready, when)
    return read_lookup(reading, body, scope, frame.sales_ready)


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


def known_amounts(points: Points | None) -> tuple[int, ...]:
    """The amounts that stand in the file; a formula's are not known."""
    match points:
        case FixedPoints(amount=amount):
            return (amount,)
        case StepPoints(amounts=listed):
            return (*listed, *(x for x in (points.otherwise, points.missing) if x is not None))
        case ValuePoints(values=values):
            return (*(x for _, x in values), *(x for x in (points.otherwise, points.missing) if x is not None))
        case FormulaPoints() | None:
            return ()


def _check_amounts(reading: Reading, body: MapNode, rule: EventRule) -> None:
    if rule.max is not None and rule.max < 0:
        reading.report.add(say.negative_cap(body.entry("max"), rule.name))
    if rule.limit is not None and rule.limit.keep_highest:
        known = known_amounts(rule.points)
        if rule.set_to is not None or any(amount < 0 for amount in known):
            reading.report.add(say.keep_highest_negative(body.entry("limit"), rule.name))


def _rows(reading: Reading, frame: ScoreFrame, body: MapNode, scope: Scope, rule: EventRule) -> tuple[EventRule, ...]:
    rules = []
    for row, condition in _sheet(reading, frame, body, scope, rule.when):
        rules.append(
            replace(
                rule, name=f"{rule.name}.{row.asset}", when=condition, points=FixedPoints(row.points),
                stage=row.stage or rule.stage, note=row.note or rule.note,
                row=TableRow(rule.name, row.file, row.line, row.asset),
            )
        )  # fmt: skip
    return tuple(rules)


def _sheet(
    reading: Reading, frame: ScoreFrame, body: MapNode, scope: Scope, when: Condition | None
) -> list[tuple[sheets.Row, Condition]]:
    """Each row of the sheet with the condition of its rule: `match` equals the row's asset (and `when` holds)."""
    table = reading.map(body.get("table"), "`{file: ..., match: ...}`")
    if table is None:
        return []
    rows = sheets.read_sheet(reading, table.get("file"), frame.sales_ready)
    match_node = table.get("match")
    match = expressions.formula(reading, match_node, scope, "value")
    if rows is None or match is None or match_node is None:
        return []
    kind = types.plain(match.type)
    if kind not in (types.STRING, types.NUMBER, types.ANY):
        reading.report.add(say.match_type(match_node, match.type))
        return []
    out: list[tuple[sheets.Row, Condition]] = []
    for row in rows:
        key: str | float = row.asset
        if kind == types.NUMBER:
            try:
                key = float(row.asset)
            except ValueError:
                reading.report.add(say.row_is_no_number(row.span, row.asset))
                continue
        elif isinstance(match.type, types.Enumeration) and row.asset not in match.type.values:
            reading.report.add(say.row_never_matches(row.span, row.asset, match.type.values))
            continue
        condition: Condition = expressions.equals(match, key)
        out.append((row, condition if when is None else Group("all", (when, condition), condition.span)))
    return out


# --- standing rules -------------------------------------------------------------------------------------------------


def _standing_rules(reading: Reading, frame: ScoreFrame, entry: Entry, body: MapNode) -> tuple[StandingRule, ...]:
    name = entry.key.text
    for key in EVENT_ONLY:
        if key in body:
            reading.report.add(say.event_only(body.entry(key), name, key))
    scope = frame.at(scopes.standing(reading.names, "a rule without an event"))
    counts: Literal["condition", "decision"] = "decision" if "otherwise" in body and "points" in body else "condition"
    when = expressions.condition(reading, body.get("when"), scope, counts)
    ways = [key for key in ("points", "of", "table") if key in body]
    points: Points = FixedPoints(0)
    otherwise: Points | None = None
    if len(ways) != 1:
        if "set" not in body:
            reading.report.add_missing(body, say.one_way_to_points(entry.key, frame.name, ways))
    elif ways[0] != "table":
        points = _points(reading, frame, body, ways[0], scope, when) or points
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
        for row, condition in _sheet(reading, frame, body, scope, when)
    )  # fmt: skip


# --- what all rules have --------------------------------------------------------------------------------------------


def check_reserved(reading: Reading, entry: Entry) -> None:
    """Names that the ledger uses for what no rule does."""
    if entry.key.text in ("decay", "inactivity"):
        reading.report.add(say_names.kept_for_ledger(entry.key, entry.key.text))


def title(reading: Reading, body: MapNode) -> str | None:
    return reading.text(body.get("title"))


def note(reading: Reading, body: MapNode) -> str | None:
    return reading.text(body.get("note"))


def stage(reading: Reading, body: MapNode, name: str) -> str | None:
    return reading.known(body.get("stage"), "stage", reading.names.stages, f'rule "{name}"')


def read_dates(reading: Reading, body: MapNode) -> tuple[int | None, int | None]:
    """`from:` and `until:` dates of a rule."""
    starts, ends = reading.date(body.get("from")), reading.date(body.get("until"))
    if starts is not None and ends is not None and ends <= starts:
        reading.report.add(say.until_before_from(body.entry("until")))
    return starts, ends
