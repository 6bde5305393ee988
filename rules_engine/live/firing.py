"""Which automations fire: rising edges of their conditions from one look to the next, at most once per cooldown.

The key of a firing is (automation, lead, instant). Looks are taken at the instants of events and where time alone
changes something, so that the same history gives the same firings, however it came in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rules_engine.live.store import OutboxRow
from rules_engine.model.types import Automation, Model
from rules_engine.plugins.deliveries import deliveries_of
from rules_engine.records import dataclass
from rules_engine.result.types import Result


@dataclass(frozen=True, slots=True)
class Firing:
    """An automation that fired for a lead; `result` is what was known at `at`."""

    automation: Automation
    lead_id: str
    at: int
    result: Result

    def deliveries(self) -> list[OutboxRow]:
        """What the outbox is given: a row for each action."""
        return [
            OutboxRow(one.key, one.automation, one.lead_id, self.at, action, one.parameters, one.result)
            for action, one in deliveries_of(self.automation, self.result, self.at)
        ]


@dataclass(slots=True)
class Edges:
    """The conditions of one lead as they stood, brought forward look by look."""

    model: Model
    lead_id: str
    standing: dict[str, bool]
    fired: dict[str, int]
    firings: list[Firing] = field(default_factory=list)
    cooled: list[tuple[str, int]] = field(default_factory=list)  # would have fired, but for the cooldown

    def look(self, result: Result, silent: Mapping[str, bool]) -> None:
        """Takes note of a result; conditions that became true fire, unless `silent` says so for the automation."""
        at = result.as_of
        for name, automation in self.model.automations.items():
            holds = result.automations.get(name) is True  # outside the audience nothing holds
            if holds and not self.standing.get(name, False) and not silent.get(name, False):
                self._fire(automation, at, result)
            self.standing[name] = holds

    def _fire(self, automation: Automation, at: int, result: Result) -> None:
        last = self.fired.get(automation.name)
        if last == at:  # by a late event or a changed field true again as of the same look: the same firing, by its key
            return
        if last is not None and automation.cooldown is not None and at - last < automation.cooldown:
            self.cooled.append((automation.name, at))
            return
        self.fired[automation.name] = at
        self.firings.append(Firing(automation, self.lead_id, at, result))
