"""When time alone next changes something: the earliest change of a band, gate, label or automation.

Bands come from the forecast and gates from their ends. Labels and automations may read `now`, tallies with windows
and scores. The future is cut at each instant at which a tally changes, a comparison with `now` turns over, or a score
rises; the lead is scored there until a label or automation differs. In between scores only fall: `Stretch` finds the
change, to the microsecond, or proves that there is none.

Two things end the search before a change is found, and then that instant is told, as one at which it is time to look
again: date parts of `now` are tried for so long a time only, and so many looks are taken inside of stretches. Nothing
changes before the instant that is told, and it always lies after the as-of time, so that who looks at each goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from rules_engine.feel.values import DateTime
from rules_engine.feel.values.temporal import date_time
from rules_engine.result.run import HORIZON, LAST_INSTANT, look_ahead, next_change, sums_of
from rules_engine.result.stretch import Looks, Stretch
from rules_engine.result.timed import Timed
from rules_engine.result.types import Result
from rules_engine.scoring.kernel import CHANGE
from rules_engine.scoring.plan import FAR

if TYPE_CHECKING:
    from rules_engine.result.later import LaterOf

LOOKS = 250  # in one search; each takes some 50 microseconds


def next_due(later: LaterOf, before: int = FAR) -> int | None:
    """The earliest instant after the as-of time at which something changes, or None within the next ten years.

    None as well where that is not `before` an instant: what comes after it is not looked at.
    """
    as_of = later.as_of
    if before <= as_of + 1:
        return None
    horizon = min(as_of + HORIZON, before, LAST_INSTANT + 1)
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
    today, looks = later.result(), Looks(LOOKS)
    here = later
    for low, high in pairwise(chain([as_of], _instants(later, timed, end), [end])):
        here = here.at(low)
        if _differ(here.result(), today):
            return low
        if timed.labels or timed.automations or timed.dated:
            found = Stretch(here, timed, today, looks).first_change(high)
            if found is not None:
                return found
    return best


def _differ(one: Result, other: Result) -> bool:
    return one.labels != other.labels or one.automations != other.automations


def _instants(later: LaterOf, timed: Timed, end: int) -> Iterator[int]:
    """The instants before `end` at which labels and automations can change, each once, in order.

    Told one by one: of thousands of things that stop to count, often the first few decide.
    """
    found = [at for at in _clock_instants(later, timed) if at < end]
    found += _rises(later, timed, end)
    last = later.as_of
    for at in merge(sorted(found), *[_tally_instants(later, name, end) for name in timed.tallies]):
        if at > last:
            yield at
            last = at


def _clock_instants(later: LaterOf, timed: Timed) -> Iterator[int]:
    zone = later.prepared.calendar.zone
    scope = later.label_scope() | {"label": dict(later.result().labels)} if timed.turns else {}
    for turning in timed.turns:
        turns = turning(scope)
        if isinstance(turns, DateTime):
            zoned = turns if turns.zone is not None else date_time(turns.days, turns.nanos, zone.key)
            instant = zoned.instant // 1_000
            yield instant
            yield instant + 1


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


def _rises(later: LaterOf, timed: Timed, end: int) -> list[int]:
    """The instants before `end` at which a score may rise, or a cap change, by time alone."""
    if not timed.scores:
        return []
    ahead = look_ahead(later.prepared, later.run, later.scope(), min(end - 1, later.as_of + HORIZON))
    rises = [ahead.ledger[n] for n in range(0, len(ahead.ledger), 8) if ahead.ledger[n + 5] > 0]
    return [*rises, *ahead.changes[0::CHANGE]]
