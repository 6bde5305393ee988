"""Time zones by their IANA names, from the release of the database that the package `tzdata` has.

What the machine has of its own is not asked: it differs from one to the next, and a score must not.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import tzdata

_DATABASE = Path(tzdata.__file__).parent
_NOT_A_PLACE = ("localtime", "posixrules", "Factory")
"""Beside places the database has these, for machines that do not know where they are."""


class _Zone(ZoneInfo):
    """A zone of the database. Unlike what `ZoneInfo.from_file` gives, it can be pickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return find_zone, (self.key,)

    def __repr__(self) -> str:
        return f"zoneinfo.ZoneInfo(key={self.key!r})"


def database_release() -> str:
    """The release of the database, such as `2026f`."""
    release: str = tzdata.IANA_VERSION
    return release


@cache
def zone_names() -> tuple[str, ...]:
    """The names that `find_zone` knows, in order."""
    names = (_DATABASE / "zones").read_text("utf-8").split()
    return tuple(sorted(name for name in names if name not in _NOT_A_PLACE))


@lru_cache(maxsize=1024)  # data may name any number that are none
def find_zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None."""
    if name not in zone_names():
        return None
    with (_DATABASE / "zoneinfo" / name).open("rb") as file:
        return _Zone.from_file(file, name)


def zone_of(name: str) -> ZoneInfo:
    """The zone of a name that is known, as that of a model is."""
    zone = find_zone(name)
    if zone is None:
        raise KeyError(name)
    return zone
