"""An expression evaluated abstractly with one value missing and all others arbitrary.

`Evaluation(("lead", "country"), scope, functions).of(node)` gives the outcomes that `node` can have when
`lead.country` is null. Explicit tests (`lead.country = null`, `!= null`, `in (null, …)`) are answered as they are with
the value missing, and their answer is not marked: the author has said what a missing value means.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field, replace

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import missing_calls as calls
from rules_engine.feel.checking import missing_lists as lists
from rules_engine.feel.checking import missing_tests as tests
from rules_engine.feel.checking import outcomes as o
from rules_engine.feel.checking.constants import is_constant
from rules_engine.feel.checking.outcomes import Kind, Outcomes
from rules_engine.feel.checking.tree import static_path
from rules_engine.feel.checking.written import written_entry, written_list
from rules_engine.feel.types import ANY, BOOLEAN, NULL, POISON, ContextOf, ListOf, Type, Typed
from rules_engine.records import dataclass

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What holds at a place: the names bound there, and paths that are known not to be null."""

    names: Mapping[str, Outcomes] = field(default_factory=dict)
    present: frozenset[Path] = frozenset()

    def bind(self, name: str, outcomes: Outcomes) -> Around:
        present = frozenset(path for path in self.present if path[0] != name)
        return replace(self, names={**self.names, name: outcomes}, present=present)

    def knowing(self, present: frozenset[Path]) -> Around:
        return replace(self, present=self.present | present) if present else self


NOTHING_KNOWN = Around()


@dataclass(slots=True)
class Evaluation:
    """One value missing: `path`. `definitions` are names that stand for expressions over the scope.

    `origins` finds the node of an origin. What happens inside a definition has its origin at the name in the text.
    `failing` are the nodes, by id, that can be null though what they are made of is there; None: each may be.
    """

    path: Path
    scope: Mapping[str, Typed]
    functions: Registry
    definitions: Mapping[str, ast.Expression] = field(default_factory=dict)
    origins: dict[int, ast.Node] = field(default_factory=dict)
    failing: AbstractSet[int] | None = None
    _inside: ast.Node | None = None  # the name whose definition is being evaluated

    def of(self, node: ast.Node, around: Around = NOTHING_KNOWN) -> Outcomes:
        match node:
            case ast.NullLiteral():
                return o.NULL
            case ast.BooleanLiteral(value=value):
                return o.TRUE if value else o.FALSE
            case ast.NumberLiteral() | ast.StringLiteral() | ast.AtLiteral():
                return o.VALUE
            case ast.Path() | ast.Call() if (made_entry := written_entry(node)) is not None:
                return self._entry(*made_entry, around)
            case ast.Name() | ast.Path():
                return self._path(node, around)
            case ast.And(left=left, right=right):
                knowing_left = around.knowing(self.present(left, True))
                return o.conjunction(
                    self.of(left, around.knowing(self.present(right, True))), self.of(right, knowing_left)
                )
            case ast.Or(left=left, right=right):
                knowing_left = around.knowing(self.present(left, False))
                return o.disjunction(
                    self.of(left, around.knowing(self.present(right, False))), self.of(right, knowing_left)
                )
            case ast.Comparison():
                return self._comparison(node, around)
            case ast.Between(value=value, low=low, high=high):
                tested = self.of(value, around)
                return o.conjunction(
                    self.pair(node, tested, self.of(low, around), o.ordered),
                    self.pair(node, tested, self.of(high, around), o.ordered),
                )
            case ast.Arithmetic(left=left, right=right):
                return self.pair(node, self.of(left, around), self.of(right, around), self.result(node))
            case ast.Negate(operand=operand):
                return self.pair(node, self.of(operand, around), o.VALUE, self.result(node))
            case ast.If():
                return self._choice(node, around)
            case ast.In():
                return tests.membership(self, node, around)
            case ast.InstanceOf(value=value):
                return self._instance(node, self.of(value, around))
            case ast.ListLiteral(items=parts):
                return o.of(Kind.VALUE, inner=self._either(parts, around))
            case ast.RangeLiteral(low=low_end, high=high_end):
                made = o.VALUE | o.NULL  # a range with a null end is null
                for end in (low_end, high_end):
                    if end is not None and not isinstance(end, ast.NullLiteral):
                        made = self.pair(node, made, self.of(end, around), o.strict)
                return made
            case ast.ContextLiteral(entries=entries):
                for entry in entries:
                    around = around.bind(entry.key, self.of(entry.value, around))
                return o.of(Kind.VALUE, inner=self._either([ast.Name(entry.key) for entry in entries], around))
            case ast.Filter():
                return lists.filtered(self, node, around)
            case ast.For(iterators=iterators, body=body):
                source, around = lists.iterate(self, iterators, around)
                items = self.of(body, around.bind("partial", o.ANYTHING))
                return o.through(source, Outcomes(dict(o.VALUE.flags), items))
            case ast.Quantified():
                return lists.quantified(self, node, around)
            case ast.Call() if (written := written_list(node)) is not None:
                return o.of(Kind.VALUE, inner=self._either(written, around))
            case ast.Call(function="get value") if (path := self._path_of_key(node, around)) is not None:
                return self._declared(node, path, self.scope[path[0]], around.present)
            case ast.Call() if is_constant(node):
                return o.VALUE
            case ast.Call(arguments=arguments):
                values = [self.of(argument.value, around) for argument in arguments]
                return calls.outcomes_of_call(self, node, values, around)
            case _:
                raise TypeError(f"not an expression: {type(node).__name__}")

    def here(self, node: ast.Node) -> int:
        """`node` as an origin."""
        place = self._inside or node
        self.origins[id(place)] = place
        return id(place)

    def result(self, node: ast.Node) -> o.Pair:
        """What becomes of values that are there."""
        return o.strict if self.failing is None or id(node) in self.failing else o.whole

    def pair(self, node: ast.Node, left: Outcomes, right: Outcomes, pair: o.Pair) -> Outcomes:
        return o.paired(left, right, pair, self.here(node))

    def _either(self, nodes: tuple[ast.Expression, ...] | list[ast.Expression], around: Around) -> Outcomes:
        found = o.NOBODY
        for node in nodes:
            found |= self.of(node, around)
        return found

    # --- paths --------------------------------------------------------------------------------------------------

    def _path(self, node: ast.Name | ast.Path, around: Around) -> Outcomes:
        path = static_path(node)
        if path is not None and path[0] not in around.names:
            if path[0] in self.definitions and len(path) == 1:
                return self._definition(node, path[0])
            root = self.scope.get(path[0])
            return o.ANYTHING if root is None else self._declared(node, path, root, around.present)
        found = (
            around.names[node.name] if isinstance(node, ast.Name) else self._part(node, self.of(node.source, around))
        )
        return o.known(found) if path in around.present else found

    def _definition(self, node: ast.Node, name: str) -> Outcomes:
        outer = self._inside
        self._inside = outer or node
        found = self.of(self.definitions[name])
        self._inside = outer
        return found

    def _declared(self, node: ast.Node, path: Path, typed: Typed, present: frozenset[Path]) -> Outcomes:
        """The value of a declared path, by its type; null where it is the missing one or below it."""
        nullable = typed.nullable
        for length in range(1, len(path) + 1):
            if path[:length] == self.path:
                return o.MISSING
            if length == len(path):
                break
            entry = typed.type.get(path[length]) if isinstance(typed.type, ContextOf) else None
            if entry is None:
                nullable = nullable or self.result(node) is o.strict
                typed = Typed(_part_type(typed.type))
                break
            typed = Typed(entry.type, entry.nullable)
            nullable = nullable or entry.nullable
        found = self._typical(typed.type, path)
        known = any(known[: len(path)] == path for known in present)
        return found | o.NULL if nullable and not known else found

    def _typical(self, kind: Type, path: Path | None = None) -> Outcomes:
        """What a value of a type can be. Items of declared lists are taken to be there."""
        match kind:
            case ContextOf(entries=entries):
                inner = o.NOBODY
                for entry in entries:
                    below = None if path is None else (*path, entry.name)
                    if below == self.path:
                        inner |= o.MISSING
                    else:
                        inner |= self._typical(entry.type, below) | (o.NULL if entry.nullable else o.NOBODY)
                return o.of(Kind.VALUE, inner=inner)
            case ListOf(item=item):
                return o.of(Kind.VALUE, inner=self._typical(item))
            case _ if kind in (ANY, POISON):
                return o.ANYTHING
            case _ if kind == NULL:
                return o.NULL
            case _:
                return o.BOOLEAN if kind == BOOLEAN else o.VALUE

    def _part(self, node: ast.Path, source: Outcomes) -> Outcomes:
        """`.name` of a computed value: null of null, else one of the things inside."""
        if source.inner is None and self.result(node) is o.whole:
            return o.through(source, o.VALUE)
        inside = source.inner | o.NULL if source.inner is not None else o.VALUE | o.NULL
        return o.through(source, inside)

    def _entry(self, made: ast.ContextLiteral, key: str, around: Around) -> Outcomes:
        """One entry of a written context, which sees those above it."""
        for entry in made.entries:
            found = self.of(entry.value, around)
            if entry.key == key:
                return found
            around = around.bind(entry.key, found)
        return o.NULL

    def _path_of_key(self, node: ast.Call, around: Around) -> Path | None:
        """`lead.nps` of `get value(lead, "nps")`, where it is declared."""
        match node.arguments:
            case (ast.Argument(name=None, value=source), ast.Argument(name=None, value=ast.StringLiteral(value=key))):
                path = static_path(source)
            case _:
                return None
        if path is None or path[0] in around.names or path[0] in self.definitions or path[0] not in self.scope:
            return None
        kind = self.scope[path[0]].type
        for name in (*path[1:], key):
            entry = kind.get(name) if isinstance(kind, ContextOf) else None
            if entry is None:
                return None
            kind = entry.type
        return (*path, key)

    def present(self, node: ast.Expression, holds: bool) -> frozenset[Path]:
        """Paths that are not null where `node` is true or null (with `holds`), or where it is false or null.

        From tests for null only, which are never null themselves. So in `lead.a != null and lead.a = lead.b` the
        right side knows of `lead.a`: where the left is false, the right does not matter.
        """
        match node:
            case ast.Comparison(op=op, left=value, right=ast.NullLiteral()) if op == ("!=" if holds else "="):
                path = static_path(value)
                return frozenset() if path is None else frozenset((path,))
            case ast.And(left=left, right=right) | ast.Or(left=left, right=right):
                one, other = self.present(left, holds), self.present(right, holds)
                return one | other if isinstance(node, ast.And) == holds else one & other
            case ast.Call(function="not", arguments=(ast.Argument(value=value),)):
                return self.present(value, not holds)
            case ast.Name(name=name) if name in self.definitions:
                return self.present(self.definitions[name], holds)
            case _:
                return frozenset()

    # --- conditions and choices ---------------------------------------------------------------------------------

    def _comparison(self, node: ast.Comparison, around: Around) -> Outcomes:
        left, right = self.of(node.left, around), self.of(node.right, around)
        if node.op not in ("=", "!="):
            return self.pair(node, left, right, o.ordered)
        sides = ((node.left, node.right), (node.right, node.left))
        if any(self.is_null_test(value, null, around) for value, null in sides):
            equal = o.TRUE
        else:
            equal = self.pair(node, left, right, o.equal)
        if any(_is_null_test_of_item(value, null, around) for value, null in sides):
            equal = o.of(*(kind for kind, _ in equal.flags))
        return equal if node.op == "=" else o.negation(equal)

    def is_null_test(self, value: ast.Expression, null: ast.Expression, around: Around) -> bool:
        """`lead.country = null` on the missing path itself, or on a part of it."""
        path = static_path(value)
        return (
            isinstance(null, ast.NullLiteral)
            and path is not None
            and path[0] not in around.names
            and path[: len(self.path)] == self.path
        )

    def _choice(self, node: ast.If, around: Around) -> Outcomes:
        condition = self.of(node.condition, around)
        then = self.of(node.then, around.knowing(self.present(node.condition, True)))
        otherwise = self.of(node.otherwise, around.knowing(self.present(node.condition, False)))
        found = o.NOBODY
        for (kind, marked), origins in condition.flags.items():
            branch = then if kind is Kind.TRUE else otherwise
            if marked and kind is Kind.NULL:
                origins |= {self.here(node)}
            found |= branch.mark(origins) if marked else branch
        return found

    def _instance(self, node: ast.InstanceOf, value: Outcomes) -> Outcomes:
        of_null = o.TRUE if node.type.name == "Null" else o.FALSE
        found = o.NOBODY
        for (kind, marked), origins in value.flags.items():
            if kind is Kind.NULL:
                found |= of_null.mark(origins | {self.here(node)}) if marked else of_null
            else:
                found |= o.BOOLEAN.mark(origins) if marked else o.BOOLEAN
        return found


def _is_null_test_of_item(value: ast.Expression, null: ast.Expression, around: Around) -> bool:
    """`item != null`, `x = null` in a loop: the author has said what missing items mean, whichever they are."""
    path = static_path(value)
    return isinstance(null, ast.NullLiteral) and path is not None and path[0] in around.names


def _part_type(kind: Type) -> Type:
    """Of a part that is not declared: a property such as `event.at.hour` is plain, of others nothing is known."""
    return ANY if kind == POISON or isinstance(kind, ContextOf | ListOf) else kind
