"""Proposals from outcomes, with their quality on leads they were not made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.intervals import resampled_auc
from rules_engine.analysis.backtest.leaks import declared_leaks
from rules_engine.analysis.backtest.run import Prepared, Question
from rules_engine.analysis.backtest.scored import Scored, choose_score, score_cases
from rules_engine.analysis.backtest.types import Estimate
from rules_engine.analysis.calibrate.cells import cells_of, key_of, left, whole
from rules_engine.analysis.calibrate.features import Features, features
from rules_engine.analysis.calibrate.scorecard import EACH, Fit, fit
from rules_engine.analysis.calibrate.types import Calibration, Proposal, Quality, Verdict
from rules_engine.analysis.versions.points import PointCell, VersionFile

FOLDS = 5


def from_outcomes(
    version: VersionFile, prepared: Prepared, question: Question, *, advance: Callable[[int], None] = lambda _: None
) -> Calibration:
    """Fits, and judges the way of fitting on the leads of the other folds."""
    import numpy as np

    model = version.model
    score = choose_score(model, question.score)
    ledgers: list[pl.DataFrame] = []
    scored = score_cases(
        prepared.batch, prepared.cases, score, None, advance=advance,
        ledger=ledgers.append,
    )  # fmt: skip
    data = _with_enough(features(scored, pl.concat(ledgers), version.cells), question.min_count)
    made = fit(data, np.arange(len(data.won)), question.min_count)
    if made is None:
        raise BacktestError(
            f"no number of points has {question.min_count} cases (--min-count), {EACH} of them won and {EACH} lost; "
            "there is nothing to fit. (Computed points are not fitted.)"
        )
    quality = _quality(data, made, question, model.scores[score].sales_ready / 1e6)
    won = int(data.won.sum())
    return Calibration(
        model=model.name,
        version=model.version,
        file=str(version.path),
        score=score,
        method="outcomes",
        sales_ready=model.scores[score].sales_ready / 1e6,
        cases=len(data.won),
        won=won,
        proposals=tuple(_proposals(version, scored, data, made, question.min_count)),
        quality=quality,
        how=(
            f"Logistic regression over {len(data.won):,} cases, {won:,} of them won: one column per number of points, "
            "how many full awards of it are left at the moment.",
            f"Scaled so that scores spread as they do today: {made.doubling:.1f} points double the odds of winning.",
            f"Fitted where at least {question.min_count} cases have the number, {EACH} won and {EACH} lost among them; "
            "changed where today's number lies outside the 95% interval, to whole points (halves to the even number).",
            "Penalties, inactivity, floors, limits, caps, gates and formulas stay as they are.",
        ),
        warnings=tuple(_warnings(prepared, quality)),
    )


def _with_enough(data: Features, min_count: int) -> Features:
    won = int(data.won.sum())
    if min(won, len(data.won) - won) < max(min_count, FOLDS):
        raise BacktestError(
            f"there are {won:,} won and {len(data.won) - won:,} lost cases; with fewer than {max(min_count, FOLDS)} of "
            "either (--min-count) nothing is fitted."
        )
    return data


def _quality(data: Features, made: Fit, question: Question, ready: float) -> Quality:
    """Each lead judged by points made without it; today's points on the same cases."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    outside = np.empty(len(data.won))
    folds = GroupKFold(min(FOLDS, len(np.unique(data.leads))), shuffle=True, random_state=question.seed)
    for fitted, judged in folds.split(data.columns, data.won, data.leads):
        part = fit(data, fitted, max(1, question.min_count * (FOLDS - 1) // FOLDS))
        outside[judged] = (data.reading if part is None else data.scores(part.final))[judged]
    found = resampled_auc([data.reading, outside], data.won, data.leads, question.seed)
    assert found is not None  # there are enough of both kinds
    (today, proposed), difference = found
    assert difference is not None
    return Quality(
        folds=FOLDS,
        today=today,
        proposed=proposed,
        difference=difference,
        ready_today=int((data.reading >= ready).sum()),
        ready_proposed=int((data.scores(made.final) >= ready).sum()),
    )


def _proposals(version: VersionFile, scored: Scored, data: Features, made: Fit, min_count: int) -> Iterator[Proposal]:
    places = {address: place for place, level in enumerate(data.levels) for address in level.addresses}
    keys = dict.fromkeys(
        key_of(version.model, name) for name in scored.rules["score"].cast(pl.String).unique(maintain_order=True)
    )
    for cell in cells_of(version.cells, keys):
        place = places.get(cell.address)
        if place is None:
            zero = "0 points are what the others are compared with"
            yield left(cell, zero if cell.amount == 0 else "computed, or set")
        else:
            yield _proposal(cell, data, made, place, min_count)


def _proposal(cell: PointCell, data: Features, made: Fit, place: int, min_count: int) -> Proposal:
    today, cases, won = data.levels[place].today, int(made.cases[place]), int(made.won[place])
    points = float(made.points[place])
    if points != points:  # not fitted
        why = f"{cases:,} cases, {won:,} won" if cases else "no case"
        few: Verdict = "too few"
        return Proposal(cell.address, cell.title, cell.stage, today, None, None, cases, won, few, why=why)
    interval = Estimate(points, float(made.low[place]), float(made.high[place]))
    proposed = whole(points)
    verdict: Verdict = "inside" if interval.low <= today <= interval.high else "change"
    if verdict == "change" and proposed == today:
        verdict = "same"
    return Proposal(cell.address, cell.title, cell.stage, today, proposed, interval, cases, won, verdict, str(proposed))


def _warnings(prepared: Prepared, quality: Quality) -> Iterator[str]:
    for leak in declared_leaks(prepared.mapping, prepared.batch.model):
        yield f"{leak.name} is known only after the outcome ({leak.place}): points made from it are worth nothing."
    if not quality.better:
        yield (
            "on leads they were not made from, the proposals are not surely better than today's points "
            f"(the area under the curve differs by {quality.difference.value:+.3f}, {quality.difference.low:+.3f} to "
            f"{quality.difference.high:+.3f})."
        )
