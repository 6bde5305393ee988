"""What single comparisons say of the values in them: `lead.nps > 8` is true only where `lead.nps` is above 8.

Says only what must be so. Where a comparison is false, its sides are known too (`lead.nps > 8` with a missing
`lead.nps` is neither true nor false); `=` and `!=` are false or true of null as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules_engine.feel import ast
from rules_engine.feel.checking.bounds import Ends
from rules_engine.feel.checking.domains import (
    EVERYTHING,
    NOT_NULL,
    NULL_ONLY,
    Domain,
    Known,
    Values,
    all_of,
    any_of,
    between,
    compared,
)
from rules_engine.feel.checking.relations import allowed_texts
from rules_engine.feel.types import BOOLEAN, NULL, NUMBER, Band, Bounded, Type, Typed, ends_of, plain
from rules_engine.feel.values import reading
from rules_engine.feel.values.durations import DaysTimeDuration
from rules_engine.feel.values.temporal import Date, DateTime
from rules_engine.records import dataclass

Clue = tuple[ast.Expression, Domain]

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def domain_of_type(typed: Typed | None) -> Domain:
    """All that a value of a type can be."""
    if typed is None:
        return Domain(EVERYTHING, null=True)
    if typed.type == NULL:
        return NULL_ONLY
    return Domain(_known(typed.type), typed.nullable)


def _known(kind: Type) -> Known:
    allowed = allowed_texts(kind)
    if allowed is not None:
        return Values(frozenset(allowed))
    if plain(kind) == NUMBER:
        return between(ends_of(kind))
    return Values(frozenset((True, False))) if kind == BOOLEAN else EVERYTHING


@dataclass(frozen=True, slots=True)
class Atoms:
    """Reads single comparisons; `types` are those of the checker, by id of the node.

    `known`: of values that are not missing only, so that `lead.country = "US"` is false where it is another country.
    """

    types: Mapping[int, Typed]
    known: bool = False

    def of(self, node: ast.Expression, holds: bool) -> Iterator[Clue]:
        """What must be so for `node`, which is no `and`, `or` or `not`, to be true (`holds`) or false."""
        match node:
            case ast.Comparison(op="!=", left=left, right=right):
                yield from self._equal(left, right, not holds)
            case ast.Comparison(op="=", left=left, right=right):
                yield from self._equal(left, right, holds)
            case ast.Comparison(op=op, left=left, right=right):
                yield from self._order(left, op if holds else _NEGATED[op], right)
            case ast.Between(value=value, low=low, high=high):
                yield from self._within(value, low, high, holds)
            case ast.In(value=value, tests=tests):
                yield from self._among(value, tests, holds)
            case ast.Call(function="at least", arguments=(ast.Argument(value=value), ast.Argument(value=level))):
                yield from self._at_least(value, level, holds)
            case ast.Name() | ast.Path() if self._type(node) == BOOLEAN:
                yield node, Domain(Values(frozenset((holds,))), null=False)

    def texts(self, kind: Type) -> tuple[str, ...] | None:
        return allowed_texts(kind)

    def _type(self, node: ast.Expression) -> Type | None:
        typed = self.types.get(id(node))
        return None if typed is None else typed.type

    def _equal(self, left: ast.Expression, right: ast.Expression, holds: bool) -> Iterator[Clue]:
        for subject, other in ((left, right), (right, left)):
            if isinstance(other, ast.NullLiteral):
                yield subject, NULL_ONLY if holds else NOT_NULL
                return
        for subject, other in ((left, right), (right, left)):
            known = self._constant(other)
            if known is not None and holds:
                yield subject, Domain(known, self.types[id(other)].nullable)
            elif known is not None and _is_single(known):
                yield subject, Domain(known.others(), null=not self.known)

    def _constant(self, node: ast.Expression) -> Known | None:
        """The values that `node` can have, where that says anything."""
        match node:
            case ast.StringLiteral(value=text):
                return Values(frozenset((text,)))
            case ast.BooleanLiteral(value=value):
                return Values(frozenset((value,)))
        ends = self._ends(node)
        if ends is not None:
            return between(ends)
        allowed = allowed_texts(self._type(node) or NULL)
        return None if allowed is None else Values(frozenset(allowed))

    def _ends(self, node: ast.Expression) -> Ends | None:
        """Of a number, by its type; of a constant date or duration, as a number of its kind."""
        kind = self._type(node)
        if isinstance(kind, Bounded):
            return ends_of(kind)
        match node:
            case ast.AtLiteral(text=text):
                value = reading.read_at(text)
            case ast.Call(function="date", arguments=(ast.Argument(value=ast.StringLiteral(value=text)),)):
                value = reading.read_date(text)
            case ast.Call(function="date and time", arguments=(ast.Argument(value=ast.StringLiteral(value=text)),)):
                value = reading.read_date_time(text)
            case ast.Call(function="duration", arguments=(ast.Argument(value=ast.StringLiteral(value=text)),)):
                value = reading.read_duration(text) or reading.read_words(text)
            case _:
                return None
        match value:
            case Date():
                return (float(value.days), float(value.days))
            case DateTime(zone=zone) if zone is not None:
                return (float(value.instant), float(value.instant))
            case DaysTimeDuration(nanos=nanos):
                return (float(nanos), float(nanos))
            case _:
                return None

    def _order(self, left: ast.Expression, op: str, right: ast.Expression) -> Iterator[Clue]:
        for subject, word, other in ((left, op, right), (right, _MIRRORED[op], left)):
            ends = self._ends(other)
            yield subject, NOT_NULL if ends is None else Domain(compared(word, ends), null=False)

    def _within(self, value: ast.Expression, low: ast.Expression, high: ast.Expression, holds: bool) -> Iterator[Clue]:
        if holds:
            yield from self._order(value, ">=", low)
            yield from self._order(value, "<=", high)
            return
        a, b = self._ends(low), self._ends(high)
        if a is not None and b is not None and a[0] == a[1] and b[0] == b[1]:
            yield value, Domain(compared("<", a).either(compared(">", b)), null=False)

    def _among(self, value: ast.Expression, tests: tuple[ast.Test, ...], holds: bool) -> Iterator[Clue]:
        """Each test by itself: one of them must hold, or none."""
        single = [self._test(value, test, holds) for test in tests]
        known = [domain for domain in single if domain is not None]
        if known and not holds:
            yield value, all_of(known)
        elif known and len(known) == len(single):
            yield value, any_of(known)

    def _at_least(self, value: ast.Expression, level: ast.Expression, holds: bool) -> Iterator[Clue]:
        """`at least(band.fit, "B")`: the bands from B up, or those below."""
        kind = self._type(value)
        if isinstance(kind, Band) and isinstance(level, ast.StringLiteral) and level.value in kind.order:
            place = kind.order.index(level.value)
            bands = kind.order[place:] if holds else kind.order[:place]
            yield value, Domain(Values(frozenset(bands)), null=False)

    def _test(self, value: ast.Expression, test: ast.Test, holds: bool) -> Domain | None:
        """What `value` must be for one test to be true or false; None where nothing can be said."""
        match test:
            case ast.OpTest(op="=" | "!=" as op, value=other):
                clues = list(self._equal(value, other, holds == (op == "=")))
            case ast.OpTest(op=op, value=other):
                clues = list(self._order(value, op if holds else _NEGATED[op], other))
            case ast.ValueTest(value=ast.RangeLiteral() as bounds):
                return self._range(bounds, holds)
            case ast.ValueTest(value=ast.ListLiteral(items=items)):
                clues = list(self._among(value, tuple(ast.ValueTest(item) for item in items), holds))
            case ast.ValueTest(value=other):
                clues = list(self._equal(value, other, holds)) if self._is_plain(other) else []
        mine = [domain for subject, domain in clues if subject is value]
        if not mine:
            return None
        return all_of(mine)

    def _is_plain(self, node: ast.Expression) -> bool:
        """A single value, by which an `in` means being equal."""
        kind = self._type(node)
        return kind is not None and (allowed_texts(kind) is not None or plain(kind) in (NUMBER, NULL) or _is_text(node))

    def _range(self, bounds: ast.RangeLiteral, holds: bool) -> Domain | None:
        found: Known = EVERYTHING
        for end, op in (
            (bounds.low, ">=" if bounds.low_closed else ">"),
            (bounds.high, "<=" if bounds.high_closed else "<"),
        ):
            if end is None:
                continue
            ends = self._ends(end)
            if ends is None or ends[0] != ends[1]:
                return None
            found = Domain(found, null=False).both(Domain(compared(op, ends), null=False)).known
        return Domain(found if holds else found.others(), null=False)


def _is_text(node: ast.Expression) -> bool:
    return isinstance(node, ast.StringLiteral | ast.BooleanLiteral)


def _is_single(known: Known) -> bool:
    """One value only: what is not equal to it is anything else."""
    if isinstance(known, Values):
        return len(known.items) == 1 and not known.inverted
    return len(known.intervals) == 1 and known.intervals[0][0][0] == known.intervals[0][1][0]
