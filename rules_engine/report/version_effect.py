"""What a change of version does to the same leads, for a terminal and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from rules_engine.analysis.versions.effect import QUANTILES
from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.report.terminal import terminal

if TYPE_CHECKING:
    from rich.table import Table

    from rules_engine.analysis.versions.effect import Cause, Effect, Mover, ScoreEffect
    from rules_engine.analysis.versions.gates import Verdict

_NO_BAND = "no band"
_MOST_CAUSES = 8
_BAR = 24


def print_effect(effect: Effect) -> None:
    """The moment, each score that changed with its bands, changes and causes, then the leads that moved most."""
    console = terminal()
    source = ", the newest event of the data" if effect.newest else ""
    zone = effect.after.timezone
    console.print(f"the same {effect.leads:,} leads as of {_local(effect.as_of, zone)} ({zone}){source}")
    for count, what in ((effect.entered, "now scored that were not"), (effect.left, "no longer scored")):
        if count:
            console.print(f"{count:,} {what}")
    still = [name for name, score in effect.scores.items() if not score.changed and not score.moved]
    for name, score in effect.scores.items():
        if name not in still:
            console.print()
            _print_score(score)
    for line in _names("no reading or band changes in", still):
        console.print(line)
    for words, names in (("only in the version before:", effect.only_before), ("new scores:", effect.only_after)):
        for line in _names(words, names):
            console.print(line)
    if effect.movers:
        console.print()
        console.print(f"leads that moved most by {effect.by}")
        console.print(_mover_table(effect.movers))


def _names(words: str, names: Sequence[str]) -> list[str]:
    return ["", f"{words} {', '.join(names)}"] if names else []


def _print_score(score: ScoreEffect) -> None:
    console = terminal()
    renamed = f" (was {score.was})" if score.was != score.name else ""
    console.print(f"{score.name}{renamed}: {score.rose:,} rose, {score.fell:,} fell, of {score.compared:,}", end="")
    console.print(f" (mean change {_signed(score.mean)}{_spread(score)})")
    if score.bands_after or score.bands_before:
        console.print(_matrix(score))
    if score.changed:
        console.print(_bucket_table(score))
        console.print(_cause_table(score.causes))
    for (before, after), causes in sorted(score.move_causes.items(), key=lambda item: _order(score, item[0])):
        words = ", ".join(f"{name} {count:,}" for name, count in causes[:_MOST_CAUSES])
        console.print(f"  {before or _NO_BAND} → {after or _NO_BAND}, chiefly by: {words}")


def _spread(score: ScoreEffect) -> str:
    """The median and the middle nine tenths."""
    if not score.quantiles:
        return ""
    at = dict(zip(QUANTILES, score.quantiles, strict=True))
    return f", median {_signed(at[0.5])}, nine in ten from {_signed(at[0.05])} to {_signed(at[0.95])}"


def _table(*columns: str, title: str | None = None) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", title_style="", pad_edge=True)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    return table


def _matrix(score: ScoreEffect) -> Table:
    """Rows are bands before, columns bands after; what stayed stands on the diagonal."""
    rows = [*score.bands_before, *([None] if any(before is None for before, _ in score.moves) else [])]
    columns = [*score.bands_after, *([None] if any(after is None for _, after in score.moves) else [])]
    table = _table("before \\ after", *(column or _NO_BAND for column in columns), "leads")
    for row in rows:
        counts = [score.moves.get((row, column), 0) for column in columns]
        table.add_row(row or _NO_BAND, *(_count(count) for count in counts), f"{sum(counts):,}")
    sums = [sum(score.moves.get((row, column), 0) for row in rows) for column in columns]
    table.add_row("leads", *(_count(count) for count in sums), f"{sum(sums):,}")
    return table


def _count(count: int) -> str:
    return f"{count:,}" if count else "·"


def _bucket_table(score: ScoreEffect) -> Table:
    table = _table("change of points", "leads")
    table.add_column("")
    most = max(count for _, _, count in score.buckets)
    for low, high, count in score.buckets:
        words = "0" if low == high == 0 else f"{_signed(low)} to {_signed(high)}"
        if math.isinf(high) or math.isinf(low):
            words = f"above {_signed(low)}" if math.isinf(high) else f"below {_signed(high)}"
        table.add_row(words, f"{count:,}", "█" * max(1, round(_BAR * count / most)))
    return table


def _cause_table(causes: Sequence[Cause]) -> Table:
    table = _table("caused by", "leads", "points up", "points down")
    for cause in causes[:_MOST_CAUSES]:
        table.add_row(cause.name, f"{cause.leads:,}", _signed(cause.up), _signed(cause.down))
    if len(causes) > _MOST_CAUSES:
        rest = causes[_MOST_CAUSES:]
        up, down = sum(cause.up for cause in rest), sum(cause.down for cause in rest)
        table.add_row(f"{len(rest)} more", "", _signed(up), _signed(down))
    return table


def _mover_table(movers: Sequence[Mover]) -> Table:
    table = _table("lead", "before", "after", "change")
    table.add_column("because of")
    for mover in movers:
        bands = (mover.band_before, mover.band_after)
        before, after = (
            f"{_points(points)} {band}" if band else _points(points)
            for points, band in zip((mover.before, mover.after), bands, strict=True)
        )
        words = ", ".join(f"{name} {_signed(points)}" for name, points in mover.causes)
        table.add_row(mover.lead_id, before, after, _signed(mover.after - mover.before), words)
    return table


def verdict_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """A line for each `--fail-if`."""
    lines = []
    for verdict in verdicts:
        value = f"{verdict.leads:,} leads" + (f", {verdict.value:.2f}%" if verdict.percent else "")
        lines.append(f"{'FAIL' if verdict.fails else 'ok  '} {verdict.text}: {value}")
    return lines


def _order(score: ScoreEffect, move: tuple[str | None, str | None]) -> tuple[int, int]:
    before, after = move
    places = [
        bands.index(band) if band in bands else len(bands)
        for band, bands in ((before, score.bands_before), (after, score.bands_after))
    ]
    return places[0], places[1]


def _points(points: float) -> str:
    return f"{round(points, 2):g}" if abs(points) < 100_000 else f"{points:,.2f}"


def _signed(points: float) -> str:
    rounded = round(points, 2) or 0.0
    return f"{rounded:+,.2f}".rstrip("0").rstrip(".") if rounded else "0"


def _local(at: int, timezone: str) -> str:
    local: datetime = to_datetime(at, zone_of(timezone)).replace(tzinfo=None)
    return local.strftime("%Y-%m-%d") if local.time() == time() else local.isoformat(" ")


# --- JSON -----------------------------------------------------------------------------------------------------------


def effect_document(effect: Effect) -> dict[str, Any]:
    """The same as JSON values: points are numbers, null stands for no band."""
    return {
        "as_of": format_instant(effect.as_of),
        "as_of_is_newest_event": effect.newest,
        "leads": effect.leads,
        "leads_scored": effect.scored,
        "leads_entered": effect.entered,
        "leads_left": effect.left,
        "scores": {name: _score_document(score) for name, score in effect.scores.items()},
        "only_before": list(effect.only_before),
        "only_after": list(effect.only_after),
        "moved_most_by": effect.by,
        "moved_most": [
            {
                "lead_id": mover.lead_id,
                "before": mover.before,
                "after": mover.after,
                "band_before": mover.band_before,
                "band_after": mover.band_after,
                "causes": [{"cause": name, "points": points} for name, points in mover.causes],
            }
            for mover in effect.movers
        ],
    }


def _finite(bound: float) -> float | None:
    """A bound, or null for an open end."""
    return None if math.isinf(bound) else bound


def _score_document(score: ScoreEffect) -> dict[str, Any]:
    return {
        "was": score.was,
        "compared": score.compared,
        "rose": score.rose,
        "fell": score.fell,
        "moved": score.moved,
        "mean_change": round(score.mean, 6),
        "quantiles_of_change": {f"{q:g}": value for q, value in zip(QUANTILES, score.quantiles, strict=False)},
        "change_counts": [
            {"from": _finite(low), "to": _finite(high), "leads": count} for low, high, count in score.buckets
        ],
        "bands": [
            {
                "before": before,
                "after": after,
                "leads": leads,
                "causes": dict(score.move_causes.get((before, after), ())),
            }
            for (before, after), leads in sorted(score.moves.items(), key=lambda item: _order(score, item[0]))
        ],
        "causes": [
            {"cause": cause.name, "leads": cause.leads, "points_up": cause.up, "points_down": cause.down}
            for cause in score.causes
        ],
    }
