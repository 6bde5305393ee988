"""Who is judged, as of which moment, and by which outcome: the cases of a backtest.

Three ways. *Before outcome*: each lead with an outcome, a microsecond before its first one. *Cuts*: at each cut date
every lead known by then, and what came after. *One row each*: outcomes without times; every lead as of one moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.outcomes import Outcomes
from rules_engine.analysis.backtest.types import Kind
from rules_engine.batch.score import Batch
from rules_engine.matching.calendar import format_instant
from rules_engine.records import dataclass

SCHEMA = {
    "lead_id": pl.String(),
    "cut": pl.Int64(),
    "moment": pl.Int64(),
    "won": pl.Boolean(),
    "opportunity": pl.Boolean(),
    "won_at": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Cases:
    """`frame`: a row per case with lead_id, cut (its number), moment, won (null: open,
    censored), opportunity (null: one already, or the data names none), won_at.

    `left_out` counts leads that are no case by reason; `until` is the last instant whose outcomes are looked at.
    """

    kind: Kind
    frame: pl.DataFrame
    cuts: tuple[int, ...]
    within: int | None
    until: int | None
    left_out: Counter[str]


def before_outcome(batch: Batch, outcomes: Outcomes) -> Cases:
    """Each lead with an outcome as of the microsecond before its first one, so that nothing of it is seen."""
    if not outcomes.lost:
        raise BacktestError(
            f"the data names won leads ({', '.join(outcomes.won)}) and no lost ones, so there is nobody to compare the "
            "won with. Say which outcomes are losses (--lost NAME), or judge at dates: --cut 2026-06-30 --within "
            "'90 days'."
        )
    if outcomes.repeats:
        raise BacktestError(
            "the outcomes of the data repeat (`repeats: true`), so there is no single moment before them; "
            "judge at dates: --cut 2026-06-30 --within '90 days'."
        )
    left_out: Counter[str] = Counter()
    timed = outcomes.rows.filter(pl.col("at").is_not_null())
    untimed = outcomes.rows["lead_id"].n_unique() - timed["lead_id"].n_unique()
    if untimed:
        left_out["their outcome has no time"] = untimed
    known = Outcomes(timed, outcomes.won, outcomes.lost, outcomes.opportunity, False)
    first = known.first(("won", "lost", "opportunity")).select("lead_id", (pl.col("at") - 1).alias("moment"))
    judged = _judged(first, known, None, None, open_are_lost=False).with_columns(pl.lit(0, pl.Int64).alias("cut"))
    left_out["no outcome yet (open)"] = batch.lead_count - outcomes.rows["lead_id"].n_unique()
    return Cases("before outcome", _shaped(judged), (), None, None, +left_out)


def at_cuts(batch: Batch, outcomes: Outcomes, cuts: Sequence[int], within: int | None) -> Cases:
    """At each cut every lead known by then and not decided before; the outcome is the first in (cut, cut + within].

    Raises `BacktestError` where outcomes have no times, or the data ends before the horizon does.
    """
    if not outcomes.timed:
        raise BacktestError(
            "the outcomes of the data have no times (`at:` in data.yaml), so what came after a cut cannot be told."
        )
    end = _end_of(batch, outcomes)
    left_out: Counter[str] = Counter()
    timeless = outcomes.rows.filter(pl.col("at").is_null())["lead_id"].n_unique()
    if timeless:
        left_out["their outcome has no time"] = timeless
    frames = []
    for number, cut in enumerate(cuts):
        if cut >= end:
            raise BacktestError(
                f"the data ends at {format_instant(end)}, before the cut {format_instant(cut)}; there is nothing after."
            )
        if within is not None and cut + within > end:
            raise BacktestError(
                f"the data ends at {format_instant(end)}, so what happens within {_days(within)} after "
                f"{format_instant(cut)} is not all seen; take --within '{max((end - cut) // 86_400_000_000, 1)} days' "
                "or an earlier cut."
            )
        known = _known(batch, cut)
        left_out["not known yet at the cut (no event up to then)"] += batch.lead_count - known.height
        if not outcomes.repeats:
            before = outcomes.first(("won", "lost"), until=cut)
            undecided = known.join(before, on="lead_id", how="anti", maintain_order="left")
            left_out["decided before the cut"] += known.height - undecided.height
            known = undecided
        until = end if within is None else cut + within
        judged = _judged(
            known.with_columns(pl.lit(cut, pl.Int64).alias("moment")),
            outcomes, cut, until, open_are_lost=within is not None or not outcomes.lost,
        )  # fmt: skip
        if not outcomes.repeats:
            judged = _not_yet_opportunities(judged, outcomes, cut)
        frames.append(_shaped(judged.with_columns(pl.lit(number, pl.Int64).alias("cut"))))
    until_all = end if within is None else max(cuts) + within
    return Cases("cuts", pl.concat(frames), tuple(cuts), within, until_all, +left_out)


def one_row_each(batch: Batch, outcomes: Outcomes) -> Cases:
    """Outcomes without times: every lead as of the batch's moment. A lead without an outcome is open where lost ones
    are named, else not won."""
    leads = batch.data.leads.select("lead_id", pl.lit(batch.as_of, pl.Int64).alias("moment"))
    judged = _judged(leads, outcomes, None, None, open_are_lost=not outcomes.lost)
    return Cases(
        "one row each", _shaped(judged.with_columns(pl.lit(0, pl.Int64).alias("cut"))), (), None, None, Counter()
    )


def _judged(
    leads: pl.DataFrame, outcomes: Outcomes, after: int | None, until: int | None, *, open_are_lost: bool
) -> pl.DataFrame:
    """Adds won, opportunity and won_at. A win is an opportunity too.

    Who is none by the end of the data or the horizon is none, though it may be open yet: all cases of a moment are
    watched equally long, and to leave out the open ones that are none would keep those that are.
    """
    decided = outcomes.first(("won", "lost"), after, until).select("lead_id", "kind", pl.col("at").alias("decided_at"))
    met = outcomes.first(("opportunity", "won"), after, until).select("lead_id", pl.lit(True).alias("met"))
    joined = leads.join(decided, on="lead_id", how="left", maintain_order="left")
    joined = joined.join(met, on="lead_id", how="left", maintain_order="left")
    won = pl.col("kind") == "won"
    if open_are_lost:
        won = won.fill_null(False)
    opportunity = pl.col("met").fill_null(False)
    return joined.with_columns(
        won.alias("won"),
        (opportunity if outcomes.opportunity else pl.lit(None, pl.Boolean)).alias("opportunity"),
        pl.when(pl.col("kind") == "won").then(pl.col("decided_at")).alias("won_at"),
    )


def _not_yet_opportunities(judged: pl.DataFrame, outcomes: Outcomes, cut: int) -> pl.DataFrame:
    """Who is an opportunity at the cut already cannot become one: null, so that no ratio counts it."""
    already = outcomes.first(("opportunity",), until=cut)["lead_id"].implode()
    return judged.with_columns(pl.when(~pl.col("lead_id").is_in(already)).then("opportunity").alias("opportunity"))


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _known(batch: Batch, cut: int) -> pl.DataFrame:
    """Leads that were there at the cut: by an event, or by a row of their history that holds from then or before.

    A model without events knows a lead from the beginning unless a history says otherwise.
    """
    data = batch.data
    leads = data.leads.select("lead_id")
    if data.lead_history is None and not data.by_type:
        return leads
    rows = pl.concat(
        [
            pl.Series("lead_row", [], pl.UInt32),
            *(f.filter(pl.col("at") <= cut)["lead_row"] for f in data.by_type.values()),
        ]
    )
    met = leads["lead_id"].gather(rows.unique())
    if data.lead_history is not None:
        there = data.lead_history.filter(pl.col("valid_from") <= cut)["lead_id"]
        met = pl.concat([met, there])
    return leads.filter(pl.col("lead_id").is_in(met.unique().implode()))


def _end_of(batch: Batch, outcomes: Outcomes) -> int:
    """The last instant the data knows of."""
    ends = [frame["at"].max() for frame in (*batch.data.by_type.values(), outcomes.rows) if frame.height]
    return max(end for end in ends if isinstance(end, int))


def _days(microseconds: int) -> str:
    days = microseconds / 86_400_000_000
    return f"{days:g} day{'s' if days != 1 else ''}"
