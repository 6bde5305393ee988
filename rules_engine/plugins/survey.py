"""The plugins of this installation, those that cannot be used included: for the list that a person reads."""

from __future__ import annotations

from rules_engine.model.extensions import Loaded, PluginError
from rules_engine.plugins.discover import installed_plugins
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Survey:
    """`loaded` are the plugins that can be asked, `faults` why others cannot, or why they cannot be used together."""

    loaded: tuple[Loaded, ...]
    faults: tuple[PluginError, ...]


def survey() -> Survey:
    """Asks every installed plugin; never raises `PluginError`."""
    found = installed_plugins()
    if not found:
        return Survey((), ())
    from rules_engine.plugins.gather import Declared, declare, merge

    declared: list[Declared] = []
    faults: list[PluginError] = []
    for one in found:
        try:
            declared.append(declare(one))
        except PluginError as error:
            faults.append(error)
    try:
        merge(declared)
    except PluginError as error:
        faults.append(error)
    return Survey(tuple(one.loaded() for one in declared), tuple(faults))
