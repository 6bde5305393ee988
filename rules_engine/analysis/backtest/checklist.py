"""A backtest in plain words: is the ratio good, which actions do winners show, which rules never matter?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rules_engine.analysis.backtest.periods import MUCH, SOME
from rules_engine.analysis.backtest.types import Backtest, Estimate, Line, Rate, RuleRow
from rules_engine.matching.calendar import format_instant

MOST = 5  # names listed in one line


def checklist(done: Backtest) -> tuple[Line, ...]:
    """The questions to ask of every review, each with an answer from the numbers.

    Where there are too few cases nothing is called good.
    """
    few = min(done.population.won, done.population.lost) < done.setup.min_count
    lines = tuple(_answers(done))
    if not few:
        return lines
    told = (
        f"only {done.population.won:,} won and {done.population.lost:,} lost; with fewer than "
        f"{done.setup.min_count} of either, the numbers say little."
    )
    sober = (replace(line, mark="look") if line.mark == "good" else line for line in lines)
    return (Line("bad", "Are there enough cases?", told), *sober)


def _answers(done: Backtest) -> tuple[Line, ...]:
    return (
        *_leaks(done),
        _ratio(done),
        *_opportunities(done),
        _recall(done),
        _order(done),
        _winners(done),
        *_idle(done),
        *_wrong(done),
        _drift(done),
    )


def notes(done: Backtest, *, current_fields: bool) -> tuple[str, ...]:
    """What to know about how the numbers were made. `current_fields`: the model reads fields that have no history."""
    return tuple(_notes(done, current_fields))


def shown(rate: Rate) -> str:
    """ "606 of 674 (89.9%, 87.4 to 92.0)" """
    if rate.share is None:
        return "none"
    low, high = 100 * rate.share.low, 100 * rate.share.high
    return f"{rate.count:,} of {rate.total:,} ({rate.share.value:.1%}, {low:.1f} to {high:.1f})"


def _leaks(done: Backtest) -> Iterator[Line]:
    question = "Does a rule know the outcome beforehand?"
    for leak in done.leaks:
        readers = f"; read by {_list(leak.read_by)}" if leak.read_by else ""
        if leak.declared:
            yield Line(
                "bad", question,
                f"{leak.name} is known only after the outcome ({leak.place}){readers}. "
                "What this version shows is too good to be true; take it out of the model.",
            )  # fmt: skip
        else:
            assert leak.auc is not None
            yield Line(
                "look", question,
                f"{leak.name} alone tells won from lost with an area under the curve of {leak.auc.value:.2f}{readers}. "
                "Single facts rarely do: is it known before the outcome? If not, name its column in "
                "`known_after_outcome` of data.yaml and take it out of the model.",
            )  # fmt: skip


def _ratio(done: Backtest) -> Line:
    question = "Good ratio: do sales-ready leads win?"
    if done.precision is None:
        return Line("none", question, f"{done.score} has no bands, so nobody is sales-ready.")
    if done.precision.share is None or done.base.share is None:
        return Line("none", question, f"nobody was in {_ready(done)}.")
    text = f"{shown(done.precision)} in {_ready(done)} won; of all cases {done.base.share.value:.1%}."
    times = done.precision.share.value / done.base.share.value if done.base.share.value else 0.0
    text += f" That is {times:.1f} times as many."
    if done.precision.share.low > done.base.share.value:
        return Line("good", question, text)
    if done.precision.share.high < done.base.share.value:
        return Line("bad", question, text)
    return Line("look", question, f"{text} With so few cases this may be chance.")


def _ready(done: Backtest) -> str:
    """The sales-ready bands: "sales_ready", "warm or above"."""
    highest = done.bands[0].band if done.bands else done.ready
    return f"{done.ready}" if done.ready == highest else f"{done.ready} or above"


def _opportunities(done: Backtest) -> Iterator[Line]:
    if done.opportunities is not None:
        yield Line(
            "look" if done.opportunities.share else "none",
            "How many sales-ready leads became opportunities?",
            f"{shown(done.opportunities)}.",
        )


def _recall(done: Backtest) -> Line:
    question = "How many winners did it find?"
    if done.recall is None or done.recall.share is None:
        return Line("none", question, "cannot be told without bands and won cases.")
    text = f"{shown(done.recall)} of the won were in {_ready(done)}."
    if done.recall.share.value < 0.5:
        best = next((row for row in done.gains if row.captured >= 0.5), None)
        more = f" The best {best.share:.0%} by score hold {best.captured:.1%} of them." if best else ""
        return Line("look", question, f"{text} Most winners were not sales-ready by then.{more}")
    return Line("good", question, text)


def _order(done: Backtest) -> Line:
    question = "Does a higher score mean a better chance?"
    if done.auc is None:
        return Line("none", question, "there are no won cases, or no lost ones.")
    text = f"area under the curve {estimate(done.auc)} (0.5 is chance, 1 is perfect)."
    falls = _falls(done)
    if falls:
        text += f" But {falls[0]} converts worse than {falls[1]} below it."
    if done.auc.low <= 0.5:
        return Line("bad", question, f"{text} That is no better than chance.")
    return Line("look" if falls else "good", question, text)


def _falls(done: Backtest) -> tuple[str, str] | None:
    """Two neighbouring bands where the higher one surely converts worse."""
    rows = [row for row in done.bands if row.won.share is not None]
    for above, below in itertools.pairwise(rows):
        assert above.won.share is not None
        assert below.won.share is not None
        if above.won.share.high < below.won.share.low:
            return above.band, below.band
    return None


def _winners(done: Backtest) -> Line:
    question = "Which actions do winners show?"
    rows = [
        row
        for row in done.rules
        if row.odds is not None
        and row.odds.low > 1
        and row.fired_won.count + row.fired_lost.count >= done.setup.min_count
    ]
    rows.sort(key=lambda row: -(row.odds.value if row.odds else 0.0))
    if not rows:
        return Line("none", question, "no rule fired surely more often among the won than among the lost.")
    told = [f"{name(row)} ({_times(row)})" for row in rows[:MOST]]
    return Line("good", question, f"{'; '.join(told)}{_more(len(rows))}.")


def _times(row: RuleRow) -> str:
    won, lost = row.fired_won.share, row.fired_lost.share
    assert won is not None
    assert lost is not None
    return f"{won.value:.1%} of the won, {lost.value:.1%} of the lost"


def _idle(done: Backtest) -> Iterator[Line]:
    question = "Which rules never matter?"
    idle = {
        "never fires": "never fired: {}.",
        "same for all": "gave every case the same: {}.",
        "no difference": "made no difference between won and lost: {}.",
    }
    found = False
    for verdict, text in idle.items():
        names = [name(row) for row in done.rules if row.verdict == verdict]
        if names:
            found = True
            yield Line("look", question, text.format(_list(names)))
    few = [name(row) for row in done.rules if row.verdict == "too few"]
    if few:
        yield Line("none", question, f"too few cases to judge (fewer than {done.setup.min_count}): {_list(few)}.")
    if not found and not few:
        yield Line("good", question, "every rule tells won from lost.")


def _wrong(done: Backtest) -> Iterator[Line]:
    rows = [row for row in done.rules if row.verdict == "wrong way"]
    if rows:
        told = [
            f"{name(row)} ({row.points_won:+.1f} points for the won, {row.points_lost:+.1f} for the lost)"
            for row in rows
        ]
        yield Line("bad", "Which rules point the wrong way?", f"{'; '.join(told)}.")


def _drift(done: Backtest) -> Line:
    question = "Is it still true?"
    if len(done.periods) < 2:
        return Line("none", question, "all cases are of one moment, so drift cannot be seen; give a second --cut.")
    worst = max(done.periods[1:], key=lambda period: period.psi or 0.0)
    assert worst.psi is not None
    word = "hardly moved" if worst.psi < SOME else "moved somewhat" if worst.psi < MUCH else "moved a lot"
    text = f"scores {word} since the first period (PSI {worst.psi:.2f} at most)"
    first, last = done.periods[0], done.periods[-1]
    if first.won.share and last.won.share:
        text += f"; conversion {first.won.share.value:.1%} then, {last.won.share.value:.1%} now"
    if first.auc is not None and last.auc is not None:
        text += f"; area under the curve {first.auc:.2f} then, {last.auc:.2f} now"
    return Line("good" if worst.psi < SOME else "look", question, f"{text}.")


def _notes(done: Backtest, current_fields: bool) -> Iterator[str]:
    setup, people = done.setup, done.population
    if people.open:
        yield f"{people.open:,} open without a final outcome (censored): they count neither as won nor as lost."
    for left in people.left_out:
        yield f"{left.count:,} lead{'s' if left.count != 1 else ''} left out: {left.reason}."
    if setup.kind == "one row each":
        yield (
            "The outcomes have no times: every lead is scored as of one moment, and nothing guards against fields that "
            "were filled in after the outcome, except `known_after_outcome` in data.yaml."
        )
    elif current_fields:
        yield (
            "Fields are the current ones, since the data has no `valid_from`: one that changed after the outcome is "
            "seen as it is now."
        )
    if setup.kind == "cuts" and setup.within is None:
        if setup.lost:
            yield "Without --within a case stays open until it is won or lost."
        else:
            assert setup.until is not None
            yield f"Without --within everything up to the end of the data counts ({format_instant(setup.until)})."


def estimate(value: Estimate, digits: int = 3) -> str:
    """ "0.740 (0.724 to 0.757)" """
    return f"{value.value:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def name(row: RuleRow) -> str:
    """ "loyalty.order" """
    return f"{row.score}.{row.rule}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[: 2 * MOST]) + (f" and {len(names) - 2 * MOST} more" if len(names) > 2 * MOST else "")


def _more(count: int) -> str:
    return f"; and {count - MOST} more" if count > MOST else ""


def compared(first: Backtest, second: Backtest, difference: Estimate | None) -> tuple[str, ...]:
    """Two versions on the same cases, in words."""
    old, new = f"version {first.version}", f"version {second.version}"
    lines = []
    if difference is not None:
        better = "neither surely better nor surely worse"
        if difference.low > 0 or difference.high < 0:
            better = "surely better" if difference.low > 0 else "surely worse"
        lines.append(
            f"{new} orders cases {better} than {old}: the area under the curve differs by {estimate(difference)}."
        )
    for question, a, b in (
        ("of the sales-ready won", first.precision, second.precision),
        ("of the won were sales-ready", first.recall, second.recall),
        ("of the sales-ready became opportunities", first.opportunities, second.opportunities),
    ):
        if a is not None and b is not None and a.share is not None and b.share is not None:
            lines.append(f"{question}: {old} {shown(a)}, {new} {shown(b)}.")
    return tuple(lines)
