"""Enclosures: whatever lies between the bounds, the value lies in what the enclosure says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_engine import feel
from rules_engine.feel import ast
from rules_engine.feel.functions import all_functions
from rules_engine.feel.interpret.bounded import ANYTHING, Bounds
from rules_engine.feel.interpret.compare import order
from rules_engine.feel.interpret.enclose import BOUNDED, Key, compile_enclosure

ATOMS = ["s.a", "s.b", "s.a", "s.b", "5", "0", "-3.25", "0.1", "k", "nothing"]
# `N` stands for a number, `C` for a condition.
CONDITIONS = [
    *(f"(N {op} N)" for op in ("<", "<=", ">", ">=", "=", "!=")),
    "(N between N and N)",
    "(N in (N, > N, [1..N)))",
    "(some x in [N, 3, N] satisfies x - N > 1)",
    "(every x in [2, 3] satisfies x * N < N)",
    "(count([1, 2, 3][item > N]) >= 2)",
    "(C and C)",
    "(C or C)",
    "not(C)",
]
NUMBERS = [
    *(f"(N {op} N)" for op in "+-*/"),
    *(f"(N ** {power})" for power in ("2", "0.5", "-1", "3")),
    "-N",
    *(f"{name}(N, N, s.a)" for name in ("min", "max", "sum", "mean", "median")),
    *(f"{name}([N, s.b, 4])" for name in ("min", "sum")),
    *(f"{name}(N)" for name in ("floor", "ceiling", "abs", "sqrt", "exp")),
    *(f"{name}(N, 1)" for name in ("round up", "round half down", "decimal", "modulo")),
    "(if C then N else N)",
    "sum(for x in [1, 2] return x * N)",
]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    def filled(form: str, left: int) -> str:
        return "".join(
            part(left) if (part := {"N": number, "C": condition}.get(char)) is not None else char for char in form
        )

    def number(left: int) -> str:
        if left == 0 or draw(st.booleans()):
            return draw(st.sampled_from(ATOMS))
        return filled(draw(st.sampled_from(NUMBERS)), left - 1)

    def condition(left: int) -> str:
        return filled(draw(st.sampled_from(CONDITIONS if left > 0 else CONDITIONS[:7])), max(left - 1, 0))

    return draw(st.sampled_from((number, condition)))(depth)


ENDS = st.lists(st.integers(-3000, 3000), min_size=2, max_size=2, unique=True).map(sorted)


def key_of(node: ast.Node) -> Key | None:
    match node:
        case ast.Path(source=ast.Name(name="s"), name=name):
            return ("s", name)
        case ast.Name(name="s"):
            return ("s",)
        case _:
            return None


def enclosure(text: str) -> Callable[[dict[str, Any]], object]:
    return compile_enclosure(feel.parse(text), all_functions(), key_of)


def lies_in(value: object, found: object) -> bool:
    if found is ANYTHING:
        return True
    if isinstance(found, Bounds):
        low, high = order(found.low, value), order(value, found.high)
        return low is not None and low <= 0 and high is not None and high <= 0
    return type(value) is type(found) and value == found


@settings(max_examples=1500, deadline=None)
@given(text=expressions(), a=ENDS, b=ENDS, places=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=8))
def test_every_value_lies_in_its_enclosure(
    text: str, a: list[int], b: list[int], places: list[tuple[float, float]]
) -> None:
    scope: dict[str, Any] = {"k": 7.5, "nothing": None}
    bounds = {("s", "a"): Bounds(a[0] / 100, a[1] / 100), ("s", "b"): Bounds(b[0] / 100, b[1] / 100), ("s",): ANYTHING}
    value = feel.compile_expression(feel.parse(text))
    found = enclosure(text)(scope | {"s": {}, BOUNDED: bounds})
    for one, other in [(0, 0), (0, 1), (1, 0), (1, 1), *places]:
        entries = {
            name: round(ends[0] + place * (ends[1] - ends[0])) / 100
            for name, ends, place in (("a", a, one), ("b", b, other))
        }
        exact = value(scope | {"s": entries})
        assert lies_in(exact, found), (text, entries, exact, found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s.a - s.b", Bounds(-2.0, 5.0)),
        ("-s.a", Bounds(-6.0, -3.0)),
        ("s.a * s.b", Bounds(3.0, 30.0)),
        ("s.a / s.b", Bounds(0.6, 6.0)),
        ("s.a / (s.b - 2)", ANYTHING),
        ("abs(s.b - 2)", Bounds(0.0, 3.0)),
        ("max(s.a, s.b, 4)", Bounds(4.0, 6.0)),
        ("floor(s.a / 10)", 0.0),
        ("string(floor(s.a / 10))", "0"),
        ("string(s.a)", ANYTHING),
        ("s.a > 2", True),
        ("s.a > 3", ANYTHING),
        ("s.a = 7", False),
        ("s.a != null", True),
        ("s.a < null", None),
        ("s.a > 2 or s.b > 2", True),
        ("s.a > 3 or s.a > 2", True),
        ("s.a < 2 and s.b > 2", False),
        ("s.a between 3 and 6", True),
        ("s.a in [2..7]", True),
        ("s.a in (1, [7..9])", False),
        ("if s.b > 2 then 4 else s.a", Bounds(3.0, 6.0)),
        ("some x in [s.a, s.b] satisfies x > 5.5", ANYTHING),
        ("some x in [s.a, s.b] satisfies x > 2.5", True),
        ("every x in [1, 2] satisfies s.a > x", True),
        ("count([1, 2, 7][item < s.a])", 2.0),
        ("s.c + 1", 3.0),
        ('"" + (if s.b > 2 then "a" else "b")', ANYTHING),
        ("modulo(s.a, 2)", ANYTHING),
    ],
)
def test_what_is_known(text: str, expected: object) -> None:
    bounds = {("s", "a"): Bounds(3.0, 6.0), ("s", "b"): Bounds(1.0, 5.0), ("s",): ANYTHING}
    found = enclosure(text)({"s": {"c": 2.0}, BOUNDED: bounds})
    assert type(found) is type(expected)
    assert found == expected


def test_powers_have_room_for_the_last_digit() -> None:
    bounds = {("s", "a"): Bounds(3.0, 6.0), ("s",): ANYTHING}
    found = enclosure("s.a ** 2")({"s": {}, BOUNDED: bounds})
    assert isinstance(found, Bounds)
    assert (found.low < 9.0 < 36.0 < found.high) is True  # type: ignore[operator]  # both are numbers
    assert (found.high - 36.0 < 1e-11) is True  # type: ignore[operator]
