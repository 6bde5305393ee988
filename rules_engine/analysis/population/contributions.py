"""What each rule of a score did for the population: whom it fired for, what it gave, what limits and caps took."""

from __future__ import annotations

from typing import Literal

import polars as pl

from rules_engine.batch.tables import ScoreTables
from rules_engine.model.types import Model, Score
from rules_engine.records import dataclass

Kind = Literal["event", "standing", "penalty", "inactivity", "decay"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One rule or penalty, or what inactivity or decay took. Points are sums over all leads.

    `leads`: for whom it fired (a standing rule: holds now). `points`: what it changed scores by; decay is not taken off
    here but stands as a line of its own. `cut`: points that limits, caps and floors kept from counting, `cut_entries`
    how often. `unknown`: leads for which a value it reads was missing at least once.
    """

    name: str
    title: str | None
    kind: Kind
    stage: str | None
    leads: int
    fired: int
    points: float
    cut: float
    cut_entries: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ScoreContributions:
    """The lines of one score in file order, then inactivity and decay. `start`: points given before any event.

    start + the points of all lines = the sum of A + P over the leads that have a value.
    """

    score: str
    title: str | None
    leads: int
    start: float
    lines: tuple[Contribution, ...]


def contributions(model: Model, tables: ScoreTables) -> tuple[ScoreContributions, ...]:
    """Of each score that has rules. Needs the ledger and the rules."""
    valued = [
        tables.scores.filter("scored").drop_nulls(name).select("lead_id", pl.lit(name).alias("score"))
        for name in model.scores
    ]
    keys = pl.concat(valued)
    ledger = tables.ledger.join(keys, on=["lead_id", "score"], how="semi")
    rules = tables.rules.join(keys, on=["lead_id", "score"], how="semi")
    counts = dict(keys.group_by("score").len().iter_rows())
    return tuple(
        _score(score, counts.get(score.name, 0), ledger.filter(pl.col("score") == score.name), rules)
        for score in model.scores.values()
        if not score.combine
    )


def _score(score: Score, leads: int, ledger: pl.DataFrame, rules: pl.DataFrame) -> ScoreContributions:
    totals = {
        row["rule"]: row
        for row in rules.filter(pl.col("score") == score.name)
        .group_by("rule")
        .agg(
            (pl.col("fired") > 0).sum().alias("leads"),
            pl.col("fired").sum(),
            pl.col("effective").sum().cast(pl.Float64),
            (pl.col("unknown") > 0).sum().alias("unknown"),
        )
        .iter_rows(named=True)
    }
    cut = pl.col("nominal") - pl.col("effective")
    own = ledger.filter(pl.col("kind").is_in(["award", "set", "penalty"]) & (cut != 0) & pl.col("reason").is_not_null())
    cuts = {
        row["rule"]: row
        for row in own.group_by("rule")
        .agg(cut.sum().cast(pl.Float64).alias("cut"), pl.len().alias("count"))
        .iter_rows(named=True)
    }
    event_rules = {rule.name: rule for rule in score.event_rules}
    standing_rules = {rule.name: rule for rule in score.standing_rules}
    described: list[tuple[str, str | None, Kind, str | None]] = []
    for name in score.rule_order:
        if name in event_rules:
            described.append((name, event_rules[name].title, "event", event_rules[name].stage))
        else:
            described.append((name, standing_rules[name].title, "standing", standing_rules[name].stage))
    described.extend((penalty.name, penalty.title, "penalty", None) for penalty in score.penalties)
    lines = []
    for name, title, kind, stage in described:
        total = totals.get(name, {"leads": 0, "fired": 0, "effective": 0.0, "unknown": 0})
        taken = cuts.get(name, {"cut": 0.0, "count": 0})
        lines.append(
            Contribution(
                name,
                title,
                kind,
                stage,
                total["leads"],
                total["fired"],
                total["effective"],
                taken["cut"],
                taken["count"],
                total["unknown"],
            )
        )
    kinds: tuple[Kind, ...] = ("inactivity", "decay")
    for kind in kinds:
        entries = ledger.filter(pl.col("kind") == kind)
        if entries.height:
            who, points = entries["lead_id"].n_unique(), float(entries["effective"].sum())
            lines.append(Contribution(kind, None, kind, None, who, entries.height, points, 0.0, 0, 0))
    return ScoreContributions(score.name, score.title, leads, leads * score.start / 1e6, tuple(lines))
