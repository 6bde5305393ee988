"""Conversion by band, gains, precision and recall of the sales-ready band, opportunities and lead time."""

from __future__ import annotations

import polars as pl

from rules_engine.analysis.backtest.intervals import rate_by_lead
from rules_engine.analysis.backtest.scored import Scored, lead_numbers
from rules_engine.analysis.backtest.types import BandRow, GainRow, LeadTime, Rate

GAINS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
DAY = 86_400_000_000


def base_rate(scored: Scored) -> Rate:
    """The won among all decided cases."""
    return share(scored.decided, pl.col("won"))


def share(cases: pl.DataFrame, hit: pl.Expr) -> Rate:
    """The cases for which `hit` is true, among all of them."""
    return rate_by_lead(cases.select(hit.alias("hit"))["hit"].to_numpy(), lead_numbers(cases))


def ready_bands(scored: Scored) -> list[str]:
    """The sales-ready band and those above it."""
    names = [level.name for level in scored.model.scores[scored.score].bands]
    return names[names.index(scored.ready) :] if scored.ready is not None else []


def band_rows(scored: Scored) -> tuple[BandRow, ...]:
    """Every band, highest first."""
    base = base_rate(scored)
    ready = ready_bands(scored)
    rows = []
    for level in reversed(scored.model.scores[scored.score].bands):
        inside = scored.decided.filter(pl.col("band") == level.name)
        won = share(inside, pl.col("won"))
        rows.append(BandRow(level.name, level.name in ready, won, lift(won, base)))
    return tuple(rows)


def lift(part: Rate, whole: Rate) -> float | None:
    """How many times the conversion of all."""
    if part.share is None or whole.share is None or whole.share.value == 0:
        return None
    return part.share.value / whole.share.value


def gain_rows(scored: Scored) -> tuple[GainRow, ...]:
    """The cumulative gains of the score; equal scores are shared out in proportion."""
    levels = (
        scored.decided.group_by("reading")
        .agg(pl.len().alias("cases"), pl.col("won").sum().cast(pl.Int64))
        .sort("reading", descending=True)
    )
    cases, won = levels["cases"].to_list(), levels["won"].to_list()
    total, total_won = sum(cases), sum(won)
    if total == 0 or total_won == 0:
        return ()
    rows = []
    for share in GAINS:
        wanted, found = share * total, 0.0
        left = wanted
        for count, hits in zip(cases, won, strict=True):
            taken = min(left, count)
            found += hits * taken / count
            left -= taken
            if left <= 0:
                break
        captured = found / total_won
        rows.append(GainRow(share, wanted, found, captured, captured / share))
    return tuple(rows)


def precision_and_recall(scored: Scored) -> tuple[Rate | None, Rate | None]:
    """Of the sales-ready cases those that were won, and of the won those that were sales-ready. None without bands."""
    ready = ready_bands(scored)
    if not ready:
        return None, None
    decided = scored.decided
    is_ready = pl.col("band").is_in(ready)
    return share(decided.filter(is_ready), pl.col("won")), share(decided.filter("won"), is_ready)


def opportunity_ratio(scored: Scored) -> Rate | None:
    """Of the sales-ready cases those that became opportunities as far as the data goes. None where none are named."""
    ready = ready_bands(scored)
    known = scored.frame.filter(pl.col("opportunity").is_not_null())
    if not ready or known.height == 0:
        return None
    return share(known.filter(pl.col("band").is_in(ready)), pl.col("opportunity"))


def lead_time(scored: Scored) -> LeadTime | None:
    """Days between entering the sales-ready band and the win, over won cases that are in it (or above) at their moment.

    The entry into a band above hides when the lead became ready, so `since` of the band it is in counts.
    """
    ready = ready_bands(scored)
    inside = scored.decided.filter(pl.col("won") & pl.col("band").is_in(ready) & pl.col("won_at").is_not_null())
    timed = inside.filter(pl.col("since").is_not_null())
    if timed.height == 0:
        return None
    days = (timed["won_at"] - timed["since"]) / DAY
    quarter, median, three_quarters = (
        float(value) for share in (0.25, 0.5, 0.75) if (value := days.quantile(share, "linear")) is not None
    )
    return LeadTime(timed.height, inside.height - timed.height, quarter, median, three_quarters)
