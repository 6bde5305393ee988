"""Random expressions in the part of FEEL that both engines claim: strings, lists, numbers, paths, quantifiers.

Typed, because engines may differ in what they make of a text where a number is wanted; nulls come from the context.
What is known to differ is left out here and kept in `differences.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

CONTEXTS: tuple[dict[str, object], ...] = (
    {
        "lead": {"title": "VP of Sales", "country": "US", "nps": 9, "score": 12.5, "staff": False},
        "tags": ["a", "b", "crm"],
        "visits": [3, 1, 7],
        "orders": [{"sku": "a", "amount": 10}, {"sku": "b", "amount": 2.5}],
    },
    {
        "lead": {"title": None, "country": "", "nps": None, "score": 0, "staff": None},
        "tags": [],
        "visits": [0.5, 0.25, -4],
        "orders": [],
    },
    {
        "lead": {"title": "é", "country": "crm", "nps": -1, "score": None, "staff": True},
        "tags": ["crm"],
        "visits": [2],
        "orders": [{"sku": "crm", "amount": 0}],
    },
)

_NUMBERS = ("0", "1", "2", "0.5", "10", "3.25", "lead.nps", "lead.score", "visits[1]", "orders[1].amount")
_TEXTS = ('"a"', '""', '"crm"', '"VP"', '"é"', "lead.title", "lead.country", "tags[1]", "orders[1].sku")


class Maker:
    """Makes expressions of a wanted type, `depth` levels deep at most."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def one_of(self, *texts: str) -> str:
        return self.random.choice(texts)

    def expression(self, depth: int = 3) -> str:
        return self.random.choice((self.boolean, self.boolean, self.number, self.string, self.list))(depth)

    def number(self, depth: int) -> str:
        n = depth - 1
        if depth <= 0 or self.random.random() < 0.15:
            return self.one_of(*_NUMBERS)
        makers: tuple[Callable[[], str], ...] = (
            lambda: f"({self.number(n)} {self.one_of('+', '-', '*', '/')} {self.number(n)})",
            lambda: f"(-({self.number(n)}))",
            lambda: f"(if {self.boolean(n)} then {self.number(n)} else {self.number(n)})",
            lambda: f"{self.one_of('count', 'sum', 'min', 'max')}({self.numbers(n)})",
            lambda: f"string length({self.string(n)})",
            lambda: f"{self.one_of('abs', 'floor', 'ceiling')}({self.number(n)})",
            lambda: f"{self.numbers(n)}[{self.one_of('1', '2', '-1', '9')}]",
            lambda: "count(orders.sku)",
        )
        return self.random.choice(makers)()

    def string(self, depth: int) -> str:
        n = depth - 1
        if depth <= 0 or self.random.random() < 0.15:
            return self.one_of(*_TEXTS)
        makers: tuple[Callable[[], str], ...] = (
            lambda: f"({self.string(n)} + {self.string(n)})",
            lambda: f"{self.one_of('upper case', 'lower case')}({self.string(n)})",
            lambda: f'substring("crm" + {self.string(n)}, {self.one_of("1", "2", "-1")})',
            lambda: f'substring("crm" + {self.string(n)}, {self.one_of("1", "-2")}, {self.one_of("1", "2")})',
            lambda: f"{self.one_of('substring before', 'substring after')}({self.string(n)}, {self.string(n)})",
            lambda: f"(if {self.boolean(n)} then {self.string(n)} else {self.string(n)})",
            lambda: f"string join({self.strings(n)}, {self.one_of(chr(34) + '-' + chr(34), chr(34) * 2)})",
            lambda: f"{self.strings(n)}[1]",
        )
        return self.random.choice(makers)()

    def boolean(self, depth: int) -> str:
        n = depth - 1
        if depth <= 0 or self.random.random() < 0.1:
            return self.one_of("true", "false", "lead.staff", "lead.nps = null", "lead.title != null")
        order, equals = self.one_of("=", "!=", "<", "<=", ">", ">="), self.one_of("=", "!=")
        makers: tuple[Callable[[], str], ...] = (
            lambda: f"({self.number(n)} {order} {self.number(n)})",
            lambda: f"({self.string(n)} {order} {self.string(n)})",
            lambda: f"({self.boolean(n)} {self.one_of('and', 'or')} {self.boolean(n)})",
            lambda: f"({self.boolean(n)} {self.one_of('and', 'or')} {self.boolean(n)})",
            lambda: f"not({self.boolean(n)})",
            lambda: f"({self.number(n)} between {self.one_of('-2', '0')} and {self.one_of('1', '9.5')})",
            lambda: f"({self.number(n)} in {self.one_of('[', '(')}0..5{self.one_of(']', ')')})",
            lambda: f"({self.string(n)} in ({self.string(n)}, {self.string(n)}))",
            lambda: f"({self.number(n)} in ({self.one_of('1', '9')}, > {self.one_of('2', '10')}))",
            lambda: f"{self.one_of('starts with', 'ends with', 'contains')}({self.string(n)}, {self.string(n)})",
            lambda: f"list contains({self.numbers(n)}, {self.number(n)})",
            lambda: f"({self.quantifier()} x in {self.numbers(n)} satisfies (x {equals} {self.number(n)}))",
            lambda: f"({self.quantifier()} s in {self.strings(n)} satisfies (s {equals} {self.string(n)}))",
            lambda: f"({self.quantifier()} x in {self.one_of('visits', '[1, 2, 3]')} satisfies (x {order} 2))",
            lambda: f"({self.quantifier()} o in orders satisfies (o.amount {order} {self.one_of('0', '5')}))",
        )
        return self.random.choice(makers)()

    def quantifier(self) -> str:
        return self.one_of("some", "every")

    def numbers(self, depth: int) -> str:
        n = depth - 1
        if depth <= 0:
            return self.one_of("visits", "[1, 2, 3]", "[]", "orders.amount")
        makers: tuple[Callable[[], str], ...] = (
            lambda: f"[{self.number(n)}, {self.number(n)}]",
            lambda: f"(for x in {self.numbers(n)} return x {self.one_of('+', '*')} {self.number(n)})",
            lambda: f"{self.numbers(n)}[item {self.one_of('<', '>')} {self.number(n)}]",
            lambda: f"{self.one_of('reverse', 'flatten', 'distinct values')}({self.numbers(n)})",
            lambda: f"concatenate({self.numbers(n)}, {self.numbers(n)})",
            lambda: f"append({self.numbers(n)}, {self.number(n)})",
            lambda: "(for x in 1..3 return x * x)",
        )
        return self.random.choice(makers)()

    def strings(self, depth: int) -> str:
        n = depth - 1
        if depth <= 0:
            return self.one_of("tags", '["a", "b"]', "orders.sku")
        makers: tuple[Callable[[], str], ...] = (
            lambda: f"[{self.string(n)}, {self.string(n)}]",
            lambda: f"(for t in {self.strings(n)} return t + {self.string(n)})",
            lambda: f"{self.strings(n)}[item = {self.one_of(chr(34) + 'a' + chr(34), 'lead.country')}]",
            lambda: f"orders[amount > {self.number(n)}].sku",
            lambda: f'split({self.string(n)}, " ")',
        )
        return self.random.choice(makers)()

    def list(self, depth: int) -> str:
        return self.random.choice((self.numbers, self.strings))(depth)
