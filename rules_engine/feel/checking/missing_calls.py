"""Calls in the abstract evaluation: what a function makes of a missing value.

By its declaration, a function gives null for a null argument unless the parameter takes null. What the declarations do
not say, how functions treat missing *items* of a list, is listed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Builtin, Parameter
from rules_engine.feel.checking import outcomes as o
from rules_engine.feel.checking.missing_tests import or_not
from rules_engine.feel.checking.outcomes import Kind, Outcomes
from rules_engine.feel.types import ANY, BOOLEAN, ListOf

if TYPE_CHECKING:
    from rules_engine.feel.checking.missing import Around, Evaluation

NULL_BY_ITEM = ("sum", "mean", "min", "max", "product", "median", "mode", "stddev")  # one missing item: no result
LENGTH = ("count",)  # missing items are items


def outcomes_of_call(run: Evaluation, node: ast.Call, values: list[Outcomes], around: Around) -> Outcomes:
    match node.function, values:
        case "not", [operand]:
            return o.negation(operand)
        case "is", [left, right]:
            return run.pair(node, left, right, o.same)
        case "list contains", [_, _]:
            return _contains(run, node, values, around)
        case name, [items] if name in LENGTH:
            return run.pair(node, o.VALUE, Outcomes(items.flags), run.result(node))
        case name, _ if name in NULL_BY_ITEM:
            found = o.VALUE
            for value in values:
                found = run.pair(node, found, Outcomes(value.flags), run.result(node))
                if value.inner is not None and value.inner.flags:  # an empty list has no items to look at
                    found = run.pair(node, found, value.inner, run.result(node))
            return found
        case (("all" | "any"), _):
            return _fold(run, node, values)
        case _:
            return _declared(run, node, values)


def _contains(run: Evaluation, node: ast.Call, values: list[Outcomes], around: Around) -> Outcomes:
    """Membership; a null that is written in the list is a test for null, as it is of `in`."""
    given = list(zip((argument.value for argument in node.arguments), values, strict=True))
    if node.arguments[0].name == "element":
        given.reverse()
    (listed, items), (looked_for, element) = given
    written = listed.items if isinstance(listed, ast.ListLiteral) else ()
    if any(run.is_null_test(looked_for, item, around) for item in written):
        return o.TRUE
    inner = items.inner if items.inner is not None else items
    found = o.FALSE | or_not(run, node, run.pair(node, inner, element, o.equal))
    outer = o.paired(o.VALUE, Outcomes(items.flags), o.strict, run.here(node))
    return o.through(outer, found)


def _fold(run: Evaluation, node: ast.Call, values: list[Outcomes]) -> Outcomes:
    """`all` and `any` of a list, or of several values."""
    fold, found = (o.conjunction, o.TRUE) if node.function == "all" else (o.disjunction, o.FALSE)
    for value in values:
        if value.inner is None:
            found = fold(found, value)
            continue
        for _ in range(4):
            found |= fold(found, value.inner)
        outer = o.paired(o.VALUE, Outcomes(value.flags), o.strict, run.here(node))
        for (kind, marked), origins in outer.flags.items():
            if kind is Kind.NULL:
                found |= Outcomes({(kind, marked): origins})
            elif marked:
                found |= found.mark(origins)
    return found


def _declared(run: Evaluation, node: ast.Call, values: list[Outcomes]) -> Outcomes:
    function = run.functions.get(node.function)
    if function is None:
        origins = frozenset().union(*(value.origins for value in values)) | {run.here(node)}
        return o.ANYTHING.mark(origins) if any(value.marked for value in values) else o.ANYTHING
    found = o.VALUE
    for value, parameters in zip(values, _parameters(function, node), strict=True):
        if any(parameter.nullable for parameter in parameters):
            value = _taken(run, node, value)
        found = run.pair(node, found, value, run.result(node))
    made = o.NOBODY
    for (kind, marked), origins in found.flags.items():
        results = o.NULL if kind is Kind.NULL else _results(function)
        made |= results.mark(origins) if marked else results
    return made


def _taken(run: Evaluation, node: ast.Call, value: Outcomes) -> Outcomes:
    """An argument that may be null: a null is a value like others, and something is made of it here."""
    flags = []
    for (kind, marked), origins in value.flags.items():
        if kind is Kind.NULL and marked:
            origins |= {run.here(node)}
        flags.append(((Kind.VALUE, marked), origins))
    return Outcomes(o.build(flags), value.inner)


def _parameters(function: Builtin, node: ast.Call) -> list[list[Parameter]]:
    """For each argument, the parameters that it can be for, over all signatures that fit."""
    found: list[list[Parameter]] = [[] for _ in node.arguments]
    for signature in function.signatures:
        for place, argument in enumerate(node.arguments):
            if argument.name is not None:
                found[place] += [p for p in signature.parameters if p.name == argument.name]
            elif signature.takes(len(node.arguments)):
                found[place].append(signature.parameters[min(place, len(signature.parameters) - 1)])
    return found


def _results(function: Builtin) -> Outcomes:
    """What the function gives when it gives something."""
    made, there = o.NOBODY, o.BOOLEAN | o.VALUE
    for signature in function.signatures:
        kind = ANY if callable(signature.result) else signature.result
        if kind == BOOLEAN:
            made |= o.BOOLEAN
        elif kind == ANY:
            made |= o.of(Kind.TRUE, Kind.FALSE, Kind.VALUE, inner=o.of(*Kind))
        elif isinstance(kind, ListOf):
            made |= o.of(Kind.VALUE, inner=o.of(*Kind) if kind.item == ANY else there)
        else:
            made |= o.VALUE
    return made
