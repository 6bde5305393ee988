"""What plugins add to the engine, as plain frozen values: an engine is handed one `Extensions` and looks nowhere else.

    Law("fortnights", {"type": "object", "properties": {"count": {"type": "integer"}}}, table=...)

Plugin authors import these names from `rules_engine.hooks`. `rules_engine.plugins` gathers them into `Extensions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Diagnostic, Severity, Span
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.feel.builtins.declare import Registry
    from rules_engine.model.types import Model

Schema: TypeAlias = Mapping[str, Any]
"""A JSON Schema (draft 2020-12) as a Python dict."""
Facts: TypeAlias = Mapping[str, Any]
"""Plain JSON values: texts, numbers, booleans, None, lists and dicts of them."""


class PluginError(Exception):
    """A plugin failed, or declared something that cannot be used. `plugin` is its name, `part` what of it failed.

    The engine that was being loaded, or the result that was being computed, is not there: a plugin's fault never gives
    a number. `span` is the place of the expression that called it, where there is one.
    """

    def __init__(self, plugin: str, part: str, problem: str, span: Span | None = None) -> None:
        self.plugin = plugin
        self.part = part
        self.problem = problem
        self.span = span
        super().__init__(plugin, part, problem, span)

    def __str__(self) -> str:
        called = "" if self.span is None else f", called at {self.span}"
        return f"plugin {self.plugin}, {self.part}{called}: {self.problem}"


class SourceError(Exception):
    """Raised by a plugin's reader for what the analyst can set right: no such table, no connection. Says what to do."""


class UndeliverableError(Exception):
    """Raised by an action's `deliver` where no later try can succeed, such as an address that does not exist.

    Any other exception means that it may go better later: the delivery is tried again with the same key.
    """


@dataclass(frozen=True, slots=True)
class Law:
    """A law of decay by name (`law: business_days, ...`).

    `parameters` is the JSON Schema of its keys. `table` turns them into rising (age in microseconds, weight) steps,
    at most 400; weights fall from 1 towards 0. `doc` says in a sentence what it is for.
    """

    name: str
    parameters: Schema
    table: Callable[[Mapping[str, Any]], Sequence[tuple[int, float]]]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a plugin's check found. `span` is that of the part of the model it is about: every part has one.

    An error stops the model from being used; warnings and hints are shown by `rules check`.
    """

    message: str
    span: Span
    help: str = ""
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Check:
    """A check of models that have no error otherwise. `run` is given the typed model and gives findings."""

    name: str
    run: Callable[[Model], Iterable[Finding]]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """An opened source of data: the names of its columns, and `read`, which is given those wanted.

    `read` gives an iterable of mappings by column name, or anything that exports Arrow (`__arrow_c_stream__`: tables of
    pyarrow, Polars, DuckDB, ADBC). The same data must come in the same order each time.
    """

    columns: tuple[str, ...]
    read: Callable[[Sequence[str]], Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what a mapping file names as `file: scheme://...`.

    `open` is given the whole URI and the folder of the mapping file, to which relative paths refer. It raises
    `SourceError` for what the analyst can set right. `plugin` is filled in by the engine.
    """

    scheme: str
    open: Callable[[str, Path], Source]
    doc: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an account as a roll-up sees it; numbers in points. `weighted` is `reading` times `weight`."""

    lead_id: str
    reading: float
    weight: float
    weighted: float


@dataclass(frozen=True, slots=True)
class Rollup:
    """A way to combine the readings of an account's members (`combine: name`).

    `combine` is given the members that count, highest weighted reading first, ties by lead id, and gives points, or
    None where there is nothing to say.
    """

    name: str
    combine: Callable[[Sequence[Member]], float | None]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One firing of an automation on its way to an action.

    `key` is the same for every try of this delivery and of no other: hand it on, so that the receiver can drop what
    comes twice. `at` is the instant of firing in UTC. `parameters` are those written in the model, valid by the
    action's schema. `result` says what was known then: model, version, as_of, labels, and scores with reading and
    band (None for a score without a value).
    """

    key: str
    automation: str
    lead_id: str
    at: datetime
    parameters: Facts
    result: Facts


@dataclass(frozen=True, slots=True)
class Action:
    """What automations can do (`do: [{action: name, ...}]`).

    `parameters` is the JSON Schema of the keys beside `action`. `deliver` returns when the receiver has it, and raises
    otherwise; see `UndeliverableError`. It is called at least once for each firing.
    """

    name: str
    parameters: Schema
    deliver: Callable[[Delivery], None]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a report section shows: lines of text, a table, or both. Cells are texts, numbers, booleans or None."""

    text: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A section of its own in what `rules explain` (about: lead) or `rules score` (about: population) shows.

    `build` is given what the command prints with `--format json`: a result as plain values, or the counts and the top
    of a population. It gives the content, or None for no section.
    """

    name: str
    title: str
    about: Literal["lead", "population"]
    build: Callable[[Facts], Content | None]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that an engine has. `source` says where from: a distribution and its entry point, or "registered".

    `provides` maps each kind ("function", "law", ...) to the names it adds.
    """

    name: str
    version: str
    source: str
    provides: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Extensions:
    """Everything plugins add to one engine. `rules_engine.plugins.gather` makes it.

    `functions` is a FEEL registry with the plugins' functions, None for the built-in ones. `actions` None means that
    the host knows no actions, and automations are then not checked against them; `plugins` None likewise, for the
    versions that models require. `checks` give findings ready to show. `observers` are `rules_engine.hooks.Observer`.
    """

    functions: Registry | None = None
    laws: Mapping[str, Law] = field(default_factory=dict)
    actions: Mapping[str, Action] | None = None
    plugins: Mapping[str, str] | None = None
    rollups: Mapping[str, Rollup] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)
    checks: tuple[Callable[[Model], Sequence[Diagnostic]], ...] = ()
    sections: tuple[Section, ...] = ()
    observers: tuple[Any, ...] = ()
    loaded: tuple[Loaded, ...] = ()


NONE = Extensions()
