"""The static types of FEEL expressions.

A type says what a non-null value is; whether null is possible is a flag beside it (`Typed.nullable` in the checker),
because the standard lets every type hold null. `ANY` fits everything (a value of unknown type); `POISON` is the type
of an expression that already has a finding, so that one mistake gives one message.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Simple:
    """`string`, `number`, `boolean`, `date`, `time`, `date and time`, the two durations, `Null`, `Any`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A string that is one of `values` (a field with `one_of`)."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return "string"


@dataclass(frozen=True, slots=True)
class Band:
    """The name of a band of score `score`; `order` from the lowest band up. A string with an order for `at least`."""

    score: str
    order: tuple[str, ...]

    def __str__(self) -> str:
        return "band"


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number between `low` and `high`, both included; None is no bound (a field with `min`/`max`).

    `whole`: it never has a fraction (the parts of a date).
    """

    low: float | None
    high: float | None
    whole: bool = False

    def __str__(self) -> str:
        return "number"


def ends_of(kind: Type) -> tuple[float, float]:
    """Between which numbers a number lies; infinite where there is no bound."""
    if not isinstance(kind, Bounded):
        return (-math.inf, math.inf)
    return (-math.inf if kind.low is None else kind.low, math.inf if kind.high is None else kind.high)


@dataclass(frozen=True, slots=True)
class ListOf:
    """`list<number>`; `nullable` says whether an item can be null."""

    item: Type
    nullable: bool = False

    def __str__(self) -> str:
        return f"list<{self.item}>"


@dataclass(frozen=True, slots=True)
class RangeOf:
    """`range<number>`"""

    item: Type

    def __str__(self) -> str:
        return f"range<{self.item}>"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a context type: its name, its type and whether it can be null."""

    name: str
    type: Type
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ContextOf:
    """`context<a: number>`; `label` names it in messages ("lead", "event")."""

    entries: tuple[Entry, ...]
    label: str = "context"

    def __str__(self) -> str:
        return f"context<{', '.join(f'{e.name}: {e.type}' for e in self.entries)}>"

    def get(self, name: str) -> Entry | None:
        return next((e for e in self.entries if e.name == name), None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A `date and time` or a `time` known to carry a time zone or an offset (`zoned`), or known to carry none.

    Plain DATE_AND_TIME and TIME leave it open. A local and a zoned value never compare, so the checker wants to know.
    """

    name: Literal["date and time", "time"]
    zoned: bool

    def __str__(self) -> str:
        return self.name


Type: TypeAlias = Simple | Enumeration | Band | Bounded | Moment | ListOf | RangeOf | ContextOf


@dataclass(frozen=True, slots=True)
class Typed:
    """The static type of an expression, and whether its value can be null."""

    type: Type
    nullable: bool = True


ANY = Simple("Any")
NULL = Simple("Null")
POISON = Simple("?")
STRING = Simple("string")
NUMBER = Simple("number")
BOOLEAN = Simple("boolean")
DATE = Simple("date")
TIME = Simple("time")
DATE_AND_TIME = Simple("date and time")
DAYS_TIME_DURATION = Simple("days and time duration")
YEARS_MONTHS_DURATION = Simple("years and months duration")

ZONED_DATE_AND_TIME = Moment("date and time", zoned=True)
LOCAL_DATE_AND_TIME = Moment("date and time", zoned=False)
ZONED_TIME = Moment("time", zoned=True)
LOCAL_TIME = Moment("time", zoned=False)


def plain(kind: Type) -> Type:
    """The type of the standard that a refined type refines: `string` for an enumeration or a band, and so on."""
    match kind:
        case Enumeration() | Band():
            return STRING
        case Bounded():
            return NUMBER
        case Moment(name=name):
            return DATE_AND_TIME if name == "date and time" else TIME
        case ListOf(item=item, nullable=nullable):
            return ListOf(plain(item), nullable)
        case RangeOf(item=item):
            return RangeOf(plain(item))
        case _:
            return kind
