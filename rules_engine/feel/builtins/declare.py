"""How a built-in function is declared: once, beside its code.

    @standard.function(
        "substring(string: string, start position: number, length?: number) -> string",
        doc="The part of a text from a position on, counted from 1; a negative position counts from the end.",
        examples={'substring("foobar", 3)': '"obar"'},
    )
    def substring(text: str, start: float, length: float | None = None) -> object: ...

The checker, the interpreter, the column backend, the reference page and the tests all read this one declaration.
A name declared again gets a further *signature* (`date(from)` and `date(year, month, day)`).

In a signature `name?: type` may be left out, `name: type?` takes null as a value, `name...: type` takes any number
of values, at least one where it is the only parameter, and `string | date` takes either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import TypeAlias, TypeVar

from rules_engine.feel.builtins.totals import Scalar, TotalRule
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
    ContextOf,
    ListOf,
    RangeOf,
    Type,
)
from rules_engine.records import dataclass

ResultRule: TypeAlias = Callable[[tuple[Type, ...]], Type]
S = TypeVar("S", bound=Scalar)

_NAMED_TYPES: dict[str, Type] = {
    "Any": ANY,
    "Null": NULL,
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "date": DATE,
    "time": TIME,
    "date and time": DATE_AND_TIME,
    "days and time duration": DAYS_TIME_DURATION,
    "years and months duration": YEARS_MONTHS_DURATION,
    "list": ListOf(ANY),
    "range": RangeOf(ANY),
    "context": ContextOf(()),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a signature.

    `types` are the alternatives (usually one). A list parameter takes a single value as a list of one, any other a
    list of one as its only item (the standard's implicit conversions). `nullable`: null is a value like others;
    otherwise a null argument makes the result null. `variadic`: any number of values, only as the last one.
    """

    name: str
    types: tuple[Type, ...]
    optional: bool = False
    variadic: bool = False
    nullable: bool = False

    @property
    def type(self) -> Type:
        """The type, or `ANY` where several are taken."""
        return self.types[0] if len(self.types) == 1 else ANY


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function: its parameters, what it gives and the code.

    `result` is the type of a non-null result for the given argument types (same order as `parameters`; a missing
    optional one is left out). `total`: never null unless an argument is null, or for which arguments that is so;
    others may be null for bad values.
    """

    parameters: tuple[Parameter, ...]
    result: Type | ResultRule
    scalar: Scalar
    total: bool | TotalRule = False
    text: str = ""

    def result_type(self, arguments: tuple[Type, ...]) -> Type:
        return self.result(arguments) if callable(self.result) else self.result

    def is_total(self, arguments: tuple[Type, ...]) -> bool:
        """Whether arguments of these types always give a result; what is written as a constant has its own type."""
        return self.total(self.scalar, arguments) if callable(self.total) else self.total

    @property
    def fewest(self) -> int:
        """How many arguments it needs at least: of any number of values alone one."""
        return max(sum(not (p.optional or p.variadic) for p in self.parameters), int(self.most is None))

    @property
    def most(self) -> int | None:
        """How many arguments it takes at most; None: any number."""
        return None if self.parameters and self.parameters[-1].variadic else len(self.parameters)

    def takes(self, count: int) -> bool:
        """Whether `count` positional arguments fit."""
        return self.fewest <= count and (self.most is None or count <= self.most)

    def takes_names(self, names: frozenset[str]) -> bool:
        """Whether named arguments with these names fit."""
        known = {p.name for p in self.parameters}
        return names <= known and all(p.optional or p.variadic or p.name in names for p in self.parameters)


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the language: its name, its signatures and what the reference says of it.

    `examples` maps expressions to the text of their values; a test runs them. `group` is the section of the
    reference. `columns` is the optional whole-column implementation; without it `scalar` is run once per distinct
    value. `ambient`: reads the clock of the evaluation (`now`, `today`), so it is no function of its arguments.
    """

    name: str
    signatures: tuple[Signature, ...]
    doc: str
    group: str
    examples: tuple[tuple[str, str], ...] = ()
    columns: Callable[..., object] | None = field(default=None, compare=False)
    ambient: bool = False


class Registry:
    """The functions that an expression may call, by name. Copy it before adding to a shared one."""

    def __init__(self, builtins: Mapping[str, Builtin] | None = None) -> None:
        self._builtins: dict[str, Builtin] = dict(builtins or {})

    def __contains__(self, name: str) -> bool:
        return name in self._builtins

    def __iter__(self) -> Iterator[Builtin]:
        return iter(self._builtins.values())

    def __len__(self) -> int:
        return len(self._builtins)

    def get(self, name: str) -> Builtin | None:
        return self._builtins.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._builtins)

    def copy(self) -> Registry:
        return Registry(self._builtins)

    def extend(self, *others: Registry) -> Registry:
        """A new registry with the functions of `others` added; two functions of one name are a `ValueError`."""
        merged = self.copy()
        for other in others:
            for builtin in other:
                merged.add(builtin)
        return merged

    def add(self, builtin: Builtin) -> None:
        """Adds a function of a new name."""
        if builtin.name in self._builtins:
            raise ValueError(f"a function named {builtin.name!r} exists already")
        self._builtins[builtin.name] = builtin

    def function(
        self,
        signature: str,
        *,
        doc: str = "",
        group: str = "",
        examples: Mapping[str, str] | None = None,
        result: ResultRule | None = None,
        total: bool | TotalRule = False,
        ambient: bool = False,
        columns: Callable[..., object] | None = None,
    ) -> Callable[[S], S]:
        """Declares the decorated code as a function, or as a further signature of one declared before.

        `signature` is read as the module's docstring shows; `result` refines the result type by the arguments'.
        `columns` is a second form over whole columns (Polars expressions) that must give the same values.
        """
        name, parameters, returns = read_signature(signature)

        def declare(scalar: S) -> S:
            added = Signature(parameters, result or returns, scalar, total, signature)
            known = self._builtins.get(name)
            new = tuple((examples or {}).items())
            if known is None:
                self._builtins[name] = Builtin(name, (added,), doc, group, new, columns, ambient)
            else:
                self._builtins[name] = replace(
                    known, signatures=(*known.signatures, added), examples=(*known.examples, *new)
                )
            return scalar

        return declare


_SIGNATURE = re.compile(r"\s*([^(]+?)\s*\((.*)\)\s*->\s*(.+?)\s*", re.DOTALL)


def read_signature(text: str) -> tuple[str, tuple[Parameter, ...], Type]:
    """`"substring(string: string, length?: number) -> string"` → name, parameters, result type."""
    found = _SIGNATURE.fullmatch(text)
    if found is None:
        raise ValueError(f"not a signature: {text!r}")
    name, inside, returns = found.groups()
    parameters = tuple(_read_parameter(part) for part in _split_outside_brackets(inside) if part.strip())
    return name, parameters, read_type(returns)


def _read_parameter(text: str) -> Parameter:
    name, _, types = (part.strip() for part in text.partition(":"))
    optional, variadic, nullable = name.endswith("?"), name.endswith("..."), types.endswith("?")
    alternatives = tuple(read_type(part) for part in types.removesuffix("?").split("|"))
    return Parameter(name.rstrip("?."), alternatives, optional, variadic, nullable)


def _split_outside_brackets(text: str) -> list[str]:
    return re.split(r",(?![^<]*>)", text)


def read_type(text: str) -> Type:
    """`"list<number>"` → `ListOf(NUMBER)`; an unknown name is a `ValueError`."""
    text = text.strip()
    if text in _NAMED_TYPES:
        return _NAMED_TYPES[text]
    outer, bracket, inner = text.partition("<")
    if bracket and inner.endswith(">"):
        if outer == "list":
            return ListOf(read_type(inner[:-1]))
        if outer == "range":
            return RangeOf(read_type(inner[:-1]))
    raise ValueError(f"not a type: {text!r}")
