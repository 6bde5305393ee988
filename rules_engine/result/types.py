"""What scoring a lead gives back. Amounts are integer micropoints, instants integer microseconds UTC.

`rules_engine.result.plain` has them as plain JSON values: points as numbers, instants as ISO 8601 text in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from rules_engine.matching.history import Event
from rules_engine.records import dataclass

Outcome = Literal["fired", "not_fired", "unknown"]
EntryKind = Literal["award", "set", "decay", "give_back", "penalty", "inactivity"]
Reason = Literal["limit", "rule max", "group max", "max", "min", "floor"]

CANNOT_EXPLAIN = "a result that came from another process cannot be explained; score the lead again"


class LedgerEntry(NamedTuple):
    """One change of a score's activity part.

    `rule` is the rule or penalty (for a give-back: the one given back; None for decay; for inactivity the position of
    its clock as "inactivity" or "inactivity[2]"). `event` is the index of the causing event in `Result.events`.
    `nominal` is what the model says, `effective` what the score changed by; `reason` says why they differ.
    """

    at: int
    kind: EntryKind
    rule: str | None
    nominal: int
    effective: int
    reason: Reason | None = None
    event: int | None = None


class RuleOutcome(NamedTuple):
    """How one rule did: how often it fired, was false, was unknown; `missing` names the null paths of the unknowns.

    `effective` sums what its entries changed (event rules), or is what it adds to the profile part now.
    """

    rule: str
    kind: Literal["event", "standing", "penalty"]
    outcome: Outcome
    fired: int = 0
    not_fired: int = 0
    unknown: int = 0
    effective: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """A band change at `at`; `cause` is a rule or penalty name, "inactivity", "gate <name>" or "decay"."""

    score: str
    at: int
    before: str
    after: str
    cause: str


class Contribution(NamedTuple):
    """What one standing rule adds to the profile part now."""

    rule: str
    amount: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """One score. `total` = clamp(activity + profile); `reading` = min(total, cap), to two decimals.

    A score whose `needs` is not true has `has_value` False, no band, and zeros for numbers.
    """

    name: str
    has_value: bool
    activity: int
    profile: int
    total: int
    reading: int
    cap: int | None = None
    capped_by: str | None = None
    band: str | None = None
    band_since: int | None = None
    peak: int = 0
    peak_at: int | None = None
    last_increase: int | None = None
    start: int = 0
    ledger: tuple[LedgerEntry, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    components: tuple[tuple[str, float, int], ...] = ()  # combined scores: name, weight, amount
    rules: tuple[RuleOutcome, ...] = ()
    next_band: str | None = None
    points_to_next_band: int | None = None
    opening: int = 0  # A where the ledger begins: `start`, or what a live lead had at its last advance
    _details: Details | None = field(default=None, repr=False, compare=False)
    _position: int = field(default=0, repr=False, compare=False)

    @classmethod
    def reading_from(cls, details: Details, position: int) -> ScoreResult:
        """A score whose attributes are read off `details` when they are first looked at."""
        made = object.__new__(cls)
        _put_details(made, details)
        _put_position(made, position)
        return made

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> object:
            put = _PUT_SCORE.get(name)
            if put is None:
                raise AttributeError(f"a ScoreResult has no {name}")
            if name in _TOGETHER:
                for put_usual, found in zip(_PUT_USUAL, _details_of(self).usual(_position_of(self)), strict=True):
                    put_usual(self, found)
                return getattr(self, name)
            value = _details_of(self).read(_position_of(self), name)
            put(self, value)
            return value

    def __reduce__(self) -> tuple[object, ...]:
        return ScoreResult, tuple(getattr(self, name) for name in _SCORE_FIELDS)


USUAL = ("has_value", "activity", "profile", "total", "reading", "band", "band_since", "peak", "last_increase")
_SCORE_FIELDS = tuple(one.name for one in fields(ScoreResult) if one.compare)
_PUT_SCORE = {name: ScoreResult.__dict__[name].__set__ for name in _SCORE_FIELDS}
# whoever asks for one of these asks for others of the usual, too; many want reading and band alone
_TOGETHER = frozenset(USUAL) - {"has_value", "reading", "band"}
_PUT_USUAL = [_PUT_SCORE[name] for name in USUAL]
_put_details, _put_position = (ScoreResult.__dict__[name].__set__ for name in ("_details", "_position"))
_details_of, _position_of = (ScoreResult.__dict__[name].__get__ for name in ("_details", "_position"))


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate that holds; `until` None means until an event ends it or a condition changes."""

    name: str
    until: int | None


@dataclass(frozen=True, slots=True)
class DataProblem:
    """A value or event of the input that was read as missing or ignored, with its place."""

    where: str
    problem: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One line of an explanation and what is below it.

    `kind` says what the line is about (lead, score, part, rule, entry, condition, gate, band, forecast, label, missing,
    note), so that views can colour it; `points` is an amount in micropoints where the line has one.
    """

    text: str
    kind: str
    points: int | None = None
    children: tuple[Explanation, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, indent: int = 0) -> list[str]:
        """The tree as plain text, two blanks a level."""
        own = ["  " * indent + self.text]
        for child in self.children:
            own.extend(child.lines(indent + 1))
        return own


class Details(Protocol):
    """Where the attributes of score number `s` are read off."""

    def read(self, s: int, name: str) -> object: ...

    def usual(self, s: int) -> tuple[object, ...]:
        """Those that are `USUAL`, in that order."""
        ...


class Later(Protocol):
    """What a result can still tell when asked: its own parts, the future if nothing happens, and the explanation."""

    def read(self, name: str) -> object: ...

    def forecast(self) -> tuple[Transition, ...]: ...

    def next_due(self) -> int | None: ...

    def due_before(self, instant: int) -> int | None: ...

    def explain(self, result: Result) -> Explanation: ...


@dataclass(frozen=True, slots=True)
class Carrier:
    """One member of an account and what it adds: its reading, its weight and their product."""

    lead_id: str
    reading: int
    weight: float
    weighted: int


@dataclass(frozen=True, slots=True)
class AccountScoreResult:
    """A roll-up over an account's members. `value` None: nobody to average; `carriers` by weight, largest first."""

    name: str
    value: int | None
    band: str | None
    carriers: tuple[Carrier, ...]
    missing_weights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountResult:
    account_id: str | None
    as_of: int
    members: int
    scores: Mapping[str, AccountScoreResult]


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome for one lead at one as-of time. `scored` is False outside the audience (then `scores` is empty).

    `tzdata` is the release of the database of time zones that local days were told by.

    `automations` says whether the condition of each holds at the as-of time (None: unknown). Amounts, here and in all
    parts, are whole micropoints (`to_points`), instants whole microseconds since 1970 UTC (`to_datetime`).
    """

    model: str
    version: int
    model_hash: str
    lead_id: str | None
    as_of: int
    timezone: str
    tzdata: str
    scored: bool
    fields: Literal["as_of", "current"]
    scores: Mapping[str, ScoreResult] = field(default_factory=dict)
    gates: tuple[GateResult, ...] = ()
    tallies: Mapping[str, object] = field(default_factory=dict)
    labels: Mapping[str, object] = field(default_factory=dict)
    unknown_labels: tuple[str, ...] = ()
    automations: Mapping[str, bool | None] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    events: tuple[Event, ...] = ()
    problems: tuple[DataProblem, ...] = ()
    since: int | None = None  # a live lead's last advance: ledger, transitions and events are those after it
    _later: Later | None = field(default=None, repr=False, compare=False)

    @classmethod
    def reading_from(cls, later: Later) -> Result:
        """A result whose parts are read off `later` when they are first looked at."""
        made = object.__new__(cls)
        _put_later(made, later)
        return made

    if not TYPE_CHECKING:  # a type checker would take any name for an attribute

        def __getattr__(self, name: str) -> object:
            put = _PUT_RESULT.get(name)
            if put is None:
                raise AttributeError(f"a Result has no {name}")
            value = _later_of(self).read(name)
            put(self, value)
            return value

    def __reduce__(self) -> tuple[object, ...]:
        told = None if self._later is None else Told(self.forecast, self.next_due)
        return Result, (*(getattr(self, name) for name in _RESULT_FIELDS), told)

    @property
    def forecast(self) -> tuple[Transition, ...]:
        """The band changes of the next ten years if nothing happens. Computed when first asked for."""
        return self._later.forecast() if self._later else ()

    @property
    def next_due(self) -> int | None:
        """The earliest instant at which a band, gate or label can change by time alone; None for never."""
        return self._later.next_due() if self._later else None

    def due_before(self, instant: int) -> int | None:
        """`next_due` where it lies before an instant (microseconds UTC), else None.

        What comes after the instant is not looked at: much cheaper where that is near, such as the next event.
        """
        return self._later.due_before(instant) if self._later else None

    def explain(self) -> Explanation:
        """The tree score, part, rule, event: why every score is what it is, or why the lead has none.

        Raises `ValueError` for a scored result that came from another process: what explains it stayed there.
        """
        if not self.scored:
            from rules_engine.result.explain import explain_not_scored  # which reads results

            return explain_not_scored(self)
        if self._later is None:
            raise ValueError(CANNOT_EXPLAIN)
        return self._later.explain(self)


_RESULT_FIELDS = tuple(one.name for one in fields(Result) if one.compare)
_PUT_RESULT = {name: Result.__dict__[name].__set__ for name in _RESULT_FIELDS}
_put_later, _later_of = Result.__dict__["_later"].__set__, Result.__dict__["_later"].__get__


@dataclass(frozen=True, slots=True)
class Told:
    """What a result that was sent to another process still tells: the future as it was foretold, no explanation."""

    told_forecast: tuple[Transition, ...]
    told_next_due: int | None

    def read(self, name: str) -> object:
        raise AttributeError(f"a Result has no {name}")

    def forecast(self) -> tuple[Transition, ...]:
        return self.told_forecast

    def next_due(self) -> int | None:
        return self.told_next_due

    def due_before(self, instant: int) -> int | None:
        due = self.told_next_due
        return due if due is not None and due < instant else None

    def explain(self, result: Result) -> Explanation:
        raise ValueError(CANNOT_EXPLAIN)
