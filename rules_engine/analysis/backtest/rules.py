"""How often each rule fired among won and lost cases, and whether its points go to the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from rules_engine.analysis.backtest.intervals import effect_on_odds, odds_ratio, quick_auc, rate_by_lead
from rules_engine.analysis.backtest.scored import Scored, feeding_scores, lead_numbers
from rules_engine.analysis.backtest.types import Estimate, RuleRow, Verdict
from rules_engine.model.types import Score

if TYPE_CHECKING:
    from collections.abc import Iterator


def rule_rows(scored: Scored, min_count: int) -> tuple[RuleRow, ...]:
    """Every rule and penalty of the scores that feed the one judged, in file order.

    `min_count`: a rule that sets fewer cases apart from the rest is not judged.
    """
    decided = scored.decided
    numbered = decided.select("case", "won", pl.Series("lead", lead_numbers(decided)))
    joined = scored.rules.join(numbered, on="case", how="inner")
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
    did, wins, leads = fired.to_numpy(), won.to_numpy(), part["lead"].to_numpy()
    fired_won, fired_lost = rate_by_lead(did[wins], leads[wins]), rate_by_lead(did[~wins], leads[~wins])
    cells = (fired_won.count, fired_lost.count)
    others = (fired_won.total - fired_won.count, fired_lost.total - fired_lost.count)
    fired_count = sum(cells)
    points = part["effective"].round(6)
    most_common = points.value_counts(sort=True)
    apart = part.height - int(most_common["count"][0])
    area = quick_auc(points.to_numpy(), wins, leads) if apart else None
    return RuleRow(
        score=score,
        rule=name,
        kind=str(part["kind"][0]),
        title=title,
        fired_won=fired_won,
        fired_lost=fired_lost,
        lift=None
        if not fired_count or not fired_won.total
        else (fired_won.count / fired_count) / (fired_won.total / part.height),
        odds=odds_ratio(*cells, *others, effect_on_odds(did, wins, leads)),
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
