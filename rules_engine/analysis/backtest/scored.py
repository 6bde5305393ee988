"""Cases scored: the reading, band and rules of each, as of its own moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.analysis.backtest.cases import Cases
from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.batch.score import Batch
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.types import Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 200_000  # cases scored at a time, so that the rows of their rules fit into memory


@dataclass(frozen=True, slots=True)
class Scored:
    """Cases with a value of the score.

    `frame`: the columns of `Cases.frame`, and the case's number, reading (points), band, since. `rules`: case, score,
    rule, kind, outcome, effective (points), of the scores that feed it. `not_scored`: how many cases are outside the
    audience or without a value.
    """

    model: Model
    score: str
    ready: str | None
    frame: pl.DataFrame
    rules: pl.DataFrame
    not_scored: int

    @property
    def decided(self) -> pl.DataFrame:
        """Cases that are won or lost."""
        return self.frame.filter(pl.col("won").is_not_null())

    def only(self, keys: pl.DataFrame) -> Scored:
        """The same for the cases in `keys` (lead_id, cut)."""
        frame = self.frame.join(keys, on=["lead_id", "cut"], how="semi", maintain_order="left")
        rules = self.rules.join(frame.select("case"), on="case", how="semi", maintain_order="left")
        return replace(self, frame=frame, rules=rules)

    def readings(self) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
        """Reading, won, and the number of the lead, of each decided case."""
        decided = self.decided
        return decided["reading"].to_numpy(), decided["won"].to_numpy(), lead_numbers(decided)


def lead_numbers(frame: pl.DataFrame) -> NDArray[np.int64]:
    """Leads numbered from 0 in the order in which they come."""
    return frame["lead_id"].rank("dense").cast(pl.Int64).to_numpy() - 1


def score_cases(
    batch: Batch,
    cases: Cases,
    score: str,
    ready: str | None,
    *,
    ledger: Callable[[pl.DataFrame], None] | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Scored:
    """Scores every case as of its moment. `ledger` is given the ledger, in parts, with the number of each case."""
    frames, rules = [], []
    feeding = list(feeding_scores(batch.model, score))
    for _, part in cases.frame.with_row_index("case").group_by(["cut"], maintain_order=True):
        for chunk in part.iter_slices(CHUNK):
            moments = dict(zip(chunk["lead_id"].to_list(), chunk["moment"].to_list(), strict=True))
            done = batch.run(rules=True, ledger=ledger is not None, moments=moments, advance=advance)
            numbers = chunk.select("lead_id", "case")
            if ledger is not None:
                ledger(done.ledger.join(numbers, on="lead_id", how="inner", maintain_order="left"))
            frames.append(chunk.join(_readings(done.scores, score), on="lead_id", how="inner", maintain_order="left"))
            rules.append(_rules(done.rules.filter(pl.col("score").is_in(feeding)), numbers))
    if not frames:
        raise BacktestError("there is no case: no lead is known at the moments asked for.")
    every = pl.concat(frames)
    valued = every.drop_nulls("reading")
    rules_of = pl.concat(rules).join(valued.select("case"), on="case", how="semi", maintain_order="left")
    return Scored(batch.model, score, ready, valued, rules_of, every.height - valued.height)


def _readings(scores: pl.DataFrame, score: str) -> pl.DataFrame:
    banded = f"{score}_band" in scores.columns
    return scores.select(
        "lead_id",
        pl.col(score).alias("reading"),
        (pl.col(f"{score}_band") if banded else pl.lit(None, pl.String)).alias("band"),
        (pl.col(f"{score}_since").cast(pl.Int64) if banded else pl.lit(None, pl.Int64)).alias("since"),
    )


def _rules(rules: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Words as numbers, since there is a row for each case and rule."""
    return rules.join(numbers, on="lead_id", how="inner", maintain_order="left").select(
        "case",
        *(pl.col(name).cast(pl.Categorical) for name in ("score", "rule", "kind", "outcome")),
        pl.col("effective").cast(pl.Float64),
    )


def feeding_scores(model: Model, score: str) -> dict[str, float]:
    """The scores whose rules make up `score`, with their weights in it: itself, or the parts of a combined one."""
    found: dict[str, float] = {}

    def walk(name: str, weight: float) -> None:
        combine = model.scores[name].combine
        if not combine:
            found[name] = found.get(name, 0.0) + weight
        for part, share in combine:
            walk(part, weight * share)

    walk(score, 1.0)
    return found


def choose_score(model: Model, score: str | None) -> str:
    """The score asked for; else the last combined one, else the first."""
    if score is not None:
        if score not in model.scores:
            raise BacktestError(f"{model.name} has no score {score}.{did_you_mean(score, tuple(model.scores))}")
        return score
    combined = [name for name, typed in model.scores.items() if typed.combine]
    return combined[-1] if combined else next(iter(model.scores))


def choose_ready(model: Model, score: str, band: str | None) -> str | None:
    """The lowest band that counts as ready for sales: the one asked for, else the first that begins at 100% of
    sales_ready or above, else the highest; None for a score without bands."""
    bands = model.scores[score].bands
    names = [level.name for level in bands]
    if band is not None:
        if band not in names:
            shown = ", ".join(names) or "no bands"
            raise BacktestError(f"{score} has no band {band}{did_you_mean(band, tuple(names)) or '.'} It has {shown}.")
        return band
    for level in bands:
        if level.start is not None and level.start >= model.scores[score].sales_ready:
            return level.name
    return names[-1] if names else None
