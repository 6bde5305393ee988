"""Which automations fire: rising edges of their conditions from one look to the next, at most once per cooldown.

The key of a firing is (automation, lead, instant). Looks are taken at the instants of events and where time alone
changes something, so that the same history gives the same firings, however it came in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules_engine.live.store import OutboxRow
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.fields import to_plain
from rules_engine.model.types import Automation, Model
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import to_points


@dataclass(frozen=True, slots=True)
class Firing:
    """An automation that fired for a lead; `result` is what was known at `at`."""

    automation: Automation
    lead_id: str
    at: int
    result: Result

    @property
    def key(self) -> str:
        """The same for the same automation, lead and instant, and for nothing else."""
        return f"{self.automation.name}/{format_instant(self.at)}/{self.lead_id}"

    def deliveries(self) -> list[OutboxRow]:
        """One delivery per action; the first has the key of the firing, each further one its number added."""
        facts = facts_of(self.result)
        return [
            OutboxRow(
                self.key if n == 1 else f"{self.key}#{n}",
                self.automation.name,
                self.lead_id,
                self.at,
                action.name,
                action.parameters,
                facts,
            )
            for n, action in enumerate(self.automation.do, 1)
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
        if last is not None and automation.cooldown is not None and at - last < automation.cooldown:
            self.cooled.append((automation.name, at))
            return
        self.fired[automation.name] = at
        self.firings.append(Firing(automation, self.lead_id, at, result))


def facts_of(result: Result) -> dict[str, object]:
    """What is told of a result to actions: model, version, as_of, readings and bands, labels. No fields of the lead."""
    return {
        "model": result.model,
        "version": result.version,
        "as_of": format_instant(result.as_of),
        "scores": {
            name: {"reading": to_points(score.reading), "band": score.band} if score.has_value else None
            for name, score in result.scores.items()
        },
        "labels": {name: to_plain(value) for name, value in result.labels.items()},
    }
