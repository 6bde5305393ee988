"""How leads moved between bands: the way up, the bands at the end of each week, and what caused the moves.

Everything is read off one pass: a lead is in the band that its latest move before a moment led to, and before its first
move in the band that this one left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from rules_engine.batch.score import Batch
from rules_engine.batch.tables import ScoreTables
from rules_engine.matching.calendar import to_datetime, to_instant
from rules_engine.model.types import Score
from rules_engine.records import dataclass

MOST_CAUSES = 12
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class BandStep:
    """A band as a step on the way up. `now`: leads in it; `reached`: leads that have been in it or a higher one.

    `conversion`: `reached` as a share of that of the band below, None for the lowest band and above one nobody reached.
    `median_days`: from when a lead came to the band below, or from its first event where it began there, to when it
    first came to this band or a higher one, over those that did not go straight to it.
    """

    name: str
    now: int
    reached: int
    conversion: float | None
    median_days: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """`end` is the instant after the week's last (the as-of time for the week going on); counts of that moment.

    `leads` by band count those whose first event was before; `up` and `down` count moves in the week.
    """

    end: int
    leads: Mapping[str, int]
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Moves of one kind: how many leads went from `before` to `after` because of `cause`."""

    before: str
    after: str
    cause: str
    upward: bool
    moves: int


@dataclass(frozen=True, slots=True)
class Moves:
    """One score with bands. `causes` are the most frequent first, `moves` counts all."""

    score: str
    title: str | None
    steps: tuple[BandStep, ...]
    weeks: tuple[Week, ...]
    causes: tuple[Cause, ...]
    moves: int
    without_events: int


def band_moves(batch: Batch, tables: ScoreTables, weeks: int) -> tuple[Moves, ...]:
    """Of each score with bands; the last `weeks` weeks. Needs the transitions."""
    ends = week_ends(batch.as_of, batch.engine.zone, weeks)
    first = first_events(batch)
    return tuple(_moves(score, tables, first, ends) for score in batch.model.scores.values() if score.bands)


def week_ends(as_of: int, zone: ZoneInfo, weeks: int) -> list[int]:
    """The Mondays 00:00 local up to `as_of`, then `as_of` itself where it is no such Monday; `weeks` of them."""
    now = to_datetime(as_of, zone).replace(tzinfo=None)
    monday = datetime(now.year, now.month, now.day) - timedelta(days=now.weekday())  # noqa: DTZ001 - local midnight
    ends = [] if monday == now else [as_of]
    while len(ends) < weeks:
        ends.append(to_instant(monday, zone))
        monday -= timedelta(days=7)
    return ends[::-1]


def first_events(batch: Batch) -> pl.DataFrame:
    """lead_id and the instant of the first event, of the leads that have one up to the as-of time."""
    parts = [frame.select("lead_row", "at") for frame in batch.data.by_type.values()]
    every = pl.concat([pl.DataFrame(schema={"lead_row": pl.UInt32, "at": pl.Int64}), *parts], how="vertical_relaxed")
    first = every.filter(pl.col("at") <= batch.as_of).group_by("lead_row").agg(pl.col("at").min().alias("first"))
    return first.select(batch.data.leads["lead_id"].gather(first["lead_row"]).alias("lead_id"), "first")


def _moves(score: Score, tables: ScoreTables, first: pl.DataFrame, ends: list[int]) -> Moves:
    order = {level.name: i for i, level in enumerate(score.bands)}
    names = list(order)
    moves = tables.transitions.filter(pl.col("score") == score.name).select(
        "lead_id",
        pl.col("at").dt.epoch("us"),
        pl.col("before").replace_strict(order, return_dtype=pl.Int64),
        pl.col("after").replace_strict(order, return_dtype=pl.Int64),
        "cause",
    )
    now = tables.scores.filter("scored").select("lead_id", pl.col(f"{score.name}_band").alias("band")).drop_nulls()
    now = now.with_columns(pl.col("band").replace_strict(order, return_dtype=pl.Int64))
    begun = moves.group_by("lead_id", maintain_order=True).agg(pl.col("before").first().alias("begun"))
    leads = now.join(begun, on="lead_id", how="left").join(first, on="lead_id", how="left")
    leads = leads.with_columns(pl.col("begun").fill_null(pl.col("band")))
    return Moves(
        score.name,
        score.title,
        _steps(names, leads, moves),
        _weeks(names, leads.drop_nulls("first"), moves, ends),
        _causes(names, moves),
        moves.height,
        leads["first"].null_count(),
    )


def _steps(names: list[str], leads: pl.DataFrame, moves: pl.DataFrame) -> tuple[BandStep, ...]:
    reached = pl.DataFrame({"lead_id": leads["lead_id"]})
    for i in range(len(names)):
        came = moves.filter(pl.col("after") >= i).group_by("lead_id").agg(pl.col("at").min().alias(f"#{i}"))
        began = leads.select("lead_id", pl.when(pl.col("begun") >= i).then(pl.col("first").fill_null(0)).alias("begun"))
        both = reached.select("lead_id").join(came, on="lead_id", how="left", maintain_order="left")
        both = both.join(began, on="lead_id", how="left", maintain_order="left")
        reached = reached.with_columns(both.select(pl.coalesce("begun", f"#{i}").alias(f"#{i}")).to_series())
    steps: list[BandStep] = []
    for i, name in enumerate(names):
        count = reached.height - reached[f"#{i}"].null_count()
        days = (reached[f"#{i}"] - reached[f"#{i - 1}"]) / _DAY if i else None
        middle = None if days is None else days.filter(days > 0).median()
        below = steps[-1].reached if steps else 0
        steps.append(
            BandStep(
                name,
                int((leads["band"] == i).sum()),
                count,
                count / below if below else None,
                float(middle) if isinstance(middle, (int, float)) else None,
            )
        )
    return tuple(steps)


def _weeks(names: list[str], leads: pl.DataFrame, moves: pl.DataFrame, ends: list[int]) -> tuple[Week, ...]:
    """Leads come in with their first band in the week of their first event; each move takes one from band to band."""
    moves = moves.join(leads.select("lead_id"), on="lead_id", how="semi")
    # the number of the first end that is after the instant; what is after the last end is of the week going on
    cuts = pl.Series(ends[:-1], dtype=pl.Int64)
    came = leads.select(cuts.search_sorted(leads["first"], "right").alias("week"), pl.col("begun").alias("band"))
    week = cuts.search_sorted(moves["at"], "right").alias("week")
    moved = moves.select(week, "before", "after")
    change = {(i, b): 0 for i in range(len(ends)) for b in range(len(names))}
    for i, band, count in came.group_by("week", "band").len().iter_rows():
        change[i, band] += count
    up, down = [0] * len(ends), [0] * len(ends)
    for i, before, after, count in moved.group_by("week", "before", "after").len().iter_rows():
        change[i, before] -= count
        change[i, after] += count
        (up if after > before else down)[i] += count
    found: list[Week] = []
    counts = [0] * len(names)
    for i, end in enumerate(ends):
        counts = [count + change[i, band] for band, count in enumerate(counts)]
        # the first week of the table sums up all before it; its own moves cannot be told from theirs
        own = (up[i], down[i]) if i else (0, 0)
        found.append(Week(end, dict(zip(names, counts, strict=True)), *own))
    return tuple(found)


def _causes(names: list[str], moves: pl.DataFrame) -> tuple[Cause, ...]:
    counts = moves.group_by("before", "after", "cause").len()
    most = counts.sort(pl.col("len"), "before", "after", "cause", descending=[True, False, False, False])
    return tuple(
        Cause(names[before], names[after], cause, after > before, count)
        for before, after, cause, count in most.head(MOST_CAUSES).iter_rows()
    )
