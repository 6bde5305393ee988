"""What several conditions of one place say about each other: exclude, imply, leave nothing over.

`lead.nps >= 9` implies `lead.nps >= 7`; `event.path = "/pricing/eu"` implies `starts with(event.path, "/pricing")`.
Every answer yes is certain; a no may only mean that nothing could be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking.always import Need, Needs
from rules_engine.feel.checking.atoms import Atoms
from rules_engine.feel.checking.checker import Checker, Scope
from rules_engine.feel.checking.domains import Domain, Values
from rules_engine.feel.checking.expression import HANDLERS
from rules_engine.feel.checking.gains import missing_paths
from rules_engine.feel.checking.reads import reads
from rules_engine.feel.checking.tree import conjuncts, path_node
from rules_engine.feel.functions import all_functions
from rules_engine.feel.types import Typed

# More values are not tried out one by one.
_MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot be: the `subject` that no value is left for, and the conditions that leave none."""

    subject: ast.Expression
    culprits: tuple[ast.Expression, ...]


@dataclass(slots=True)
class Reasoning:
    """Conditions under one scope. `facts` say of paths (`score.fit`) more than their types do."""

    roots: Mapping[str, Typed]
    functions: Registry | None = None
    facts: Mapping[ast.Expression, Domain] = field(default_factory=dict)
    _types: dict[int, Typed] = field(default_factory=dict)
    _checked: dict[int, ast.Expression] = field(default_factory=dict)  # keeps the trees that `_types` knows by id
    _read: dict[int, frozenset[tuple[str, ...]]] = field(default_factory=dict)
    _tests: dict[int, Callable[[Mapping[str, object]], object]] = field(default_factory=dict)
    _plain: Needs = field(init=False)
    _known: Needs = field(init=False)

    def __post_init__(self) -> None:
        self._plain = Needs(self._types, Atoms(self._types), self.facts)
        self._known = Needs(self._types, Atoms(self._types, known=True), self.facts)

    def never(self, node: ast.Expression) -> Conflict | None:
        """Why `node` can never be true; None where it may be."""
        conflict = self._need(node).conflict
        return None if conflict is None else Conflict(*conflict)

    def always(self, node: ast.Expression) -> Conflict | None:
        """Why `node` can never be false where nothing is missing; None where it may be."""
        self._check(node)
        needs = self._plain if self._plain.asks_for_null(node) else self._known
        conflict = needs.of(node, False).conflict
        return None if conflict is None else Conflict(*conflict)

    def exclude(self, one: ast.Expression, other: ast.Expression) -> bool:
        """Whether the two are never true together, though each may be by itself."""
        first, second = self._need(one), self._need(other)
        return not first.conflict and not second.conflict and self._plain.both(first, second).conflict is not None

    def implies(self, one: ast.Expression, other: ast.Expression) -> bool:
        """Whether `other` is true wherever `one` is."""
        if self._need(one).conflict or self._is_apart(one, other):
            return False
        parts = tuple(conjuncts(one))
        if any(part == other for part in parts):
            return True
        match other:
            case ast.And(left=left, right=right):
                return self.implies(one, left) and self.implies(one, right)
            case ast.Or(left=left, right=right) if self.implies(one, left) or self.implies(one, right):
                return True
            case ast.Call(function="starts with" | "ends with" as function) if _longer(function, parts, other):
                return True
        if self._by_domains(one, other) or self._by_trying(one, other):
            return True
        return isinstance(one, ast.Or) and self.implies(one.left, other) and self.implies(one.right, other)

    def reason(self, conflict: Conflict, *, never: bool = True) -> str:
        """The conflict in words: `lead.nps > 8` and `lead.nps < 3` exclude each other."""
        return self._plain.reason(conflict.subject, conflict.culprits, never)

    # --- how

    def _check(self, node: ast.Expression) -> None:
        if id(node) not in self._checked:
            self._checked[id(node)] = node
            checker = Checker(self.functions or all_functions(), frozenset(self.roots), HANDLERS, types=self._types)
            checker.type_of(node, Scope(self.roots))

    def _need(self, node: ast.Expression) -> Need:
        self._check(node)
        return self._plain.of(node, True)

    def _is_apart(self, one: ast.Expression, other: ast.Expression) -> bool:
        """A quick no, for most pairs of conditions: `event.path = "/a"` and `event.path = "/b"`."""
        mine = self._need(one).clues
        for subject, theirs in self._need(other).clues.items():
            parts = mine.get(subject)
            if parts is None or len(parts) > 1 or len(theirs) > 1:
                continue
            a, b = parts[0][1].known, theirs[0][1].known
            if isinstance(a, Values) and isinstance(b, Values) and not a.inverted and not b.inverted:
                return not a.items <= b.items
        return False

    def _by_domains(self, one: ast.Expression, other: ast.Expression) -> bool:
        """`other` cannot be false with `one`, nor missing: what it reads is there wherever `one` is true."""
        self._check(other)
        need, otherwise = self._need(one), self._known.of(other, False)
        if not otherwise.conflict and not need.clues.keys() & otherwise.clues.keys():
            return False
        if self._known.both(need, otherwise).conflict is None:
            return False
        return all(self._is_there(need, path_node(path)) for path in missing_paths(other, self.roots))

    def _is_there(self, need: Need, subject: ast.Expression) -> bool:
        parts = need.clues.get(subject)
        return parts is not None and not self._plain.left(subject, parts).null

    def _by_trying(self, one: ast.Expression, other: ast.Expression) -> bool:
        """Where `one` leaves a few texts for the only path that `other` reads, `other` is tried with each."""
        if self._need(other).clues:
            return False  # then domains have told all there is
        if id(other) not in self._read:
            self._read[id(other)] = reads(other, self.roots)
        paths = self._read[id(other)]
        if len(paths) != 1 or ("now",) in paths:
            return False
        (path,) = paths
        subject = path_node(path)
        parts = self._need(one).clues.get(subject)
        if parts is None:
            return False
        left = self._plain.left(subject, parts)
        known = left.known
        if left.null or not isinstance(known, Values) or known.inverted or not 0 < len(known.items) <= _MOST_VALUES:
            return False
        if id(other) not in self._tests:
            from rules_engine.feel.api import compile_expression  # late: rarely needed

            self._tests[id(other)] = compile_expression(other, self.functions)
        return all(self._tests[id(other)](_context(path, value)) is True for value in known.items)


def _context(path: tuple[str, ...], value: object) -> dict[str, object]:
    for name in reversed(path[1:]):
        value = {name: value}
    return {path[0]: value}


def _longer(function: str, parts: tuple[ast.Expression, ...], other: ast.Call) -> bool:
    """Whether one of the parts asks for the same beginning (or end) and more."""
    wanted = _text_asked(other)
    for part in parts:
        if isinstance(part, ast.Call) and part.function == function and wanted is not None:
            asked = _text_asked(part)
            if asked is not None and asked[0] == wanted[0]:
                fits = asked[1].startswith if function == "starts with" else asked[1].endswith
                if fits(wanted[1]):
                    return True
    return False


def _text_asked(call: ast.Call) -> tuple[ast.Expression, str] | None:
    match call.arguments:
        case (ast.Argument(name=None, value=subject), ast.Argument(name=None, value=ast.StringLiteral(value=text))):
            return subject, text
    return None
