"""Points from touches: the sales-ready score in equal parts, one for each touch of an average winner.

A winner who touched 5 assets to learn, 3 to compare and 4 to decide was touched 12 times; 100 points in 12 parts are
8.33, and 8 after rounding to whole points, half to even. Every rule of a stage then gives 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.run import Prepared, Question
from rules_engine.analysis.backtest.scored import choose_score, score_cases
from rules_engine.analysis.backtest.types import Estimate
from rules_engine.analysis.calibrate.cells import cells_of, key_of, left, today, whole
from rules_engine.analysis.calibrate.types import Calibration, Proposal, StageTouches, Verdict
from rules_engine.analysis.versions.points import PointCell, VersionFile
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.types import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 1_000


def from_given_touches(version: VersionFile, touches: Mapping[str, float], score: str | None) -> Calibration:
    """From average touches that are known already, such as {"learn": 5, "compare": 3, "decide": 4}."""
    model = version.model
    for stage in touches:
        if stage not in model.stages:
            known = f"Its stages are {', '.join(model.stages)}." if model.stages else "It has no stages (`stages:`)."
            raise BacktestError(f"{model.name} has no stage {stage}.{did_you_mean(stage, model.stages)} {known}")
    total = sum(touches.values())
    if total <= 0 or min(touches.values()) < 0:
        raise BacktestError("touches are counts: give numbers from 0 up, at least one of them above 0.")
    chosen = _score(model, score)
    ready = _ready(model, chosen)
    found = tuple(StageTouches(stage, Estimate(count, count, count)) for stage, count in touches.items())
    part = ready / total
    return _calibration(
        version, chosen, found, Estimate(part, part, part), winners=None, min_count=0,
        how=(f"{_plus(found)} = {total:g} touches; {ready:g} points in {total:g} parts are {part:.2f} each.",),
    )  # fmt: skip


def from_winners(version: VersionFile, prepared: Prepared, question: Question) -> Calibration:
    """From the touches of the won cases up to their moments."""
    model = version.model
    chosen = _score(model, question.score)
    ledgers: list[pl.DataFrame] = []
    scored = score_cases(
        prepared.batch, prepared.cases, chosen, None,
        ledger=ledgers.append,
    )  # fmt: skip
    winners = scored.decided.filter(pl.col("won")).select("case")
    if winners.height == 0:
        raise BacktestError("nobody has won among the cases, so there are no touches of winners to count.")
    counts = _touches(model, chosen, winners, pl.concat(ledgers))
    means, parts = _resampled(counts, _ready(model, chosen), question.seed)
    stages = tuple(StageTouches(stage, mean) for stage, mean in zip(model.stages, means, strict=True))
    total = sum(mean.value for mean in means)
    ready = _ready(model, chosen)
    how = (
        f"{winners.height:,} winners: {_plus(stages)} = {total:.2f} touches on average; {ready:g} points in "
        f"{total:.2f} parts are {parts.value:.2f} each ({parts.low:.2f} to {parts.high:.2f}).",
    )
    return _calibration(version, chosen, stages, parts, winners=winners.height, min_count=question.min_count, how=how)


def _score(model: Model, score: str | None) -> str:
    """The score asked for, else the first with rules that have a stage."""
    staged = [name for name, typed in model.scores.items() if any(rule.stage for rule in typed.event_rules)]
    if not model.stages or not staged:
        raise BacktestError(
            f"{model.name} has no rules with a stage: (learn, compare, decide ...), so there are no touches to count."
        )
    chosen = staged[0] if score is None else choose_score(model, score)
    if chosen not in staged:
        raise BacktestError(f"{chosen} has no rules with a stage; take {' or '.join(staged)} (--score).")
    return chosen


def _touches(model: Model, score: str, winners: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """A row per winner with the counted awards of each stage: those with points that no limit took away.

    A higher award of a limit that keeps the highest counts, though the limit leaves it only the difference.
    """
    stage_of = {(score, rule.name): rule.stage for rule in model.scores[score].event_rules if rule.stage is not None}
    stages = pl.DataFrame(
        [(score_name, rule, stage) for (score_name, rule), stage in stage_of.items()],
        schema={"score": pl.String, "rule": pl.String, "stage": pl.String},
        orient="row",
    )
    limited = (pl.col("effective") == 0) & (pl.col("reason").fill_null("") == "limit")
    counted = ledger.filter((pl.col("kind") == "award") & (pl.col("nominal") != 0) & ~limited)
    met = counted.join(stages, on=["score", "rule"], how="inner").group_by("case", "stage").len()
    table = winners
    for stage in model.stages:
        own = met.filter(pl.col("stage") == stage).select("case", pl.col("len").alias(stage))
        table = table.join(own, on="case", how="left", maintain_order="left")
    return table.with_columns(pl.col(stage).fill_null(0).cast(pl.Float64) for stage in model.stages)


def _resampled(table: pl.DataFrame, ready: float, seed: int) -> tuple[list[Estimate], Estimate]:
    """Mean touches per stage and points per touch, with percentile intervals over resampled winners."""
    import numpy as np

    counts = table.drop("case").to_numpy()
    means = counts.mean(axis=0)
    if means.sum() == 0:
        raise BacktestError("no winner touched anything that a rule with a stage counts, up to the moment looked at.")
    random = np.random.default_rng(seed)
    draws = np.array([counts[random.integers(len(counts), size=len(counts))].mean(axis=0) for _ in range(RESAMPLES)])
    sums = draws.sum(axis=1)
    parts = ready / sums[sums > 0]
    return (
        [_estimate(float(mean), draw) for mean, draw in zip(means, draws.T, strict=True)],
        _estimate(ready / float(means.sum()), parts),
    )


def _estimate(value: float, draws: NDArray[np.float64]) -> Estimate:
    import numpy as np

    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def _calibration(
    version: VersionFile,
    score: str,
    stages: Sequence[StageTouches],
    part: Estimate,
    *,
    winners: int | None,
    min_count: int,
    how: tuple[str, ...],
) -> Calibration:
    model = version.model
    few = winners is not None and winners < min_count
    touched = {each.stage: each.touches.value > 0 for each in stages}
    points = whole(part.value)
    cells = cells_of(version.cells, [key_of(model, score)])
    staged = [cell for cell in cells if cell.stage is not None]
    proposals = tuple(_proposal(cell, cell.stage or "", touched, part, points, winners, few) for cell in staged)
    total = sum(each.touches.value for each in stages)
    rule = "Points are rounded to whole ones, halves to the even number"
    rounded = f"{rule}: an average winner then has {points * total:.0f} of {_ready(model, score):g}."
    others = len(cells) - len(staged)
    staying = [f"Rules without a stage keep their points ({others})."] if others else []
    warnings = []
    if few:
        warnings.append(f"only {winners} winners, fewer than {min_count} (--min-count): their average says little.")
    if points < 1:
        warnings.append("less than half a point for a touch: nothing can be proposed.")
    return Calibration(
        model=model.name,
        version=model.version,
        file=str(version.path),
        score=score,
        method="stages",
        sales_ready=_ready(model, score),
        cases=winners,
        won=winners,
        proposals=proposals,
        stages=tuple(stages),
        how=(
            *how,
            rounded,
            *staying,
            "Decay, caps and limits are not counted in: points that fade need more of them.",
        ),
        warnings=tuple(warnings),
    )


def _proposal(
    cell: PointCell,
    stage: str,
    touched: Mapping[str, bool],
    part: Estimate,
    points: int,
    winners: int | None,
    few: bool,
) -> Proposal:
    if cell.kind not in ("points", "row") or cell.amount is None:
        return left(cell, "one of several numbers" if cell.amount is not None else "computed")
    if not touched.get(stage, False):
        return left(cell, f"no touches in the stage {stage}")
    verdict: Verdict = "too few" if few else "same" if today(cell) == points else "change"
    if points < 1:
        verdict = "left"
    interval = part if part.low != part.high else None
    return Proposal(
        cell.address, cell.title, cell.stage, today(cell), points, interval, None, winners, verdict, str(points)
    )


def _ready(model: Model, score: str) -> float:
    return model.scores[score].sales_ready / 1e6


def _plus(stages: Sequence[StageTouches]) -> str:
    return " + ".join(f"{each.touches.value:.3g} {each.stage}" for each in stages)
