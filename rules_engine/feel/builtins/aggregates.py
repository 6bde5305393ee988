"""List functions (10.3.4.4) that make one value of many. Each takes a list, or the values themselves.

Sums and means are of decimals with 34 digits, as in the standard: `sum([0.1, 0.2])` is 0.3.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal

from rules_engine.feel.builtins.decimals import CONTEXT, decimal_of
from rules_engine.feel.builtins.lists import item_type
from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.interpret.arithmetic import finite, number_of
from rules_engine.feel.interpret.compare import order
from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.types import Type

GROUP = "Lists"
_EXACT = 2.0**53


def _common(arguments: tuple[Type, ...]) -> Type:
    """The one type of all values, where they have one."""
    items = {item_type((argument,)) for argument in arguments}
    return items.pop() if len(items) == 1 else item_type(())


def _numbers(items: list[object]) -> list[float] | None:
    """The items if they are numbers, at least one; else null."""
    if not items:
        return undefined("the list is empty")
    numbers: list[float] = []
    for item in items:
        number = number_of(item)
        if number is None:
            return undefined(f"a number is wanted, not {kind(item)}")
        numbers.append(number)
    return numbers


def _decimal_sum(numbers: list[float]) -> Decimal:
    total = Decimal(0)
    for number in numbers:
        total = CONTEXT.add(total, decimal_of(number))
    return total


def _sum(numbers: list[float]) -> float:
    if all(map(float.is_integer, numbers)) and sum(map(abs, numbers)) <= _EXACT:
        return math.fsum(numbers)
    return float(_decimal_sum(numbers))


def _extreme(items: list[object], wanted: int) -> object:
    if not items:
        return undefined("the list is empty")
    best = items[0]
    if order(best, best) is None:
        return undefined(f"{kind(best)} has no order")
    for item in items[1:]:
        found = order(item, best)
        if found is None:
            return undefined(f"no order of {kind(item)} and {kind(best)}")
        if found == wanted:
            best = item
    return best


@standard.function(
    "min(list: list) -> Any",
    group=GROUP,
    doc="The least of several values that have an order: numbers, texts, dates, times, durations.",
    examples={"min([1, 2, 3])": "1", "min(2, 1)": "1", "min([])": "null"},
    result=_common,
)
def min_of_list(items: list[object]) -> object:
    return _extreme(items, -1)


@standard.function("min(c...: Any?) -> Any", result=_common)
def min_of_values(*items: object) -> object:
    return _extreme(list(items), -1)


@standard.function(
    "max(list: list) -> Any",
    group=GROUP,
    doc="The greatest of several values that have an order.",
    examples={"max([1, 2, 3])": "3", 'max(@"2026-01-01", @"2026-02-01")': '@"2026-02-01"'},
    result=_common,
)
def max_of_list(items: list[object]) -> object:
    return _extreme(items, 1)


@standard.function("max(c...: Any?) -> Any", result=_common)
def max_of_values(*items: object) -> object:
    return _extreme(list(items), 1)


@standard.function(
    "sum(list: list<number>) -> number",
    group=GROUP,
    doc="The sum of numbers; null for an empty list.",
    examples={"sum([1, 2, 3])": "6", "sum([0.1, 0.2])": "0.3", "sum(1, 2)": "3", "sum([])": "null"},
)
def sum_of_list(items: list[object]) -> object:
    numbers = _numbers(items)
    return None if numbers is None else finite(_sum(numbers))


@standard.function("sum(n...: Any?) -> number")
def sum_of_values(*items: object) -> object:
    return sum_of_list(list(items))


@standard.function(
    "mean(list: list<number>) -> number",
    group=GROUP,
    doc="The arithmetic mean; null for an empty list.",
    examples={"mean([1, 2, 3])": "2", "mean([])": "null"},
)
def mean_of_list(items: list[object]) -> object:
    numbers = _numbers(items)
    if numbers is None:
        return None
    return finite(float(CONTEXT.divide(_decimal_sum(numbers), Decimal(len(numbers)))))


@standard.function("mean(n...: Any?) -> number")
def mean_of_values(*items: object) -> object:
    return mean_of_list(list(items))


@standard.function(
    "product(list: list<number>) -> number",
    group=GROUP,
    doc="The product of numbers; null for an empty list.",
    examples={"product([2, 3, 4])": "24", "product(2, 3, 4)": "24"},
)
def product_of_list(items: list[object]) -> object:
    numbers = _numbers(items)
    if numbers is None:
        return None
    total = Decimal(1)
    for number in numbers:
        total = CONTEXT.multiply(total, decimal_of(number))
    return finite(float(total))


@standard.function("product(n...: Any?) -> number")
def product_of_values(*items: object) -> object:
    return product_of_list(list(items))


@standard.function(
    "median(list: list<number>) -> number",
    group=GROUP,
    doc="The middle one of the sorted numbers, or the mean of the two in the middle; null for an empty list.",
    examples={"median(8, 2, 5, 3, 4)": "4", "median([6, 1, 2, 3])": "2.5", "median([])": "null"},
)
def median_of_list(items: list[object]) -> object:
    numbers = _numbers(items)
    if numbers is None:
        return None
    numbers.sort()
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return finite(float(CONTEXT.divide(_decimal_sum(numbers[middle - 1 : middle + 1]), Decimal(2))))


@standard.function("median(n...: Any?) -> number")
def median_of_values(*items: object) -> object:
    return median_of_list(list(items))


@standard.function(
    "stddev(list: list<number>) -> number",
    group=GROUP,
    doc="The standard deviation of a sample; null for fewer than two numbers.",
    examples={"stddev([2, 4, 7, 5])": "2.0816659994661326", "stddev([47])": "null"},
)
def stddev_of_list(items: list[object]) -> object:
    numbers = _numbers(items)
    if numbers is None:
        return None
    if len(numbers) < 2:
        return undefined("a deviation wants two numbers at least")
    mean = CONTEXT.divide(_decimal_sum(numbers), Decimal(len(numbers)))
    squares = Decimal(0)
    for number in numbers:
        away = CONTEXT.subtract(decimal_of(number), mean)
        squares = CONTEXT.add(squares, CONTEXT.multiply(away, away))
    return finite(float(CONTEXT.sqrt(CONTEXT.divide(squares, Decimal(len(numbers) - 1)))))


@standard.function("stddev(n...: Any?) -> number")
def stddev_of_values(*items: object) -> object:
    return stddev_of_list(list(items))


@standard.function(
    "mode(list: list<number>) -> list<number>",
    group=GROUP,
    doc="The numbers that occur most often, in ascending order; empty for an empty list.",
    examples={"mode([6, 3, 9, 6, 6])": "[6]", "mode(6, 1, 9, 6, 1)": "[1, 6]", "mode([])": "[]"},
)
def mode_of_list(items: list[object]) -> object:
    if not items:
        return []
    numbers = _numbers(items)
    if numbers is None:
        return None
    counts = Counter(numbers)
    most = max(counts.values())
    return sorted(number for number, times in counts.items() if times == most)


@standard.function("mode(n...: Any?) -> list<number>")
def mode_of_values(*items: object) -> object:
    return mode_of_list(list(items))


def _all(items: list[object], decisive: bool) -> object:
    if any(item is decisive for item in items):
        return decisive
    if any(not isinstance(item, bool) for item in items):
        return undefined("an item is neither true nor false")
    return not decisive


@standard.function(
    "all(list: list<boolean>) -> boolean",
    group=GROUP,
    doc="False if an item is false, else true if all are true; null otherwise. True for an empty list.",
    examples={"all([true, false])": "false", "all([])": "true", "all([true, null])": "null"},
)
def all_of_list(items: list[object]) -> object:
    return _all(items, decisive=False)


@standard.function("all(b...: Any?) -> boolean")
def all_of_values(*items: object) -> object:
    return _all(list(items), decisive=False)


@standard.function(
    "any(list: list<boolean>) -> boolean",
    group=GROUP,
    doc="True if an item is true, else false if all are false; null otherwise. False for an empty list.",
    examples={"any([true, null])": "true", "any([])": "false", "any([false, null])": "null"},
)
def any_of_list(items: list[object]) -> object:
    return _all(items, decisive=True)


@standard.function("any(b...: Any?) -> boolean")
def any_of_values(*items: object) -> object:
    return _all(list(items), decisive=True)
