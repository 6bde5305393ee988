"""A condition written in several lines: `all`, `any` or `none` of them, nested as wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Literal

from rules_engine.feel import ast
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Lines:
    """`all: [lead.nps > 8, none: [lead.status = "staff"]]`; at least one part each."""

    kind: Literal["all", "any", "none"]
    parts: tuple[ast.Expression | Lines, ...]

    def expressions(self) -> tuple[ast.Expression, ...]:
        """The expressions, in the order of the text."""
        return tuple(
            expression
            for part in self.parts
            for expression in (part.expressions() if isinstance(part, Lines) else (part,))
        )

    def turned(self, outside: bool = False) -> tuple[bool, ...]:
        """For each expression, whether it stands in `none`, so that being true speaks against the whole."""
        here = outside != (self.kind == "none")
        return tuple(
            turned for part in self.parts for turned in (part.turned(here) if isinstance(part, Lines) else (here,))
        )

    def combined(self, expressions: Sequence[ast.Expression]) -> ast.Expression:
        """One expression that says the same, of `expressions` in the place of its own."""
        return self._combined(iter(expressions))

    def _combined(self, expressions: Iterator[ast.Expression]) -> ast.Expression:
        parts = [part._combined(expressions) if isinstance(part, Lines) else next(expressions) for part in self.parts]
        if self.kind == "all":
            return reduce(ast.And, parts)
        either = reduce(ast.Or, parts)
        return either if self.kind == "any" else ast.Call("not", (ast.Argument(None, either),))
