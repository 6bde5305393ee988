"""An input to try: a lead, or an account with its leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from rules_engine.analysis.verdicts.given import Given
from rules_engine.matching.calendar import format_instant
from rules_engine.model.durations import DAY, HOUR, MINUTE, SECOND
from rules_engine.records import dataclass

Values = Mapping[str, object]
_UNITS = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


@dataclass(frozen=True, slots=True)
class TriedEvent:
    """`before`: how long before the as-of time, in microseconds."""

    type: str
    before: int
    attributes: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One lead. `as_of` is an instant."""

    as_of: int
    lead: Values = field(default_factory=dict)
    account: Values = field(default_factory=dict)
    events: tuple[TriedEvent, ...] = ()

    def given(self, lead_id: str | None = None) -> Given:
        events = tuple(
            {"type": event.type, "at": format_instant(self.as_of - event.before), "attributes": dict(event.attributes)}
            for event in self.events
        )
        return Given(dict(self.lead), dict(self.account), events, format_instant(self.as_of), lead_id)

    @property
    def size(self) -> int:
        return len(self.lead) + len(self.account) + sum(1 + len(event.attributes) for event in self.events)


@dataclass(frozen=True, slots=True)
class AccountCandidate:
    """The leads of one account, all as of the same moment."""

    account: Values
    members: tuple[Candidate, ...]
    as_of: int

    def with_account(self) -> tuple[Candidate, ...]:
        """The leads with the fields of their account."""
        return tuple(replace(member, account=self.account) for member in self.members)

    @property
    def size(self) -> int:
        return len(self.account) + sum(1 + member.size for member in self.members)


def ago(before: int) -> str:
    """A length of time as tests write it: "-3 days", "-1 minute"."""
    if not before:
        return "0 days"
    unit, name = next((unit, name) for unit, name in _UNITS if before % unit == 0)
    count = before // unit
    return f"-{count} {name}{'s' if count != 1 else ''}"
