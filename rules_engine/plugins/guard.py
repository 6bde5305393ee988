"""A plugin's code, each piece in a wrapper: what it raises becomes a `PluginError` with the plugin's name, and what it
gives is checked before anybody uses it. What it is given is a copy, so that it cannot change what the engine holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import fields, replace
from math import isfinite
from numbers import Real
from pathlib import Path
from reprlib import Repr
from types import MappingProxyType
from typing import Any, TypeVar

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Severity, Span
from rules_engine.hooks import Observer
from rules_engine.model.extensions import (
    Action,
    Check,
    Content,
    Delivery,
    Facts,
    Finding,
    Law,
    Member,
    PluginError,
    Reader,
    Rollup,
    Section,
    Source,
    SourceError,
    UndeliverableError,
)
from rules_engine.model.read_decay import DECAY_KEYS
from rules_engine.model.types import Model

T = TypeVar("T")
R = TypeVar("R")
_MOST_POINTS = 9e12
_BRIEF = Repr()
_BRIEF.maxlong, _BRIEF.maxstring, _BRIEF.maxother = 60, 80, 80
_OF_FINDING = {"message": str, "span": Span, "help": str, "severity": Severity}
_CODES = {Severity.ERROR: "RE490", Severity.WARNING: "RE491", Severity.HINT: "RE492"}


def failed(plugin: str, part: str, error: Exception) -> PluginError:
    """The error for something that a plugin raised; the cause stays attached by `raise ... from`."""
    return PluginError(plugin, part, f"{type(error).__name__}: {error}")


def call(plugin: str, part: str, code: Callable[[], R], *allowed: type[Exception]) -> R:
    """Runs a plugin's code; only `allowed` exceptions and those of the interpreter itself come out as they are."""
    try:
        return code()
    except allowed:
        raise
    except PluginError:
        raise
    except Exception as error:
        raise failed(plugin, part, error) from error


def law(plugin: str, declared: Law) -> Law:
    """The law with its table guarded; that it is a table of steps is checked where a model uses it."""
    part = f'law "{declared.name}"'
    _held_to_schema(plugin, part, declared.parameters)
    taken = sorted({*DECAY_KEYS} & {*declared.parameters.get("properties", ())})
    if taken:
        raise PluginError(plugin, part, f"`{taken[0]}` is a key of every decay; call the setting something else")

    def table(parameters: Mapping[str, Any]) -> Sequence[tuple[int, float]]:
        steps: list[Any] = call(plugin, part, lambda: list(map(tuple, declared.table(deepcopy(dict(parameters))))))
        for step in steps:
            if len(step) != 2 or not all(isinstance(one, Real) and not isinstance(one, bool) for one in step):
                raise PluginError(plugin, part, f"it gave {brief(step)} where a step is (age in microseconds, weight)")
        return steps

    return replace(declared, table=table)


def check(plugin: str, declared: Check) -> Callable[[Model], Sequence[Diagnostic]]:
    """The check as a function that gives findings to show; a check that fails is a finding, too."""
    run, part = declared.run, f'check "{declared.name}"'

    def findings(model: Model) -> list[Diagnostic]:
        try:
            found = call(plugin, part, lambda: list(run(_read_only(model))))
            for one in found:
                if not isinstance(one, Finding):
                    raise PluginError(plugin, part, f"it gave {_kind(one)} instead of findings")
                for name, kind in _OF_FINDING.items():
                    if not isinstance(getattr(one, name), kind):
                        said = f"the {name} of a finding is {_kind(getattr(one, name))}, not a {kind.__name__}"
                        raise PluginError(plugin, part, said)
        except PluginError as error:
            whole = Span(model.file, 0, 0, 1, 1, 1, 1)
            said = f'The plugin "{plugin}" failed in its {part}: {error.problem}.'
            return [finding("RE493", said, whole, "Update or remove the plugin, or tell its maker.")]
        return [
            finding(_CODES[one.severity], f"{one.message} ({declared.name}, plugin {plugin})", one.span, one.help)
            for one in found
        ]

    return findings


def reader(plugin: str, declared: Reader) -> Reader:
    """The reader with `open` and `read` guarded."""
    part = f"reader of {declared.scheme}://"

    def open_source(uri: str, folder: Path) -> Source:
        source = call(plugin, part, lambda: declared.open(uri, folder), SourceError)
        if not isinstance(source, Source):
            raise PluginError(plugin, part, f"it gave {_kind(source)} instead of a Source")
        names = call(plugin, part, lambda: tuple(map(str, source.columns)))
        return Source(names, lambda wanted: call(plugin, part, lambda: source.read(tuple(wanted)), SourceError))

    return replace(declared, open=open_source, plugin=plugin)


def rollup(plugin: str, declared: Rollup) -> Rollup:
    """The roll-up, held to finite numbers."""
    part = f'roll-up "{declared.name}"'

    def combine(members: Sequence[Member]) -> float | None:
        value = call(plugin, part, lambda: declared.combine(tuple(members)))
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _MOST_POINTS:
            raise PluginError(plugin, part, f"it gave {brief(value)} instead of points or None")
        return float(value)

    return replace(declared, combine=combine)


def action(plugin: str, declared: Action) -> Action:
    """The action with `deliver` guarded; `UndeliverableError` passes."""
    part = f'action "{declared.name}"'
    _held_to_schema(plugin, part, declared.parameters)

    def deliver(delivery: Delivery) -> None:
        call(plugin, part, lambda: declared.deliver(_own(delivery)), UndeliverableError)

    return replace(declared, deliver=deliver)


def section(plugin: str, declared: Section) -> Section:
    """The section, held to text and to rows as long as its head."""
    part = f'section "{declared.name}"'
    if declared.about not in ("lead", "population"):
        raise PluginError(plugin, part, f"it is about {brief(declared.about)}, which is neither lead nor population")

    def build(facts: Facts) -> Content | None:
        content = call(plugin, part, lambda: declared.build(deepcopy(dict(facts))))
        if content is not None and not isinstance(content, Content):
            raise PluginError(plugin, part, f"it gave {_kind(content)} instead of a Content")
        if content is not None:
            _held_to_content(plugin, part, content)
        return content

    return replace(declared, build=build)


def _held_to_content(plugin: str, part: str, content: Content) -> None:
    for name, texts in (("text", content.text), ("columns", content.columns)):
        if not isinstance(texts, (tuple, list)) or not all(isinstance(one, str) for one in texts):
            raise PluginError(plugin, part, f"its {name} are {brief(texts)}, not a tuple of texts")
    if not isinstance(content.rows, (tuple, list)):
        raise PluginError(plugin, part, f"its rows are {brief(content.rows)}, not a tuple of rows")
    for row in content.rows:
        if not isinstance(row, (tuple, list)) or len(row) != len(content.columns):
            raise PluginError(plugin, part, f"a row has not {len(content.columns)} cells, as its columns say")
        for cell in row:
            if not (cell is None or isinstance(cell, (str, int)) or (isinstance(cell, float) and isfinite(cell))):
                raise PluginError(plugin, part, f"a cell is {brief(cell)}, which is no text, number or boolean")


def _held_to_schema(plugin: str, part: str, schema: object) -> None:
    if not isinstance(schema, Mapping):
        raise PluginError(plugin, part, f"its parameters are {_kind(schema)}, not a JSON Schema")


def observer(plugin: str, declared: Observer) -> Observer:
    """The observer, given results and deliveries that it cannot change."""
    part = f'observer "{declared.name}"'
    scored, moved, fired = declared.scored, declared.band_changed, declared.automation_fired
    return replace(
        declared,
        scored=scored and (lambda result: call(plugin, part, lambda: scored(_read_only(result)))),
        band_changed=moved and (lambda lead_id, move: call(plugin, part, lambda: moved(lead_id, move))),
        automation_fired=fired and (lambda delivery: call(plugin, part, lambda: fired(_own(delivery)))),
    )


def _own(delivery: Delivery) -> Delivery:
    """A copy that may be changed without harm."""
    return replace(delivery, parameters=deepcopy(dict(delivery.parameters)), result=deepcopy(dict(delivery.result)))


def _read_only(record: T) -> T:
    """The frozen record with its maps behind read-only views; lists in them (constants) are copied."""
    changes: dict[str, Any] = {}
    for part in fields(record):  # type: ignore[arg-type]  # records of ours only
        value = getattr(record, part.name)
        if isinstance(value, Mapping):
            own = {key: deepcopy(item) if isinstance(item, list) else item for key, item in value.items()}
            changes[part.name] = MappingProxyType(own)
    return replace(record, **changes)  # type: ignore[type-var]


def instances(plugin: str, hook: str, kind: type[T], given: Iterable[object]) -> list[T]:
    """What a hook returned, as a list of `kind`; anything else in it is an error."""
    if isinstance(given, kind):
        given = [given]
    found = call(plugin, hook, lambda: list(given))
    checked: list[T] = []
    for one in found:
        if not isinstance(one, kind):
            raise PluginError(plugin, hook, f"it gave {_kind(one)} where {kind.__name__} objects belong")
        checked.append(one)
    return checked


def brief(value: object) -> str:
    """A value as a message shows it: not more than a line of it, whatever it is."""
    return _BRIEF.repr(value)


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"
