"""What a change of version does to the same leads: who moved between bands, by how much, because of which rules.

Both versions score the same data as of one moment. The amounts of a rule are compared lead by lead; a rule that was
renamed is followed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import polars as pl

from rules_engine.analysis.versions.contributions import contributions
from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.narrow import narrowed
from rules_engine.analysis.versions.text_diff import TextDiff, text_diff
from rules_engine.batch.score import Batch, open_batch
from rules_engine.batch.sources import load_mapping
from rules_engine.batch.tables import ScoreTables
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.matching.calendar import format_instant
from rules_engine.model import load_model
from rules_engine.model.meaning import same_meaning
from rules_engine.model.types import Model
from rules_engine.plugins import installed
from rules_engine.records import dataclass

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
BOUNDS = "bounds of the bands"
AUDIENCE = "audience or needs"
_MOST_BUCKETS = 12
_MANY, _TAIL = 50, 0.01  # of so many changes the outermost hundredths do not widen the ranges
_HAIR = 1e-9
_CAUSES_OF_A_LEAD = 3
Move = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Cause:
    """What one rule (or decay, gates, ...) changed: leads it changed anything for, and points up, down and in all."""

    name: str
    leads: int
    up: float
    down: float

    @property
    def total(self) -> float:
        return self.up + self.down


@dataclass(frozen=True, slots=True)
class ScoreEffect:
    """One score under both versions.

    `was` is its name before. `moves` counts leads by band before and after (None: no value or not scored), all leads
    included. The other figures are of the leads that have a value under both: how many rose and fell, the mean and the
    `QUANTILES` of the change, counts by ranges of the change (from, to, leads; 0 alone, outer ends may be open), what
    each cause changed, and for each move between bands the chief cause with its leads.
    """

    name: str
    was: str
    bands_before: tuple[str, ...]
    bands_after: tuple[str, ...]
    moves: Mapping[Move, int]
    compared: int
    rose: int
    fell: int
    mean: float
    quantiles: tuple[float, ...]
    buckets: tuple[tuple[float, float, int], ...]
    causes: tuple[Cause, ...]
    move_causes: Mapping[Move, tuple[tuple[str, int], ...]]

    @property
    def changed(self) -> int:
        return self.rose + self.fell

    @property
    def moved(self) -> int:
        """Leads whose band is another one, those without a band under one version included."""
        return sum(count for (before, after), count in self.moves.items() if before != after)


@dataclass(frozen=True, slots=True)
class Mover:
    """A lead whose reading changed, with what changed it most (points)."""

    lead_id: str
    before: float
    after: float
    band_before: str | None
    band_after: str | None
    causes: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Two versions on the same leads. `scored` are leads in the audience of at least one of them."""

    before: Model
    after: Model
    as_of: int
    newest: bool
    leads: int
    scored: int
    entered: int
    left: int
    scores: Mapping[str, ScoreEffect]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    by: str
    movers: tuple[Mover, ...]


def measure_effect(
    before: Path, after: Path, data: Path, *, as_of: str | None = None, by: str | None = None, top: int = 10
) -> Effect:
    """Scores the leads of `data` with both version files as of one moment (default: the newest event of either).

    `by` is the score whose `top` movers are listed (default: the last combined one, else the first). Raises
    `ModelError`, `DataError`, `BatchError`, or `VersionError` for a score that the versions do not share.
    """
    old, new = _both(before, after, data, as_of)
    diff = text_diff(old.model, new.model)
    was = _earlier_names(diff)
    shared = {name: was.get(name, name) for name in new.model.scores if was.get(name, name) in old.model.scores}
    chosen = _chosen(new.model, shared, by)
    by_rule = not _same_profiles(old.model, new.model, shared)
    one, other = old.run(ledger=True, rules=by_rule), new.run(ledger=True, rules=by_rule)
    renamed = {(d.address, d.was) for d in diff.differences if d.kind == "renamed" and d.was is not None}
    scores: dict[str, ScoreEffect] = {}
    movers: tuple[Mover, ...] = ()
    for name, earlier in shared.items():
        leads = _side_by_side(one, other, earlier, name)
        rules = {
            address.partition(".")[2]: found.partition(".")[2]
            for address, found in renamed
            if address.startswith(name + ".")
        }
        was_parts = contributions(old.model, one, earlier, by_rule=by_rule)
        now_parts = contributions(new.model, other, name, by_rule=by_rule)
        deltas = _deltas(was_parts, now_parts, rules, shared)
        deltas = deltas.join(leads.filter("both").select("lead_id"), on="lead_id", how="semi")
        scores[name] = _effect(old.model, new.model, earlier, name, leads, deltas)
        if name == chosen:
            movers = _movers(leads, deltas, top)
    both = one.scores.select("lead_id", was="scored").join(other.scores.select("lead_id", now="scored"), on="lead_id")
    return Effect(
        before=old.model,
        after=new.model,
        as_of=new.as_of,
        newest=as_of is None,
        leads=both.height,
        scored=both.filter(pl.col("was") | pl.col("now")).height,
        entered=both.filter(~pl.col("was") & pl.col("now")).height,
        left=both.filter(pl.col("was") & ~pl.col("now")).height,
        scores=scores,
        only_before=tuple(name for name in old.model.scores if name not in shared.values()),
        only_after=tuple(name for name in new.model.scores if name not in shared),
        by=chosen,
        movers=movers,
    )


def _both(before: Path, after: Path, data: Path, as_of: str | None) -> tuple[Batch, Batch]:
    """Both versions opened on the same data, as of the same instant."""
    mapping = load_mapping(data)
    models = [load_model(path, installed()).model for path in (before, after)]
    ways = [mapping, mapping]
    if models[0] is not None and models[1] is not None:
        ways = [narrowed(mapping, models[0], models[1]), narrowed(mapping, models[1], models[0])]
    old, new = open_batch(before, ways[0], as_of=as_of), open_batch(after, ways[1], as_of=as_of)
    moment = max(old.as_of, new.as_of) if as_of is None else new.as_of
    if old.as_of != moment:
        old = open_batch(before, ways[0], as_of=format_instant(moment))
    if new.as_of != moment:
        new = open_batch(after, ways[1], as_of=format_instant(moment))
    return old, new


def _earlier_names(diff: TextDiff) -> dict[str, str]:
    """Scores that only changed their name, by their name now."""
    return {
        d.address: d.was for d in diff.differences if d.kind == "renamed" and d.part == "score" and d.was is not None
    }


def _chosen(model: Model, shared: Mapping[str, str], by: str | None) -> str:
    if not shared:
        raise VersionError("the versions have no score in common, so their leads cannot be compared.")
    if by is not None:
        if by not in shared:
            raise VersionError(f"there is no score {by} in both versions.{did_you_mean(by, shared)}")
        return by
    combined = [name for name in shared if model.scores[name].combine]
    return combined[-1] if combined else next(iter(shared))


def _same_profiles(old: Model, new: Model, shared: Mapping[str, str]) -> bool:
    """Whether no rule without an event can count otherwise: then their table, a row a lead and rule, is not needed."""
    around = ("lead_fields", "account_fields", "events", "constants", "tallies", "visit_gap", "timezone")
    return all(same_meaning(getattr(old, name), getattr(new, name)) for name in around) and all(
        same_meaning(old.scores[was].standing_rules, new.scores[now].standing_rules) for now, was in shared.items()
    )


# --- tables ---------------------------------------------------------------------------------------------------------


def _side_by_side(one: ScoreTables, other: ScoreTables, earlier: str, name: str) -> pl.DataFrame:
    """A row per lead: `was`, `now` (readings), `band_was`, `band_now`, `both` (a value under both), `change`."""

    def of(tables: ScoreTables, score: str, suffix: str) -> pl.DataFrame:
        band = f"{score}_band"
        shown = pl.col(band) if band in tables.scores.columns else pl.lit(None, pl.String)
        return tables.scores.select("lead_id", pl.col(score).alias(suffix), shown.alias(f"band_{suffix}"))

    leads = of(one, earlier, "was").join(of(other, name, "now"), on="lead_id", how="full", coalesce=True)
    change = (pl.col("now") - pl.col("was")).round(2)
    return leads.with_columns(both=pl.col("was").is_not_null() & pl.col("now").is_not_null(), change=change)


def _deltas(was: pl.DataFrame, now: pl.DataFrame, rules: Mapping[str, str], scores: Mapping[str, str]) -> pl.DataFrame:
    """lead_id, cause, change (micropoints, never 0): what each cause adds under the new version beyond the old one."""
    follow = {old: new for new, old in rules.items() if old != new}
    follow |= {f"score {old}": f"score {new}" for new, old in scores.items() if old != new}
    was = was.with_columns(pl.col("cause").replace(follow), -pl.col("amount"))
    return (
        pl.concat([was, now])
        .group_by("lead_id", "cause")
        .agg(change=pl.col("amount").sum())
        .filter(pl.col("change") != 0)
    )


def _effect(old: Model, new: Model, earlier: str, name: str, leads: pl.DataFrame, deltas: pl.DataFrame) -> ScoreEffect:
    change = leads.filter("both")["change"]
    quantiles = tuple(quantile(change, q) for q in QUANTILES) if len(change) else ()
    moves = leads.group_by("band_was", "band_now").len()
    return ScoreEffect(
        name=name,
        was=earlier,
        bands_before=tuple(band.name for band in old.scores[earlier].bands),
        bands_after=tuple(band.name for band in new.scores[name].bands),
        moves={(a, b): count for a, b, count in moves.sort("band_was", "band_now").iter_rows()},
        compared=len(change),
        rose=int((change > 0).sum()),
        fell=int((change < 0).sum()),
        mean=_number(change.mean()) if len(change) else 0.0,
        quantiles=quantiles,
        buckets=change_counts(change),
        causes=_causes(deltas),
        move_causes=_move_causes(leads, deltas),
    )


def quantile(change: pl.Series, q: float) -> float:
    """The median, between two middle ones their mean; else the change at or beyond the quantile, so that as many leads
    as is said lie between two of them, however few there are."""
    way: Literal["midpoint", "lower", "higher"] = "midpoint" if q == 0.5 else "lower" if q < 0.5 else "higher"
    return round(_number(change.quantile(q, way)), 3)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def change_counts(change: pl.Series) -> tuple[tuple[float, float, int], ...]:
    """Counts by ranges of a round width, the last ones open where a few leads lie far out; 0 stands alone (0, 0, n)."""
    moved = change.filter(change != 0)
    still = len(change) - len(moved)
    alone = [(0.0, 0.0, still)] if still else []
    if not len(moved):
        return tuple(alone)
    tail = _TAIL if len(moved) >= _MANY else 0.0
    low, high = (min(_number(moved.quantile(tail)), 0.0), max(_number(moved.quantile(1 - tail)), 0.0))
    width = next(w for w in _widths() if math.ceil(high / w - _HAIR) + math.ceil(-low / w - _HAIR) <= _MOST_BUCKETS)
    # a change of exactly k widths belongs to the range nearer to 0: (0, w], (w, 2w], [-w, 0), [-2w, -w)
    steps = ((moved.abs() / width - _HAIR).floor().cast(pl.Int64) + 1) * moved.sign().cast(pl.Int64)
    most, least = math.ceil(high / width - _HAIR), -math.ceil(-low / width - _HAIR)
    counts = pl.DataFrame({"step": steps.clip(least - 1, most + 1)}).group_by("step").len()
    found = []
    for step, count in counts.iter_rows():
        near, far = (abs(step) - 1) * width, math.inf if step in (least - 1, most + 1) else abs(step) * width
        found.append((near, far, count) if step > 0 else (-far, -near, count))
    return tuple(sorted([*found, *alone]))


def _widths() -> tuple[float, ...]:
    return tuple(digit * 10.0**power for power in range(-2, 14) for digit in (1, 2, 5))


def _causes(deltas: pl.DataFrame) -> tuple[Cause, ...]:
    """Each cause, the one that moved most points first."""
    table = deltas.group_by("cause").agg(
        leads=pl.len(),
        up=pl.col("change").filter(pl.col("change") > 0).sum(),
        down=pl.col("change").filter(pl.col("change") < 0).sum(),
    )
    found = [Cause(name, leads, up / 1e6, down / 1e6) for name, leads, up, down in table.iter_rows()]
    return tuple(sorted(found, key=lambda cause: (-(cause.up - cause.down), cause.name)))


def _move_causes(leads: pl.DataFrame, deltas: pl.DataFrame) -> dict[Move, tuple[tuple[str, int], ...]]:
    """For each move between bands, the chief cause of each lead (the largest with the sign of its change), counted."""
    moved = leads.filter(pl.col("band_was").ne_missing(pl.col("band_now")))
    signed = moved.filter("both").join(deltas, on="lead_id", suffix="_of_cause")
    signed = signed.filter(pl.col("change").sign() == pl.col("change_of_cause").sign())
    chief = (
        signed.with_columns(size=pl.col("change_of_cause").abs())
        .sort("size", "cause", descending=[True, False])
        .unique("lead_id", keep="first", maintain_order=True)
        .select("lead_id", "cause")
    )
    otherwise = pl.when("both").then(pl.lit(BOUNDS)).otherwise(pl.lit(AUDIENCE))
    counted = (
        moved.join(chief, on="lead_id", how="left")
        .with_columns(cause=pl.coalesce("cause", otherwise))
        .group_by("band_was", "band_now", "cause")
        .len()
        .sort(pl.col("len"), "cause", descending=[True, False])
    )
    found: dict[Move, tuple[tuple[str, int], ...]] = {}
    for before, after, cause, count in counted.iter_rows():
        found[before, after] = (*found.get((before, after), ()), (cause, count))
    return found


def _movers(leads: pl.DataFrame, deltas: pl.DataFrame, top: int) -> tuple[Mover, ...]:
    moved = leads.filter(pl.col("both") & (pl.col("change") != 0))
    most = moved.with_columns(size=pl.col("change").abs()).sort("size", "lead_id", descending=[True, False]).head(top)
    own = deltas.join(most.select("lead_id"), on="lead_id", how="semi")
    causes: dict[str, list[tuple[str, float]]] = {}
    sized = own.with_columns(size=pl.col("change").abs()).sort("size", "cause", descending=[True, False])
    for lead_id, cause, change in sized.select("lead_id", "cause", "change").iter_rows():
        causes.setdefault(lead_id, []).append((cause, change / 1e6))
    rows = most.select("lead_id", "was", "now", "band_was", "band_now").iter_rows()
    return tuple(
        Mover(lead_id, was, now, band_was, band_now, tuple(causes.get(lead_id, [])[:_CAUSES_OF_A_LEAD]))
        for lead_id, was, now, band_was, band_now in rows
    )
