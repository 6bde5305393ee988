"""When time alone next changes something: the earliest change of a band, gate, label or automation.

Bands come from the forecast and gates from their ends. Labels and automations may read `now`, tallies with windows and
scores: for each, the instants at which they *can* change are listed, and the lead is scored there until one differs.
A comparison of a score with a written number is followed to the microsecond. Where formulas do anything else with
scores, looks are taken at growing distances, and where two of them differ the instant between is searched: a change
that is undone before the next look is missed, and of several close together a later one may be told.

Date parts of `now` turn each hour or midnight. Between two instants at which anything else can change, nothing but
`now` differs, so formulas with date parts are tried at each turn on the names as they are at the first of the two. They
are tried for so long a time only; after it, it is time to look again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from heapq import merge
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from rules_engine.feel.values import DateTime
from rules_engine.feel.values.temporal import date_time
from rules_engine.matching.calendar import Calendar, moment_at
from rules_engine.result.run import HORIZON, LAST_INSTANT, look_ahead, next_change, sums_of
from rules_engine.result.timed import HOUR, Timed
from rules_engine.result.types import Result
from rules_engine.scoring.kernel import CHANGE
from rules_engine.scoring.plan import FAR

if TYPE_CHECKING:
    from rules_engine.result.later import LaterOf

FIRST_LOOK = HOUR // 4  # then twice as far each time: some 20 looks in ten years


def next_due(later: LaterOf, before: int = FAR) -> int | None:
    """The earliest instant after the as-of time at which something changes, or None within the next ten years.

    None as well where that is not `before` an instant: what comes after it is not looked at.
    """
    as_of = later.as_of
    if before <= as_of + 1:
        return None
    horizon = min(as_of + HORIZON, before)
    gates = later.run.walk.gates(later.prepared)
    known = [until for _, until in gates if until is not None and as_of < until < before]
    change = next_change(later.prepared, later.run, later.scope(), later.valued(), min(as_of + HORIZON, before - 1))
    if change is not None:
        known.append(change)
    best = min(known, default=None)
    if not later.questions.formulas:
        return best
    timed = later.questions.timed
    end = best if best is not None else horizon
    if timed.dated and (last := as_of + timed.tried) < min(end, LAST_INSTANT):
        end = best = last
    today = later.result()
    here = later
    for low, high in pairwise(chain([as_of], _instants(later, timed, end), [end])):
        here = here.at(low)
        if _differ(here.result(), today):
            return low
        for at in _turns(here, timed, high):
            if _differ(here.at(at).result(), today):
                return at
    return best


def _differ(one: Result, other: Result) -> bool:
    return one.labels != other.labels or one.automations != other.automations


def _instants(later: LaterOf, timed: Timed, end: int) -> Iterator[int]:
    """The instants before `end` at which labels and automations can change, each once, in order.

    Told one by one: of thousands of things that stop to count, often the first few decide.
    """
    found = [at for at in _clock_instants(later, timed) if at < end]
    found += _score_instants(later, timed, end)
    last = later.as_of
    for at in merge(sorted(found), *[_tally_instants(later, name, end) for name in timed.tallies]):
        if at > last:
            yield at
            last = at


def _clock_instants(later: LaterOf, timed: Timed) -> Iterator[int]:
    zone = later.prepared.calendar.zone
    scope = _names(later) if timed.turns else {}
    for turning in timed.turns:
        turns = turning(scope)
        if isinstance(turns, DateTime):
            zoned = turns if turns.zone is not None else date_time(turns.days, turns.nanos, zone.key)
            instant = zoned.instant // 1_000
            yield instant
            yield instant + 1


def _names(later: LaterOf) -> dict[str, object]:
    return later.label_scope() | {"label": dict(later.result().labels)}


def _turns(here: LaterOf, timed: Timed, end: int) -> Iterator[int]:
    """The instants before `end` at which formulas with date parts have another value, if nothing else changes."""
    calendar, hourly, end = here.prepared.calendar, timed.hourly, min(end, LAST_INSTANT)
    if not timed.dated or (at := _next_turn(calendar, here.as_of, hourly=hourly)) >= end:
        return
    names = _names(here)
    known = [formula(names) for formula in timed.dated]
    while at < end:
        names["now"] = moment_at(at, calendar.zone)
        found = [formula(names) for formula in timed.dated]
        if found != known:
            known = found
            yield at
        at = _next_turn(calendar, at, hourly=hourly)


def _next_turn(calendar: Calendar, instant: int, *, hourly: bool) -> int:
    """The next local midnight; or the next full hour, in zones whose hours are not those of UTC too."""
    midnight = calendar.window(instant, "day")[1]
    if not hourly:
        return midnight
    begun = moment_at(instant, calendar.zone).nanos // 1_000 % HOUR
    return min(midnight, instant - begun + HOUR)


def _tally_instants(later: LaterOf, name: str, end: int) -> Iterator[int]:
    """When something that a tally counts stops to count, before `end`."""
    prepared, walk = later.prepared, later.run.walk
    position = prepared.tally_positions.get(name)
    if position is not None:
        tally = walk.tallies[position]
    else:
        names = [stage.tally.name for stage in prepared.stages]
        tally = sums_of(prepared, later.run).stages[names.index(name)]
    if tally.window.per == "visit":
        if (over := walk.last_event + prepared.model.visit_gap + 1) < end:
            yield over
    else:
        yield from tally.ends(later.as_of, end)


def _score_instants(later: LaterOf, timed: Timed, end: int) -> Iterator[int]:
    """Where the reading of a score falls below, or to, a number that labels compare it with."""
    if not timed.scores:
        return
    ahead = look_ahead(later.prepared, later.run, later.scope(), min(end - 1, later.as_of + HORIZON))
    rises = [ahead.ledger[n] for n in range(0, len(ahead.ledger), 8) if ahead.ledger[n + 5] > 0]
    rises += ahead.changes[0::CHANGE]
    edges = [later.as_of, *sorted(set(rises)), end]
    yield from edges[1:-1]
    here = later
    for low, high in pairwise(edges):
        here = here.at(low)
        first, last = here.result(), here.at(high - 1).result()
        for name in sorted(timed.scores & first.scores.keys() & last.scores.keys()):
            begins, ends = first.scores[name].reading, last.scores[name].reading
            for bound in timed.bounds:
                if ends < bound <= begins:
                    yield _first_below(here, name, bound, high - 1)
        if timed.computes:
            yield from _flips(here, high)


def _flips(here: LaterOf, end: int) -> Iterator[int]:
    """Where labels or automations turn over before `end`, found between looks that differ."""
    before, distance = here, FIRST_LOOK
    while before.as_of < end - 1:
        after = here.at(min(here.as_of + distance, end - 1))
        known = before.result()
        if _differ(after.result(), known):
            yield _first(before, after.as_of, partial(_differ, known))
        before, distance = after, 2 * distance


def _first_below(here: LaterOf, name: str, bound: int, high: int) -> int:
    return _first(here, high, lambda result: result.scores[name].reading < bound)


def _first(here: LaterOf, high: int, holds: Callable[[Result], bool]) -> int:
    """The instant from which on something holds that does not hold here, and does at `high`."""
    while high - here.as_of > 1:
        middle = here.at((here.as_of + high) // 2)
        if holds(middle.result()):
            high = middle.as_of
        else:
            here = middle
    return high
