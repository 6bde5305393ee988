"""The ids of a live lead's events within the model's `dedupe_window`: shared between states, so that each is small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt

from rules_engine.matching.history import Row
from rules_engine.scoring.plan import NONE

_FEW = 64  # so many new ids, or
_SHARE = 50  # the root of so many times the others, are copied from state to state before they join them


class Ids:
    """Ids and their instants, oldest first; never changed once made.

    Those before `oldest` are over. They are let go of when enough new ones have come.
    """

    __slots__ = ("new", "old", "oldest")

    def __init__(self, old: dict[str, int], new: dict[str, int] | None = None, oldest: int = NONE) -> None:
        self.old = old
        self.new: dict[str, int] = {} if new is None else new
        self.oldest = oldest

    def get(self, name: str) -> int | None:
        """When the event of this id happened; None where it is not known."""
        at = self.new.get(name)
        if at is None:
            at = self.old.get(name)
        return None if at is None or at < self.oldest else at

    def items(self) -> Iterator[tuple[str, int]]:
        """Each id with its instant, oldest first."""
        for part in (self.old, self.new):
            for name, at in part.items():
                if at >= self.oldest and (part is self.new or name not in self.new):
                    yield name, at

    def after(self, fresh: Sequence[Row], oldest: int) -> Ids:
        """With the ids of further events; without those before `oldest` that were there already."""
        named = {name: at for at, _, name, _, _ in fresh if name is not None}
        if not named:
            return Ids(self.old, self.new, oldest) if oldest > self.oldest else self
        if len(self.new) + len(named) <= max(_FEW, isqrt(_SHARE * len(self.old))) and fresh[0][0] >= oldest:
            return Ids(self.old, self.new | named, oldest)
        kept = {name: at for name, at in self.items() if at >= oldest}
        kept.update(named)
        return Ids(kept)
