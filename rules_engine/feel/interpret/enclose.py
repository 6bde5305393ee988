"""Tree → closures that tell what an expression can give where some of what it reads is known by bounds only.

They are made like those of `compile.py`, and give the value where it is one value whatever lies between the bounds,
else `Bounds` of it, else `ANYTHING`. A part that reads nothing with bounds is evaluated as usual; of a form or function
that has no method here nothing is known where something in it has bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.interpret import bounded
from rules_engine.feel.interpret.bounded import ANYTHING, high_of, low_of
from rules_engine.feel.interpret.compile import Compiler, chain_of
from rules_engine.feel.interpret.loops import bind_item, names_of
from rules_engine.feel.interpret.scope import Run, Scope
from rules_engine.feel.syntax.walk import children, mentions
from rules_engine.feel.values import Range

Key: TypeAlias = tuple[str, ...]  # ("score", "fit"), ("now",)

BOUNDED = "#bounded"
"""Where a scope holds what is known by bounds only: a mapping from keys to `Bounds`, or to `ANYTHING` for what holds
something that has bounds. No expression can use this name, and parts that read none of it find values as usual."""

OF_NUMBERS = frozenset({"max", "mean", "median", "min", "sqrt", "sum"})
ROUNDING = frozenset({"ceiling", "decimal", "floor", "round down", "round half down", "round half up", "round up"})
"""Functions that do not fall where a number, or one in a list, rises: `ROUNDING` to a known number of digits."""

MOST_ROUNDS = 100  # of a loop; nothing is known of longer ones


def compile_enclosure(
    node: ast.Expression,
    functions: Registry,
    key_of: Callable[[ast.Node], Key | None],
    still: frozenset[int] = frozenset(),
) -> Run:
    """A closure from a scope with `BOUNDED` to the value, `Bounds` or `ANYTHING`.

    `key_of` tells under which key the bounds of a node are found, if it can have any. `still` are the ids of nodes to
    be evaluated as usual though something in them can have bounds. `FeelLimitError` is possible where the value gives
    none: branches are looked at that evaluation does not take.
    """
    return _Encloser(functions, key_of, still).compile(node)


class _Encloser:
    """Compiles trees; what reads nothing that can have bounds is left to the usual compiler.

    A method gives the closure for where something in the node has bounds, None where nothing is known then.
    """

    def __init__(self, functions: Registry, key_of: Callable[[ast.Node], Key | None], still: frozenset[int]) -> None:
        self.compiler = Compiler(functions)
        self.key_of = key_of
        self.still = still

    def compile(self, node: ast.Expression) -> Run:
        usual, keys = self.compiler.compile(node), self._keys(node)
        if not keys:
            return usual
        special = getattr(self, "_" + type(node).__name__, None)
        enclose = (cast(Callable[[Any], Run | None], special)(node) if special is not None else None) or _anything

        def run(scope: Scope) -> object:
            known = cast(Mapping[Key, object], scope[BOUNDED])
            return usual(scope) if keys.isdisjoint(known) else enclose(scope)

        return run

    def _keys(self, node: ast.Node) -> frozenset[Key]:
        """What can have bounds in a node."""
        found, stack = set(), [node]
        while stack:
            part = stack.pop()
            if id(part) in self.still:
                continue
            key = self.key_of(part)
            if key is None:
                stack.extend(children(part))
            else:
                found.add(key)
        return frozenset(found)

    def _read(self, node: ast.Expression) -> Run | None:
        key = self.key_of(node)
        return None if key is None else lambda scope: cast(Mapping[Key, object], scope[BOUNDED])[key]

    _Path = _Name = _read

    def _Negate(self, node: ast.Negate) -> Run:  # noqa: N802
        operand = self.compile(node.operand)
        return lambda scope: bounded.negated(operand(scope))

    def _Arithmetic(self, node: ast.Arithmetic) -> Run:  # noqa: N802
        left, right, op = self.compile(node.left), self.compile(node.right), node.op
        return lambda scope: bounded.calculated(op, left(scope), right(scope))

    def _Comparison(self, node: ast.Comparison) -> Run:  # noqa: N802
        left, right, op = self.compile(node.left), self.compile(node.right), node.op
        return lambda scope: bounded.compared(op, left(scope), right(scope))

    def _Between(self, node: ast.Between) -> Run:  # noqa: N802
        value, low, high = self.compile(node.value), self.compile(node.low), self.compile(node.high)

        def run(scope: Scope) -> object:
            found = value(scope)
            above, below = bounded.compared(">=", found, low(scope)), bounded.compared("<=", found, high(scope))
            return bounded.all_of((above, below))

        return run

    def _And(self, node: ast.And) -> Run:  # noqa: N802
        parts = [self.compile(part) for part in chain_of(node, ast.And)]
        return lambda scope: bounded.all_of(part(scope) for part in parts)

    def _Or(self, node: ast.Or) -> Run:  # noqa: N802
        parts = [self.compile(part) for part in chain_of(node, ast.Or)]
        return lambda scope: bounded.any_of(part(scope) for part in parts)

    def _If(self, node: ast.If) -> Run:  # noqa: N802
        condition = self.compile(node.condition)
        then, otherwise = self.compile(node.then), self.compile(node.otherwise)

        def run(scope: Scope) -> object:
            found = condition(scope)
            if found is ANYTHING:
                return bounded.either(then(scope), otherwise(scope))
            return then(scope) if found is True else otherwise(scope)

        return run

    # --- tests

    def _In(self, node: ast.In) -> Run | None:  # noqa: N802
        if any(mentions(test, "?") for test in node.tests):
            return None
        value = self.compile(node.value)
        tests = [self._test(test) for test in node.tests]

        def run(scope: Scope) -> object:
            found = value(scope)
            if found is ANYTHING or isinstance(found, list | Range):
                return ANYTHING
            return bounded.any_of(test(scope, found) for test in tests)

        return run

    def _test(self, test: ast.Test) -> Callable[[Scope, object], object]:
        if isinstance(test, ast.OpTest):
            end, op = self.compile(test.value), test.op
            return lambda scope, value: bounded.compared(op, value, end(scope))
        if not isinstance(test.value, ast.RangeLiteral):
            wanted = self.compile(test.value)
            return lambda scope, value: bounded.is_in(value, wanted(scope))
        node = test.value
        ends = [None if end is None else self.compile(end) for end in (node.low, node.high)]

        def run(scope: Scope, value: object) -> object:
            low, high = (None if end is None else end(scope) for end in ends)
            if any(end is not None and found is None for end, found in zip(ends, (low, high), strict=True)):
                return ANYTHING  # an end that is missing is no open one
            return bounded.is_within(value, low, high, node.low_closed, node.high_closed)

        return run

    # --- functions

    def _Call(self, node: ast.Call) -> Run | None:  # noqa: N802
        if self.key_of(node) is not None:
            return self._read(node)
        values = [argument.value for argument in node.arguments]
        if node.function in ("not", "abs") and len(values) == 1:
            operand, operate = self.compile(values[0]), _OF_ONE[node.function]
            return lambda scope: operate(operand(scope))
        arguments = [self._items(value) or self.compile(value) for value in values]
        names = [f"#{number}" for number in range(len(values))]
        stands = [ast.Argument(one.name, ast.Name(name)) for one, name in zip(node.arguments, names, strict=True)]
        call = self.compiler.compile(ast.Call(node.function, tuple(stands)))
        does_rise = node.function in OF_NUMBERS
        rounds = node.function in ROUNDING

        def run(scope: Scope) -> object:
            given = [argument(scope) for argument in arguments]
            if all(map(_is_known, given)):
                return call(dict(zip(names, given, strict=True)))
            if not (does_rise or (rounds and all(map(_is_known, given[1:])))) or any(map(_holds_anything, given)):
                return ANYTHING
            low, high = ({n: _end(end, v) for n, v in zip(names, given, strict=True)} for end in (low_of, high_of))
            return bounded.around(call(low), call(high))

        return run

    def _items(self, node: ast.Expression) -> Callable[[Scope], list[object]] | None:
        """The items of a list that is written out, each with bounds if it has some."""
        if not isinstance(node, ast.ListLiteral):
            return None
        items = [self.compile(item) for item in node.items]
        return lambda scope: [item(scope) for item in items]

    # --- loops

    def _Quantified(self, node: ast.Quantified) -> Run | None:  # noqa: N802
        rounds = self._rounds(node.iterators, node.condition)
        if rounds is None:
            return None
        decide = bounded.any_of if node.kind == "some" else bounded.all_of

        def run(scope: Scope) -> object:
            outcomes = rounds(scope)
            return ANYTHING if outcomes is None else decide(outcomes)

        return run

    def _For(self, node: ast.For) -> Run | None:  # noqa: N802
        rounds = None if mentions(node.body, "partial") else self._rounds(node.iterators, node.body)
        if rounds is None:
            return None

        def run(scope: Scope) -> object:
            made = rounds(scope)
            return made if made is not None and _is_known(made) else ANYTHING

        return run

    def _rounds(
        self, iterators: tuple[ast.Iterator, ...], body: ast.Expression
    ) -> Callable[[Scope], list[object] | None] | None:
        """The values of a body for each item of one list; None for a list too long, or for what is no list."""
        (iterator, *more), name = iterators, iterators[0].name
        own: Key = (name,)
        if more or iterator.end is not None or self.key_of(ast.Name(name)) is not None:
            return None
        source = self._items(iterator.source) or self.compile(iterator.source)

        def key_of(node: ast.Node) -> Key | None:
            return own if isinstance(node, ast.Name) and node.name == name else self.key_of(node)

        value_of = _Encloser(self.compiler.registry, key_of, self.still).compile(body)

        def run(scope: Scope) -> list[object] | None:
            items = source(scope)
            if not isinstance(items, list) or len(items) > MOST_ROUNDS:
                return None
            known = {key: one for key, one in cast(Mapping[Key, object], scope[BOUNDED]).items() if key != own}
            values = []
            for item in items:
                inner = known if bounded.is_known(item) else known | {own: item}
                values.append(value_of({**scope, name: item, BOUNDED: inner}))
            return values

        return run

    def _Filter(self, node: ast.Filter) -> Run | None:  # noqa: N802
        if self._keys(node.source):
            return None
        source, condition = self.compile(node.source), self.compile(node.condition)
        names = names_of(node.condition)

        def run(scope: Scope) -> object:
            found = source(scope)
            items = found if isinstance(found, list) else [found]
            if found is None or len(items) > MOST_ROUNDS:
                return None if found is None else ANYTHING
            if not items:
                return [] if condition(scope) in (True, False, None) else ANYTHING
            outer, inner, kept = dict(scope), dict(scope), []
            for item in items:
                bind_item(inner, outer, item, names)
                outcome = condition(inner)
                if outcome is True:
                    kept.append(item)
                elif outcome is not False and outcome is not None:
                    return ANYTHING  # a position, or not known
            return kept

        return run


def _is_known(value: object) -> bool:
    """Whether this, or each item of a list, is one value."""
    return all(map(bounded.is_known, value)) if isinstance(value, list) else bounded.is_known(value)


def _holds_anything(value: object) -> bool:
    return any(item is ANYTHING for item in value) if isinstance(value, list) else value is ANYTHING


def _end(end: Callable[[object], object], value: object) -> object:
    return [end(item) for item in value] if isinstance(value, list) else end(value)


def _anything(scope: Scope) -> object:
    return ANYTHING


_OF_ONE: dict[str, Callable[[object], object]] = {"not": bounded.opposite, "abs": bounded.size_of}
