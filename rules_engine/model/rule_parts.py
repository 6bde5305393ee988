"""What event rules, standing rules and penalties share: points, sheets, dates, titles, the frame of their score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from rules_engine.feel import types
from rules_engine.model import expressions, sheets, yaml_core
from rules_engine.model import messages_names as say_names
from rules_engine.model import messages_rules as say
from rules_engine.model import messages_sheets as say_sheets
from rules_engine.model.read_decay import DecayChoice
from rules_engine.model.read_points import read_amount, read_lookup
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import Scope
from rules_engine.model.types import (
    Condition,
    FixedPoints,
    FormulaPoints,
    Group,
    Points,
    StepPoints,
    ValuePoints,
)
from rules_engine.model.yaml_nodes import Entry, MapNode
from rules_engine.records import dataclass


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


def read_points(
    reading: Reading, frame: ScoreFrame, body: MapNode, way: str, scope: Scope, when: Condition | None
) -> Points | None:
    if way == "points":
        return read_amount(reading, body.get("points"), scope, frame.sales_ready, when)
    return read_lookup(reading, body, scope, frame.sales_ready)


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


def sheet_rows(
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
    lines: dict[float, int] = {}
    for row in rows:
        key: str | float = row.asset
        if kind == types.NUMBER:
            number = yaml_core.number(row.asset)
            if number is None:
                reading.report.add(say.row_is_no_number(row.span, row.asset))
                continue
            if (first := lines.setdefault(number, row.line)) != row.line:
                reading.report.add(say_sheets.repeated_asset(row.span, row.asset, first))
            key = number
        elif isinstance(match.type, types.Enumeration) and row.asset not in match.type.values:
            reading.report.add(say.row_never_matches(row.span, row.asset, match.type.values))
            continue
        condition: Condition = expressions.equals(match, key)
        out.append((row, condition if when is None else Group("all", (when, condition), condition.span)))
    return out


def check_reserved(reading: Reading, entry: Entry) -> None:
    """Names that the ledger uses for what no rule does."""
    if entry.key.text in ("decay", "inactivity") and not reading.report.is_told(entry.value):
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
