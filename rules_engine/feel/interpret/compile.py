"""Tree → closures: each node becomes one function of the scope, made once and run for every lead or event.

No text of the author is ever run as Python. Common shapes (`lead.title`, a comparison with a literal, `in` a list of
texts) have closures of their own; they give what the general one would, only faster. A node type has one method here;
loops and filters are in `loops.py`, the meaning of operators in `compare.py` and `arithmetic.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret import arithmetic, compare, loops
from rules_engine.feel.interpret.calls import compile_call
from rules_engine.feel.interpret.comparisons import COMPARE, with_literal
from rules_engine.feel.interpret.conform import is_instance
from rules_engine.feel.interpret.membership import any_of, matches_value
from rules_engine.feel.interpret.properties import get_property
from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import Run, Scope
from rules_engine.feel.syntax.walk import mentions, walk
from rules_engine.feel.values import Range, to_feel
from rules_engine.feel.values.reading import read_at

if TYPE_CHECKING:
    from rules_engine.feel.interpret.trace import Tracer

_MISSING = object()
_PLAIN = frozenset((float, str, bool, type(None), list, dict))
"""What needs no conversion when it is read from the scope."""

ARITHMETIC: dict[str, Callable[[object, object], object]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}


class Compiler:
    """Compiles trees over one set of functions; with a `tracer`, so that it hears of every value."""

    def __init__(self, registry: Registry, tracer: Tracer | None = None) -> None:
        self.registry = registry
        self.tracer = tracer
        self.constants: dict[Run, object] = {}

    def compile(self, node: ast.Expression) -> Run:
        run: Run = getattr(self, "_" + type(node).__name__)(node)
        return run if self.tracer is None else self.tracer.watch(node, run)

    def constant(self, value: object) -> Run:
        """A closure that always gives `value`, known to be so."""

        def run(scope: Scope) -> object:
            return value

        self.constants[run] = value
        return run

    # --- literals and names

    def _NullLiteral(self, node: ast.NullLiteral) -> Run:  # noqa: N802
        return self.constant(None)

    def _BooleanLiteral(self, node: ast.BooleanLiteral) -> Run:  # noqa: N802
        return self.constant(node.value)

    def _NumberLiteral(self, node: ast.NumberLiteral) -> Run:  # noqa: N802
        return self.constant(node.value)

    def _StringLiteral(self, node: ast.StringLiteral) -> Run:  # noqa: N802
        return self.constant(node.value)

    def _AtLiteral(self, node: ast.AtLiteral) -> Run:  # noqa: N802
        value = read_at(node.text)
        if value is None:
            return lambda scope: undefined(f'@"{node.text}" is no date, time or duration')
        return self.constant(value)

    def _Name(self, node: ast.Name) -> Run:  # noqa: N802
        name = node.name

        def run(scope: Scope) -> object:
            value = scope.get(name, _MISSING)
            if type(value) in _PLAIN:
                return value
            return undefined(f"nothing is called {name!r} here") if value is _MISSING else to_feel(value)

        return run

    def _Path(self, node: ast.Path) -> Run:  # noqa: N802
        entry = node.name
        if isinstance(node.source, ast.Name) and self.tracer is None:
            root = node.source.name

            def run_field(scope: Scope) -> object:
                holder = scope.get(root)
                if type(holder) is dict:
                    value = holder.get(entry, _MISSING)
                    if type(value) in _PLAIN:
                        return value
                    if value is not _MISSING:
                        return to_feel(value)
                return get_property(holder, entry)

            return run_field
        source = self.compile(node.source)
        return lambda scope: get_property(source(scope), entry)

    # --- operators

    def _And(self, node: ast.And) -> Run:  # noqa: N802
        parts = [self.compile(part) for part in chain_of(node, ast.And)]
        if len(parts) == 2:
            first, second = parts

            def run_two(scope: Scope) -> object:
                left = first(scope)
                if left is False:
                    return False
                right = second(scope)
                if right is False:
                    return False
                return True if left is True and right is True else None

            return run_two

        def run(scope: Scope) -> object:
            outcome: bool | None = True
            for part in parts:
                value = part(scope)
                if value is False:
                    return False
                if value is not True:
                    outcome = None
            return outcome

        return run

    def _Or(self, node: ast.Or) -> Run:  # noqa: N802
        parts = [self.compile(part) for part in chain_of(node, ast.Or)]

        def run(scope: Scope) -> object:
            outcome: bool | None = False
            for part in parts:
                value = part(scope)
                if value is True:
                    return True
                if value is not False:
                    outcome = None
            return outcome

        return run

    def _Comparison(self, node: ast.Comparison) -> Run:  # noqa: N802
        general = COMPARE[node.op]
        left, right = self.compile(node.left), self.compile(node.right)
        if right in self.constants:
            special = with_literal(node.op, left, self.constants[right], general)
            if special is not None:
                return special

        def run(scope: Scope) -> object:
            return general(left(scope), right(scope))

        return run

    def _Between(self, node: ast.Between) -> Run:  # noqa: N802
        value, low, high = self.compile(node.value), self.compile(node.low), self.compile(node.high)

        def run(scope: Scope) -> object:
            found = value(scope)
            above = compare.greater_or_equal(found, low(scope))
            below = compare.less_or_equal(found, high(scope))
            if above is False or below is False:
                return False
            return True if above and below else None

        return run

    def _Arithmetic(self, node: ast.Arithmetic) -> Run:  # noqa: N802
        operate = ARITHMETIC[node.op]
        left, right = self.compile(node.left), self.compile(node.right)
        if right in self.constants and left not in self.constants:
            known = self.constants[right]
            return lambda scope: operate(left(scope), known)
        if left in self.constants and right not in self.constants:
            known = self.constants[left]
            return lambda scope: operate(known, right(scope))

        def run(scope: Scope) -> object:
            return operate(left(scope), right(scope))

        return self._folded(run, (left, right))

    def _Negate(self, node: ast.Negate) -> Run:  # noqa: N802
        operand = self.compile(node.operand)
        return self._folded(lambda scope: arithmetic.negate(operand(scope)), (operand,))

    def _InstanceOf(self, node: ast.InstanceOf) -> Run:  # noqa: N802
        value, wanted = self.compile(node.value), node.type
        return lambda scope: is_instance(value(scope), wanted)

    # --- tests

    def _In(self, node: ast.In) -> Run:  # noqa: N802
        value = self.compile(node.value)
        texts = all_texts(node.tests)
        tests = [self.test(test) for test in node.tests]

        def run(scope: Scope) -> object:
            found = value(scope)
            if texts is not None and type(found) is str:
                return found in texts
            return any_of([test(scope, found) for test in tests])

        return run

    def test(self, test: ast.Test) -> Callable[[Scope, object], bool | None]:
        """A test as a function of the scope and the value tested."""
        if isinstance(test, ast.OpTest):
            operate, end = COMPARE[test.op], self.compile(test.value)
            return lambda scope, value: operate(value, end(scope))
        wanted = self.compile(test.value)
        if isinstance(test.value, ast.RangeLiteral) and wanted not in self.constants:
            return self._range_test(test.value, wanted)
        if mentions(test.value, "?"):

            def run_condition(scope: Scope, value: object) -> bool | None:
                inner = dict(scope)
                inner["?"] = value
                outcome = wanted(inner)
                return outcome if isinstance(outcome, bool) or outcome is None else matches_value(value, outcome)

            return run_condition
        return lambda scope, value: matches_value(value, wanted(scope))

    def _range_test(self, node: ast.RangeLiteral, whole: Run) -> Callable[[Scope, object], bool | None]:
        """`x in [a..b]` is `x >= a and x <= b`, also where an end is null: then it can still be false."""
        low = None if node.low is None or isinstance(node.low, ast.NullLiteral) else self.compile(node.low)
        high = None if node.high is None or isinstance(node.high, ast.NullLiteral) else self.compile(node.high)
        if low is None and high is None:
            return lambda scope, value: undefined("an end of the range is null")
        above = compare.greater_or_equal if node.low_closed else compare.greater
        below = compare.less_or_equal if node.high_closed else compare.less

        def run(scope: Scope, value: object) -> bool | None:
            if isinstance(value, Range):
                return matches_value(value, whole(scope))
            is_above = True if low is None else above(value, low(scope))
            is_below = True if high is None else below(value, high(scope))
            if is_above is False or is_below is False:
                return False
            return True if is_above and is_below else None

        return run

    # --- forms

    def _If(self, node: ast.If) -> Run:  # noqa: N802
        condition = self.compile(node.condition)
        then, otherwise = self.compile(node.then), self.compile(node.otherwise)
        return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)

    def _For(self, node: ast.For) -> Run:  # noqa: N802
        return loops.compile_for(node, self._iterators(node.iterators), self.compile(node.body))

    def _Quantified(self, node: ast.Quantified) -> Run:  # noqa: N802
        return loops.compile_quantified(node.kind, self._iterators(node.iterators), self.compile(node.condition))

    def _iterators(self, iterators: Iterable[ast.Iterator]) -> list[loops.Binding]:
        return [
            (it.name, self.compile(it.source), None if it.end is None else self.compile(it.end)) for it in iterators
        ]

    def _Filter(self, node: ast.Filter) -> Run:  # noqa: N802
        return loops.compile_filter(node, self.compile(node.source), self.compile(node.condition))

    def _Call(self, node: ast.Call) -> Run:  # noqa: N802
        arguments = [self.compile(argument.value) for argument in node.arguments]
        builtin = self.registry.get(node.function)
        run = compile_call(node, builtin, arguments, self.constants)
        return run if builtin is None or builtin.ambient else self._folded(run, arguments)

    def _ListLiteral(self, node: ast.ListLiteral) -> Run:  # noqa: N802
        items = [self.compile(item) for item in node.items]
        return self._folded(lambda scope: [item(scope) for item in items], items)

    def _ContextLiteral(self, node: ast.ContextLiteral) -> Run:  # noqa: N802
        keys = [entry.key for entry in node.entries]
        if len(set(keys)) < len(keys):
            return lambda scope: undefined("an entry of the context is given twice")
        entries = [(entry.key, self.compile(entry.value)) for entry in node.entries]
        read = {part.name for entry in node.entries for part in walk(entry.value) if isinstance(part, ast.Name)}
        if read.isdisjoint(keys):
            return lambda scope: {key: value(scope) for key, value in entries}

        def run(scope: Scope) -> object:
            inner = dict(scope)
            made: dict[str, object] = {}
            for key, value in entries:
                made[key] = inner[key] = value(inner)
            return made

        return run

    def _RangeLiteral(self, node: ast.RangeLiteral) -> Run:  # noqa: N802
        low = self.constant(None) if node.low is None else self.compile(node.low)
        high = self.constant(None) if node.high is None else self.compile(node.high)
        open_low = node.low is None or isinstance(node.low, ast.NullLiteral)
        open_high = node.high is None or isinstance(node.high, ast.NullLiteral)

        def run(scope: Scope) -> object:
            start, end = low(scope), high(scope)
            if (start is None and not open_low) or (end is None and not open_high) or (start is None and end is None):
                return undefined("an end of the range is null")
            if start is not None and end is not None and compare.order(start, end) is None:
                return undefined(f"no range from {kind(start)} to {kind(end)}")
            return Range(start, end, node.low_closed, node.high_closed)

        return self._folded(run, (low, high))

    def _folded(self, run: Run, parts: Iterable[Run]) -> Run:
        """What depends on literals only is computed now, and not when watched: a watcher wants to see it happen."""
        if self.tracer is not None or not all(part in self.constants for part in parts):
            return run
        try:
            value = run({})
        except FeelLimitError:
            return run
        return run if value is None else self.constant(value)


def chain_of(node: ast.And | ast.Or, kind_of: type[ast.And] | type[ast.Or]) -> list[ast.Expression]:
    """`a and b and c` → [a, b, c]; in turn, so that a long chain is no deep one."""
    parts: list[ast.Expression] = []
    left: ast.Expression = node
    while isinstance(left, kind_of):
        parts.append(cast(Any, left).right)
        left = cast(Any, left).left
    return [left, *reversed(parts)]


def all_texts(tests: tuple[ast.Test, ...]) -> frozenset[str] | None:
    """The texts of `in ("a", "b")` or `in ["a", "b"]`, if they are nothing else: then a lookup decides."""
    values: tuple[object, ...] = tuple(test.value for test in tests)
    if any(isinstance(test, ast.OpTest) for test in tests):
        return None
    if len(values) == 1 and isinstance(values[0], ast.ListLiteral):
        values = values[0].items
    if not all(isinstance(value, ast.StringLiteral) for value in values):
        return None
    return frozenset(value.value for value in values if isinstance(value, ast.StringLiteral))
