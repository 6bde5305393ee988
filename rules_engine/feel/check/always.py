"""Conditions that are never or always true, by reasoning over ranges of numbers and sets of texts.

For each condition the values are computed that its parts must have for it to be true, and for it to be false. Where
nothing is left for one of them, it is never true, or (apart from missing values) never false. `x > 5 and x < 3` leaves
nothing for `x`. Only the innermost such condition is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from rules_engine.feel import ast
from rules_engine.feel.check import messages
from rules_engine.feel.check.atoms import Atoms, domain_of_type
from rules_engine.feel.check.domains import Domain
from rules_engine.feel.check.findings import Finding
from rules_engine.feel.check.tree import children, walk
from rules_engine.feel.check.wording import a, all_of, code, quoted
from rules_engine.feel.types import BOOLEAN, Bounded, Typed

Clues = Mapping[ast.Expression, tuple[tuple[ast.Expression, Domain], ...]]


@dataclass(frozen=True, slots=True)
class Need:
    """What must be so for a condition to come out: by subject, the conditions that say what it can be.

    `conflict` holds what makes it impossible, if it is.
    """

    clues: Clues = field(default_factory=dict)
    conflict: tuple[ast.Expression, tuple[ast.Expression, ...]] | None = None


def constant_conditions(node: ast.Node, types: Mapping[int, Typed]) -> Iterator[Finding]:
    """A finding for each innermost condition in `node` that is never or always true. `types` are the checker's."""
    return _Search(types, Atoms(types)).visit(node, whole=True)[0]


@dataclass(slots=True)
class _Search:
    types: Mapping[int, Typed]
    atoms: Atoms

    def visit(self, node: ast.Node, whole: bool = False) -> tuple[Iterator[Finding], bool]:
        """The findings in `node`, and whether there are any."""
        found = [finding for child in children(node) for finding in self.visit(child)[0]]
        typed = self.types.get(id(node))
        is_condition = typed is not None and typed.type == BOOLEAN and not isinstance(node, ast.BooleanLiteral)
        if not found and is_condition and isinstance(node, _CONDITIONS):
            finding = self._judge(node)
            found = [] if finding is None else [finding]
        return iter(found), bool(found)

    def _judge(self, node: ast.Expression) -> Finding | None:
        true = self.need(node, True)
        if true.conflict is not None:
            return messages.never_true(node, self._reason(*true.conflict, never=True))
        asks_for_null = any(isinstance(part, ast.NullLiteral) for part in walk(node))
        false = replace(self, atoms=Atoms(self.types, known=not asks_for_null)).need(node, False)
        if false.conflict is not None:
            return messages.always_true(node, self._reason(*false.conflict, never=False))
        return None

    def need(self, node: ast.Expression, holds: bool) -> Need:
        """What must be so for `node` to be true (`holds`) or false."""
        match node:
            case ast.BooleanLiteral(value=value):
                return Need() if value == holds else Need(conflict=(node, ()))
            case ast.And(left=left, right=right) | ast.Or(left=left, right=right):
                one, other = self.need(left, holds), self.need(right, holds)
                return self._both(one, other) if isinstance(node, ast.And) == holds else self._either(one, other)
            case ast.Call(function="not", arguments=(ast.Argument(value=value),)):
                return self.need(value, not holds)
            case _:
                need = Need()
                for subject, domain in self.atoms.of(node, holds):
                    need = self._both(need, self._settled({subject: ((node, domain),)}))
                return need

    def _both(self, one: Need, other: Need) -> Need:
        if one.conflict or other.conflict:
            return one if one.conflict else other
        clues = dict(one.clues)
        for subject, more in other.clues.items():
            clues[subject] = clues.get(subject, ()) + more
        return self._settled(clues)

    def _either(self, one: Need, other: Need) -> Need:
        """Only what both say of the same subject; a side that cannot be leaves the other."""
        if one.conflict or other.conflict:
            return other if one.conflict else one
        clues: dict[ast.Expression, tuple[tuple[ast.Expression, Domain], ...]] = {}
        for subject, first in one.clues.items():
            second = other.clues.get(subject)
            if second is not None:
                domain = self._left(subject, first).either(self._left(subject, second))
                clues[subject] = (((*first, *second)[0][0], domain),)
        return Need(clues)

    def _settled(self, clues: Clues) -> Need:
        for subject, parts in clues.items():
            if self._left(subject, parts).is_empty:
                return Need(conflict=(subject, self._culprits(subject, parts)))
        return Need(clues)

    def _left(self, subject: ast.Expression, parts: tuple[tuple[ast.Expression, Domain], ...]) -> Domain:
        domain = domain_of_type(self.types.get(id(subject)))
        for _, part in parts:
            domain = domain.both(part)
        return domain

    def _culprits(
        self, subject: ast.Expression, parts: tuple[tuple[ast.Expression, Domain], ...]
    ) -> tuple[ast.Expression, ...]:
        """The fewest conditions that leave nothing: one alone against the type, a pair, or all."""
        for part in parts:
            if self._left(subject, (part,)).is_empty:
                return (part[0],)
        for place, first in enumerate(parts):
            for second in parts[place + 1 :]:
                if self._left(subject, (first, second)).is_empty:
                    return (first[0], second[0])
        return tuple(dict.fromkeys(part[0] for part in parts))

    def _reason(self, subject: ast.Expression, culprits: tuple[ast.Expression, ...], never: bool) -> str:
        if len(culprits) > 1:
            return f"{all_of([code(c) for c in culprits])} {'exclude each other' if never else 'cover all cases'}"
        typed = self.types.get(id(subject))
        where = " wherever it is known" if not never and typed is not None and typed.nullable else ""
        return self._about(subject) + where

    def _about(self, subject: ast.Expression) -> str:
        """What is known of a subject by its declaration: `lead.nps` is from 0 to 10."""
        typed = self.types.get(id(subject))
        domain = domain_of_type(typed)
        name = code(subject)
        if typed is None or isinstance(subject, ast.BooleanLiteral | ast.NumberLiteral | ast.StringLiteral):
            return f"{name} is a constant"
        match typed.type:
            case Bounded(low=low, high=high) if low is not None and high is not None:
                return f"{name} is {low:g}" if low == high else f"{name} is from {low:g} to {high:g}"
            case Bounded(low=low) if low is not None:
                return f"{name} is at least {low:g}"
            case Bounded(high=high) if high is not None:
                return f"{name} is at most {high:g}"
        allowed = self.atoms.texts(typed.type)
        if allowed is not None:
            return f"{name} is one of {quoted(allowed)}"
        return f"{name} is {a(typed.type)}" + ("" if domain.null else " and never missing")


_CONDITIONS = (ast.And, ast.Or, ast.Comparison, ast.Between, ast.In, ast.Call)
