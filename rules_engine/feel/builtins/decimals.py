"""Decimal arithmetic for functions, over the shortest text of a double: 1.15 is 1.15 here, not 1.149999….

34 digits, as the standard's numbers have them.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Overflow, Underflow

from rules_engine.feel.interpret.arithmetic import finite
from rules_engine.feel.interpret.reasons import undefined

CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[Overflow])
CONTEXT.traps[Underflow] = False

LARGEST_SCALE = 6176
SMALLEST_SCALE = -6111


def decimal_of(number: float) -> Decimal:
    """0.1 → Decimal("0.1")"""
    return Decimal(repr(number))


def number_text(number: float) -> str:
    """0.1 → "0.1", 3.0 → "3", 1e21 → "1000000000000000000000"."""
    if number == 0:
        return "0"
    if number.is_integer() and abs(number) < 1e16:
        return str(int(number))
    text = format(decimal_of(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(number: float, scale: float, mode: str) -> object:
    """The number with `scale` digits after the point (before it, when negative), rounded by a mode of `decimal`."""
    digits = int(scale)
    if not SMALLEST_SCALE <= digits <= LARGEST_SCALE:
        return undefined(f"a scale is from {SMALLEST_SCALE} to {LARGEST_SCALE}")
    value = decimal_of(number)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return number
    unit = Decimal((0, (1,), -digits))
    result = value.quantize(unit, rounding=mode, context=Context(prec=700, Emin=-9999, Emax=9999))
    return finite(float(result) + 0.0)
