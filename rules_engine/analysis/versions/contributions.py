"""What each rule adds to each lead's reading of one score, so that two versions can be compared rule by rule.

The amounts of a lead sum to its reading: rules and penalties, decay, inactivity, the start, what the score's `min` and
`max` cut, and what gates hold down. A combined score has the scores it is made of instead of rules.
"""

from __future__ import annotations

import polars as pl

from rules_engine.batch.tables import ScoreTables
from rules_engine.model.types import Model, Score

DECAY = "decay"
START = "start"
PROFILE = "profile"
LIMITS = "min and max of the score"
GATES = "gates"
# A reading is rounded to two decimals, a total is not: a smaller difference is no gate.
_ROUNDING = 5_000


def contributions(model: Model, tables: ScoreTables, name: str, *, by_rule: bool = True) -> pl.DataFrame:
    """lead_id, cause, amount (micropoints): of the leads that have a value of the score.

    Without `by_rule` the rules without an event count as one, and the table of rules is not needed.
    """
    score = model.scores[name]
    valued = tables.scores.filter(pl.col(name).is_not_null())
    parts = [_components(valued, score)] if score.combine else _own(valued, tables, score, by_rule)
    inside = pl.concat(parts)
    total = valued.select("lead_id", total=_micro(f"{name}_total"))
    clamp = _rest(total, inside, "total", LIMITS)
    reading = valued.select("lead_id", reading=(pl.col(name) * 1e6).round().cast(pl.Int64))
    gates = _rest(reading, total.select("lead_id", amount="total"), "reading", GATES)
    return pl.concat([inside, clamp, gates.filter(pl.col("amount").abs() > _ROUNDING)])


def _own(valued: pl.DataFrame, tables: ScoreTables, score: Score, by_rule: bool) -> list[pl.DataFrame]:
    leads = valued.select("lead_id")
    ledger = tables.ledger.filter(pl.col("score") == score.name).join(leads, on="lead_id", how="semi")
    entries = ledger.group_by("lead_id", cause=pl.col("rule").fill_null(DECAY)).agg(amount=_micro("effective").sum())
    if by_rule:
        standing = tables.rules.filter((pl.col("score") == score.name) & (pl.col("kind") == "standing"))
        standing = standing.join(leads, on="lead_id", how="semi")
        profile = standing.select("lead_id", cause="rule", amount=_micro("effective"))
    else:
        profile = valued.select("lead_id", cause=pl.lit(PROFILE), amount=_micro(f"{score.name}_profile"))
    start = leads.with_columns(cause=pl.lit(START), amount=pl.lit(score.start, pl.Int64))
    return [entries, profile.filter(pl.col("amount") != 0), start.filter(pl.col("amount") != 0)]


def _components(valued: pl.DataFrame, score: Score) -> pl.DataFrame:
    parts = [
        valued.select(
            "lead_id",
            cause=pl.lit(f"score {part}"),
            amount=(_micro(f"{part}_total").cast(pl.Float64) * weight).round(mode="half_to_even").cast(pl.Int64),
        )
        for part, weight in score.combine
    ]
    return pl.concat(parts).filter(pl.col("amount") != 0)


def _rest(whole: pl.DataFrame, parts: pl.DataFrame, column: str, cause: str) -> pl.DataFrame:
    """What is left of a column once the parts are taken from it, as a cause of its own."""
    sums = parts.group_by("lead_id").agg(known=pl.col("amount").sum())
    rest = whole.join(sums, on="lead_id", how="left").with_columns(
        cause=pl.lit(cause), amount=pl.col(column) - pl.col("known").fill_null(0)
    )
    return rest.filter(pl.col("amount") != 0).select("lead_id", "cause", "amount")


def _micro(column: str) -> pl.Expr:
    """Exact decimals of points as whole micropoints."""
    return (pl.col(column) * 1_000_000).cast(pl.Int64)
