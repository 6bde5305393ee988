"""The charts of a page as Vega-Lite specifications, built and validated by Altair.

Colours are CSS variables of the page (`var(--ink)`), so that a chart follows the dark mode and the printer without
being drawn anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import altair as alt

from rules_engine.analysis.population.accounts import Accounts
from rules_engine.analysis.population.contributions import ScoreContributions
from rules_engine.analysis.population.distribution import NO_BAND, Distribution
from rules_engine.analysis.population.moves import Moves
from rules_engine.analysis.population.timeline import LeadTimeline
from rules_engine.matching.calendar import to_datetime
from rules_engine.model.types import BandLevel
from rules_engine.report.html.blocks import Spec

WIDTH = 520
STEP = 22  # height of a bar that lies
MOST_BARS = 25
UP, DOWN, PLAIN = "var(--up)", "var(--down)", "var(--plain)"
INK, QUIET = "var(--ink)", "var(--quiet)"


def band_color(number: int, count: int) -> str:
    """The colour of the band at a place among `count`; the styles define it."""
    return f"var(--band-{count}-{number})"


def _colors(names: Sequence[str], title: str = "band") -> alt.Color:
    scale = alt.Scale(domain=list(names), range=[band_color(i, len(names)) for i in range(len(names))])
    return alt.Color("band:N", scale=scale, legend=alt.Legend(title=title, orient="top"))


def _data(rows: list[dict[str, Any]]) -> alt.Data:
    made: alt.Data = alt.Data(values=rows)  # type: ignore[no-untyped-call]
    return made


def _spec(chart: Any, height: int | alt.Step, alt_text: str) -> Spec:
    """The finished specification, in the page's colours and letters."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 600}
    chart = (
        chart.properties(width=WIDTH, height=height, background="transparent", description=alt_text)
        .configure(font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            gridColor="var(--grid)", domainColor="var(--line)", tickColor="var(--line)", labelFlush=False, **text
        )
        .configure_legend(symbolStrokeWidth=0, **text)
    )
    spec: dict[str, Any] = chart.to_dict()
    return spec


def distribution(found: Distribution, alt_text: str) -> Spec:
    """How many leads have which reading, coloured by band."""
    names = [band.name for band in found.bands]
    rows = [
        {
            "low": bin_.low,
            "high": bin_.high,
            "readings": f"{bin_.low:g} and more" if bin_.is_open else f"{bin_.low:g} to {bin_.high:g}",
            "band": name,
            "leads": count,
            "order": i,
        }
        for bin_ in found.bins
        for i, name in enumerate(names)
        if (count := bin_.leads[name])
    ]
    chart = alt.Chart(_data(rows)).mark_bar(stroke="var(--paper)", strokeWidth=1)
    encoding: dict[str, Any] = {
        "x": alt.X("low:Q", bin="binned", title=f"reading of {found.score}", axis=alt.Axis(grid=False)),
        "x2": alt.X2("high"),
        "y": alt.Y("leads:Q", title="leads", stack="zero", axis=alt.Axis(tickMinStep=1)),
        "order": alt.Order("order:Q"),
        "tooltip": ["readings:N", "band:N", "leads:Q"],
        "color": alt.value(PLAIN) if names == [NO_BAND] else _colors(names),
    }
    return _spec(chart.encode(**encoding), 220, alt_text)


def funnel(steps: Sequence[tuple[str, int, str]], axis: str, alt_text: str) -> Spec:
    """One bar for each step (name, leads that came at least so far, text beside the bar)."""
    names = [name for name, _, _ in steps]
    rows = [{"band": name, "leads": leads, "text": text} for name, leads, text in steps]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("band:N", sort=names, title=None),
        x=alt.X("leads:Q", title=axis, axis=alt.Axis(tickMinStep=1), scale=alt.Scale(nice=True)),
    )
    scale = alt.Scale(domain=names, range=[band_color(i, len(names)) for i in range(len(names))])
    bars = base.mark_bar().encode(color=alt.Color("band:N", scale=scale, legend=None), tooltip=["band:N", "leads:Q"])
    text = base.mark_text(align="left", dx=4, color=INK).encode(text="text:N")
    return _spec(alt.layer(bars, text), alt.Step(STEP + 10), alt_text)


def weeks(moves: Moves, zone: ZoneInfo, alt_text: str) -> Spec:
    """Leads per band at the end of each week."""
    names = [step.name for step in moves.steps]
    rows = [
        {"week": last_day(week.end, zone), "band": name, "leads": week.leads[name], "order": i}
        for week in moves.weeks
        for i, name in enumerate(names)
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(stroke="var(--paper)", strokeWidth=0.5)
        .encode(
            x=_week_axis(),
            y=alt.Y("leads:Q", title="leads", stack="zero", axis=alt.Axis(tickMinStep=1)),
            color=_colors(names),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("week:O", title="week to"), "band:N", "leads:Q"],
        )
    )
    return _spec(chart, 220, alt_text)


def ups_and_downs(moves: Moves, zone: ZoneInfo, alt_text: str) -> Spec:
    """Moves to a higher band above the line, to a lower one below it, week by week."""
    rows: list[dict[str, Any]] = []
    for week in moves.weeks[1:]:
        rows.append({"week": last_day(week.end, zone), "way": "up", "moves": week.up, "count": week.up})
        rows.append({"week": last_day(week.end, zone), "way": "down", "moves": -week.down, "count": week.down})
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=_week_axis(),
            y=alt.Y("moves:Q", title="moves down and up", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "way:N",
                scale=alt.Scale(domain=["up", "down"], range=[UP, DOWN]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[alt.Tooltip("week:O", title="week to"), "way:N", alt.Tooltip("count:Q", title="moves")],
        )
    )
    return _spec(chart, 140, alt_text)


def _week_axis() -> alt.X:
    return alt.X("week:O", title="week to", axis=alt.Axis(labelAngle=-40, labelOverlap=True))


def contributions(found: ScoreContributions, alt_text: str) -> Spec:
    """Points per rule over all leads, the largest first, what was taken to the left."""
    largest = sorted(found.lines, key=lambda line: -abs(line.points))[:MOST_BARS]
    rows = [
        {"rule": line.name, "points": round(line.points, 2), "way": "given" if line.points >= 0 else "taken"}
        for line in largest
        if line.points
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("rule:N", sort=[str(row["rule"]) for row in rows], title=None, axis=alt.Axis(labelLimit=200)),
            x=alt.X("points:Q", title="points, all leads together"),
            color=alt.Color(
                "way:N",
                scale=alt.Scale(domain=["given", "taken"], range=[UP, DOWN]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=["rule:N", "points:Q"],
        )
    )
    return _spec(chart, alt.Step(STEP), alt_text)


def accounts(found: Accounts, alt_text: str) -> Spec:
    """The highest accounts, coloured by band."""
    names = list(found.bands.get(found.by, {}))
    rows = [
        {"account": row.account_id, "value": row.values[found.by], "band": row.bands.get(found.by)}
        for row in found.highest
    ]
    encoding: dict[str, Any] = {
        "y": alt.Y(
            "account:N", sort=[row.account_id for row in found.highest], title=None, axis=alt.Axis(labelLimit=200)
        ),
        "x": alt.X("value:Q", title=found.by),
        "color": _colors(names) if names else alt.value(PLAIN),
        "tooltip": ["account:N", "value:Q", *(["band:N"] if names else [])],
    }
    return _spec(alt.Chart(_data(rows)).mark_bar().encode(**encoding), alt.Step(STEP), alt_text)


def timeline(found: LeadTimeline, bands: Sequence[BandLevel], zone: ZoneInfo, alt_text: str) -> Spec:
    """The reading as a curve, the steps of the ledger as points on it, the bounds of the bands as lines."""
    curve = [{"at": _local_millis(point.at, zone), "reading": point.reading} for point in found.points]
    axis = alt.Axis(labelOverlap=True, grid=False, format=_date_format(found))
    at = alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=axis)
    reading = alt.Y("reading:Q", title=f"reading of {found.score}")
    line = alt.Chart(_data(curve)).mark_line(color=PLAIN, strokeWidth=2).encode(x=at, y=reading)
    layers: list[Any] = []
    highest = max((point.reading for point in found.points), default=0.0)
    bounds = [
        (band.start / 1e6, band.name)
        for band in bands
        if band.start is not None and band.start / 1e6 <= max(highest * 1.3, 1)
    ]
    if bounds:
        rules = alt.Chart(_data([{"reading": bound, "band": name} for bound, name in bounds])).encode(y=reading)
        layers.append(rules.mark_rule(color=QUIET, strokeDash=[4, 4]))
        # names of bounds that lie close together would cover each other
        apart = [
            {"reading": bound, "band": name}
            for i, (bound, name) in enumerate(bounds)
            if i == len(bounds) - 1 or bounds[i + 1][0] - bound > highest / 12
        ]
        names = alt.Chart(_data(apart)).mark_text(align="left", baseline="bottom", dx=3, dy=-2, color=QUIET)
        layers.append(names.encode(y=reading, x=alt.value(0), text="band:N"))
    layers.append(line)
    steps = [
        {
            "at": _local_millis(step.at, zone),
            "reading": step.reading,
            "when": local_minute(step.at, zone),
            "rule": f"{step.score}.{step.rule}",
            "points": round(step.effective, 2),
            "way": "up" if step.effective >= 0 else "down",
        }
        for step in found.marks
        if step.reading is not None
    ]
    if steps:
        way = alt.Scale(domain=["up", "down"], range=[UP, DOWN])
        shape = alt.Scale(domain=["up", "down"], range=["triangle-up", "triangle-down"])
        marks = alt.Chart(_data(steps)).mark_point(filled=True, size=55, opacity=1)
        layers.append(
            marks.encode(
                x=at,
                y=reading,
                color=alt.Color("way:N", scale=way, legend=None),
                shape=alt.Shape("way:N", scale=shape, legend=None),
                tooltip=["when:N", "rule:N", "points:Q", "reading:Q"],
            )
        )
    return _spec(alt.layer(*layers), 200, alt_text)


def _date_format(found: LeadTimeline) -> str:
    """As much of a date as the length of the curve asks for."""
    days = (found.points[-1].at - found.points[0].at) / 86_400_000_000 if found.points else 0
    return "%b %Y" if days > 240 else "%b %d" if days > 3 else "%b %d %H:%M"


def _local_millis(at: int, zone: ZoneInfo) -> int:
    """Local time as if it were UTC: the axis then shows the model's time zone, wherever the page is read."""
    local = to_datetime(at, zone).replace(tzinfo=UTC)
    return round((local - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def local_minute(at: int, zone: ZoneInfo) -> str:
    """2026-09-01 14:30 in the model's time zone."""
    return to_datetime(at, zone).strftime("%Y-%m-%d %H:%M")


def last_day(end: int, zone: ZoneInfo) -> str:
    """The day of the last microsecond before `end`."""
    return to_datetime(end - 1, zone).strftime("%Y-%m-%d")
