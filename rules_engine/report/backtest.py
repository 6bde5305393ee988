"""A backtest, or two versions side by side, for a terminal and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.report.hanging import hanging
from rules_engine.report.terminal import terminal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from rules_engine.analysis.backtest.types import Backtest, Comparison, Estimate, Line, Rate

MARKS = {"good": "+", "bad": "!", "look": "?", "none": "-"}
DAY = 86_400_000_000


def print_backtest(done: Backtest) -> None:
    """The cases, the bands, the gains, the rules, the periods, the checklist and what to know."""
    console = terminal()
    _head(console, done)
    if done.bands:
        console.print(_bands(done))
    if done.gains:
        console.print(_gains(done))
    _numbers(console, done)
    console.print(_rules(done))
    if done.periods:
        console.print(_periods(done))
    _checklist(console, done.checklist)
    _notes(console, done.notes)


def print_comparison(found: Comparison) -> None:
    """Two versions side by side, then the checklist of the newer one asked for."""
    console = terminal()
    first, second = found.first, found.second
    _head(console, second)
    console.print(_side_by_side(found))
    console.print()
    for line in found.summary:
        console.print(hanging("", line))
    for done in (first, second):
        console.print()
        console.print(f"version {done.version}")
        if done.bands:
            console.print(_bands(done))
        _checklist(console, done.checklist)
    _notes(console, second.notes)


def backtest_document(done: Backtest) -> dict[str, Any]:
    """The same as JSON values: instants as text, shares from 0 to 1, durations in days."""
    document: dict[str, Any] = asdict(done)
    setup = document["setup"]
    setup["cuts"] = [format_instant(cut) for cut in done.setup.cuts]
    setup["until"] = None if done.setup.until is None else format_instant(done.setup.until)
    within = setup.pop("within")
    setup["within_days"] = None if within is None else within / DAY
    for period in document["periods"]:
        period["start"], period["end"] = format_instant(period["start"]), format_instant(period["end"])
    return document


def comparison_document(found: Comparison) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "first": backtest_document(found.first),
        "second": backtest_document(found.second),
        "difference": None if found.difference is None else asdict(found.difference),
        "summary": list(found.summary),
    }


def _head(console: Console, done: Backtest) -> None:
    ready = f", sales-ready: {done.ready}" if done.ready is not None else ""
    console.print(f"{done.model} version {done.version}, score {done.score}{ready}")
    people, setup = done.population, done.setup
    if setup.kind == "cuts":
        when = " and ".join(_day(cut, done.timezone) for cut in setup.cuts)
        horizon = f" within {setup.within / DAY:g} days" if setup.within is not None else " until the data ends"
        how = f"as of {when} ({done.timezone}); won: {', '.join(setup.won)} after that{horizon}"
    elif setup.kind == "before outcome":
        how = f"each as of just before its first outcome; won: {', '.join(setup.won)}, lost: {', '.join(setup.lost)}"
    else:
        lost = f", lost: {', '.join(setup.lost)}" if setup.lost else ""
        how = f"each as of one moment, since outcomes have no times; won: {', '.join(setup.won)}{lost}"
    console.print(f"{people.cases:,} cases of {people.leads:,} leads, {how}")
    still_open = f", {people.open:,} open" if people.open else ""
    console.print(f"{people.won:,} won, {people.lost:,} not{still_open}; conversion {_rate(done.base)}")
    console.print()


def _bands(done: Backtest) -> Table:
    table = _table("band", "", ("cases", "won", "conversion", "95% interval", "lift"))
    for row in done.bands:
        table.add_row(
            row.band,
            "sales-ready" if row.ready else "",
            f"{row.won.total:,}",
            f"{row.won.count:,}",
            _percent(row.won.share),
            _interval(row.won.share),
            _number(row.lift),
        )
    return table


def _gains(done: Backtest) -> Table:
    table = _table("best by score", None, ("cases", "won", "of all won", "lift"))
    for row in done.gains:
        table.add_row(
            f"{row.share:.0%}", f"{row.cases:,.0f}", f"{row.won:,.0f}", f"{row.captured:.1%}", _number(row.lift)
        )
    return table


def _numbers(console: Console, done: Backtest) -> None:
    lines = [("area under the curve", _estimate(done.auc)), ("precision", _rate(done.precision))]
    lines.append(("recall", _rate(done.recall)))
    if done.opportunities is not None:
        lines.append(("sales-ready to opportunity", _rate(done.opportunities)))
    if done.lead_time is not None:
        time = done.lead_time
        days = f"{time.median:.0f} days (half of them {time.quarter:.0f} to {time.three_quarters:.0f})"
        more = f", {time.unknown:,} ready from the first" if time.unknown else ""
        lines.append(("sales-ready to won", f"{days}, {time.cases:,} case{'s' if time.cases != 1 else ''}{more}"))
    table = _plain_table()
    for name, text in lines:
        table.add_row(name, text)
    console.print(table)
    console.print()


def _rules(done: Backtest) -> Table:
    columns = ("fired\nwon", "fired\nlost", "lift", "odds ratio\n(95%)", "points\nwon", "points\nlost", "AUC")
    table = _table("rule", None, columns)
    table.add_column("its points", no_wrap=True)
    for row in done.rules:
        odds = row.odds
        table.add_row(
            f"{row.score}.{row.rule}",
            _percent(row.fired_won.share),
            _percent(row.fired_lost.share),
            _number(row.lift),
            f"{odds.value:.2f} ({odds.low:.2f}–{odds.high:.2f})" if odds else "–",
            f"{row.points_won:.1f}",
            f"{row.points_lost:.1f}",
            _number(row.auc.value if row.auc else None),
            row.verdict,
        )
    return table


def _periods(done: Backtest) -> Table:
    table = _table("from", "to", ("cases", "conversion", "mean score", "AUC", "PSI"))
    for row in done.periods:
        table.add_row(
            _day(row.start, done.timezone),
            _day(row.end, done.timezone),
            f"{row.won.total:,}",
            _percent(row.won.share),
            f"{row.mean:.1f}",
            _number(row.auc),
            _number(row.psi),
        )
    return table


def _side_by_side(found: Comparison) -> Table:
    first, second = found.first, found.second
    table = _plain_table()
    table.add_column()
    table.add_row("", f"version {first.version}", f"version {second.version}")
    table.add_row(
        "score, sales-ready", f"{first.score}, {first.ready or '–'}", f"{second.score}, {second.ready or '–'}"
    )
    table.add_row("area under the curve", _estimate(first.auc), _estimate(second.auc))
    table.add_row("precision", _rate(first.precision), _rate(second.precision))
    table.add_row("recall", _rate(first.recall), _rate(second.recall))
    if first.opportunities is not None or second.opportunities is not None:
        table.add_row("sales-ready to opportunity", _rate(first.opportunities), _rate(second.opportunities))
    for a, b in zip(first.gains, second.gains, strict=True):
        if a.share in (0.1, 0.2, 0.5):
            table.add_row(f"won among the best {a.share:.0%}", f"{a.captured:.1%}", f"{b.captured:.1%}")
    return table


def _checklist(console: Console, lines: tuple[Line, ...]) -> None:
    console.print()
    question = ""
    for line in lines:
        if line.question != question:
            question = line.question
            console.print(question)
        console.print(hanging(f"  {MARKS[line.mark]}", line.answer))


def _notes(console: Console, notes: tuple[str, ...]) -> None:
    if notes:
        console.print()
    for note in notes:
        console.print(hanging("Note:", note))


def _table(first: str, second: str | None, numbers: tuple[str, ...]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    if second is not None:
        table.add_column(second, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _plain_table() -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=False)
    table.add_column()
    table.add_column()
    return table


def _rate(rate: Rate | None) -> str:
    if rate is None or rate.share is None:
        return "–"
    return f"{_percent(rate.share)} ({_interval(rate.share)}), {rate.count:,} of {rate.total:,}"


def _percent(share: Estimate | None) -> str:
    return "–" if share is None else f"{share.value:.1%}"


def _interval(share: Estimate | None) -> str:
    return "–" if share is None else f"{100 * share.low:.1f} to {100 * share.high:.1f}"


def _estimate(estimate: Estimate | None) -> str:
    return "–" if estimate is None else f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _day(at: int, timezone: str) -> str:
    return to_datetime(at, zone_of(timezone)).strftime("%Y-%m-%d")
