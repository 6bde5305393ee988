"""When time alone next changes something: the earliest change of a band, gate, label or automation.

Bands come from the forecast and gates from their ends. Labels and automations may read `now`, tallies with windows and
scores: for each, the instants at which they *can* change are listed, and the lead is scored there until one differs.
A comparison of a score with a number is followed to the microsecond; one of two scores with each other is looked at
only where something else happens.

Date parts of `now` turn each hour or midnight. Between two instants at which anything else can change, nothing but
`now` differs, so formulas with date parts are tried at each turn on the names as they are at the first of the two. They
are tried for so long a time only; after it, it is time to look again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from rules_engine import feel
from rules_engine.feel.ast import Arithmetic, Expression, NumberLiteral
from rules_engine.feel.checking import NowComparison, NowPart, now_atoms
from rules_engine.feel.checking.asof import Part
from rules_engine.feel.checking.tree import walk
from rules_engine.feel.values import to_feel
from rules_engine.matching.calendar import MICROSECOND, Calendar, to_datetime, to_instant
from rules_engine.matching.fields import to_moment
from rules_engine.model.types import Formula
from rules_engine.result.run import HORIZON, LAST_INSTANT, look_ahead, next_change, sums_of
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import MICRO, to_micropoints
from rules_engine.scoring.kernel import CHANGE
from rules_engine.scoring.plan import FAR

if TYPE_CHECKING:
    from rules_engine.result.later import LaterOf

HOUR = 3_600_000_000
DAY = 24 * HOUR
# How far ahead turns of date parts are tried. More of them would cost each look at a lead more than 2 ms.
TRIED: dict[Part, int] = {"day": 100 * DAY, "hour": 8 * DAY}


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
    formulas = later.timed_formulas()
    if not formulas:
        return best
    end = best if best is not None else horizon
    today = later.again(as_of)
    dated = [(formula, part) for formula in formulas if (part := _part_of(formula)) is not None]
    if dated:
        last = as_of + min(TRIED[part] for _, part in dated)
        if last < min(end, LAST_INSTANT):
            end = best = last
    candidates = {at for formula in formulas for at in _clock_instants(later, formula) if as_of < at < end}
    candidates.update(at for name in _tallies(formulas) for at in _tally_instants(later, name, end) if as_of < at)
    candidates.update(_score_instants(later, formulas, today, end))
    edges = [as_of, *sorted(at for at in candidates if at > as_of), end]
    for low, high in pairwise(edges):
        here = later.at(low)
        if _differ(here.result(), today):
            return low
        for at in _turns(here, dated, high):
            if _differ(later.again(at), today):
                return at
    return best


def _differ(one: Result, other: Result) -> bool:
    return one.labels != other.labels or one.automations != other.automations


def _clock_instants(later: LaterOf, formula: Formula) -> Iterator[int]:
    zone = later.prepared.calendar.zone
    atoms = [atom for atom in now_atoms(formula.tree) if isinstance(atom, NowComparison)]
    scope = _names(later) if atoms else {}
    for atom in atoms:
        turns = to_moment(feel.compile_expression(_turning_point(atom), later.prepared.functions)(scope))
        if turns is not None:
            instant = to_instant(turns, zone)
            yield instant
            yield instant + 1


def _names(later: LaterOf) -> dict[str, object]:
    return later.label_scope() | {"label": dict(later.result().labels)}


def _turning_point(atom: NowComparison) -> Expression:
    if atom.offset is None:
        return atom.base
    return Arithmetic("+" if atom.sign == 1 else "-", atom.base, atom.offset)


def _part_of(formula: Formula) -> Part | None:
    """The smallest part of the date that a formula reads of `now`."""
    parts: set[Part] = {atom.part for atom in now_atoms(formula.tree) if isinstance(atom, NowPart)}
    return min(parts, key=TRIED.__getitem__, default=None)


def _turns(here: LaterOf, dated: list[tuple[Formula, Part]], end: int) -> Iterator[int]:
    """The instants before `end` at which formulas with date parts have another value, if nothing else changes."""
    if not dated:
        return
    names, zone = _names(here), here.prepared.calendar.zone
    tried = [feel.compile_expression(formula.tree, here.prepared.functions) for formula, _ in dated]
    known = [formula(names) for formula in tried]
    hourly = any(part == "hour" for _, part in dated)
    at = here.as_of
    while (at := _next_turn(here.prepared.calendar, at, hourly=hourly)) < min(end, LAST_INSTANT):
        names["now"] = to_feel(to_datetime(at, zone))
        found = [formula(names) for formula in tried]
        if found != known:
            known = found
            yield at


def _next_turn(calendar: Calendar, instant: int, *, hourly: bool) -> int:
    """The next local midnight; or the next full hour, in zones whose hours are not those of UTC too."""
    midnight = calendar.window(instant, "day")[1]
    if not hourly:
        return midnight
    local = to_datetime(instant, calendar.zone)
    begun = local.replace(minute=0, second=0, microsecond=0)
    return min(midnight, instant - (local - begun) // MICROSECOND + HOUR)


def _tallies(formulas: list[Formula]) -> set[str]:
    return {path[1] for formula in formulas for path in formula.reads if path[0] == "tally" and len(path) > 1}


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
        yield from tally.ends(end)


def _score_instants(later: LaterOf, formulas: list[Formula], today: Result, end: int) -> Iterator[int]:
    """Where the reading of a score falls below, or to, a number that labels compare it with."""
    names = {path[1] for formula in formulas for path in formula.reads if path[0] == "score" and len(path) > 1}
    if not names:
        return
    numbers = {node.value for f in formulas for node in walk(f.tree) if isinstance(node, NumberLiteral)}
    numbers.add(later.prepared.model.sales_ready / MICRO)
    ahead = look_ahead(later.prepared, later.run, later.scope(), min(end - 1, later.as_of + HORIZON))
    rises = [ahead.ledger[n] for n in range(0, len(ahead.ledger), 8) if ahead.ledger[n + 5] > 0]
    rises += ahead.changes[0::CHANGE]
    edges = [later.as_of, *sorted(set(rises)), end]
    yield from edges[1:-1]
    for low, high in pairwise(edges):
        first = later.again(low) if low > later.as_of else today
        last = later.again(high - 1)
        for name in sorted(names & first.scores.keys() & last.scores.keys()):
            begins, ends = first.scores[name].reading, last.scores[name].reading
            for number in numbers:
                for bound in (to_micropoints(number), to_micropoints(number) + MICRO // 100):
                    if ends < bound <= begins:
                        yield _first_below(later, name, bound, low, high - 1)


def _first_below(later: LaterOf, name: str, bound: int, low: int, high: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if later.again(middle).scores[name].reading < bound:
            high = middle
        else:
            low = middle
    return high
