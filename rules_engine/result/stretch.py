"""A stretch of a lead's future in which nothing happens but that scores fall, and where in it labels change first.

No reading rises in it, so that the readings at two instants bound all between. With these bounds labels and automations
are evaluated (`feel/interpret/enclose.py`): where they are sure to come out as today, nothing changes between the two.
Where they are not, the time between is halved and looked at, the earlier half first, until the change stands between
two neighbouring microseconds, or the looks are used up.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.bounded import ANYTHING, Bounds, is_known
from rules_engine.feel.interpret.enclose import BOUNDED, Key
from rules_engine.matching.calendar import Calendar, moment_at
from rules_engine.matching.conditions import truth
from rules_engine.model.extensions import PluginError
from rules_engine.records import dataclass
from rules_engine.result.build import totals_at_rest
from rules_engine.result.labels import evaluate_labels
from rules_engine.result.run import LAST_INSTANT
from rules_engine.result.timed import HOUR, Timed
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import CENT, MICRO, to_reading
from rules_engine.scoring.kernel import Stand

if TYPE_CHECKING:
    from rules_engine.result.later import LaterOf

FEW = 64  # combinations of readings: as many evaluations take less time than the looks they spare


@dataclass(slots=True)
class Looks:
    """How many looks may still be taken."""

    left: int


class Look(NamedTuple):
    """The scores that labels read, at an instant."""

    at: int
    stand: Stand
    readings: tuple[int, ...]


class Stretch:
    """The lead from `here` on, up to where something else happens. What holds there holds `today` too."""

    def __init__(self, here: LaterOf, timed: Timed, today: Result, looks: Looks) -> None:
        prepared, valued = here.prepared, here.valued()
        self.questions = here.questions
        self.prepared = prepared
        self.timed = timed
        self.labels = today.labels
        self.automations = today.automations
        self.looks = looks
        self.reads_now = ("now",) in here.questions.paths
        scores = [s for s, score in enumerate(prepared.numbering.scores) if score.name in timed.scores and valued[s]]
        self.scores = scores
        self.names = [prepared.numbering.scores[s].name for s in scores]
        self.scope = here.label_scope() | {"label": dict(today.labels)}
        self.first = self._read(here.as_of, here.run.stand)

    def first_change(self, end: int) -> int | None:
        """The first instant before `end` at which a label or automation comes out another, None for none.

        Where the looks are used up it is one up to which none does.
        """
        first, last = self.first, self._look(end - 1)
        for at in self._turns(last):
            found = self._search(first, self._look(at - 1))
            if found is not None:
                return found
            first = self._look(at)
            if not self._keeps(first):
                return at
        return self._search(first, last)

    def _look(self, at: int, before: Look | None = None) -> Look:
        start = before or self.first
        return start if at == start.at else self._read(at, self.prepared.kernel.bring(start.stand, at)[0])

    def _read(self, at: int, stand: Stand) -> Look:
        state, plan = stand.state, self.prepared.plan
        totals = totals_at_rest(plan, state) if self.scores else []
        return Look(at, stand, tuple([to_reading(min(totals[s], state.s_cap[s])) for s in self.scores]))

    def _search(self, first: Look, last: Look) -> int | None:
        """The first change after `first`, up to and with `last`; between the two no date part turns."""
        if self._is_steady(first, last, first.at):
            return None
        pieces = [(first, last, self._keeps(last))]
        while pieces:
            left, right, kept = pieces.pop()
            if self._is_steady(left, right, first.at) or (kept and self._keep_between(left, right)):
                continue
            if right.at - left.at == 1:  # so it is not kept
                return right.at
            if self.looks.left == 0:
                return left.at + 1
            self.looks.left -= 1
            middle = self._look((left.at + right.at) // 2, left)
            is_same = self._keeps(middle)
            if is_same:
                pieces.append((middle, right, kept))
            pieces.append((left, middle, is_same))
        return None

    def _keep_between(self, left: Look, right: Look) -> bool:
        """Whether nothing can differ between two looks at which nothing does: there are few readings between them."""
        if right.at - left.at == 1:
            return True
        ranges = [range(min(ends), max(ends) + 1, CENT) for ends in zip(left.readings, right.readings, strict=True)]
        if self.timed.now_moves or prod(map(len, ranges)) > FEW:
            return False
        return all(self._keeps(Look(left.at, left.stand, readings)) for readings in product(*ranges))

    def _keeps(self, look: Look) -> bool:
        """Whether labels and automations come out at an instant as today."""
        scope = self._scope_at(look, look.at)
        labels, _ = evaluate_labels(self.questions.labels, scope)
        return labels == self.labels and self.automations == {
            automation.name: truth(automation.when(scope)) for automation in self.questions.automations
        }

    def _scope_at(self, look: Look, now: int) -> dict[str, object]:
        scores = dict(self.scope["score"])  # type: ignore[call-overload]  # what `label_scope` makes
        scores.update(zip(self.names, [reading / MICRO for reading in look.readings], strict=True))
        scope = self.scope | {"score": scores}
        if self.reads_now:
            scope["now"] = moment_at(now, self.prepared.calendar.zone)
        return scope

    def _bounds(self, left: Look, right: Look) -> dict[Key, object]:
        """What lies between two looks, but for what is the same at both."""
        found: dict[Key, object] = {}
        for name, one, other in zip(self.names, left.readings, right.readings, strict=True):
            if one != other:
                found["score", name] = Bounds(min(one, other) / MICRO, max(one, other) / MICRO)
        if found:
            found["score",] = ANYTHING
        if self.timed.now_moves and left.at < right.at:
            zone = self.prepared.calendar.zone
            found["now",] = Bounds(moment_at(left.at, zone), moment_at(right.at, zone))
        return found

    def _is_steady(self, left: Look, right: Look, now: int) -> bool:
        """Whether labels and automations are sure to come out as they do at `left` up to and with `right`.

        Parts of dates are those of `now`.
        """
        bounds = self._bounds(left, right)
        if not bounds:
            return True
        scope = self._scope_at(left, now) | {BOUNDED: bounds}
        try:
            return all(steady(scope, self.labels[name]) for name, steady in self.timed.labels) and all(
                steady(scope, self.automations[name]) for name, steady in self.timed.automations
            )
        except (FeelLimitError, PluginError):  # a branch was looked at that no instant takes, or one does: looks tell
            return False

    def _turns(self, last: Look) -> Iterator[int]:
        """The instants up to and with `last` from which on formulas with date parts may have another value.

        Those of which nothing is known are such at each hour or midnight.
        """
        timed, calendar = self.timed, self.prepared.calendar
        end = min(last.at + 1, LAST_INSTANT)
        if not timed.dated or (at := _next_turn(calendar, self.first.at, hourly=timed.hourly)) >= end:
            return
        scope = self._scope_at(self.first, self.first.at) | {BOUNDED: self._bounds(self.first, last)}
        known = self._dated(scope)
        while at < end:
            scope["now"] = moment_at(at, calendar.zone)
            found = self._dated(scope)
            if found != known or not all(map(is_known, found)):
                known = found
                yield at
            at = _next_turn(calendar, at, hourly=timed.hourly)

    def _dated(self, scope: dict[str, object]) -> list[object]:
        try:
            return [formula(scope) for formula in self.timed.dated]
        except (FeelLimitError, PluginError):  # as above
            return [ANYTHING]


def _next_turn(calendar: Calendar, instant: int, *, hourly: bool) -> int:
    """The next local midnight; or the next full hour, in zones whose hours are not those of UTC too."""
    midnight = calendar.window(instant, "day")[1]
    if not hourly:
        return midnight
    begun = moment_at(instant, calendar.zone).nanos // 1_000 % HOUR
    return min(midnight, instant - begun + HOUR)
