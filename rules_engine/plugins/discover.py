"""Which installed packages are plugins: those with an entry point in the group `rules_engine`.

[project.entry-points.rules_engine]
free_mail = "rules_free_mail"
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from rules_engine.model.extensions import Extensions
from rules_engine.records import dataclass

GROUP = "rules_engine"
_SECTION = b"[rules_engine]"
_NO_PLUGINS = Extensions(plugins={})


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that has not been imported yet. `load` imports it; `source` says where it comes from.

    `package` is the name by which pip knows it, None for one that a host handed over.
    """

    name: str
    version: str
    source: str
    load: Callable[[], object]
    package: str | None = None


def extensions_of(plugins: Sequence[object] = (), *, discover: bool = True) -> Extensions:
    """What these plugins add, and the installed ones if `discover`. Raises `PluginError`; see `gather`."""
    if not plugins:
        return installed() if discover else _NO_PLUGINS
    from rules_engine.plugins.gather import gather

    return gather(plugins, discover=discover)


def installed() -> Extensions:
    """What the installed plugins add. Gathered once for the places that Python imports from; raises `PluginError`."""
    return _installed(tuple(sys.path))


@lru_cache(maxsize=1)
def _installed(places: tuple[str, ...]) -> Extensions:
    if not any(map(_may_have_plugins, places)):
        return _NO_PLUGINS
    from rules_engine.plugins.gather import gather

    return gather()


def installed_plugins() -> list[Found]:
    """The plugins among the installed packages, by name; none of them is imported."""
    if not any(map(_may_have_plugins, sys.path)):
        return []
    return sorted(_entry_points(), key=lambda found: (found.name, found.source))


def _entry_points() -> Iterator[Found]:
    from importlib.metadata import entry_points  # 30 ms, and needed only where there is a plugin

    for entry in entry_points(group=GROUP):
        package = entry.dist
        version = package.version if package is not None else "0"
        source = f"{package.name} {version}" if package is not None else "an unknown package"
        name = package.name if package is not None else None
        yield Found(entry.name, version, f"{source} ({entry.value})", entry.load, name)


def _may_have_plugins(place: str) -> bool:
    """Whether a folder of packages names our group anywhere: a look at small files instead of reading all metadata.

    What is no folder (a zip file) is left to the full search.
    """
    try:
        with os.scandir(place or ".") as entries:
            folders = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except NotADirectoryError:
        return True
    except OSError:
        return False  # nothing can be imported from there either
    return any(_names_group(Path(folder, "entry_points.txt")) for folder in folders)


def _names_group(file: Path) -> bool:
    try:
        return _SECTION in file.read_bytes()
    except OSError:
        return False  # most packages have no entry points
