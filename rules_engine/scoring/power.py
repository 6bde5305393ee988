"""2^x by one fixed sequence of binary64 operations, so that decay is the same on every machine and in every backend.

The C library's exp2 may differ in the last bit between systems and between CPython and compiled code. Here: a table of
2^(-j/2048), each entry correctly rounded from integer arithmetic, times a cubic in the rest, which is below 2^-12.
The error is below 2 units in the last place.
"""

from __future__ import annotations

from math import floor, isqrt

_BITS = 160


def _table() -> list[float]:
    root = 2 << _BITS
    for _ in range(11):  # 2^(1/2048) in fixed point, by eleven square roots
        root = isqrt(root << _BITS)
    power, table = 1 << _BITS, []
    for _ in range(2048):
        table.append(power / (1 << _BITS))
        power = (power * root) >> _BITS
    return table


_RISING = _table()
POWERS = [_RISING[-j & 2047] * 0.5 ** ((j + 2047) >> 11) for j in range(2049)]  # 2^(-j/2048)
C1 = 0.6931471805599453 * 2.0**-11  # ln 2 for a 2048th
C2 = 0.24022650695910072 * 2.0**-22  # (ln 2)^2 / 2
C3 = 0.05550410866482158 * 2.0**-33  # (ln 2)^3 / 6


WHOLE = 6755399441055744.0  # 1.5 * 2^52: what is added to it is rounded
NEARLY_2048 = 2048.0 - 2.0**-40  # what lies between two cells belongs to the upper one


HALVES = [2.0**-k for k in range(1075)]  # exact; what is further down is nothing


def halved(x: float, times: int) -> float:
    """x / 2^times, for -1075 < times: exact, but for what is too small for a double."""
    if times < 0:
        return x / HALVES[-times]
    return x * HALVES[times] if times < 1075 else 0.0


def power_of_two(x: float) -> float:
    """2^x for -1 <= x <= 0; whole numbers are left to `halved`, which is exact."""
    cell = x * NEARLY_2048 + WHOLE - WHOLE
    rest = x * 2048.0 - cell
    return POWERS[-floor(cell)] * (1.0 + rest * (C1 + rest * (C2 + rest * C3)))
