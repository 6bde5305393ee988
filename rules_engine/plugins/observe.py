"""Tells observers what happened. All of them are told, also where one of them fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rules_engine.model.extensions import Delivery, PluginError
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.result.types import Result, Transition


@dataclass(frozen=True, slots=True)
class Observers:
    """The observers of one engine. Each method raises the first `PluginError`, after everybody has been told."""

    observers: tuple[Any, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.observers)

    def scored(self, result: Result) -> None:
        """A lead was scored."""
        _tell(self.observers, lambda one: one.scored(result))

    def band_changed(self, lead_id: str | None, move: Transition) -> None:
        """A score of a lead went from one band to another."""
        _tell(self.observers, lambda one: one.band_changed(lead_id, move))

    def automation_fired(self, delivery: Delivery) -> None:
        """An automation fired; `delivery` is what its action will be given."""
        _tell(self.observers, lambda one: one.automation_fired(delivery))


def _tell(observers: tuple[Any, ...], tell: Callable[[Any], None]) -> None:
    first: PluginError | None = None
    for one in observers:
        try:
            tell(one)
        except PluginError as error:
            first = first or error
    if first is not None:
        raise first
