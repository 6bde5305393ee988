"""What a rule is worth: `points`, or a lookup by `of` with `at_least` or `values`."""

from __future__ import annotations

from rules_engine.feel import types
from rules_engine.feel.types import Type
from rules_engine.model import amounts, expressions, meant
from rules_engine.model import messages_rules as say
from rules_engine.model import messages_shape as say_shape
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import Scope
from rules_engine.model.types import (
    Condition,
    FixedPoints,
    Formula,
    FormulaPoints,
    Points,
    Scalar,
    StepPoints,
    ValuePoints,
)
from rules_engine.model.yaml_nodes import Entry, MapNode, Node, ScalarNode


def read_amount(
    reading: Reading, node: Node | None, scope: Scope, sales_ready: int, guard: Condition | None = None
) -> Points | None:
    """A number, a percent such as `30%`, or an expression (looked at only where `guard` is true)."""
    if node is None:
        return None
    if isinstance(node, ScalarNode) and _is_fixed(node):
        fixed = reading.points(node, sales_ready)
        return None if fixed is None else FixedPoints(fixed)
    if isinstance(node, ScalarNode) and node.style == "plain" and is_other_form(node.text):
        reading.report.add(say_shape.misfit(node, "points"))
        return None
    formula = expressions.formula(reading, node, scope, "number", guard)
    if formula is None:
        return None
    number = expressions.literal_number(formula.tree)
    if number is not None:
        expressions.tell_quoted_number(reading, node)
        fixed = reading.in_range(node, amounts.micropoints(number))
        return None if fixed is None else FixedPoints(fixed)
    return FormulaPoints(formula)


def _is_fixed(node: ScalarNode) -> bool:
    """A number or a percent, not an expression."""
    if isinstance(node.value, str):
        return amounts.percent(node.value) is not None
    return node.value is not None and not isinstance(node.value, bool)


def is_other_form(text: str) -> bool:
    """`10 points`, `12,5%`: an amount that no expression and no number is written like."""
    written = meant.points(text)
    return bool(written) and written != text.strip()


def read_lookup(reading: Reading, body: MapNode, scope: Scope, sales_ready: int) -> Points | None:
    """`of:` with `at_least:` or `values:`; `otherwise` and `missing` beside them."""
    tables = [key for key in ("at_least", "values") if key in body]
    if len(tables) != 1:
        reading.report.add_missing(body, say.lookup_needs_one_table(body.entry("of"), tables))
        return None
    of = expressions.formula(reading, body.get("of"), scope, "value")
    otherwise = reading.points(body.get("otherwise"), sales_ready)
    missing = reading.points(body.get("missing"), sales_ready)
    table = body.get(tables[0])
    entries = list(reading.entries(table))
    if of is None:
        return None
    if not entries and table is not None:
        reading.report.misfit(table, "at least one entry")
        return None
    if tables[0] == "at_least":
        return _steps(reading, of, body, entries, otherwise, missing, sales_ready)
    return _values(reading, of, entries, otherwise, missing, sales_ready)


def _steps(
    reading: Reading,
    of: Formula,
    body: MapNode,
    entries: list[Entry],
    otherwise: int | None,
    missing: int | None,
    sales_ready: int,
) -> Points | None:
    if types.plain(of.type) not in (types.NUMBER, types.ANY, types.POISON):
        reading.report.add(say.at_least_of_no_number(body.get("of"), of.type))
        return None
    bounds: list[float] = []
    points: list[int] = []
    for entry in entries:
        bound, worth = reading.number(entry.key), reading.points(entry.value, sales_ready)
        if bound is None or worth is None:
            return None
        if bounds and bound <= bounds[-1]:
            reading.report.add(say.bounds_must_rise(entry.key, bounds[-1]))
            return None
        bounds.append(bound)
        points.append(worth)
    return StepPoints(of, tuple(bounds), tuple(points), otherwise, missing)


def _values(
    reading: Reading,
    of: Formula,
    entries: list[Entry],
    otherwise: int | None,
    missing: int | None,
    sales_ready: int,
) -> Points | None:
    found: list[tuple[Scalar, int]] = []
    seen: dict[tuple[bool, Scalar], ScalarNode] = {}  # 1 and 1.0 are one value, 1 and true are not
    whole = True
    for entry in entries:
        key, worth = lookup_key(reading, entry.key, of.type), reading.points(entry.value, sales_ready)
        if key is None or worth is None:
            whole = False
            continue
        first = seen.setdefault((isinstance(key, bool), key), entry.key)
        if first is not entry.key:
            reading.report.add(say.same_value(entry.key, first))
        found.append((key, worth))
    return ValuePoints(of, tuple(found), otherwise, missing) if whole else None


def lookup_key(reading: Reading, node: ScalarNode, kind: Type) -> Scalar | None:
    """The value that a key of `values:` stands for, by the type of what is looked up."""
    plain = types.plain(kind)
    if plain == types.STRING:
        if isinstance(kind, types.Enumeration) and node.text not in kind.values:
            reading.report.add(say.value_never_occurs(node, node.text, kind.values))
            return None
        return node.text
    if plain == types.NUMBER and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return float(node.value)
    if plain == types.BOOLEAN and isinstance(node.value, bool):
        return node.value
    if plain == types.ANY and node.value is not None:
        return node.value if isinstance(node.value, (str, bool)) else float(node.value)
    reading.report.add(say.value_of_wrong_type(node, kind))
    return None
