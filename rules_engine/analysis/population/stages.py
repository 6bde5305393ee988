"""How far leads are along the buyer's journey: the model's `stages`, read off the ledger.

The stage of a lead is the latest stage, in the order of the model, that any of its awards belongs to. An award belongs
to the `stage` of its rule and counts as it does for a tally of a stage: its points are known and not 0, and no limit
took it away. What happened once stays: a stage is not lost when points fade.
"""

from __future__ import annotations

import polars as pl

from rules_engine.batch.tables import ScoreTables
from rules_engine.model.types import Model
from rules_engine.records import dataclass

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class StageShare:
    """One stage. Shares are 0..1 of the scored leads, `award_share` of all awards that have a stage.

    `leads`: this is their stage. `reached`: leads that are at this stage or a later one. `conversion`: `reached` as a
    share of that of the stage before, None for the first and after a stage nobody reached. `median_days`: from when a
    lead reached the stage before to when it reached this one, over those that did not go straight to it.
    """

    name: str
    leads: int
    share: float
    reached: int
    reached_share: float
    conversion: float | None
    median_days: float | None
    awards: int
    award_share: float


@dataclass(frozen=True, slots=True)
class Stages:
    """The journey of a population. `none_yet`: scored leads without an award of a rule that has a stage.

    `leads` has lead_id, stage (null for none yet), reached (the instant of the first award at it or beyond) and
    `awards_<stage>` for each stage.
    """

    scored: int
    none_yet: int
    stages: tuple[StageShare, ...]
    leads: pl.DataFrame


def find_stages(model: Model, tables: ScoreTables) -> Stages:
    """Needs the ledger. A model without `stages` gives none."""
    scored = tables.scores.filter("scored").select("lead_id")
    awards = _awards(model, tables.ledger).join(scored, on="lead_id", how="semi")
    first = _first_reached(model, awards)
    leads = _leads(model, scored, awards, first)
    counts = dict(leads.drop_nulls("stage").group_by("stage").len().iter_rows())
    shares: list[StageShare] = []
    before: int | None = None
    for i, name in enumerate(model.stages):
        reached = first[name].len() - first[name].null_count()
        touches = awards.filter(pl.col("stage") == i).height
        days = (first[name] - first[model.stages[i - 1]]).dt.total_microseconds() / _DAY if i else None
        shares.append(
            StageShare(
                name,
                counts.get(name, 0),
                _share(counts.get(name, 0), scored.height),
                reached,
                _share(reached, scored.height),
                None if not before else reached / before,
                None if days is None else _number(days.filter(days > 0).median()),
                touches,
                _share(touches, awards.height),
            )
        )
        before = reached
    return Stages(scored.height, scored.height - sum(counts.values()), tuple(shares), leads)


def _awards(model: Model, ledger: pl.DataFrame) -> pl.DataFrame:
    """lead_id, at and the number of the stage of each award that counts."""
    order = {name: i for i, name in enumerate(model.stages)}
    staged = [
        (score.name, rule.name, order[rule.stage])
        for score in model.scores.values()
        for rule in score.event_rules
        if rule.stage is not None
    ]
    rules = pl.DataFrame(staged, schema={"score": pl.String, "rule": pl.String, "stage": pl.Int64}, orient="row")
    limited = (pl.col("effective") == 0) & (pl.col("reason") == "limit").fill_null(value=False)
    counted = ledger.filter((pl.col("kind") == "award") & ~limited)
    return counted.join(rules, on=["score", "rule"]).select("lead_id", "at", "stage")


def _first_reached(model: Model, awards: pl.DataFrame) -> pl.DataFrame:
    """Per lead and stage the instant of its first award at that stage or a later one."""
    each = (
        pl.col("at").filter(pl.col("stage") >= i).min().alias(name) for i, name in enumerate(model.stages)
    )  # a lead that went straight to the last stage has been at those before it
    return awards.group_by("lead_id").agg(*each)


def _leads(model: Model, scored: pl.DataFrame, awards: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    names = pl.DataFrame(
        {"number": range(len(model.stages)), "stage": model.stages}, schema={"number": pl.Int64, "stage": pl.String}
    )
    counts = (
        (pl.col("stage") == i).sum().cast(pl.Int64).alias(f"awards_{name}") for i, name in enumerate(model.stages)
    )
    latest = awards.group_by("lead_id").agg(pl.col("stage").max().alias("number"), *counts)
    reached = first.unpivot(index="lead_id", variable_name="stage", value_name="reached")
    found = latest.join(names, on="number").join(reached, on=["lead_id", "stage"])
    columns = [pl.col(f"awards_{name}").fill_null(0) for name in model.stages]
    return scored.join(found, on="lead_id", how="left", maintain_order="left").select(
        "lead_id", "stage", "reached", *columns
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
