"""Conditions that are never or always true, by reasoning over ranges of numbers and sets of texts.

For each condition the values are computed that its parts must have for it to be true, and for it to be false. Where
nothing is left for one of them, it is never true, or (apart from missing values) never false. `x > 5 and x < 3` leaves
nothing for `x`. Only the innermost such condition is reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rules_engine.feel import ast
from rules_engine.feel.checking import messages_values
from rules_engine.feel.checking.atoms import Atoms, domain_of_type
from rules_engine.feel.checking.domains import Domain
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.tree import children
from rules_engine.feel.checking.wording import a, all_of, code, quoted
from rules_engine.feel.types import BOOLEAN, Bounded, Typed
from rules_engine.records import dataclass

Clues = Mapping[ast.Expression, tuple[tuple[ast.Expression, Domain], ...]]


@dataclass(frozen=True, slots=True)
class Need:
    """What must be so for a condition to come out: by subject, the conditions that say what it can be.

    `conflict` holds what makes it impossible, if it is.
    """

    clues: Clues = field(default_factory=dict)
    conflict: tuple[ast.Expression, tuple[ast.Expression, ...]] | None = None


def constant_conditions(node: ast.Node, types: Mapping[int, Typed]) -> list[Finding]:
    """A finding for each innermost condition in `node` that is never or always true. `types` are the checker's."""
    return _visit(node, Needs(types, Atoms(types)), Needs(types, Atoms(types, known=True)))


def _visit(node: ast.Node, plain: Needs, known: Needs) -> list[Finding]:
    found = [finding for child in children(node) for finding in _visit(child, plain, known)]
    typed = plain.types.get(id(node))
    if not found and isinstance(node, _CONDITIONS) and typed is not None and typed.type == BOOLEAN:
        finding = _judge(node, plain, known)
        found = [] if finding is None else [finding]
    return found


def _judge(node: ast.Expression, plain: Needs, known: Needs) -> Finding | None:
    true = plain.of(node, True)
    if true.conflict is not None:
        return messages_values.never_true(node, plain.reason(*true.conflict, never=True))
    false = (plain if plain.asks_for_null(node) else known).of(node, False)
    if false.conflict is not None:
        return messages_values.always_true(node, plain.reason(*false.conflict, never=False))
    return None


@dataclass(slots=True)
class Needs:
    """What conditions need to be true or false; each is worked out once."""

    types: Mapping[int, Typed]
    atoms: Atoms
    facts: Mapping[ast.Expression, Domain] = field(default_factory=dict)  # what is known of a path beside its type
    _known: dict[tuple[int, bool], Need] = field(default_factory=dict)
    _null: dict[int, bool] = field(default_factory=dict)

    def of(self, node: ast.Expression, holds: bool) -> Need:
        """What must be so for `node` to be true (`holds`) or false."""
        key = (id(node), holds)
        if key not in self._known:
            self._known[key] = self._of(node, holds)
        return self._known[key]

    def asks_for_null(self, node: ast.Node) -> bool:
        if id(node) not in self._null:
            below = any(self.asks_for_null(child) for child in children(node))
            self._null[id(node)] = below or isinstance(node, ast.NullLiteral)
        return self._null[id(node)]

    def _of(self, node: ast.Expression, holds: bool) -> Need:
        match node:
            case ast.BooleanLiteral(value=value):
                return Need() if value == holds else Need(conflict=(node, ()))
            case ast.And(left=left, right=right) | ast.Or(left=left, right=right):
                one, other = self.of(left, holds), self.of(right, holds)
                return self.both(one, other) if isinstance(node, ast.And) == holds else self._either(one, other)
            case ast.Call(function="not", arguments=(ast.Argument(value=value),)):
                return self.of(value, not holds)
            case _:
                need = Need()
                for subject, domain in self.atoms.of(node, holds):
                    # a literal against a literal is most likely a variable of `for_each` with its value put in
                    if not isinstance(subject, ast.StringLiteral | ast.NumberLiteral):
                        need = self.both(need, self._settled({subject: ((node, domain),)}))
                return need

    def both(self, one: Need, other: Need) -> Need:
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
                domain = self.left(subject, first).either(self.left(subject, second))
                clues[subject] = (((*first, *second)[0][0], domain),)
        return Need(clues)

    def _settled(self, clues: Clues) -> Need:
        for subject, parts in clues.items():
            if self.left(subject, parts).is_empty:
                return Need(conflict=(subject, self._culprits(subject, parts)))
        return Need(clues)

    def left(self, subject: ast.Expression, parts: tuple[tuple[ast.Expression, Domain], ...]) -> Domain:
        domain = domain_of_type(self.types.get(id(subject)))
        if self.facts and (fact := self.facts.get(subject)) is not None:
            domain = domain.both(fact)
        for _, part in parts:
            domain = domain.both(part)
        return domain

    def _culprits(
        self, subject: ast.Expression, parts: tuple[tuple[ast.Expression, Domain], ...]
    ) -> tuple[ast.Expression, ...]:
        """The fewest conditions that leave nothing: one alone against the type, a pair, or all."""
        for part in parts:
            if self.left(subject, (part,)).is_empty:
                return (part[0],)
        for place, first in enumerate(parts):
            for second in parts[place + 1 :]:
                if self.left(subject, (first, second)).is_empty:
                    return (first[0], second[0])
        return tuple(dict.fromkeys(part[0] for part in parts))

    def reason(self, subject: ast.Expression, culprits: tuple[ast.Expression, ...], never: bool) -> str:
        if len(culprits) > 1 and isinstance(culprits[0], ast.Between) and culprits[0] == culprits[-1]:
            return f"{code(culprits[0].low)} is more than {code(culprits[0].high)}"
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
        if typed is None or isinstance(subject, ast.BooleanLiteral):
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
