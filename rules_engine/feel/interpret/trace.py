"""Watching an evaluation: the value of every part of an expression, and why a null is null."""

from __future__ import annotations

from collections.abc import Mapping

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.interpret.compile import Compiler
from rules_engine.feel.interpret.reasons import recording
from rules_engine.feel.interpret.scope import Run, Scope
from rules_engine.feel.values import from_feel
from rules_engine.records import dataclass

MAX_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an expression as it was evaluated: its node, its value, and the reasons if that is null.

    `parts` are those evaluated for it, in order: what was not needed is not there, and what a loop runs is there once
    for each round.
    """

    node: ast.Expression
    value: object
    reasons: tuple[str, ...]
    parts: tuple[Part, ...]


class Tracer:
    """Collects `Part`s while closures run."""

    def __init__(self, reasons: list[str]) -> None:
        self._open: list[list[Part]] = [[]]
        self._reasons = reasons
        self._count = 0

    @property
    def root(self) -> Part:
        return self._open[0][0]

    def watch(self, node: ast.Expression, run: Run) -> Run:
        """The closure, told about."""

        def watched(scope: Scope) -> object:
            self._open.append([])
            before = len(self._reasons)
            value = run(scope)
            parts = self._open.pop()
            reasons = tuple(self._reasons[before:])
            del self._reasons[before:]
            self._count += 1
            if self._count <= MAX_PARTS or len(self._open) == 1:
                self._open[-1].append(Part(node, from_feel(value), reasons if value is None else (), tuple(parts)))
            return value

        return watched


def trace(node: ast.Expression, scope: Mapping[str, object], functions: Registry) -> Part:
    """Evaluates and tells all. Slower than running the compiled expression, with the same value."""
    with recording() as reasons:
        tracer = Tracer(reasons)
        Compiler(functions, tracer).compile(node)(scope)
        return tracer.root
