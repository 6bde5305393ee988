"""The JSON Schema of a model file with what plugins add, so that editors complete and check it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from rules_engine.model.extensions import Action, Extensions, Law
from rules_engine.model.read_outputs import COMBINES

# Keys that stand beside a law's own.
_BESIDE_A_LAW = ("law", "keep", "delay")


def schema_with(base: Mapping[str, Any], using: Extensions) -> dict[str, Any]:
    """The schema `base` of model files, narrowed to the laws, actions, roll-ups and plugins that there are.

    `x-functions` lists the plugins' functions with signature and meaning, for tools that complete expressions.
    """
    schema: dict[str, Any] = deepcopy(dict(base))
    parts = schema["$defs"]
    if using.laws:
        decay = parts["decay"]
        decay["properties"]["law"] = _names(decay["properties"]["law"], using.laws, lambda law: law.doc)
        decay["allOf"] = [
            _when("law", law.name, _with_keys(law.parameters, decay["properties"])) for law in using.laws.values()
        ]
    if using.actions:
        item = parts["automation"]["properties"]["do"]["items"]
        item["properties"]["action"] = _suggested(item["properties"]["action"], using.actions, lambda one: one.doc)
        item["allOf"] = [
            _when("action", action.name, _with_keys(action.parameters, item["properties"]))
            for action in using.actions.values()
        ]
    if using.rollups:
        combine = parts["account"]["properties"]["combine"]
        combine["anyOf"] = [
            {"enum": [*COMBINES]},
            {"pattern": "^top\\s+[0-9]+$"},
            *({"const": rollup.name, "description": rollup.doc} for rollup in using.rollups.values()),
        ]
    if using.loaded:
        required = schema["properties"]["requires"]["properties"]["plugins"]
        form = required["additionalProperties"]
        required["properties"] = {
            plugin.name: {**form, "description": f"Installed here: {plugin.version}."} for plugin in using.loaded
        }
    schema["x-functions"] = [
        {"name": function.name, "signatures": [s.text for s in function.signatures], "description": function.doc}
        for function in using.functions or ()
        if any(function.name in plugin.provides.get("function", ()) for plugin in using.loaded)
    ]
    return schema


def _names(node: Mapping[str, Any], named: Mapping[str, Any], doc: Callable[[Law], str]) -> dict[str, Any]:
    return {
        "description": node["description"],
        "oneOf": [{"const": name, "description": doc(one)} for name, one in named.items()],
    }


def _suggested(node: Mapping[str, Any], named: Mapping[str, Any], doc: Callable[[Action], str]) -> dict[str, Any]:
    """As `_names`, but other names fit, too: the action may be one of the host where automations run."""
    return {**node, "examples": list(named), "x-meanings": {name: doc(one) for name, one in named.items()}}


def _when(key: str, name: str, then: Mapping[str, Any]) -> dict[str, Any]:
    return {"if": {"type": "object", "required": [key], "properties": {key: {"const": name}}}, "then": then}


def _with_keys(parameters: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """A plugin's schema of its own keys, letting pass those that the engine reads."""
    own = {key: True for key in beside if key in (*_BESIDE_A_LAW, "action")}
    return {**deepcopy(dict(parameters)), "properties": {**own, **deepcopy(dict(parameters.get("properties", {})))}}
