"""What feeding a store did, told by the call that did it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from rules_engine.live.accounts import AccountMove
from rules_engine.live.failure import Failure
from rules_engine.live.firing import Firing
from rules_engine.live.incoming import Record
from rules_engine.live.step import Step
from rules_engine.matching.fields import Problem
from rules_engine.records import dataclass
from rules_engine.result.types import Result, Transition


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that changed nothing, and why."""

    record: Record | Mapping[str, Any]
    reason: str


@dataclass(slots=True)
class Fed:
    """What a call did. `events` counts those that are new, `absorbed` those that were known already, `undeclared` those
    of the new ones whose type the model does not declare, by type: they are kept, but do not count.

    `leads` counts the leads that were brought forward, `rebuilt` those of them whose whole history had to be told.
    `firings` are put into the outbox in the same transaction; `cooled` are (lead, automation, instant) that would have
    fired, but for the cooldown. `moves` are the band changes of leads by id, `results` the last result of each lead
    with new events. `plugin_problems` are what observers raised, and accounts whose roll-up failed. `rejected` also has
    leads and accounts of the store that could not be looked at; their records are made for it. `failures` are the leads
    that were put off, as a plugin failed on them; their events are among `events` where they are kept. `problems` are
    the values of new events and of fields that are read as missing, and the names that the model does not declare.
    """

    leads: int = 0
    events: int = 0
    absorbed: int = 0
    rebuilt: int = 0
    firings: list[Firing] = field(default_factory=list)
    cooled: list[tuple[str, str, int]] = field(default_factory=list)
    moves: list[tuple[str, Transition]] = field(default_factory=list)
    account_moves: list[AccountMove] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    plugin_problems: list[str] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    undeclared: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def add(self, step: Step) -> None:
        """Adds what happened to one lead."""
        lead_id = step.change.lead.lead_id
        self.leads += not step.put_off
        self.events += len(step.change.events)
        self.absorbed += step.absorbed
        self.undeclared.update(step.undeclared)
        self.problems += step.problems
        self.rebuilt += step.rebuilt
        self.firings += step.firings
        self.cooled += [(lead_id, name, at) for name, at in step.cooled]
        self.moves += [(lead_id, move) for move in step.moves]
        if step.result is not None and step.change.events:
            self.results[lead_id] = step.result
