"""Catalogue entries for what plugins find in models, and for plugins that fail (RE490–RE499)."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import Entry
from rules_engine.diagnostics.diagnostic import Severity

_WHOSE = "The message ends with the name of the check and of the plugin that made it."
_WRONG = "fields: {lead: {nps: number}}    # with the plugin nps installed"
_RIGHT = "fields: {lead: {nps: {type: number, min: 0, max: 10}}}"

ENTRIES: dict[str, Entry] = {
    "RE490": Entry(
        "A plugin's check found an error",
        f"An installed plugin checks models, and this one does not pass. {_WHOSE}",
        "The plugin says that the model must not be used like this.",
        "Do as the message says, or ask the plugin's maker.",
        _WRONG,
        _RIGHT,
    ),
    "RE491": Entry(
        "A plugin's check warns",
        f"An installed plugin checks models and advises against something here. {_WHOSE}",
        "The model can be used, but it may not do what you want.",
        "Do as the message says, or ask the plugin's maker.",
        _WRONG,
        _RIGHT,
        Severity.WARNING,
    ),
    "RE492": Entry(
        "A plugin's check has a hint",
        f"An installed plugin checks models and has a hint. {_WHOSE}",
        "The model can be used as it is.",
        "Do as the message says if it suits you.",
        _WRONG,
        _RIGHT,
        Severity.HINT,
    ),
    "RE493": Entry(
        "A plugin's check failed",
        "The check of an installed plugin did not run to its end. The message names the plugin.",
        "It is not known whether the model passes it.",
        "Update or remove the plugin, or tell its maker. `rules plugins` lists what is installed.",
        'requires: {plugins: {house_rules: ">=1"}}    # with a broken release installed',
        'requires: {plugins: {house_rules: ">=1.1"}}',
    ),
    "RE494": Entry(
        "Action of no installed plugin",
        "An automation names an action that none of the plugins installed here has.",
        "The model can be checked and scored here; the automation could not be carried out.",
        "Install the plugin that has the action where automations run. `rules plugins` lists what is installed.",
        "do: [{action: notify, to: sales}]    # and no plugin with this action",
        "do: [{action: webhook, url: ...}]",
        Severity.WARNING,
    ),
}
