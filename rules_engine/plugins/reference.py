"""What the installed plugins add, as a page in Markdown: functions with examples, laws, actions and the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.reference import sections
from rules_engine.model.extensions import Extensions


def reference(using: Extensions) -> str:
    """The page. One section per plugin."""
    parts = ["# Plugins\n", "Written by `rules plugins --reference`; do not edit.\n"]
    if not using.loaded:
        parts.append("None is installed.\n")
    for plugin in using.loaded:
        parts.append(f"## {plugin.name} {plugin.version}\n")
        parts.append(f"From {plugin.source}.\n")
        own = plugin.provides
        functions = Registry({one.name: one for one in using.functions or () if one.name in own.get("function", ())})
        parts.extend(sections(functions))
        parts += _with_settings("Law of decay", own.get("law", ()), using.laws)
        parts += _with_settings("Action", own.get("action", ()), using.actions or {})
        parts += _plain("Roll-up", own.get("roll-up", ()), using.rollups)
        parts += _plain("Reader", own.get("reader", ()), using.readers)
        sections_by_name = {one.name: one for one in using.sections}
        parts += _plain("Section", own.get("section", ()), sections_by_name)
        for kind in ("check", "observer"):
            parts += [f"- {kind.capitalize()} `{name}`\n" for name in own.get(kind, ())]
    return "\n".join(parts)


def _with_settings(kind: str, names: Iterable[str], declared: Mapping[str, Any]) -> list[str]:
    parts = []
    for name in names:
        one = declared[name]
        parts += [f"### {kind} `{name}`\n", one.doc + "\n", "```json", json.dumps(one.parameters, indent=2), "```\n"]
    return parts


def _plain(kind: str, names: Iterable[str], declared: Mapping[str, Any]) -> list[str]:
    return [f"### {kind} `{name}`\n\n{declared[name].doc}\n" for name in names]
