"""Whether a value is of a type (`instance of`), and how an argument is made to fit a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rules_engine.feel import ast, types
from rules_engine.feel.builtins.declare import Parameter
from rules_engine.feel.interpret.arithmetic import number_of
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.interpret.scope import charge, charge_text, within_budget
from rules_engine.feel.types import Type
from rules_engine.feel.values import Date, DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration
from rules_engine.feel.values.temporal import date_time

_CLASSES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "number": (float, int),
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "days and time duration": DaysTimeDuration,
    "years and months duration": YearsMonthsDuration,
    "list": list,
    "context": dict,
    "range": Range,
}


def is_instance(value: object, wanted: ast.TypeName) -> bool | None:
    """`value instance of wanted`. Null is an instance of `Null` only; an unknown type gives null."""
    if not _is_known(wanted):
        return undefined(f"there is no type {wanted.name!r}")
    if value is None:
        return wanted.name == "Null"
    return within_budget(lambda: _conforms(value, wanted))


def _is_known(wanted: ast.TypeName) -> bool:
    if wanted.name not in _CLASSES and wanted.name not in ("Any", "Null", "function"):
        return False
    return all(map(_is_known, wanted.arguments)) and all(_is_known(entry) for _, entry in wanted.entries)


def _conforms(value: object, wanted: ast.TypeName) -> bool:
    """Inside lists and contexts null conforms to every type."""
    if wanted.name == "Any" or value is None:
        return True
    if wanted.name in ("Null", "function"):
        return False
    if not isinstance(value, _CLASSES[wanted.name]) or (wanted.name == "number" and isinstance(value, bool)):
        return False
    if isinstance(value, list) and wanted.arguments:
        charge(len(value))
        return all(_conforms(item, wanted.arguments[0]) for item in value)
    if isinstance(value, Range) and wanted.arguments:
        return _conforms(value.low, wanted.arguments[0]) and _conforms(value.high, wanted.arguments[0])
    if isinstance(value, dict):
        return all(name in value and _conforms(value[name], entry) for name, entry in wanted.entries)
    return True


class _Misfit:
    """The mark of an argument that does not fit its parameter."""


MISFIT: Final = _Misfit()
Fit = Callable[[object], object]
"""Value → the value as the parameter takes it, or `MISFIT`. Null fits only where the parameter is nullable."""


def fit_for(parameter: Parameter) -> Fit:
    """The check and conversion for a parameter."""
    fits = [_fit_type(wanted) for wanted in parameter.types]
    if parameter.nullable:
        fits.insert(0, _fit_null)
    if len(fits) == 1:
        return fits[0]

    def fit(value: object) -> object:
        for one in fits:
            fitted = one(value)
            if fitted is not MISFIT:
                return fitted
        return MISFIT

    return fit


def _fit_null(value: object) -> object:
    return None if value is None else MISFIT


def _fit_any(value: object) -> object:
    return MISFIT if value is None else value


def _fit_list(value: object) -> object:
    if isinstance(value, list):
        charge(len(value))
        return value
    return MISFIT if value is None else [value]


def _fit_number(value: object) -> object:
    if type(value) is float:
        return value
    number = number_of(single(value))
    return MISFIT if number is None else number


def _fit_string(value: object) -> object:
    if type(value) is not str:
        value = single(value)
        if not isinstance(value, str):
            return MISFIT
    charge_text(value)
    return value


def _fit_date_time(value: object) -> object:
    value = single(value)
    if isinstance(value, Date):
        return date_time(value.days, 0, 0)
    return value if isinstance(value, DateTime) else MISFIT


def single(value: object) -> object:
    """The item of a list of one: the standard's conversion where a single value is wanted."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _fit_type(wanted: Type) -> Fit:
    if wanted == types.ANY:
        return _fit_any
    if isinstance(wanted, types.ListOf):
        return _fit_list
    if wanted == types.NUMBER:
        return _fit_number
    if wanted == types.STRING:
        return _fit_string
    if wanted == types.DATE_AND_TIME:
        return _fit_date_time
    name = (
        "range"
        if isinstance(wanted, types.RangeOf)
        else "context"
        if isinstance(wanted, types.ContextOf)
        else str(wanted)
    )
    known = _CLASSES[name]

    def fit(value: object) -> object:
        value = single(value)
        return value if isinstance(value, known) else MISFIT

    return fit
