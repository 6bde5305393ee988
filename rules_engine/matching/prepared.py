"""What a model is once it is ready for matching: its conditions as functions, its rules by the event types that can
trigger them. Made by `prepare`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, NamedTuple

from rules_engine.feel.builtins.declare import Registry
from rules_engine.matching.calendar import Calendar
from rules_engine.matching.conditions import Amount, Paths, Value, Verdict, formulas_of, paths_of
from rules_engine.matching.cuts import Cuts
from rules_engine.matching.history import Reader
from rules_engine.matching.plan import Numbering
from rules_engine.matching.tallies import Window
from rules_engine.model.types import EventRule, Gate, Limit, Model, Penalty, StandingRule, Tally
from rules_engine.records import dataclass
from rules_engine.scoring.kernel import Kernel
from rules_engine.scoring.plan import Plan

if TYPE_CHECKING:
    from rules_engine.matching.candidates import Candidates, Dispatch


class StandingValue(NamedTuple):
    """What a standing rule adds now. `verdict` None is unknown."""

    amount: int
    verdict: bool | None
    missing: tuple[str, ...]


@dataclass(slots=True)
class PreparedItem:
    """An event rule or penalty."""

    index: int
    item: EventRule | Penalty
    when_paths: Paths
    parts: tuple[tuple[Verdict, Paths], ...]  # of its condition: each must be true
    fixed: int | None  # nominal that needs no computing
    points: Amount | None
    points_paths: Paths
    is_set: bool
    is_penalty: bool
    limit: Limit | None
    per: Literal["day", "week", "month", "visit"] | None  # what its limit counts by
    each: Value | None
    reaches: str | None
    threshold: float
    starts: int | None
    ends: int | None
    ring: int  # how many instants its limit looks back on; 0 without a rolling limit
    one_slot: bool  # whether its limit counts all its events together

    @property
    def is_always(self) -> bool:
        """Whether it asks every event of its types, and so its condition alone."""
        return self.reaches is None and self.starts is None and self.ends is None

    @property
    def paths_beside(self) -> Paths:
        """What it reads beside its condition."""
        return self.points_paths | (self.limit.each.reads if self.limit and self.limit.each else frozenset())


@dataclass(slots=True)
class PreparedStanding:
    """A profile or standing rule; its value can change in time by its tallies or its dates."""

    index: int
    score: int
    rule: StandingRule
    when: Verdict | None
    points: Amount
    otherwise: Amount
    paths: Paths
    tallies: frozenset[str]
    tally_positions: tuple[int, ...]
    has_dates: bool
    if_true: StandingValue | None  # what it adds, where that is the same for every lead
    if_false: StandingValue | None


@dataclass(slots=True)
class PreparedTally:
    """A tally of events."""

    index: int
    tally: Tally
    window: Window
    when_paths: Paths
    parts: tuple[tuple[Verdict, Paths], ...]
    of: Value | None
    is_dynamic: bool = False  # read by a standing rule or a state gate
    standing: tuple[PreparedStanding, ...] = ()  # the rules that read it
    cuts: Cuts | None = None  # where these and state gates may turn, if they do nothing but compare it with numbers
    falls: bool = False  # whether these are known, and time alone takes from it one by one
    counts: bool = False  # whether an event can only add one to it

    @property
    def paths_beside(self) -> Paths:
        """What it reads beside its condition."""
        return self.tally.of.reads if self.tally.of is not None else frozenset()


@dataclass(slots=True)
class PreparedStage:
    """A tally of a stage: counts the awards of these items."""

    tally: Tally
    window: Window
    items: frozenset[int]


@dataclass(slots=True)
class PreparedGate:
    """A gate; `when` None holds whenever its event comes."""

    index: int
    gate: Gate
    when: Verdict | None
    paths: Paths
    tallies: frozenset[str]
    tally_positions: tuple[int, ...]
    caps: tuple[tuple[int, int], ...]  # score, cap


@dataclass(slots=True)
class EventIndex:
    """What one event type can do.

    Conditions that read nothing but text and truth attributes of the event (`plain`) give the same answer whenever
    these values come again, so the answers are remembered: a pure function's, whatever the lead.
    """

    items: list[PreparedItem] = field(default_factory=list)
    tallies: list[PreparedTally] = field(default_factory=list)
    plain: tuple[str, ...] = ()
    plain_values: Callable[[Mapping[str, object]], object] = lambda values: None
    number: int = 0  # the position of the type among the declared ones
    remembered: dict[object, Candidates] = field(default_factory=dict)
    dispatch: Dispatch | None = None  # what these are found with; made when first needed
    reaching: tuple[PreparedItem, ...] = ()  # the rules of `reaches` among the items
    thresholds: dict[str, list[float]] = field(default_factory=dict)
    tallies_read: frozenset[str] = frozenset()
    clocks: list[int] = field(default_factory=list)
    gates_started: list[PreparedGate] = field(default_factory=list)
    gates_ended: list[PreparedGate] = field(default_factory=list)
    turns_gates: bool = False
    resets: tuple[int, ...] = ()  # the numbers by which marks name inactivity clocks that the type restarts
    reads_more: bool = False  # whether conditions read the type or the instant of an event

    def parts(self) -> list[PreparedItem | PreparedTally]:
        """The rules, penalties and tallies that its events may trigger."""
        return [*self.items, *self.tallies]

    def paths_of_gates(self) -> Paths:
        """What the conditions of the gates read that its events start."""
        return paths_of([formula for gate in self.gates_started for formula in formulas_of(gate.gate.when)])


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything about a model that does not depend on a lead."""

    model: Model
    state_hash: str  # of all that a lead's state depends on: the model's hash, with plugins that it calls theirs, too
    visit_gap: int
    functions: Registry
    calendar: Calendar
    reader: Reader
    numbering: Numbering
    plan: Plan
    kernel: Kernel
    by_type: dict[str, EventIndex]
    standing: tuple[PreparedStanding, ...]
    changing: tuple[PreparedStanding, ...]
    gates: tuple[PreparedGate, ...]
    turning: tuple[PreparedGate, ...]  # those that can begin and end to hold while a lead lives
    has_event_gates: bool
    tallies: tuple[PreparedTally, ...]
    tally_positions: dict[str, int]
    dynamic_tallies: frozenset[str]  # those that standing rules and state gates read
    dynamic: tuple[int, ...]  # their positions
    dynamic_visits: tuple[int, ...]  # of those that count by visit
    stages: tuple[PreparedStage, ...]
    dates: tuple[int, ...]  # at which standing rules begin and end
    constants: dict[str, object]
    needs: tuple[Verdict | None, ...]
    has_needs: bool
    audience: Verdict | None
