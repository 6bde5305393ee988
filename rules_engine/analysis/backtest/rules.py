"""How often each rule fired among won and lost cases, and whether its points go to the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules_engine.analysis.backtest.intervals import odds_ratio, quick_auc, rate
from rules_engine.analysis.backtest.scored import Scored, feeding_scores
from rules_engine.analysis.backtest.types import Estimate, RuleRow, Verdict
from rules_engine.model.types import Score

if TYPE_CHECKING:
    from collections.abc import Iterator


def rule_rows(scored: Scored, min_count: int) -> tuple[RuleRow, ...]:
    """Every rule and penalty of the scores that feed the one judged, in file order.

    `min_count`: a rule that sets fewer cases apart from the rest is not judged.
    """
    joined = scored.rules.join(scored.decided.select("case", "won"), on="case", how="inner")
    parts = dict(joined.group_by(["score", "rule"], maintain_order=True))
    rows = []
    for score_name in feeding_scores(scored.model, scored.score):
        score = scored.model.scores[score_name]
        for name, title in _titles(score):
            part = parts.get((score_name, name))
            if part is not None:
                rows.append(_row(score_name, name, title, part, min_count))
    return tuple(rows)


def _titles(score: Score) -> Iterator[tuple[str, str | None]]:
    titles = {rule.name: rule.title for rule in (*score.event_rules, *score.standing_rules)}
    for name in score.rule_order:
        yield name, titles[name]
    for penalty in score.penalties:
        yield penalty.name, penalty.title


def _row(score: str, name: str, title: str | None, part: pl.DataFrame, min_count: int) -> RuleRow:
    won, fired = part["won"], part["outcome"] == "fired"
    if str(part["kind"][0]) == "standing":
        gives = bool((part["effective"] > 0).any())
        fired = fired & (part["effective"] > 0 if gives else part["effective"] < 0)
    fired_won, fired_lost = int((fired & won).sum()), int((fired & ~won).sum())
    total_won, total_lost = int(won.sum()), int((~won).sum())
    fired_count = fired_won + fired_lost
    points = part["effective"].round(6)
    most_common = points.value_counts(sort=True)
    apart = part.height - int(most_common["count"][0])
    area = quick_auc(points.to_numpy(), won.to_numpy()) if apart else None
    return RuleRow(
        score=score,
        rule=name,
        kind=str(part["kind"][0]),
        title=title,
        fired_won=rate(fired_won, total_won),
        fired_lost=rate(fired_lost, total_lost),
        lift=None
        if not fired_count or not total_won
        else (fired_won / fired_count) / (total_won / (total_won + total_lost)),
        odds=odds_ratio(fired_won, fired_lost, total_won - fired_won, total_lost - fired_lost),
        points_won=_mean(points.filter(won)),
        points_lost=_mean(points.filter(~won)),
        auc=area,
        unknown=int((part["outcome"] == "unknown").sum()),
        apart=apart,
        verdict=_verdict(fired_count, apart, area, min_count),
    )


def _verdict(fired: int, apart: int, area: Estimate | None, min_count: int) -> Verdict:
    if not fired and not apart:
        return "never fires"
    if not apart:
        return "same for all"
    if apart < min_count or area is None:
        return "too few"
    if area.low > 0.5:
        return "right way"
    return "wrong way" if area.high < 0.5 else "no difference"


def _mean(points: pl.Series) -> float:
    return float(points.sum()) / len(points) if len(points) else 0.0
