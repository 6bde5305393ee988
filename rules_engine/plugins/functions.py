"""A plugin's functions for expressions: Python values in, Python values out, held to the types they declare."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from rules_engine.feel.builtins.declare import Builtin, Signature
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.types import ANY, BOOLEAN, NUMBER, STRING, ContextOf, ListOf, Type
from rules_engine.feel.values import DateTime, Range, Time, YearsMonthsDuration, from_feel, to_feel
from rules_engine.feel.values.durations import DaysTimeDuration
from rules_engine.feel.values.temporal import Date
from rules_engine.model.extensions import PluginError
from rules_engine.plugins.guard import brief, call

Scalar = Callable[..., object]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_TEMPORAL = {
    "date": (Date, date),
    "time": (Time, time),
    "date and time": (DateTime, datetime),
    "days and time duration": (DaysTimeDuration, timedelta),
    "years and months duration": (YearsMonthsDuration, YearsMonthsDuration),
}
_NOT_PYTHON = (Date, Time, DateTime)


def function(plugin: str, declared: Builtin) -> Builtin:
    """The function with every signature guarded. Raises `PluginError` for a declaration that cannot stand."""
    part = f"function {declared.name}()"
    if not _NAME.match(declared.name):
        raise PluginError(plugin, part, "its name is no plain word of letters, digits and _, such as is_free_mail")
    if not declared.doc.strip():
        raise PluginError(plugin, part, "it has no doc, and the reference would have nothing to say of it")
    if declared.ambient:
        raise PluginError(plugin, part, "it reads the clock; take the moment as an argument")
    columns = declared.columns
    return replace(
        declared,
        group=f"Of the plugin {plugin}",
        signatures=tuple(_guarded(plugin, part, signature) for signature in declared.signatures),
        columns=None if columns is None else _column_form(plugin, part, columns, declared.signatures[0].result),
    )


def _column_form(plugin: str, part: str, columns: Scalar, result: object) -> Scalar:
    """The form over columns, held to an expression; what is no finite number is null, as from one value."""

    def form(*given: object) -> object:
        made: Any = call(plugin, part, lambda: columns(*given))
        if not hasattr(made, "meta"):  # this module knows no Polars, as it is part of what scores one lead
            raise PluginError(plugin, f"{part} over columns", f"it gave {brief(made)}, which is no Polars expression")
        if result != NUMBER:
            return made
        added = made.is_finite().replace_strict({True: 0.0}, default=None)  # refuses texts and truths
        return made + added

    return form


def _guarded(plugin: str, part: str, signature: Signature) -> Signature:
    scalar, total = signature.scalar, signature.total
    wanted = ANY if callable(signature.result) else signature.result
    plain = all(type_ in (STRING, NUMBER, BOOLEAN) for parameter in signature.parameters for type_ in parameter.types)

    def run(*given: object) -> object:
        values = given if plain else tuple(map(_to_python, given))
        if any(isinstance(value, _NOT_PYTHON) for value in values):
            return None  # years that Python's dates do not have
        try:
            value = scalar(*values)
        except Exception as error:
            raise PluginError(plugin, part, f"{type(error).__name__}: {error}") from error
        if value is None:
            if total:
                raise PluginError(plugin, part, "it gave nothing, and is declared to be total")
            return None
        return _to_declared(value, wanted, plugin, part)

    return replace(signature, scalar=run)


def _to_python(value: object) -> object:
    """The plain Python value, a copy where it could be changed. Numbers stay floats, whole ones too."""
    if isinstance(value, list):
        return [_to_python(item) for item in value]
    if isinstance(value, dict):
        return {key: _to_python(item) for key, item in value.items()}
    return value if isinstance(value, (float, str, bool)) else from_feel(value)


def _to_declared(value: object, wanted: Type, plugin: str, part: str) -> object:
    try:
        converted = to_feel(value)
    except FeelLimitError as error:
        raise PluginError(plugin, part, f"it gave {brief(value)}: {error.message}") from None
    if converted is None and isinstance(value, float):
        return None  # not a finite number: null, as everywhere in FEEL
    if converted is None or not _is(converted, wanted):
        raise PluginError(plugin, part, f"it gave {brief(value)}, which is no {wanted}")
    return converted


def _is(value: object, wanted: Type) -> bool:
    if wanted == ANY:
        return True
    if wanted == NUMBER:
        return isinstance(value, float)
    if wanted == STRING:
        return isinstance(value, str)
    if wanted == BOOLEAN:
        return isinstance(value, bool)
    if isinstance(wanted, ListOf):
        return isinstance(value, list) and all(item is None or _is(item, wanted.item) for item in value)
    if isinstance(wanted, ContextOf):
        return isinstance(value, dict)
    if str(wanted) in _TEMPORAL:
        return isinstance(value, _TEMPORAL[str(wanted)][0])
    return isinstance(value, Range)
