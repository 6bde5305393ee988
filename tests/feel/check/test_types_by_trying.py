"""What the checker says of an expression's value, against the value: type, bounds, and that it is not null."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules_engine.feel import ast
from rules_engine.feel.api import compile_expression
from rules_engine.feel.checking.expression import check_types
from rules_engine.feel.syntax.parse import parse
from rules_engine.feel.syntax.print import print_expression
from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NULL,
    NUMBER,
    STRING,
    TIME,
    YEARS_MONTHS_DURATION,
    Bounded,
    ContextOf,
    Entry,
    Enumeration,
    ListOf,
    Moment,
    RangeOf,
    Type,
    Typed,
)
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration

from .test_sound import FIELDS, expressions

ENTRIES = [Entry(name, kind, nullable=False) for name, (kind, _) in FIELDS.items()]
ENTRIES += [Entry(f"maybe_{name}", kind) for name, (kind, _) in FIELDS.items()]
SCOPE = {"lead": Typed(ContextOf(tuple(ENTRIES), "lead"), nullable=False)}
CLASSES: dict[Type, type] = {
    NUMBER: float,
    STRING: str,
    BOOLEAN: bool,
    DATE: Date,
    TIME: Time,
    DATE_AND_TIME: DateTime,
    DAYS_TIME_DURATION: DaysTimeDuration,
    YEARS_MONTHS_DURATION: YearsMonthsDuration,
    NULL: type(None),
}


def is_so(value: object, kind: Type, nullable: bool) -> bool:
    """Whether a value is one of those that a type promises."""
    if value is None:
        return nullable or kind == NULL
    match kind:
        case Bounded(low=low, high=high):
            within = type(value) is float and (low is None or value >= low)
            return within and (high is None or value <= high)  # type: ignore[operator]
        case Enumeration(values=values):
            return value in values
        case Moment(name=name, zoned=zoned):
            return type(value) is CLASSES[DATE_AND_TIME if name == "date and time" else TIME] and (
                (value.zone is not None) == zoned  # type: ignore[attr-defined]
            )
        case ListOf(item=item, nullable=inner):
            return type(value) is list and all(is_so(one, item, inner or item == ANY) for one in value)
        case RangeOf(item=item):
            return isinstance(value, Range) and all(is_so(end, item, True) for end in (value.low, value.high))
        case ContextOf(entries=entries):
            return type(value) is dict and all(is_so(value.get(e.name), e.type, e.nullable) for e in entries)
        case _:
            return kind == ANY or type(value) is CLASSES[kind]


def some_missing(node: Any, dice: Any) -> Any:
    """The expression with some of its fields taken from those that may be missing."""

    def turn(part: Any) -> Any:
        if isinstance(part, ast.Path) and part.source == ast.Name("lead") and dice.random() < 0.4:
            return ast.Path(part.source, f"maybe_{part.name}")
        return with_children(part, turn)

    from rules_engine.feel.syntax.walk import with_children

    return turn(node)


def leads(dice: Any) -> dict[str, object]:
    def one(texts: tuple[str, ...]) -> object:
        return compile_expression(parse(dice.choice(texts)))({})

    lead = {name: one(texts) for name, (_, texts) in FIELDS.items()}
    maybe = {f"maybe_{name}": one((*texts, "null")) for name, (_, texts) in FIELDS.items()}
    return {**lead, **maybe}


@settings(max_examples=700, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions, st.randoms(use_true_random=False))
def test_the_value_is_of_the_type(node: Any, dice: Any) -> None:
    node = some_missing(node, dice)
    found = check_types(node, SCOPE)
    assume(found.ok and not isinstance(node, ast.NumberLiteral))
    run = compile_expression(node)
    for _ in range(6):
        lead = leads(dice)
        value = run({"lead": lead})
        assert is_so(value, found.typed.type, found.typed.nullable), (print_expression(node), found.typed, value, lead)


LISTS = [
    ("[1, null, 3]", Typed(ListOf(Bounded(1, 3), nullable=True), False)),
    ("reverse([1, null])", Typed(ListOf(NUMBER, nullable=True), False)),
    ("for x in [1, null] return x", Typed(ListOf(Bounded(1, 1), nullable=True), False)),
    ("every x in [1, null] satisfies x > 0", Typed(BOOLEAN, True)),
    ("some x in [1, 2] satisfies x > 0", Typed(BOOLEAN, False)),
    ("[1, null][item != null]", Typed(ListOf(Bounded(1, 1), nullable=True), False)),
    ("{a: null}.a", Typed(NULL, True)),
    ("[{a: null}, {a: 1}].a", Typed(ListOf(Bounded(1, 1), nullable=True), False)),
    ("[lead.n, 1]", Typed(ListOf(NUMBER), False)),
    ("[lead.maybe_n, 1]", Typed(ListOf(NUMBER, nullable=True), False)),
]


@pytest.mark.parametrize(("text", "typed"), LISTS)
def test_nulls_in_lists_are_seen(text: str, typed: Typed) -> None:
    assert check_types(parse(text), SCOPE).typed == typed


def test_a_range_with_an_end_of_any_type_may_be_none() -> None:
    node = parse('[1..(if null then 1 else "US")]')
    assert compile_expression(node)({}) is None
    assert check_types(node, SCOPE).typed.nullable
