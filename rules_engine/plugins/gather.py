"""Asks every plugin once for what it declares, and puts it together: `Extensions`, or one `PluginError`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import pluggy

from rules_engine import hooks
from rules_engine.feel.builtins.declare import Builtin, Registry
from rules_engine.feel.functions import all_functions
from rules_engine.feel.syntax.words import RESERVED
from rules_engine.model.extensions import (
    Action,
    Check,
    Extensions,
    Law,
    Loaded,
    PluginError,
    Reader,
    Rollup,
    Section,
)
from rules_engine.model.read_outputs import COMBINES
from rules_engine.plugins import guard
from rules_engine.plugins.discover import Found, installed_plugins
from rules_engine.plugins.functions import function
from rules_engine.records import dataclass

N = TypeVar("N")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+\Z")


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything one plugin declares, its code guarded, in the order it gave it."""

    name: str
    version: str
    source: str
    functions: tuple[Builtin, ...]
    laws: tuple[Law, ...]
    checks: tuple[tuple[str, Callable[..., Any]], ...]
    readers: tuple[Reader, ...]
    rollups: tuple[Rollup, ...]
    actions: tuple[Action, ...]
    observers: tuple[hooks.Observer, ...]
    sections: tuple[Section, ...]

    def names(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names it adds, by kind."""
        return (
            ("function", tuple(one.name for one in self.functions)),
            ("law", tuple(one.name for one in self.laws)),
            ("check", tuple(name for name, _ in self.checks)),
            ("reader", tuple(one.scheme for one in self.readers)),
            ("roll-up", tuple(one.name for one in self.rollups)),
            ("action", tuple(one.name for one in self.actions)),
            ("observer", tuple(one.name for one in self.observers)),
            ("section", tuple(one.name for one in self.sections)),
        )

    def loaded(self) -> Loaded:
        """Its line in the list of plugins."""
        provides = {kind: names for kind, names in self.names() if names}
        return Loaded(self.name, self.version, self.source, MappingProxyType(provides))


def gather(plugins: Sequence[object] = (), *, discover: bool = True) -> Extensions:
    """The extensions of one engine: those of installed plugins if `discover`, then those of `plugins`.

    A plugin is a module or an object with hook implementations. Its name is its `plugin_name`, else that of the module
    or class; its version `__version__`, else "0". Raises `PluginError` where one fails or two declare the same name.
    """
    found = [*(installed_plugins() if discover else ()), *map(_registered, plugins)]
    return merge([declare(one) for one in found])


def declare(found: Found) -> Declared:
    """Imports one plugin and asks it everything. Raises `PluginError`."""
    if not _NAME.match(found.name):
        raise PluginError(found.name, "its name", "a name has small letters, digits and _ and begins with a letter")
    plugin = _imported(found)
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)

    def register() -> None:
        manager.register(plugin, found.name)
        manager.check_pending()

    guard.call(found.name, "loading it", register)
    if not manager.get_hookcallers(plugin):
        raise PluginError(found.name, "loading it", "it has no function marked with hookimpl")
    name = found.name

    def ask(hook: str, kind: type[N]) -> list[N]:
        given = guard.call(name, hook, getattr(manager.hook, hook))
        return [one for part in given for one in guard.instances(name, hook, kind, part)]

    return Declared(
        name=name,
        version=found.version,
        source=found.source,
        functions=tuple(function(name, one) for one in ask("rules_functions", Builtin)),
        laws=tuple(guard.law(name, one) for one in ask("rules_laws", Law)),
        checks=tuple((one.name, guard.check(name, one)) for one in ask("rules_checks", Check)),
        readers=tuple(guard.reader(name, one) for one in ask("rules_readers", Reader)),
        rollups=tuple(guard.rollup(name, one) for one in ask("rules_rollups", Rollup)),
        actions=tuple(guard.action(name, one) for one in ask("rules_actions", Action)),
        observers=tuple(guard.observer(name, one) for one in ask("rules_observers", hooks.Observer)),
        sections=tuple(guard.section(name, one) for one in ask("rules_sections", Section)),
    )


def _imported(found: Found) -> object:
    """The module or object of a plugin. One that is installed and cannot be imported says how to get rid of it."""
    try:
        return guard.call(found.name, "loading it", found.load)
    except PluginError as error:
        if found.package is None:
            raise
        mend = (
            f"it comes with the package {found.package}; reinstall that (pip install --force-reinstall {found.package})"
            f" or uninstall it (pip uninstall {found.package})"
        )
        raise PluginError(found.name, error.part, f"{error.problem}; {mend}") from error


def merge(declared: Sequence[Declared]) -> Extensions:
    """The extensions of several plugins. Raises `PluginError` where a name is taken already."""
    names = _Names()
    for one in declared:
        names.take("plugin", one.name, one.name)
    for built_in in (*all_functions().names(), *RESERVED):
        names.reserve("function", built_in)
    for word in (*COMBINES, "top"):
        names.reserve("roll-up", word)
    names.reserve("reader", "file")
    for one in declared:
        for kind, given in one.names():
            for name in given:
                names.take(kind, name, one.name)
    functions = [function for one in declared for function in one.functions]
    registry = Registry({function.name: function for function in functions})
    return Extensions(
        functions=all_functions().extend(registry) if functions else None,
        laws=MappingProxyType({law.name: law for one in declared for law in one.laws}),
        actions=MappingProxyType({action.name: action for one in declared for action in one.actions}) or None,
        plugins=MappingProxyType({one.name: one.version for one in declared}),
        rollups=MappingProxyType({rollup.name: rollup for one in declared for rollup in one.rollups}),
        readers=MappingProxyType({reader.scheme: reader for one in declared for reader in one.readers}),
        checks=tuple(run for one in declared for _, run in one.checks),
        sections=tuple(section for one in declared for section in one.sections),
        observers=tuple(observer for one in declared for observer in one.observers),
        loaded=tuple(one.loaded() for one in declared),
    )


class _Names:
    """Who declared which name of a kind."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, str], str | None] = {}

    def reserve(self, kind: str, name: str) -> None:
        """A name of the engine's own."""
        self._owners[kind, name] = None

    def take(self, kind: str, name: str, plugin: str) -> None:
        """Gives a name to a plugin, or raises `PluginError`."""
        part = f'{kind} "{name}"'
        if not (_SCHEME if kind == "reader" else _WORD).match(name):
            raise PluginError(plugin, part, "a name has letters, digits and _ and begins with a letter")
        if (kind, name) in self._owners:
            owner = self._owners[kind, name]
            if owner is None:
                raise PluginError(plugin, part, "the engine itself has one of this name; take another name")
            if owner == plugin:
                raise PluginError(plugin, part, f"there are two {kind}s of this name in it")
            raise PluginError(plugin, part, f"the plugin {owner} declares one of this name, too; only one can be used")
        self._owners[kind, name] = plugin


def _registered(plugin: object) -> Found:
    """A module or object that a host handed over, as if it had been found."""
    own = getattr(plugin, "__name__", None) or type(plugin).__name__
    name = getattr(plugin, "plugin_name", None) or own.rpartition(".")[2]
    version = getattr(plugin, "__version__", None) or "0"
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name)).lower().strip("_")
    return Found(snake, str(version), "registered by the host", lambda: plugin)
