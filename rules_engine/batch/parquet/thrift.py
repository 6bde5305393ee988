"""The few kinds of values of Thrift's compact protocol that the description of a Parquet file is made of.

A structure is a mapping from the number of a field to a value that says how it is written: `i32(5)`, `text("name")`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = tuple[int, bytes]  # the type's number, and the value
Fields: TypeAlias = Mapping[int, Value]

_TRUE, _FALSE, _I8, _I16, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 2, 3, 4, 5, 6, 8, 9, 12
_STOP = b"\x00"


def varint(number: int) -> bytes:
    """A whole number, not negative, seven bits in a byte, the lowest first."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _zigzag(number: int) -> bytes:
    return varint((number << 1) ^ (number >> 63))


def truth(value: bool) -> Value:
    """A boolean, as a field."""
    return (_TRUE if value else _FALSE), b""


def i8(number: int) -> Value:
    """A whole number of 8 bits."""
    return _I8, number.to_bytes(1, "little", signed=True)


def i16(number: int) -> Value:
    """A whole number of 16 bits."""
    return _I16, _zigzag(number)


def i32(number: int) -> Value:
    """A whole number of 32 bits."""
    return _I32, _zigzag(number)


def i64(number: int) -> Value:
    """A whole number of 64 bits."""
    return _I64, _zigzag(number)


def binary(value: bytes) -> Value:
    """Bytes."""
    return _BINARY, varint(len(value)) + value


def text(value: str) -> Value:
    """Text, as UTF-8."""
    return binary(value.encode())


def struct(fields: Fields) -> Value:
    """A structure within another."""
    return _STRUCT, structure(fields)


def several(values: Sequence[Value], *, of_structs: bool = False) -> Value:
    """A list of values of one type; where it may be empty, only one of structures."""
    kind, count = _STRUCT if of_structs else values[0][0], len(values)
    head = bytes([count << 4 | kind]) if count < 15 else bytes([0xF0 | kind]) + varint(count)
    return _LIST, head + b"".join(value for _, value in values)


def structure(fields: Fields) -> bytes:
    """A structure that stands by itself."""
    found, last = [], 0
    for number, (kind, value) in sorted(fields.items()):
        step = number - last
        found.append(bytes([step << 4 | kind]) if step < 16 else bytes([kind]) + _zigzag(number))
        found.append(value)
        last = number
    return b"".join(found) + _STOP
