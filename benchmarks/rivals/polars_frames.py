"""Polars, lazy and streaming: `python -m benchmarks.rivals.polars_frames DATA OUT`. Inactivity apart.

The same sums per lead as the SQL, written as expressions; the text tests run on the categories of the columns where
Polars finds them.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import polars as pl

from benchmarks.rivals import AS_OF, ASSETS, FAIR, PRODUCTS, READ

c = pl.col
age = c("age")
path, kind = c("path"), c("type")


def first(*choices: tuple[pl.Expr, pl.Expr | float], otherwise: pl.Expr | float = 0.0) -> pl.Expr:
    """The value of the first condition that is true."""
    result = pl.lit(otherwise) if isinstance(otherwise, (int, float)) else otherwise
    for condition, value in reversed(choices):
        result = pl.when(condition).then(value).otherwise(result)
    return result


def half(days: float) -> pl.Expr:
    return (age * (-math.log(2) / days)).exp()


def at_least_zero(value: pl.Expr, low: float = 0.0) -> pl.Expr:
    return pl.max_horizontal(pl.lit(low), value)


HALF = half(90)
PAGE = path.str.starts_with
sums = {
    "blog": first((PAGE("/blog/"), 0.5 * HALF)),
    "web": first((PAGE("/pricing"), 5 * HALF), (PAGE("/demo"), 4 * HALF)),
    "docs": first((PAGE("/docs/"), HALF)),
    "mail": first((kind == "email_open", 1.0), (kind == "email_click", 3.0)) * at_least_zero(1 - age / 60),
    "enterprise": first((path == "/pricing/enterprise", 8 * HALF)),
    "large_demo": first((kind == "demo_request", 30 * HALF)),
    "in_market": first((c("topic").is_in(["roi", "migration", "security"]), 4 * at_least_zero(1 - age / 90))),
    "pages": first(
        (PAGE("/customers/"), 2 * HALF),
        (path == "/security", first((age < 60, 3.0))),
        (PAGE("/integrations/"), 2 * first((age < 14, 1.0), (age < 45, 0.7), (age < 90, 0.3))),
        (
            path.is_in(["/compare/rival", "/compare/other", "/compare/spreadsheets"]),
            6 * at_least_zero(1 - age / 120, 0.2),
        ),
        (path.str.contains("campaign/", literal=True) & (path != "/campaign/20"), 3 * HALF),
        (PAGE("/careers"), -20.0),
    ),
    "busy": first((kind.is_in(["page_view", "download", "webinar"]) & (age < 30), 0.25)),
    "assets": c("asset").replace_strict(ASSETS, default=0, return_dtype=pl.Float64) * HALF
    - first(((c("asset") == "guide-hiring") & (age < 90), 10.0)),
    "video": first(
        (
            kind == "video",
            (20 * (c("watched") / c("length")).fill_null(0) + first((c("watched") >= 1200, 3.0))) * HALF,
        )
    ),
    "webinar": first(
        (
            kind == "webinar",
            first(
                (c("minutes").is_null(), 1.0),
                (c("minutes") >= 45, 15.0),
                (c("minutes") >= 20, 8.0),
                (c("minutes") >= 5, 2.0),
            )
            * first((age < 30, 1.0), (age < 90, 0.6), otherwise=0.2),
        )
    ),
    "nurtured": first(
        (c("campaign").str.starts_with("nurture") & (kind == "email_click"), 2 * 0.5 ** (age / 30).floor())
    ),
    "demo": first(
        (
            kind == "demo_request",
            60
            + pl.min_horizontal(c("seats"), pl.lit(50.0)).fill_null(0)
            * first((c("seats").is_null(), 0.0), otherwise=0.4)
            * at_least_zero(1 - 0.2 * at_least_zero(((age - 14) / 30).floor()), 0.2),
        )
    ),
    "meetings": first(
        (
            c("outcome") == "held",
            first(
                (
                    c("at").is_between(*FAIR, closed="left"),
                    25 * HALF,
                )
            ),
        ),
        (c("outcome") == "no_show", -15 * at_least_zero(1 - 0.5 * (age / 30).floor())),
        (c("outcome") == "won", 50 * HALF),
    ),
    **{
        f"interest_{name}": first(
            (PAGE(f"/products/{name}"), 5 * first((age < 30, 1.0), (age < 90, 0.5))),
            (c("topic") == name, 12 * at_least_zero(half(60), 0.1)),
            (c("asset").str.ends_with(f"-{name}"), 6.0),
        )
        for name in PRODUCTS
    },
}
ACTIVE = first(
    (kind == "page_view", ~PAGE("/careers") & (path != "/unsubscribe")),
    (kind == "meeting", c("outcome").is_in(["held", "won"])),
    otherwise=pl.lit(True),
).fill_null(True)


def per_lead(events: pl.LazyFrame) -> pl.LazyFrame:
    dated = events.filter(c("at") <= AS_OF).with_columns((pl.lit(AS_OF) - c("at")).dt.total_microseconds().alias("age"))
    return (
        dated.with_columns(age / 86_400e6)
        .group_by("lead_id")
        .agg(
            pl.len().alias("anything"),
            ((kind == "download") & (age < 90)).sum().alias("downloads_90d"),
            c("minutes").filter(age < 90).sum().alias("minutes_90d"),
            (path == "/unsubscribe").sum().alias("unsubscribed"),
            age.filter(ACTIVE).min().alias("pause"),
            *(value.sum().alias(name) for name, value in sums.items()),
        )
    )


def bands(column: str, *bounds: tuple[float, str], lowest: str) -> pl.Expr:
    return first(*((c(column) >= bound, pl.lit(name)) for bound, name in bounds), otherwise=pl.lit(lowest))


def scores(data: Path) -> pl.LazyFrame:
    leads, accounts, events = (pl.scan_parquet(data / f"{name}.parquet").select(READ[name]) for name in READ)
    others = ("pages", "busy", "assets", "video", "webinar", "nurtured", "demo", "meetings")
    known = leads.filter(c("status").ne_missing("customer")).join(accounts, on="account_id", how="left")
    joined = known.join(per_lead(events), on="lead_id", how="left").with_columns(
        c(*sums, "unsubscribed", "anything", "downloads_90d", "minutes_90d").fill_null(0)
    )
    title = c("title").str.to_lowercase()
    ticks = first((c("pause") >= 30, 1 + ((c("pause") - 30) / 7).floor()))
    web = pl.min_horizontal(60.0, c("web") + pl.min_horizontal(10.0, c("blog")))
    earned = (
        web
        + pl.min_horizontal(15.0, c("docs"))
        + pl.min_horizontal(25.0, c("mail"))
        + first((c("employees") >= 500, c("enterprise")))
        + first((c("employees") >= 1000, c("large_demo")))
        + first((c("country").is_in(["US", "GB", "DE"]), c("in_market")))
        + pl.sum_horizontal(others)
    ) * 0.75 ** c("unsubscribed")
    fit = (
        first((c("employees") >= 1000, 20.0), (c("employees") >= 200, 10.0), (c("employees") >= 50, 5.0))
        + first(
            (title.is_null(), 0.0),
            (title.str.contains(r"\b(vp|chief|director|head|owner|founder)\b"), 15.0),
            otherwise=-5.0,
        )
        + first((title.str.contains(r"\b(student|intern)\b"), -15.0))
        + c("country").replace_strict({"US": 10, "GB": 8, "DE": 6, "FR": 6}, default=0, return_dtype=pl.Float64)
        + first(
            (~c("email").str.split("@").list.get(1).is_in(["gmail.com", "outlook.com", "yahoo.com", "gmx.de"]), 5.0)
        )
        + first((c("industry").is_in(["software", "internet", "banking"]), 6.0))
        + first((c("nps") >= 9, 5.0), (c("nps") <= 6, -5.0))
        + first((~c("opted_out") | (c("anything") >= 20), 2.0))
        + first((c("downloads_90d") >= 3, 5.0))
        + first((c("minutes_90d") >= 60, 5.0))
    )
    lowered = joined.with_columns(earned.alias("earned"), fit.alias("fit")).with_columns(
        pl.min_horizontal(
            300.0,
            first(
                (c("earned") <= 10, at_least_zero(c("earned"))),
                otherwise=at_least_zero(c("earned") * 0.9 ** ticks.fill_null(0), 10.0),
            ),
        ).alias("readiness")
    )
    totals = lowered.with_columns(pl.min_horizontal(150.0, c("fit") + 0.5 * c("readiness")).alias("total"))
    banded = totals.with_columns(
        bands("readiness", (100, "sales_ready"), (40, "warm"), lowest="cold").alias("readiness_band"),
        bands("fit", (30, "A"), (15, "B"), lowest="C").alias("fit_band"),
        bands("interest_crm", (25, "keen"), (10, "interested"), lowest="nothing").alias("crm_band"),
        bands("total", (70, "high"), (30, "middle"), lowest="low").alias("total_band"),
    )
    return banded.select(
        "lead_id",
        "readiness",
        "fit",
        *(f"interest_{name}" for name in PRODUCTS),
        "total",
        "readiness_band",
        "fit_band",
        "crm_band",
        "total_band",
        pl.format("{}:{}", "fit_band", "readiness_band").alias("label_rating"),
        first(
            ((c("fit") >= 15) & (c("readiness") >= 100), pl.lit("hot")),
            (c("pause").is_null() | (c("pause") > 60), pl.lit("cold")),
            otherwise=pl.lit("nurture"),
        ).alias("label_temperature"),
    )


if __name__ == "__main__":
    scores(Path(sys.argv[1])).sink_parquet(sys.argv[2])
