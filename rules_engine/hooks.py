"""The hooks: everything a plugin can add, in one file. A plugin is a module with functions of these names.

    from rules_engine.hooks import Functions, hookimpl

    functions = Functions()

    @functions.function("initials(name: string) -> string", doc="The first letters of a name's words.",
                        examples={'initials("Ann Lee")': '"AL"'})
    def initials(name):
        return "".join(word[0].upper() for word in name.split())

    @hookimpl
    def rules_functions():
        return functions

An installed package is found by its entry point in the group `rules_engine`; a host can also hand a module or an object
to `Engine.load(path, plugins=[...])`. Each hook is called once when plugins are gathered, is given nothing and returns
values; the code in these values is given values and returns values. What it raises becomes a `PluginError` that names
the plugin.

Every name here is public. `rules_engine.model.types` has the parts of the model that a check is given, and
`rules_engine.result.types` the results that an observer is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pluggy

from rules_engine.diagnostics.diagnostic import Severity
from rules_engine.feel.builtins.declare import Builtin
from rules_engine.feel.builtins.declare import Registry as Functions
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
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.result.types import Result, Transition

__all__ = [
    "Action",
    "Check",
    "Content",
    "Delivery",
    "Facts",
    "Finding",
    "Functions",
    "Law",
    "Member",
    "Observer",
    "PluginError",
    "Reader",
    "Rollup",
    "Section",
    "Severity",
    "Source",
    "SourceError",
    "UndeliverableError",
    "hookimpl",
]

PROJECT = "rules_engine"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class Observer:
    """Is told what happened, after it happened; it changes nothing. Each function may be left out.

    `scored` is given a result, `band_changed` the lead's id (None where it has none) and the change, and
    `automation_fired` what is about to be delivered. `Engine.observe` and live scoring tell; `Engine.score` does not.
    """

    name: str
    scored: Callable[[Result], None] | None = None
    band_changed: Callable[[str | None, Transition], None] | None = None
    automation_fired: Callable[[Delivery], None] | None = None
    doc: str = ""


@hookspec
def rules_functions() -> Functions | Iterable[Builtin]:
    """Functions for expressions, declared with their types, a sentence and examples (see `Functions.function`).

    A name is a plain identifier. A function is given Python values (texts, numbers as float, `datetime`'s classes,
    lists, dicts), never null unless the parameter's type ends in `?`, and returns one of its declared type, or None.
    The same arguments give the same value: no clock, no network. `columns=` is an optional second form over Polars
    expressions, for signatures of texts, numbers and booleans without optional parameters.
    """
    raise NotImplementedError


@hookspec
def rules_laws() -> Iterable[Law]:
    """Laws of decay: `decay: {law: name, ...}`. Each is a finite table of steps by age, made when a model is loaded."""
    raise NotImplementedError


@hookspec
def rules_checks() -> Iterable[Check]:
    """Checks of models; `rules check` shows what they find, with the place."""
    raise NotImplementedError


@hookspec
def rules_readers() -> Iterable[Reader]:
    """Readers of data for mapping files: `file: scheme://...`."""
    raise NotImplementedError


@hookspec
def rules_rollups() -> Iterable[Rollup]:
    """Ways to roll up an account's members: `combine: name`."""
    raise NotImplementedError


@hookspec
def rules_actions() -> Iterable[Action]:
    """What automations can do: `do: [{action: name, ...}]`."""
    raise NotImplementedError


@hookspec
def rules_observers() -> Iterable[Observer]:
    """Who is told that a lead was scored, that a band changed, that an automation fired."""
    raise NotImplementedError


@hookspec
def rules_sections() -> Iterable[Section]:
    """Sections for what `rules explain` and `rules score` show."""
    raise NotImplementedError
