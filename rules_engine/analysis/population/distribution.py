"""How the readings of a score are spread over the leads, by band."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10

import polars as pl

from rules_engine.model.types import Model, Score
from rules_engine.records import dataclass

MOST_BINS = 24
MOST_LEADS = 0.98  # the share that closed bins must show where readings have a long tail
NO_BAND = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings in [low, high); the last bin of a score holds its upper end too, or everything above if it `is_open`."""

    low: float
    high: float
    leads: Mapping[str, int]  # by band; the empty name where the score has no bands
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class BandShare:
    """One band, or all leads of a score without bands (`name` is then empty). Readings are None where nobody is."""

    name: str
    leads: int
    share: float
    lowest: float | None
    median: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """One score. `without_value` counts scored leads for which the score has none."""

    score: str
    title: str | None
    leads: int
    without_value: int
    bins: tuple[Bin, ...]
    bands: tuple[BandShare, ...]


def distributions(model: Model, scores: pl.DataFrame) -> tuple[Distribution, ...]:
    """One for each score of the model."""
    scored = scores.filter("scored")
    return tuple(_distribution(score, scored) for score in model.scores.values())


def _distribution(score: Score, scored: pl.DataFrame) -> Distribution:
    band = pl.col(f"{score.name}_band") if score.bands else pl.lit(NO_BAND)
    found = scored.select(pl.col(score.name).alias("reading"), band.alias("band")).drop_nulls("reading")
    names = [level.name for level in score.bands] or [NO_BAND]
    return Distribution(
        score.name,
        score.title,
        found.height,
        scored.height - found.height,
        _bins(found, names),
        tuple(_band(found, name) for name in names),
    )


def _band(found: pl.DataFrame, name: str) -> BandShare:
    readings = found.filter(pl.col("band") == name)["reading"].sort()
    share = readings.len() / found.height if found.height else 0.0
    if not readings.len():
        return BandShare(name, 0, share, None, None, None)
    middle = readings.median()
    assert isinstance(middle, float)
    return BandShare(name, readings.len(), share, readings[0], middle, readings[-1])


def _bins(found: pl.DataFrame, names: list[str]) -> tuple[Bin, ...]:
    if not found.height:
        return ()
    readings = found["reading"].sort()
    low, highest = float(readings[0]), float(readings[-1])
    most = float(readings[int((len(readings) - 1) * MOST_LEADS)])
    is_open = highest - low > 2 * (most - low) > 0  # a long tail of few would squeeze all others into one bar
    high = most if is_open else highest
    step = nice_step(high - low, MOST_BINS)
    first = floor(low / step)
    count = max(1, ceil(high / step) - first) + is_open
    number = ((pl.col("reading") / step).floor().cast(pl.Int64) - first).clip(0, count - 1)
    counts = {
        (row["number"], row["band"]): row["len"]
        for row in found.with_columns(number.alias("number")).group_by("number", "band").len().iter_rows(named=True)
    }
    return tuple(
        Bin(
            (first + i) * step,
            (first + i + 1) * step,
            {name: counts.get((i, name), 0) for name in names},
            is_open and i == count - 1,
        )
        for i in range(count)
    )


def nice_step(width: float, most: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts `width` into at most `most` steps."""
    if width <= 0:
        return 1.0
    power = 10.0 ** floor(log10(width / most))
    return next(power * factor for factor in (1, 2, 5, 10, 20) if width / (power * factor) <= most)
