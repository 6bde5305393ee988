"""What a calibration gives. Points are plain numbers."""

from __future__ import annotations

from typing import Literal

from rules_engine.analysis.backtest.types import Estimate
from rules_engine.records import dataclass

Method = Literal["stages", "interview", "outcomes"]
Verdict = Literal["change", "same", "inside", "too few", "left"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One number of points of the version: `today`, and what it should become.

    `address` is that of the cell (`readiness.demo`). `proposed` are whole points (half-even), `interval` the points
    before rounding with their 95% ends. `cases` have it, `won` of them won. `text` is what is written for a change.

    change: it is written. same: the proposal is today's number. inside: today's number lies inside the interval, so it
    stays. too few: fewer cases than asked for, so it stays. left: this way of calibrating says nothing about it.
    """

    address: str
    title: str | None
    stage: str | None
    today: float | None
    proposed: float | None
    interval: Estimate | None
    cases: int | None
    won: int | None
    verdict: Verdict
    text: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class StageTouches:
    """Average touches (counted awards of the stage's rules) of a winner; no interval where they were given."""

    stage: str
    touches: Estimate


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the proposals do on leads they were not made from: `folds` parts, each judged by a fit to the others.

    `today` and `proposed` are areas under the curve on the same cases, `difference` with its interval from resampling.
    `ready_today`, `ready_proposed`: cases at or above the sales-ready score with today's and with the final points.
    """

    folds: int
    today: Estimate
    proposed: Estimate
    difference: Estimate
    ready_today: int
    ready_proposed: int

    @property
    def better(self) -> bool:
        """Surely better than today's points."""
        return self.difference.low > 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Proposals for one version. `how` tells in words how they were made; `warnings` forbid to write unasked."""

    model: str
    version: int
    file: str
    score: str
    method: Method
    sales_ready: float
    cases: int | None
    won: int | None
    proposals: tuple[Proposal, ...]
    stages: tuple[StageTouches, ...] = ()
    quality: Quality | None = None
    how: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> dict[str, str]:
        """Addresses with what is to stand there."""
        return {
            each.address: each.text for each in self.proposals if each.verdict == "change" and each.text is not None
        }
