"""Calls: is there such a function, are its values right in number, name and kind, and what comes out."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Builtin, Parameter, Signature
from rules_engine.feel.checking import lookalikes, messages_kinds, messages_names, messages_values
from rules_engine.feel.checking.borrowed import borrowed_call, unit_names
from rules_engine.feel.checking.checker import WRONG, Checker, Scope
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.literals import constant_call, constant_parts, is_position, literal_number
from rules_engine.feel.checking.missing_calls import NULL_BY_ITEM
from rules_engine.feel.checking.operators import possible_value
from rules_engine.feel.checking.patterns import check_pattern_arguments
from rules_engine.feel.checking.relations import alike, fits, has_order, is_open, item_of, zones_differ
from rules_engine.feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NULL,
    NUMBER,
    STRING,
    YEARS_MONTHS_DURATION,
    Band,
    Enumeration,
    ListOf,
    Moment,
    RangeOf,
    Type,
    Typed,
    plain,
)

Given = tuple[ast.Expression, Typed]
Paired = list[tuple[Given, Parameter]]

_ORDERED = {NUMBER, STRING, DATE, DAYS_TIME_DURATION, YEARS_MONTHS_DURATION}


def call(checker: Checker, node: ast.Call, scope: Scope) -> Typed:
    function = checker.functions.get(node.function)
    units = unit_names(node) if function is None else ()
    given = [(arg.value, checker.type_of(arg.value, scope)) for arg in node.arguments if arg.value not in units]
    if function is None:
        help = borrowed_call(node, [typed.type for _, typed in given], scope.names)
        return checker.report(messages_names.unknown_function(node, checker.functions.names(), help))
    named = any(argument.name is not None for argument in node.arguments)
    wrong = _wrong_names(checker, node, function) if named else None
    if wrong is not None:
        return wrong
    pairings = _pairings(function, node, given, named)
    if not pairings:
        return checker.report(_why_none(node, function, named))
    lookalikes.grouped_digits(checker, [value for value, _ in given])
    lookalikes.sought_text(checker, node, [value for value, _ in given])
    before = len(checker.findings)
    signature, pairs = min(pairings, key=lambda pairing: len(_misfits(pairing[1])))  # the first of the best
    _check_special(checker, node.function, pairs)
    if len(checker.findings) > before:
        return WRONG
    for (value, typed), parameter in _misfits(pairs):
        _report_misfit(checker, value, typed.type, function, parameter)
    if len(checker.findings) > before:
        return WRONG
    constant = constant_call(checker, node)
    constant_parts(checker, node, [value for (value, _), _ in pairs], signature.scalar)
    check_pattern_arguments(checker, node.function, pairs)
    if len(checker.findings) > before:
        return WRONG
    if constant is not None:
        return Typed(constant, nullable=False)
    kind = _result(signature, pairs, named)
    if any(typed.type == ANY for _, typed in given):  # it may be for another signature
        others = {_result(other, taken, named) for other, taken in pairings if not _misfits(taken)}
        kind = kind if others == {kind} else ANY
    if _may_fail(checker, node.function, signature, pairs):
        checker.failing.add(id(node))
    return Typed(kind, id(node) in checker.failing or any(_passes_null(node.function, *pair) for pair in pairs))


def _may_fail(checker: Checker, function: str, signature: Signature, pairs: Paired) -> bool:
    """Whether it can be null of values that are there and of the types that are known."""
    if any(all(_may_misfit(typed.type, wanted) for wanted in p.types) for (_, typed), p in pairs):
        return True
    if function in NULL_BY_ITEM:
        return not _folds(checker, function, [given for given, _ in pairs])
    if any(typed.type == NULL and not parameter.nullable for (_, typed), parameter in pairs):
        return False
    return not signature.is_total(tuple(_exact_type(value, typed.type) for (value, typed), _ in pairs))


def _folds(checker: Checker, function: str, given: list[Given]) -> bool:
    """Whether `sum(a, b)` or `sum([a, b])` has what it makes one value of: enough written values, all of one kind."""
    match given:
        case [(ast.ListLiteral(items=items), _)]:
            kinds = [checker.types[id(item)].type for item in items]
        case _:
            kinds = [typed.type for _, typed in given]
    wanted = {plain(kind) for kind in kinds}
    if function in ("min", "max"):
        return len(wanted) == 1 and (wanted <= _ORDERED or (len(set(kinds)) == 1 and isinstance(kinds[0], Moment)))
    return wanted == {NUMBER} and len(kinds) >= (2 if function == "stddev" else 1)


def _exact_type(node: ast.Expression, kind: Type) -> Type:
    """The type, of a constant text as the one text that it is."""
    return Enumeration((node.value,)) if isinstance(node, ast.StringLiteral) else kind


def _passes_null(function: str, given: Given, parameter: Parameter) -> bool:
    """Whether it is null where the argument is, or an item of it."""
    _, typed = given
    if function in NULL_BY_ITEM:
        return typed.nullable or (isinstance(typed.type, ListOf) and typed.type.nullable)
    return typed.nullable and not parameter.nullable


def _may_misfit(kind: Type, wanted: Type) -> bool:
    """A value of unknown kind where one of a certain kind is wanted."""
    if isinstance(wanted, ListOf):
        return wanted.item != ANY and _may_misfit(item_of(kind), wanted.item)
    return kind == ANY and wanted != ANY


def _result(signature: Signature, pairs: Paired, named: bool) -> Type:
    return signature.result_type(tuple(_given_type(typed.type, parameter, named) for (_, typed), parameter in pairs))


def _given_type(kind: Type, parameter: Parameter, named: bool) -> Type:
    """What a parameter takes; one for any number of values takes each item of the list that it is given by name.

    A time keeps what is known of its zone where nothing else is taken.
    """
    if isinstance(kind, Moment) and parameter.type == plain(kind):
        return kind
    return plain(kind.item if named and parameter.variadic and isinstance(kind, ListOf) else kind)


def _wrong_names(checker: Checker, node: ast.Call, function: Builtin) -> Typed | None:
    """Named arguments that no signature has, or the same one twice."""
    known = {p.name for signature in function.signatures for p in signature.parameters}
    seen: set[str | None] = set()
    for argument in node.arguments:
        if argument.name not in known:
            return checker.report(messages_names.unknown_parameter(argument, function))
        if argument.name in seen:
            return checker.report(messages_names.repeated_parameter(argument))
        seen.add(argument.name)
    return None


def _pairings(function: Builtin, node: ast.Call, given: list[Given], named: bool) -> list[tuple[Signature, Paired]]:
    """Each signature that takes this many values (or these names), with its parameters beside the values."""
    found: list[tuple[Signature, Paired]] = []
    for signature in function.signatures:
        if named:
            names = {argument.name: value for argument, value in zip(node.arguments, given, strict=True)}
            if signature.takes_names(frozenset(name for name in names if name is not None)):
                found.append((signature, [(names[p.name], _named(p)) for p in signature.parameters if p.name in names]))
        elif signature.takes(len(given)):
            parameters = _precise(function, signature)
            found.append((signature, [(g, parameters[min(i, len(parameters) - 1)]) for i, g in enumerate(given)]))
    return found


def _precise(function: Builtin, signature: Signature) -> tuple[Parameter, ...]:
    """`sum(n...)` takes any values, but it wants what `sum(list)` wants in its list."""
    (*_, last) = signature.parameters or (None,)
    if last is not None and last.variadic and last.types == (ANY,):
        for other in function.signatures:
            match other.parameters:
                case (Parameter(types=(ListOf(item=item),)),) if item != ANY:
                    return (replace(last, types=(item,)),)
    return signature.parameters


def _named(parameter: Parameter) -> Parameter:
    """Called by name, a parameter for any number of values takes them as one list."""
    return replace(parameter, types=(ListOf(parameter.type),)) if parameter.variadic else parameter


def _why_none(node: ast.Call, function: Builtin, named: bool) -> Finding:
    if not named:
        return messages_names.wrong_count(node, function)
    given = {argument.name for argument in node.arguments}
    closest = min(function.signatures, key=lambda s: len({p.name for p in s.parameters} ^ given))
    required = [p.name for p in closest.parameters if not (p.optional or p.variadic) and p.name not in given]
    return (
        messages_names.missing_parameter(node, function, required)
        if required
        else messages_names.wrong_count(node, function)
    )


def _misfits(pairs: Paired) -> list[tuple[Given, Parameter]]:
    return [(given, parameter) for given, parameter in pairs if not _takes(parameter, given)]


def _takes(parameter: Parameter, given: Given) -> bool:
    """Does the value fit, with the standard's reading of a single value as a list of one?"""
    kind = given[1].type
    return any(
        fits(kind, wanted)
        or (isinstance(wanted, ListOf) and not isinstance(kind, ListOf) and fits(kind, wanted.item))
        or (wanted == DATE_AND_TIME and kind == DATE)  # its midnight
        for wanted in parameter.types
    )


def _report_misfit(
    checker: Checker, value: ast.Expression, kind: Type, function: Builtin, parameter: Parameter
) -> None:
    single = isinstance(kind, ListOf) and isinstance(value, ast.ListLiteral) and len(value.items) == 1
    if single and isinstance(kind, ListOf) and any(fits(kind.item, wanted) for wanted in parameter.types):
        checker.report(messages_values.list_as_value(value, kind))
    else:
        checker.report(messages_kinds.wrong_argument(value, kind, function, parameter))


def _check_special(checker: Checker, function: str, pairs: Paired) -> None:
    """What the declared types cannot say: bands of `at least`, items of `list contains`."""
    if function == "not" and len(pairs) == 1:
        (value, typed), _ = pairs[0]
        if not is_open(typed.type) and typed.type != BOOLEAN:
            checker.report(messages_kinds.not_a_condition(value, typed.type, "What stands in `not(…)`"))
    if function in NULL_BY_ITEM:
        for (value, _), _ in pairs:
            for part in value.items if isinstance(value, ast.ListLiteral) else (value,):
                if isinstance(part, ast.NullLiteral):
                    checker.report(messages_kinds.null_among(part, function))
    if function in ("min", "max"):
        _check_extreme(checker, [given for given, _ in pairs])
    for (value, _), parameter in pairs:
        position = literal_number(value) if parameter.name in ("position", "start position") else None
        if position is not None and not is_position(position):
            checker.report(messages_values.no_such_position(value, position))
    if len(pairs) != 2:
        return
    (first, _), (second, _) = pairs
    if function == "at least":
        kind = first[1].type
        if isinstance(kind, Band):
            possible_value(checker, first, second)
        elif not is_open(kind):
            checker.report(messages_kinds.at_least_without_band(first[0], kind))
    elif function in _RELATIONS:
        _check_relation(checker, first, second, ends=function != "coincides")
    elif function in ("list contains", "index of"):
        item = item_of(first[1].type)
        if alike(item, second[1].type):
            possible_value(checker, (first[0], Typed(item)), second)
        else:
            checker.report(messages_kinds.never_an_item(second[0], second[1].type, first[0], item))


_RELATIONS = frozenset(
    (
        *("before", "after", "meets", "met by", "overlaps", "overlaps before", "overlaps after", "coincides"),
        *("finishes", "finished by", "includes", "during", "starts", "started by"),
    )
)
"""How points and ranges lie to each other."""


def _check_relation(checker: Checker, first: Given, second: Given, *, ends: bool) -> None:
    """Points, and with `ends` the ends of ranges: of one kind, with an order, and all with a zone or none."""
    kinds = [first[1].type, second[1].type]
    if ends:
        kinds = [kind.item if isinstance(kind, RangeOf) else kind for kind in kinds]
    for (node, _), kind in zip((first, second), kinds, strict=True):
        if ends and not has_order(kind):
            checker.report(messages_kinds.never_ordered(node, node, kind))
            return
    if not alike(*kinds):
        checker.report(messages_kinds.unlike(second[0], first[0], first[1].type, second[0], second[1].type))
    elif zones_differ(*kinds):
        local, zoned = (second, first) if isinstance(kinds[0], Moment) and kinds[0].zoned else (first, second)
        checker.report(messages_kinds.zones_mixed(second[0], local[0], zoned[0]))


def _check_extreme(checker: Checker, given: list[Given]) -> None:
    """The least or greatest of values: all of one kind, and of one with an order."""
    if not given:
        return
    if len(given) == 1 and isinstance(given[0][1].type, ListOf):
        node, typed = given[0]
        given = [(node, Typed(given[0][1].type.item, typed.nullable))]
    (first, first_typed), *others = given
    if not has_order(first_typed.type):
        checker.report(messages_kinds.never_ordered(first, first, first_typed.type))
        return
    for node, typed in others:
        if not alike(first_typed.type, typed.type):
            checker.report(messages_kinds.unlike(node, first, first_typed.type, node, typed.type))
            return
