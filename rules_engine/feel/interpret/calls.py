"""Calls of functions: which signature fits the arguments, and how they are passed.

The signatures that can fit are chosen once, by number and names of the arguments; where several remain
(`date(from)` of a text or of a date and time), the values choose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Builtin, Parameter, Signature
from rules_engine.feel.interpret.conform import MISFIT, Fit, fit_for
from rules_engine.feel.interpret.reasons import kind, undefined
from rules_engine.feel.interpret.scope import CLOCK, LONG_TEXT, Run, Scope, charge
from rules_engine.feel.values import DateTime, to_feel

Slots: TypeAlias = tuple[int | None, ...]
"""For each value that the code takes, the number of the argument; None where an optional one was left out."""


def compile_call(
    node: ast.Call, builtin: Builtin | None, arguments: Sequence[Run], constants: Mapping[Run, object]
) -> Run:
    """The code of a call; one that can never fit is null with its reason. `constants` are arguments with one value."""
    if builtin is None:
        return _always_null(f"there is no function {node.function!r}")
    if builtin.ambient:
        return _compile_ambient(node, builtin)
    ways = [way for signature in _likeliest(builtin, node) if (way := _way(signature, node.arguments)) is not None]
    if not ways:
        return _always_null(f"{node.function}() does not take these arguments")
    if len(ways) == 1:
        return _compile_single(ways[0], arguments, node.function, constants)
    return _compile_several(ways, arguments, node.function)


def _likeliest(builtin: Builtin, node: ast.Call) -> list[Signature]:
    """The signatures, first those with the names in the order in which they are given: `before` takes a point and a
    range by the same two names either way around, and only their order says which is asked to be before the other."""
    names = [argument.name for argument in node.arguments]
    return sorted(builtin.signatures, key=lambda signature: [p.name for p in signature.parameters] != names)


Way: TypeAlias = tuple[Callable[..., object], tuple[Fit, ...], Slots]


def _way(signature: Signature, arguments: tuple[ast.Argument, ...]) -> Way | None:
    """How the arguments go into a signature, or None where their number or names do not fit."""
    parameters = signature.parameters
    if not arguments or arguments[0].name is None:
        if not signature.takes(len(arguments)):
            return None
        chosen = [parameters[min(i, len(parameters) - 1)] for i in range(len(arguments))]
        return signature.scalar, tuple(map(fit_for, chosen)), tuple(range(len(arguments)))
    names = [argument.name for argument in arguments if argument.name is not None]
    if len(set(names)) != len(names) or not signature.takes_names(frozenset(names)):
        return None
    slots = [names.index(p.name) if p.name in names else None for p in parameters]
    while slots and slots[-1] is None:
        slots.pop()
    fits = tuple(_fit_all(p) if p.variadic else fit_for(p) for p in parameters[: len(slots)])
    if parameters and parameters[-1].variadic and len(slots) == len(parameters):
        return _spread(signature.scalar), fits, tuple(slots)
    return signature.scalar, fits, tuple(slots)


def _fit_all(parameter: Parameter) -> Fit:
    """A variadic parameter called by name takes its values as one list, or a single value."""
    fit_one = fit_for(parameter)

    def fit(value: object) -> object:
        values = value if isinstance(value, list) else [value]
        charge(len(values))
        fitted = [fit_one(each) for each in values]
        return MISFIT if MISFIT in fitted else fitted

    return fit


def _spread(scalar: Callable[..., object]) -> Callable[..., object]:
    return lambda *values: scalar(*values[:-1], *values[-1])


def _run(way: Way, values: list[object], function: str) -> object:
    """Fits the values and runs the code; `MISFIT` where one does not fit."""
    scalar, fits, slots = way
    passed: list[object] = []
    for fit, slot in zip(fits, slots, strict=True):
        if slot is None:
            passed.append(None)
            continue
        value = fit(values[slot])
        if value is MISFIT:
            return MISFIT
        passed.append(value)
    return _call(scalar, passed, function)


def _call(scalar: Callable[..., object], passed: Sequence[object], function: str) -> object:
    try:
        return scalar(*passed)
    except (ArithmeticError, ValueError) as problem:
        return undefined(f"{function}(): {problem}")


def _refuse(function: str, values: Sequence[object]) -> object:
    if any(value is None for value in values):
        return undefined(f"an argument of {function}() is null")
    return undefined(f"{function}() does not take {', '.join(map(kind, values))}")


def _compile_single(way: Way, arguments: Sequence[Run], function: str, constants: Mapping[Run, object]) -> Run:
    scalar, fits, slots = way
    if slots == (0,):
        (fit,), (argument,) = fits, arguments

        def run_one(scope: Scope) -> object:
            given = argument(scope)
            value = fit(given)
            if value is MISFIT:
                return _refuse(function, [given])
            try:
                return scalar(value)
            except (ArithmeticError, ValueError) as problem:
                return undefined(f"{function}(): {problem}")

        return run_one
    if slots == (0, 1):
        (fit_1, fit_2), (argument_1, argument_2) = fits, arguments
        known = constants.get(argument_2)
        fitted = fit_2(known) if type(known) is str and len(known) <= LONG_TEXT else MISFIT
        if fitted is not MISFIT:  # a literal text, which costs no budget

            def run_with_text(scope: Scope) -> object:
                given = argument_1(scope)
                value = fit_1(given)
                if value is MISFIT:
                    return _refuse(function, [given, known])
                try:
                    return scalar(value, fitted)
                except (ArithmeticError, ValueError) as problem:
                    return undefined(f"{function}(): {problem}")

            return run_with_text

        def run_two(scope: Scope) -> object:
            given_1, given_2 = argument_1(scope), argument_2(scope)
            value_1, value_2 = fit_1(given_1), fit_2(given_2)
            if value_1 is MISFIT or value_2 is MISFIT:
                return _refuse(function, [given_1, given_2])
            try:
                return scalar(value_1, value_2)
            except (ArithmeticError, ValueError) as problem:
                return undefined(f"{function}(): {problem}")

        return run_two

    def run(scope: Scope) -> object:
        values = [argument(scope) for argument in arguments]
        result = _run(way, values, function)
        return _refuse(function, values) if result is MISFIT else result

    return run


def _compile_several(ways: Sequence[Way], arguments: Sequence[Run], function: str) -> Run:
    def run(scope: Scope) -> object:
        values = [argument(scope) for argument in arguments]
        for way in ways:
            result = _run(way, values, function)
            if result is not MISFIT:
                return result
        return _refuse(function, values)

    return run


def _compile_ambient(node: ast.Call, builtin: Builtin) -> Run:
    if node.arguments:
        return _always_null(f"{node.function}() takes no arguments")
    scalar = builtin.signatures[0].scalar

    def run(scope: Scope) -> object:
        clock = to_feel(scope.get(CLOCK, scope.get("now")))
        return scalar(clock) if isinstance(clock, DateTime) else undefined("there is no time of evaluation here")

    return run


def _always_null(reason: str) -> Run:
    return lambda scope: undefined(reason)
