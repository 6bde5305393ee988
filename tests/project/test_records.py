"""`rules_engine.records` gives what the standard library's dataclasses with slots give."""

from __future__ import annotations

import copy
import dataclasses
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Base:
    """A base with an option that every kind has."""

    place: int = dataclasses.field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Pair(Base):
    first: int
    second: list[int] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True, order=True)
class Length:
    months: int

    def __post_init__(self) -> None:
        if self.months > 99:
            raise ValueError("too long")


@dataclass(frozen=True, slots=True, eq=False)
class Unlike:
    value: int


@dataclasses.dataclass(frozen=True, slots=True)
class StandardBase:
    place: int = dataclasses.field(default=0, compare=False, repr=False, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class StandardPair(StandardBase):
    first: int
    second: list[int] = dataclasses.field(default_factory=list)


@dataclass(slots=True)
class OpenBase:
    place: int = dataclasses.field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(slots=True)
class OpenPair(OpenBase):
    first: int
    second: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class StandardOpenBase:
    place: int = dataclasses.field(default=0, compare=False, repr=False, kw_only=True)


@dataclasses.dataclass(slots=True)
class StandardOpenPair(StandardOpenBase):
    first: int
    second: list[int] = dataclasses.field(default_factory=list)


def outcome(call: Callable[[], object]) -> object:
    """The value of a call, or the kind and message of its error, without the class's name."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001  what is compared is any error
        return type(error), str(error).replace("Standard", "")


def changed(pair: Any) -> object:
    one = pair(1)
    one.first = 2
    return one.first, one == pair(2)


@pytest.mark.parametrize(("own", "standard"), [(Pair, StandardPair), (OpenPair, StandardOpenPair)])
@pytest.mark.parametrize(
    "use",
    [
        changed,
        lambda pair: repr(pair(1, [2], place=3)).replace("Standard", ""),
        lambda pair: pair(1, [2], place=3) == pair(1, [2], place=4),
        lambda pair: pair(1, [2]) == pair(1, [3]),
        lambda pair: pair(1) == (1, []),
        lambda pair: pair(1).second,
        lambda pair: pair(1).second is pair(1).second,
        lambda pair: hash(pair(1, (2,), place=3)) == hash(pair(1, (2,))),
        lambda pair: hash(pair(1, [2])),
        lambda pair: pair(),
        lambda pair: pair(1, [2], 3),
        lambda pair: setattr(pair(1), "first", 2),
        lambda pair: delattr(pair(1), "first"),
        lambda pair: hasattr(pair(1), "__dict__"),
        lambda pair: pair.__slots__,
        lambda pair: pair.__match_args__,
        lambda pair: [field.name for field in dataclasses.fields(pair)],
        lambda pair: dataclasses.asdict(dataclasses.replace(pair(1, [2]), first=5)),
        lambda pair: dataclasses.asdict(copy.copy(pair(1, [2], place=3))),
        lambda pair: dataclasses.asdict(copy.deepcopy(pair(1, [2], place=3))),
        lambda pair: pair(1) < pair(2),
    ],
)
def test_same_as_standard(use: Callable[[Any], object], own: type, standard: type) -> None:
    assert outcome(lambda: use(own)) == outcome(lambda: use(standard))


@pytest.mark.parametrize("pair", [Pair, OpenPair])
def test_pickles(pair: Any) -> None:
    given = pair(1, [2], place=3)
    read = pickle.loads(pickle.dumps(given))
    assert (read, read.place) == (given, 3)


@pytest.mark.parametrize("sign", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("other", [1, 2, 3])
def test_order_is_that_of_the_fields(sign: Callable[[object, object], bool], other: int) -> None:
    assert sign(Length(2), Length(other)) is sign(2, other)


def test_order_needs_one_class() -> None:
    with pytest.raises(TypeError):
        _ = Length(1) < 2  # type: ignore[operator]


def test_post_init_runs() -> None:
    with pytest.raises(ValueError, match="too long"):
        Length(100)


def test_without_equality_only_the_same_is_equal() -> None:
    one = Unlike(1)
    assert one == one
    assert one != Unlike(1)
    assert len({one, Unlike(1)}) == 2
