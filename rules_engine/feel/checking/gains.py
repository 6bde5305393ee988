"""What missing data would earn: principle 3 of the language, checked by evaluating abstractly.

The rule. Let p be a path that the expression reads and that can be missing, and e_p the expression with the author's
own tests of p (`p = null`, `p != null`, `p in (null, …)`, of p or a part of it) answered as they are when p is
missing. The expression *gains* by missing p if, for some values of everything else, e_p comes to a counted outcome
when p is missing and to another outcome for some value of p. Counted outcomes are: true, for a condition; true and
false, where false counts too (`otherwise`); anything but null, for a formula.

So `lead.country != "US"`, `not(lead.country = "US")`, `if lead.country = "US" then 0 else 10` gain; and
`lead.country = "US" or event.path = "/x"` does not, nor does `lead.status = null or not(lead.status in ("staff"))`.

How. For each such p the expression is evaluated over sets of outcomes (`outcomes`, `missing`), with p null and all
else arbitrary. An outcome is marked when it depends on p by more than the author's tests; a marked counted outcome is
a gain. Sets are over-approximated, so no gain is overlooked; what can happen is a false alarm, where the truth depends
on how two values hang together (`if lead.country = "US" then 5 else 5`, or `a > 1 or not(a > 1)` of a missing `a`
with another field in between).

Not seen: missing items *inside* lists of the data (declared lists have none) and missing entries of contexts in them;
and a list or context that merely carries the missing value on is no gain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import messages_missing
from rules_engine.feel.checking.expression import failing_nodes
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.guards import guarded, place_of
from rules_engine.feel.checking.lines import Lines
from rules_engine.feel.checking.missing import Evaluation, Path
from rules_engine.feel.checking.outcomes import Kind, Outcomes
from rules_engine.feel.checking.reads import reads
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.checking.wording import text_of
from rules_engine.feel.functions import all_functions
from rules_engine.feel.types import ContextOf, Typed
from rules_engine.records import dataclass

Counts: TypeAlias = Literal["condition", "decision", "value"]
Definitions: TypeAlias = Mapping[str, ast.Expression]

_COUNTED: dict[Counts, tuple[Kind, ...]] = {
    "condition": (Kind.TRUE,),
    "decision": (Kind.TRUE, Kind.FALSE),
    "value": (Kind.TRUE, Kind.FALSE, Kind.VALUE),
}


@dataclass(frozen=True, slots=True)
class Gain:
    """Missing `path` can make it `kind`; `origins` are the parts of the expression that make something of nothing."""

    path: Path
    kind: Kind
    origins: tuple[ast.Node, ...]


class Gains:
    """What `whole` can gain, as it is written or with guards in it.

    Its types tell which nodes always have a result. They take as long as all the rest, so they are worked out once,
    when something may be gained: a guard tests for null and keeps the nodes that it guards, so what was found holds.
    """

    def __init__(
        self,
        whole: ast.Expression,
        scope: Mapping[str, Typed],
        functions: Registry,
        counts: Counts = "condition",
        definitions: Definitions | None = None,
    ) -> None:
        self._scope, self._functions, self._counts, self._definitions = scope, functions, counts, definitions or {}
        self._failing = cache(lambda: failing_nodes(whole, scope, functions, self._definitions))

    def by(self, path: Path, node: ast.Expression) -> Gain | None:
        """The gain of `node`, the whole or the whole with guards, by missing `path`; None where there is none."""
        run = Evaluation(path, self._scope, self._functions, self._definitions)
        if self._counted(run.of(node)) is None:
            return None
        run = Evaluation(path, self._scope, self._functions, self._definitions, failing=self._failing())
        found = run.of(node)
        origins = self._counted(found)
        if origins is None:
            return None
        kinds = (*_COUNTED[self._counts], Kind.VALUE)
        kind = next(kind for kind in kinds if kind is Kind.VALUE or (kind, True) in found.flags)
        return Gain(path, kind, tuple(run.origins[origin] for origin in origins if origin in run.origins) or (node,))

    def _counted(self, found: Outcomes) -> frozenset[int] | None:
        own = found.origins_of(*_COUNTED[self._counts])
        inner = None if found.inner is None or self._counts != "value" else self._counted(found.inner)
        return own if inner is None else (own or frozenset()) | inner


def missing_paths(
    node: ast.Expression, scope: Mapping[str, Typed], definitions: Definitions | None = None
) -> tuple[Path, ...]:
    """The paths that the expression reads and that can be missing, each with the contexts around it, sorted."""
    read = set(reads(node, scope))
    for name in {path[0] for path in reads(node)} & set(definitions or {}):
        read |= reads((definitions or {})[name], scope)
    found: set[Path] = set()
    for path in read:
        typed = scope[path[0]]
        for length in range(1, len(path) + 1):
            if typed.nullable:
                found.add(path[:length])
            entry = typed.type.get(path[length]) if length < len(path) and isinstance(typed.type, ContextOf) else None
            if entry is None:
                break
            typed = Typed(entry.type, entry.nullable)
        if isinstance(typed.type, ContextOf) and len(path) == length:  # the context as a whole
            found |= {(*path, entry.name) for entry in typed.type.entries if entry.nullable}
    return tuple(sorted(found))


def null_gains(
    node: ast.Expression,
    scope: Mapping[str, Typed],
    functions: Registry | None = None,
    *,
    counts: Counts = "condition",
    definitions: Definitions | None = None,
) -> tuple[Finding, ...]:
    """A finding for each part of `node` that counts because of missing data, with the fixed expression as its fix.

    `counts` says what the expression is for: a "condition" (true counts), a "decision" (a `when` with `otherwise`:
    false counts as well) or a "value" (points, weights: anything but null counts). `definitions` are the names of
    conditions that the expression uses; they are looked into.
    """
    lines = Lines("all", (node,))
    return null_gains_of_lines(lines, scope, functions, counts=counts, definitions=definitions)[0]


def null_gains_of_lines(
    lines: Lines,
    scope: Mapping[str, Typed],
    functions: Registry | None = None,
    *,
    counts: Counts = "condition",
    definitions: Definitions | None = None,
) -> tuple[tuple[Finding, ...], ...]:
    """The same for a condition written in several lines: the findings of each expression, in the order of the lines.

    A test in one line guards the others: an `all` of `lead.country != null` and `lead.country != "US"` is clean.
    """
    written = lines.expressions()
    whole = lines.combined(written)
    gains = Gains(whole, scope, functions or all_functions(), counts, definitions)
    fixed = list(written)
    found: list[dict[int, tuple[ast.Node, Kind, list[Path]]]] = [{} for _ in written]
    for path in missing_paths(whole, scope, definitions):

        def gain(expressions: Sequence[ast.Expression], path: Path = path) -> Gain | None:
            return gains.by(path, lines.combined(expressions))

        first = gain(written)
        if first is None or gain(fixed) is None:
            continue  # no gain, or the fix for another path has taken it away
        for number, (line, turned) in enumerate(zip(written, lines.turned(), strict=True)):
            origins = {id(origin) for origin in first.origins} & {id(part) for part in walk(line)}
            if not origins:
                continue
            place = place_of(line, frozenset(origins))
            found[number].setdefault(id(place), (place, first.kind, []))[2].append(path)

            def still(candidate: ast.Expression, number: int = number) -> bool:
                return gain([*fixed[:number], candidate, *fixed[number + 1 :]]) is not None

            fixed[number] = guarded(fixed[number], path, frozenset(origins), counts, turned, still)
    return tuple(
        tuple(_finding(counts, turned, *place, text_of(fix)) for place in places.values())
        for places, turned, fix in zip(found, lines.turned(), fixed, strict=True)
    )


def _finding(counts: Counts, turned: bool, place: ast.Node, kind: Kind, paths: list[Path], fix: str) -> Finding:
    names = [".".join(path) for path in paths]
    if counts == "value":
        return messages_missing.value_when_missing(place, names, fix)
    if kind is Kind.TRUE:
        return (messages_missing.none_when_missing if turned else messages_missing.true_when_missing)(place, names, fix)
    return messages_missing.false_when_missing(place, names, fix)
