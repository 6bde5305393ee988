"""When time alone next changes something: the earliest change of a band, gate, label or automation.

Bands come from the forecast and gates from their ends. Labels and automations may read `now`, tallies with windows and
scores: for each, the instants at which they *can* change are listed, and the lead is scored there until one differs.
A comparison of a score with a number is followed to the microsecond; one of two scores with each other is looked at
only where something else happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from rules_engine import feel
from rules_engine.feel.ast import Arithmetic, Expression, NumberLiteral
from rules_engine.feel.checking import NowComparison, NowPart, now_atoms
from rules_engine.feel.checking.tree import walk
from rules_engine.matching.calendar import MICROSECOND, to_datetime, to_instant
from rules_engine.matching.fields import to_moment
from rules_engine.matching.tallies import Window
from rules_engine.model.types import Formula, Tally
from rules_engine.result.run import HORIZON
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import MICRO, to_micropoints

if TYPE_CHECKING:
    from rules_engine.result.later import LaterOf

HOUR = 3_600_000_000


def next_due(later: LaterOf) -> int | None:
    """The earliest instant after the as-of time at which something changes, or None within the next ten years."""
    as_of = later.as_of
    known = [transition.at for transition in later.forecast()]
    known += [until for _, until in later.matched.snapshot.gates if until is not None]
    known += _state_gate_changes(later)
    best = min((at for at in known if at > as_of), default=None)
    formulas = later.timed_formulas()
    if not formulas:
        return best
    end = best if best is not None else as_of + HORIZON
    today = later.again(as_of)
    candidates = {at for formula in formulas for at in _clock_instants(later, formula) if as_of < at < end}
    candidates.update(at for name in _tallies(formulas) for at in _tally_instants(later, name) if as_of < at < end)
    candidates.update(_score_instants(later, formulas, today, end))
    for at in sorted(candidates):
        then = later.again(at)
        if then.labels != today.labels or then.automations != today.automations:
            return at
    return best


def _state_gate_changes(later: LaterOf) -> list[int]:
    """Where caps change ahead: gates of tallies whose windows end."""
    inputs = later.matched.inputs
    return [at for at, cap in zip(inputs.h_at, inputs.h_cap, strict=True) if at > later.as_of and cap > -(2**62)]


def _clock_instants(later: LaterOf, formula: Formula) -> Iterator[int]:
    zone = later.prepared.calendar.zone
    for atom in now_atoms(formula.tree):
        if isinstance(atom, NowPart):
            yield _next_part(later, atom)
            continue
        turns = to_moment(feel.compile_expression(_turning_point(atom), later.prepared.functions)(later.scope()))
        if turns is not None:
            instant = to_instant(turns, zone)
            yield instant
            yield instant + 1


def _turning_point(atom: NowComparison) -> Expression:
    if atom.offset is None:
        return atom.base
    return Arithmetic("+" if atom.sign == 1 else "-", atom.base, atom.offset)


def _next_part(later: LaterOf, atom: NowPart) -> int:
    calendar = later.prepared.calendar
    if atom.part == "day":
        return calendar.window(later.as_of, "day")[1]
    local = to_datetime(later.as_of, calendar.zone)
    begun = local.replace(minute=0, second=0, microsecond=0)
    return later.as_of - (local - begun) // MICROSECOND + HOUR


def _tallies(formulas: list[Formula]) -> set[str]:
    return {path[1] for formula in formulas for path in formula.reads if path[0] == "tally" and len(path) > 1}


def _tally_instants(later: LaterOf, name: str) -> Iterator[int]:
    tally: Tally = later.prepared.model.tallies[name]
    window = Window(tally.within, tally.per, later.prepared.model.visit_gap, later.prepared.calendar)
    for event in later.history.events:
        ends = window.ends(event.at)
        if ends is not None:
            yield ends


def _score_instants(later: LaterOf, formulas: list[Formula], today: Result, end: int) -> Iterator[int]:
    """Where the reading of a score falls below, or to, a number that labels compare it with."""
    names = {path[1] for formula in formulas for path in formula.reads if path[0] == "score" and len(path) > 1}
    if not names:
        return
    numbers = {node.value for f in formulas for node in walk(f.tree) if isinstance(node, NumberLiteral)}
    numbers.add(later.prepared.model.sales_ready / MICRO)
    rises = [later.ledger_ahead()[n] for n in range(0, len(later.ledger_ahead()), 8) if later.ledger_ahead()[n + 5] > 0]
    rises += [at for at in later.matched.inputs.h_at if at > later.as_of]
    edges = [later.as_of, *sorted(at for at in set(rises) if at < end), end]
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
