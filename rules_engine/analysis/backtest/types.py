"""What a backtest gives. Shares are numbers from 0 to 1, instants integer microseconds UTC, points plain numbers."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from rules_engine.records import dataclass

Kind = Literal["before outcome", "cuts", "one row each"]
Verdict = Literal["right way", "wrong way", "no difference", "too few", "never fires", "same for all"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the ends of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `total`, with the 95% Wilson interval of the share, over as many cases as say something of their own
    where leads are several cases; `share` is None of nothing."""

    count: int
    total: int
    share: Estimate | None


@dataclass(frozen=True, slots=True)
class Setup:
    """What was asked. `until` is the last instant whose outcomes are seen; `within` the horizon after a cut."""

    kind: Kind
    won: tuple[str, ...]
    lost: tuple[str, ...]
    opportunity: tuple[str, ...]
    cuts: tuple[int, ...]
    within: int | None
    until: int | None
    seed: int
    min_count: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Leads that are no case, and why."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Population:
    """`leads` of the data, `cases` scored (a lead is one case per cut), of them `won`, `lost` (not won) and `open`.

    Open cases have no outcome yet: they are censored, that is, they count neither as won nor as lost.
    """

    leads: int
    cases: int
    won: int
    lost: int
    open: int
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class BandRow:
    """One band of the score, and what became of the cases in it. `lift` is its conversion over that of all."""

    band: str
    ready: bool
    won: Rate
    lift: float | None


@dataclass(frozen=True, slots=True)
class GainRow:
    """The best `share` of the cases by score: how many of the won are among them, and their lift.

    Cases with equal scores are counted in proportion, so the order of the data does not matter.
    """

    share: float
    cases: float
    won: float
    captured: float
    lift: float


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Days from the entry into the sales-ready band to the win: quartiles over `cases`.

    `unknown` won cases were in the band from the beginning, so that there is no entry.
    """

    cases: int
    unknown: int
    quarter: float
    median: float
    three_quarters: float


@dataclass(frozen=True, slots=True)
class RuleRow:
    """How one rule did among won and lost cases.

    `fired_won`, `fired_lost`: for how many it fired (a rule without an event: gave points above 0; where it only takes
    points, took some). `lift`: conversion of those for whom it fired over that of all.
    `odds`: odds ratio of winning, fired against not, with its log-odds interval (Woolf, half a case added to each
    cell); None where it fired for all or none. `points_won`, `points_lost`: points it gave on average.
    `auc`: how well its points alone order the cases, with the interval of DeLong by lead. `unknown`: cases in which a
    value it reads was missing. `verdict` judges by `auc`; `too few` where it sets fewer cases apart than `min_count`.
    """

    score: str
    rule: str
    kind: str
    title: str | None
    fired_won: Rate
    fired_lost: Rate
    lift: float | None
    odds: Estimate | None
    points_won: float
    points_lost: float
    auc: Estimate | None
    unknown: int
    apart: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Period:
    """Cases of one stretch of time (or one cut). `psi` compares its scores with those of the first period."""

    start: int
    end: int
    won: Rate
    mean: float
    auc: float | None
    psi: float | None


@dataclass(frozen=True, slots=True)
class Leak:
    """A field or event that knows the outcome. `declared`: data.yaml says so; else it is a suspicion by its AUC.

    `read_by`: rules, gates, labels or the audience that read it.
    """

    name: str
    declared: bool
    auc: Estimate | None
    read_by: tuple[str, ...]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist. `mark`: good, bad, look (a person must judge) or none (cannot be told)."""

    mark: Literal["good", "bad", "look", "none"]
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Backtest:
    """One version judged by outcomes. `ready` names the lowest sales-ready band of `score`, None without bands."""

    model: str
    version: int
    timezone: str
    score: str
    ready: str | None
    setup: Setup
    population: Population
    base: Rate
    bands: tuple[BandRow, ...]
    gains: tuple[GainRow, ...]
    auc: Estimate | None
    precision: Rate | None
    recall: Rate | None
    opportunities: Rate | None
    lead_time: LeadTime | None
    rules: tuple[RuleRow, ...]
    periods: tuple[Period, ...]
    leaks: tuple[Leak, ...]
    checklist: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions on the same cases. `difference` is AUC of `second` minus that of `first`, on the same draws."""

    first: Backtest
    second: Backtest
    difference: Estimate | None
    summary: tuple[str, ...] = field(default=())
