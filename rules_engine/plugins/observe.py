"""Tells observers what happened. All of them are told, also where one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rules_engine.model.extensions import Delivery, PluginError
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.hooks import Observer
    from rules_engine.result.types import Result, Transition


@dataclass(frozen=True, slots=True)
class Observers:
    """The observers of one engine. Each method raises the first `PluginError`, after everybody has been told."""

    observers: tuple[Observer, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.observers)

    def scored(self, result: Result) -> None:
        """A lead was scored."""
        _tell((one.scored for one in self.observers), result)

    def band_changed(self, lead_id: str | None, move: Transition) -> None:
        """A score of a lead went from one band to another."""
        _tell((one.band_changed for one in self.observers), lead_id, move)

    def automation_fired(self, delivery: Delivery) -> None:
        """An automation fired; `delivery` is what its action will be given."""
        _tell((one.automation_fired for one in self.observers), delivery)


def _tell(listeners: Iterable[Callable[..., None] | None], *told: object) -> None:
    first: PluginError | None = None
    for listen in listeners:
        if listen is None:
            continue
        try:
            listen(*told)
        except PluginError as error:
            first = first or error
    if first is not None:
        raise first
