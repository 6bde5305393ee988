"""`now` in an expression: the forms whose next change can be computed, and their atoms as data.

A result says when a label or segment can next change by time alone, so `now` may stand only in comparisons that turn
over at one instant (`now - x > d`, `x - now < d`, `now > x`) and in parts of the date (`now.hour`, `day of week(now)`),
which turn over at the next hour or midnight. `now()` means `now`; `today()` is a date part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_values
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.tree import children, walk
from rules_engine.records import dataclass

Part: TypeAlias = Literal["hour", "day"]

PARTS: dict[str, Part] = {"year": "day", "month": "day", "day": "day", "weekday": "day", "hour": "hour"}
PART_FUNCTIONS: dict[str, Part] = {
    "date": "day",
    "day of week": "day",
    "day of year": "day",
    "month of year": "day",
    "week of year": "day",
}
MIRRORED: dict[ast.CompareOp, ast.CompareOp] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


@dataclass(frozen=True, slots=True)
class NowComparison:
    """The comparison `node` says the same as `now <op> base + sign * offset`, so it can change only at that instant.

    `now - x > d` has base x, offset d, sign 1; `x - now < d` has base x, offset d, sign -1 and op `>`; `now > x` has no
    offset. With sign 1 the two may come in either order (`now - d > x`): add them. A null part means the comparison
    is null whatever the time.
    """

    node: ast.Expression
    op: ast.CompareOp
    base: ast.Expression
    offset: ast.Expression | None
    sign: Literal[1, -1]


@dataclass(frozen=True, slots=True)
class NowPart:
    """A date part of `now`, such as `now.weekday`: it can change only when the next local `part` begins."""

    node: ast.Expression
    part: Part


NowAtom: TypeAlias = NowComparison | NowPart


def now_atoms(node: ast.Node) -> tuple[NowAtom, ...]:
    """All atoms over `now`, in the order of the text. What has no such form is left out; `now_forms` reports it."""
    return tuple(found for found in _scan(node, frozenset()) if not isinstance(found, ast.Node))


def now_forms(node: ast.Node, *, available: bool = True) -> tuple[Finding, ...]:
    """A finding for each use of `now` in no known form; where `now` is not `available`, for each use of it at all."""
    if available:
        return tuple(
            messages_values.now_form(found) for found in _scan(node, frozenset()) if isinstance(found, ast.Node)
        )
    return tuple(messages_values.now_elsewhere(found) for found in walk(node) if _is_now(found) or _is_today(found))


def _scan(node: ast.Node, bound: frozenset[str]) -> Iterator[NowAtom | ast.Node]:
    """Atoms as themselves; each `now` in another form as the node that stands for it."""
    atoms = _atoms(node) if "now" not in bound else None
    if atoms is not None:
        yield from atoms
        return
    if (_is_now(node) and "now" not in bound) or _is_today(node):
        yield node
        return
    if isinstance(node, ast.For | ast.Quantified):
        for iterator in node.iterators:
            yield from _scan(iterator, bound)
            bound |= {iterator.name}
        yield from _scan(node.body if isinstance(node, ast.For) else node.condition, bound)
        return
    for child in children(node):
        yield from _scan(child, bound)


def _atoms(node: ast.Node) -> tuple[NowAtom, ...] | None:
    """The atoms that the whole node is; None where it is none."""
    match node:
        case ast.Path(source=source, name=name) if _is_now(source) and name in PARTS:
            return (NowPart(node, PARTS[name]),)
        case ast.Call(function="today", arguments=()):
            return (NowPart(node, "day"),)
        case ast.Call(function=function, arguments=(ast.Argument(value=value),)) if (
            function in PART_FUNCTIONS and _is_now(value)
        ):
            return (NowPart(node, PART_FUNCTIONS[function]),)
        case ast.Comparison(op=op, left=left, right=right) if op not in ("=", "!="):
            atom = _comparison(node, op, left, right) or _comparison(node, MIRRORED[op], right, left)
            return None if atom is None else (atom,)
        case ast.Between(value=value, low=low, high=high):
            return _both(_comparison(node, ">=", value, low), _comparison(node, "<=", value, high))
        case _:
            return None


def _both(first: NowComparison | None, second: NowComparison | None) -> tuple[NowAtom, ...] | None:
    return None if first is None or second is None else (first, second)


def _comparison(
    node: ast.Expression, op: ast.CompareOp, left: ast.Expression, right: ast.Expression
) -> NowComparison | None:
    """`left op right` with `now` on the left only, brought to `now op base + sign * offset`."""
    if _uses_now(right):
        return None
    match left:
        case _ if _is_now(left):
            return NowComparison(node, op, right, None, 1)
        case ast.Arithmetic(op="-", left=first, right=x) if _is_now(first) and not _uses_now(x):
            return NowComparison(node, op, x, right, 1)  # now - x > d: now > x + d
        case ast.Arithmetic(op="-", left=x, right=second) if _is_now(second) and not _uses_now(x):
            return NowComparison(node, MIRRORED[op], x, right, -1)  # x - now < d: now > x - d
        case ast.Arithmetic(op="+", left=a, right=b) if _is_now(a) != _is_now(b):
            offset = b if _is_now(a) else a
            if not _uses_now(offset):
                return NowComparison(node, op, right, offset, -1)  # now + d > x: now > x - d
    return None


def _is_now(node: ast.Node) -> bool:
    match node:
        case ast.Name(name="now") | ast.Call(function="now", arguments=()):
            return True
        case _:
            return False


def _is_today(node: ast.Node) -> bool:
    return isinstance(node, ast.Call) and node.function == "today" and not node.arguments


def _uses_now(node: ast.Node) -> bool:
    return any(_is_now(part) or _is_today(part) for part in walk(node))
