"""What a compiled function takes, as text: `"u4[] row, i8[,] values, i8 leads, b1 wanted -> i8"`.

A type is that of numpy by its short name (`i8`, `u4`, `f8`, `b1`), or the name of a record; `[]`, `[,]` and `[,,]` make
it an array of one, two or three dimensions, in the order of C. Single numbers are `i8` or `b1`. The names are those of
the parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rules_engine.records import dataclass

_PARAMETER = re.compile(r"(?P<type>\w+)(?P<array>\[,*\])?\s+(?P<name>\w+)")
_ARRAYS = re.compile(r"\[,*\]")
SCALARS = ("i8", "b1")
NUMBERS = frozenset({"i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "b1"})


class SignatureError(ValueError):
    """A signature that cannot be read, or arguments that are not what it says."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `dimensions` is 0 for a number."""

    type: str
    dimensions: int
    name: str

    @property
    def cells(self) -> int:
        """How many cells of a block of arguments it takes: an address and the lengths, or the number."""
        return 1 + self.dimensions


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters in order, and whether a whole number comes back."""

    parameters: tuple[Parameter, ...]
    gives: bool


def parse_signature(text: str, records: Mapping[str, Any] | None = None) -> Signature:
    """Reads a signature; `records` are the record types that it may name. Raises `SignatureError`."""
    taken, arrow, given = text.partition("->")
    if arrow and given.strip() != "i8":
        raise SignatureError(f"only i8 can come back, not {given.strip()}")
    parameters = []
    # the commas within brackets count dimensions
    shielded = _ARRAYS.sub(lambda found: found[0].replace(",", ";"), taken)
    for part in shielded.split(",") if shielded.strip() else ():
        found = _PARAMETER.fullmatch(part.strip().replace(";", ","))
        if found is None:
            raise SignatureError(f"cannot read {part.strip()!r} of {text!r}")
        of, array = found["type"], found["array"]
        if of not in NUMBERS and of not in (records or {}):
            raise SignatureError(f"no type {of!r}")
        if array is None and of not in SCALARS:
            raise SignatureError(f"a single number is one of {', '.join(SCALARS)}, not {of}")
        parameters.append(Parameter(of, len(array) - 1 if array else 0, found["name"]))
    return Signature(tuple(parameters), bool(arrow))
