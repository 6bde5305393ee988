"""Numeric functions (10.3.4.5). Rounding works on decimal digits, not on binary ones."""

from __future__ import annotations

import math
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
)

from rules_engine.feel.builtins.decimals import decimal_of, rounded
from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.builtins.totals import (
    above_zero,
    at_least_zero,
    divisor_not_zero,
    scale_in_range,
    small_exponent,
)
from rules_engine.feel.interpret.arithmetic import finite
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.values import DaysTimeDuration, YearsMonthsDuration

GROUP = "Numbers"


@standard.function(
    "decimal(n: number, scale: number) -> number",
    group=GROUP,
    doc="The number with `scale` digits after the decimal point; a half goes to the even digit.",
    examples={"decimal(1/3, 2)": "0.33", "decimal(1.5, 0)": "2", "decimal(2.5, 0)": "2", "decimal(1250, -2)": "1200"},
    total=scale_in_range,
)
def decimal(n: float, scale: float) -> object:
    return rounded(n, scale, ROUND_HALF_EVEN)


@standard.function(
    "floor(n: number, scale?: number) -> number",
    group=GROUP,
    doc="The greatest number with `scale` digits (none, when left out) that is not above `n`.",
    examples={"floor(1.5)": "1", "floor(-1.56, 1)": "-1.6"},
    total=scale_in_range,
)
def floor(n: float, scale: float = 0.0) -> object:
    return rounded(n, scale, ROUND_FLOOR)


@standard.function(
    "ceiling(n: number, scale?: number) -> number",
    group=GROUP,
    doc="The smallest number with `scale` digits (none, when left out) that is not below `n`.",
    examples={"ceiling(1.5)": "2", "ceiling(-1.56, 1)": "-1.5"},
    total=scale_in_range,
)
def ceiling(n: float, scale: float = 0.0) -> object:
    return rounded(n, scale, ROUND_CEILING)


@standard.function(
    "round up(n: number, scale: number) -> number",
    group=GROUP,
    doc="Rounds away from zero to `scale` digits.",
    examples={"round up(5.5, 0)": "6", "round up(-5.5, 0)": "-6", "round up(1.121, 2)": "1.13"},
    total=scale_in_range,
)
def round_up(n: float, scale: float) -> object:
    return rounded(n, scale, ROUND_UP)


@standard.function(
    "round down(n: number, scale: number) -> number",
    group=GROUP,
    doc="Rounds towards zero to `scale` digits.",
    examples={"round down(5.5, 0)": "5", "round down(-1.126, 2)": "-1.12"},
    total=scale_in_range,
)
def round_down(n: float, scale: float) -> object:
    return rounded(n, scale, ROUND_DOWN)


@standard.function(
    "round half up(n: number, scale: number) -> number",
    group=GROUP,
    doc="Rounds to the nearest number with `scale` digits; a half goes away from zero.",
    examples={"round half up(5.5, 0)": "6", "round half up(-5.5, 0)": "-6", "round half up(1.125, 2)": "1.13"},
    total=scale_in_range,
)
def round_half_up(n: float, scale: float) -> object:
    return rounded(n, scale, ROUND_HALF_UP)


@standard.function(
    "round half down(n: number, scale: number) -> number",
    group=GROUP,
    doc="Rounds to the nearest number with `scale` digits; a half goes towards zero.",
    examples={"round half down(5.5, 0)": "5", "round half down(1.126, 2)": "1.13"},
    total=scale_in_range,
)
def round_half_down(n: float, scale: float) -> object:
    return rounded(n, scale, ROUND_HALF_DOWN)


@standard.function(
    "abs(n: number) -> number",
    group=GROUP,
    doc="The number, or the duration, without its sign.",
    examples={"abs(-10)": "10", 'abs(@"-PT5H")': '@"PT5H"'},
    total=True,
)
def abs_number(n: float) -> object:
    return abs(n)


@standard.function("abs(n: days and time duration) -> days and time duration", total=True)
def abs_days_time(n: DaysTimeDuration) -> object:
    return DaysTimeDuration(abs(n.nanos))


@standard.function("abs(n: years and months duration) -> years and months duration", total=True)
def abs_years_months(n: YearsMonthsDuration) -> object:
    return YearsMonthsDuration(abs(n.months))


@standard.function(
    "modulo(dividend: number, divisor: number) -> number",
    group=GROUP,
    doc="What remains of a division, with the sign of the divisor.",
    examples={"modulo(12, 5)": "2", "modulo(-12, 5)": "3", "modulo(12, -5)": "-3", "modulo(10.1, 4.5)": "1.1"},
    total=divisor_not_zero,
)
def modulo(dividend: float, divisor: float) -> object:
    if divisor == 0:
        return undefined("division by zero")
    if dividend.is_integer() and divisor.is_integer():
        return float(int(dividend) % int(divisor))
    if max(abs(dividend), abs(divisor)) > 1e15 * min(abs(dividend) or 1.0, abs(divisor)):
        return finite(dividend % divisor)
    left, right = decimal_of(dividend), decimal_of(divisor)
    return float(left - right * (left / right).to_integral_value(ROUND_FLOOR)) + 0.0


@standard.function(
    "sqrt(number: number) -> number",
    group=GROUP,
    doc="The square root; null for a negative number.",
    examples={"sqrt(16)": "4", "sqrt(-1)": "null"},
    total=at_least_zero,
)
def sqrt(number: float) -> object:
    return math.sqrt(number) if number >= 0 else undefined("a negative number has no square root")


@standard.function(
    "log(number: number) -> number",
    group=GROUP,
    doc="The natural logarithm; null for zero and negative numbers.",
    examples={"decimal(log(10), 8)": "2.30258509", "log(0)": "null"},
    total=above_zero,
)
def log(number: float) -> object:
    return math.log(number) if number > 0 else undefined("only a number above zero has a logarithm")


@standard.function(
    "exp(number: number) -> number",
    group=GROUP,
    doc="e to the power of the number.",
    examples={"decimal(exp(5), 8)": "148.4131591"},
    total=small_exponent,
)
def exp(number: float) -> object:
    return math.exp(number)


@standard.function(
    "odd(number: number) -> boolean",
    group=GROUP,
    doc="Whether a whole number is odd.",
    examples={"odd(5)": "true", "odd(2)": "false"},
    total=True,
)
def odd(number: float) -> object:
    return number % 2 == 1


@standard.function(
    "even(number: number) -> boolean",
    group=GROUP,
    doc="Whether a whole number is even.",
    examples={"even(5)": "false", "even(2)": "true"},
    total=True,
)
def even(number: float) -> object:
    return number % 2 == 0
