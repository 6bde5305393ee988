"""The list of plugins, as lines for a terminal and as plain values."""

from __future__ import annotations

from rules_engine.plugins.survey import Survey


def plugin_lines(found: Survey) -> list[str]:
    """A line per plugin, and below it what it adds, by kind."""
    lines = []
    for plugin in found.loaded:
        lines.append(f"{plugin.name} {plugin.version}   from {plugin.source}")
        lines += [f"  {kind:<10}{', '.join(names)}" for kind, names in plugin.provides.items()]
    if not lines and not found.faults:
        lines.append("No plugin is installed. A package is one if it has an entry point in the group rules_engine.")
    lines += [f"cannot be used: {fault}" for fault in found.faults]
    return lines


def plugins_document(found: Survey) -> dict[str, object]:
    """The same as plain JSON values."""
    return {
        "plugins": [
            {
                "name": plugin.name,
                "version": plugin.version,
                "source": plugin.source,
                "provides": {kind: list(names) for kind, names in plugin.provides.items()},
            }
            for plugin in found.loaded
        ],
        "faults": [{"plugin": fault.plugin, "part": fault.part, "problem": fault.problem} for fault in found.faults],
    }
