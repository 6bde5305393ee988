"""The tree of a FEEL expression: frozen nodes, one class per construct, with the source text each stands for.

Equality ignores places (`span`), so `parse(print(parse(text))) == parse(text)`. Types live in side tables of the
checker, never on the nodes. Offsets count characters of the expression's own text, [start, end).
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal, TypeAlias

from rules_engine.records import dataclass

ArithmeticOp: TypeAlias = Literal["+", "-", "*", "/", "**"]
CompareOp: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Place:
    """[start, end) in characters of the expression's text."""

    start: int
    end: int


NOWHERE = Place(0, 0)


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes."""

    span: Place = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class NullLiteral(Node):
    """`null`"""


@dataclass(frozen=True, slots=True)
class BooleanLiteral(Node):
    """`true`"""

    value: bool


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """`1.50` (the text is kept for printing and ignored in comparison)"""

    value: float
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class StringLiteral(Node):
    """`"a\\nb"`; `value` has the escapes resolved"""

    value: str


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """`@"2026-09-01"`: a date, time, date and time or duration; `text` is what stands in the quotes"""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """`lead`; in a unary test also `?`"""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`lead.title`, `date.time offset` (property names of the standard may hold one space)"""

    source: Expression
    name: str
    name_span: Place = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`items[item > 3]`, `items[1]`"""

    source: Expression
    condition: Expression


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """`start position: 3` in a call; `name` is None for a positional argument"""

    name: str | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`starts with(event.path, "/careers")`; `function` in single-spaced form. Positional or named, never mixed"""

    function: str
    arguments: tuple[Argument, ...]
    function_span: Place = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """`-x`"""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`a + b`"""

    op: ArithmeticOp
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`a <= b`"""

    op: CompareOp
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class And(Node):
    """`a and b`"""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Or(Node):
    """`a or b`"""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`x between 1 and 5`"""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class In(Node):
    """`x in (1, [5..9], > 20)`; a single test has `tests` of length 1"""

    value: Expression
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class OpTest(Node):
    """`> 20` or `= 3` as a unary test"""

    op: CompareOp
    value: Expression


@dataclass(frozen=True, slots=True)
class ValueTest(Node):
    """an expression as a unary test: equal to it, contained in it, or (where it uses `?`) true"""

    value: Expression


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """`"a", "b"`, `not(> 3)`, `-` (`any` is then true and `tests` empty). Top level of `unary_test` only"""

    tests: tuple[Test, ...]
    negated: bool = False
    any: bool = False


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if a then b else c`"""

    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """`x in items` (then `end` is None), or `i in 1..10`"""

    name: str
    source: Expression
    end: Expression | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for x in items, y in others return x + y`"""

    iterators: tuple[Iterator, ...]
    body: Expression


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some x in items satisfies x > 3`"""

    kind: Literal["some", "every"]
    iterators: tuple[Iterator, ...]
    condition: Expression


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """`list<number>`, `context<a: string>`, `date and time`"""

    name: str
    arguments: tuple[TypeName, ...] = ()
    entries: tuple[tuple[str, TypeName], ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`x instance of number`"""

    value: Expression
    type: TypeName


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[1, 2, 3]`"""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ContextEntry(Node):
    """`a: 1` or `"a b": 1` in a context"""

    key: str
    value: Expression


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """`{a: 1, b: a + 1}`"""

    entries: tuple[ContextEntry, ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    """`[1..5)`, `]1..5[`; and, as the standard's unary ranges in parentheses, `(< 5)`: then an end is None"""

    low: Expression | None
    high: Expression | None
    low_closed: bool
    high_closed: bool


Expression: TypeAlias = (
    NullLiteral
    | BooleanLiteral
    | NumberLiteral
    | StringLiteral
    | AtLiteral
    | Name
    | Path
    | Filter
    | Call
    | Negate
    | Arithmetic
    | Comparison
    | And
    | Or
    | Between
    | In
    | If
    | For
    | Quantified
    | InstanceOf
    | ListLiteral
    | ContextLiteral
    | RangeLiteral
)
Test: TypeAlias = OpTest | ValueTest
