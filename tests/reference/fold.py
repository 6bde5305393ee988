"""The activity part of one score: section 5, walked instant by instant over the whole history.

At each instant the order is the one of "At one instant": decay, what is given back, daily parts of penalties,
inactivity, then the events, each event's rules and then its penalties in file order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rules_engine.model.types import Amount, Decay, EventRule, Limit, Model, Penalty, Score
from tests.reference.conditions import Context, micropoints, points_of, truth, value_of
from tests.reference.decay import remaining, stepped_remainder
from tests.reference.history import Event, calendar_window
from tests.reference.tallies import TallyBook, event_context

DAY = 86_400_000_000
BEFORE_ALL = -(2**63)


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    at: int
    kind: str
    rule: str | None
    nominal: int
    effective: int
    reason: str | None = None


@dataclass(frozen=True)
class Award:
    """A positive award whose remainder may fade."""

    rule: str
    at: int
    effective: int


@dataclass(frozen=True)
class GiveBack:
    """A negative entry (award or penalty part) that a stepped law gives back by its own age."""

    rule: str
    at: int
    effective: int
    law: Decay

    def parts(self) -> list[tuple[int, int]]:
        """(instant, micropoints given back) of every step that gives something."""
        found, before = [], self.effective
        for age in self.law.ages:
            now = stepped_remainder(self.effective, self.law, self.law.delay + age)
            if now != before:
                found.append((self.at + self.law.delay + age, now - before))
            before = now
        return found


@dataclass(frozen=True)
class PenaltyPart:
    """One daily part of a penalty, due at an instant."""

    at: int
    event: int
    position: int
    penalty: Penalty
    nominal: int


@dataclass(frozen=True)
class Counted:
    """An award (or penalised event) that a limit counts."""

    event: Event
    value: object
    nominal: int


@dataclass(frozen=True)
class State:
    """The activity part right after an instant with entries; `left` is what remained then, rule by rule."""

    at: int
    activity: int
    left: Mapping[str, int]
    awards: tuple[Award, ...]


@dataclass(frozen=True)
class Settled:
    """What decay does to a state up to an instant: nominal loss, activity after the floor, remainders."""

    loss: int
    activity: int
    left: Mapping[str, int]


def degrade(activity: int, floor: int, loss: int) -> int:
    """A' = max(min(A, floor), A - loss)."""
    return max(min(activity, floor), activity - loss)


def same_value(value: object) -> object:
    """A key under which FEEL values that are equal fall together (null is one value)."""
    return (isinstance(value, bool), value) if not isinstance(value, list) else tuple(same_value(v) for v in value)


def daily_parts(amount: int, days: int) -> list[int]:
    """Part k = half-even(p*k/n) - half-even(p*(k-1)/n)."""
    sums = [round(Fraction(amount * k, days)) for k in range(days + 1)]
    return [sums[k] - sums[k - 1] for k in range(1, days + 1)]


class Fold:
    """Runs once over the history; afterwards `ledger`, `activity_at` and `counted` can be asked."""

    def __init__(
        self, model: Model, score: Score, events: Sequence[Event], book: TallyBook, base: Context, as_of: int
    ) -> None:
        self.model, self.score, self.events, self.book, self.as_of = model, score, events, book, as_of
        self.base = {**base, "sales_ready": score.sales_ready / 1_000_000}
        self.laws = {rule.name: rule.decay for rule in score.event_rules}
        self.ledger: list[Entry] = []
        self.give_backs: list[GiveBack] = []
        self.parts: list[PenaltyPart] = []
        self.last_activity: list[int | None] = [None] * len(score.inactivity)
        self.counted: dict[str, list[Counted]] = {}
        self.awarded: list[tuple[int, EventRule]] = []
        self.states: list[State] = [State(BEFORE_ALL, score.start, {}, ())]
        self.activity, self.left, self.awards = score.start, {}, ()
        at = self._next_instant(BEFORE_ALL)
        while at is not None and at <= as_of:
            self._instant(at)
            at = self._next_instant(at)
        self._last_decay()

    # --- between instants -------------------------------------------------------------------------------------------

    def settled(self, state: State, at: int) -> Settled:
        left = {
            name: remaining(law, [(a.at, a.effective) for a in state.awards if a.rule == name], at)
            for name, law in self.laws.items()
        }
        loss = sum(state.left.get(name, 0) - now for name, now in left.items())
        return Settled(loss, degrade(state.activity, self.score.floor, loss), left)

    def activity_at(self, at: int) -> int:
        """A at any instant, all entries of that instant included."""
        state = [state for state in self.states if state.at <= at][-1]
        return self.settled(state, at).activity

    def _next_instant(self, after: int) -> int | None:
        due = [event.at for event in self.events]
        due += [at for source in self.give_backs for at, _ in source.parts()]
        due += [part.at for part in self.parts]
        due += [self._next_tick(clock, after) for clock in range(len(self.score.inactivity))]
        later = [at for at in due if at is not None and at > after]
        return min(later) if later else None

    def _next_tick(self, clock: int, after: int) -> int | None:
        last, rule = self.last_activity[clock], self.score.inactivity[clock]
        if last is None:
            return None
        first = last + rule.after
        if first > after:
            return first
        if rule.every is None:
            return None
        return first + ((after - first) // rule.every + 1) * rule.every

    # --- one instant ------------------------------------------------------------------------------------------------

    def _instant(self, at: int) -> None:
        before = len(self.ledger)
        decayed = self.settled(self.states[-1], at)
        drop = decayed.activity - self.states[-1].activity
        self.activity, self.left, self.awards = decayed.activity, dict(decayed.left), self.states[-1].awards
        self.ended = False
        self._give_back(at)
        self._penalty_parts(at)
        self._inactivity(at)
        for event in self.events:
            if event.at == at:
                self._event(event)
        if len(self.ledger) > before or self.ended:
            if drop:
                self.ledger.insert(before, self._decay_entry(at, decayed.loss, drop))
            self.states.append(State(at, self.activity, dict(self.left), self.awards))

    @staticmethod
    def _decay_entry(at: int, loss: int, drop: int) -> Entry:
        return Entry(at, "decay", None, -loss, drop, None if drop == -loss else "floor")

    def _last_decay(self) -> None:
        """One decay entry stands at the as-of time."""
        state = self.states[-1]
        decayed = self.settled(state, self.as_of)
        if decayed.activity != state.activity:
            self.ledger.append(self._decay_entry(self.as_of, decayed.loss, decayed.activity - state.activity))

    def _write(self, at: int, kind: str, rule: str, nominal: int, effective: int, reason: str | None) -> None:
        self.activity += effective
        self.ledger.append(Entry(at, kind, rule, nominal, effective, reason))

    def _give_back(self, at: int) -> None:
        for source in list(self.give_backs):
            for due, amount in source.parts():
                if due == at:
                    fitting = self._within_bounds(amount)
                    self._write(at, "give_back", source.rule, amount, fitting, "max" if fitting < amount else None)

    def _penalty_parts(self, at: int) -> None:
        due = sorted((p for p in self.parts if p.at == at), key=lambda p: (p.event, p.position))
        for part in due:
            self._take(at, part.penalty, part.nominal)

    def _take(self, at: int, penalty: Penalty, amount: int) -> None:
        if amount == 0:
            return
        taken = degrade(self.activity, self.score.floor, amount) - self.activity
        self._write(at, "penalty", penalty.name, -amount, taken, None if taken == -amount else "floor")
        if penalty.decay is not None and taken < 0:
            self.give_backs.append(GiveBack(penalty.name, at, taken, penalty.decay))

    def _inactivity(self, at: int) -> None:
        for clock, rule in enumerate(self.score.inactivity):
            if self._next_tick(clock, at - 1) != at:
                continue
            amount = self._amount(rule.remove, self.base)
            if amount is None or amount <= 0:
                continue
            taken = degrade(self.activity, self.score.floor, amount) - self.activity
            if taken != 0:
                name = "inactivity" if len(self.score.inactivity) == 1 else f"inactivity[{clock + 1}]"
                self._write(at, "inactivity", name, -amount, taken, None if taken == -amount else "floor")

    def _amount(self, amount: Amount, context: Context) -> int | None:
        if amount.share is not None:
            return round(amount.share * max(self.activity, 0))
        if amount.formula is not None:
            return micropoints(value_of(amount.formula, context))
        return amount.amount

    def _within_bounds(self, amount: int) -> int:
        """The part of a change that leaves A in [min, max]."""
        after = self.activity + amount
        if amount > 0 and self.score.maximum is not None:
            after = max(self.activity, min(after, self.score.maximum))
        if amount < 0:
            after = min(self.activity, max(after, self.score.minimum))
        return after - self.activity

    # --- events -----------------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> None:
        context = event_context(self.base, event, self.book.at_event(event))
        earned = False
        for rule in self.score.event_rules:
            earned |= self._rule(rule, event, context)
        for position, penalty in enumerate(self.score.penalties):
            self._penalty(position, penalty, event, context)
        for clock, rule in enumerate(self.score.inactivity):
            if rule.any_event:
                active = True
            elif rule.activity is not None:
                active = event.type in rule.activity
            else:
                active = earned
            if active:
                self.last_activity[clock] = event.at

    def _triggered(self, rule: EventRule | Penalty, event: Event, context: Context) -> bool:
        if rule.events is not None and event.type not in rule.events:
            return False
        if rule.starts is not None and event.at < rule.starts:
            return False
        if rule.ends is not None and event.at >= rule.ends:
            return False
        if isinstance(rule, EventRule) and rule.reaches is not None:
            before = self.book.before_event(event)[rule.reaches.tally]
            after = self.book.at_event(event)[rule.reaches.tally]
            below = before is None or before < rule.reaches.threshold  # type: ignore[operator]
            if not below or after is None or after < rule.reaches.threshold:  # type: ignore[operator]
                return False
        return truth(rule.when, context) is True

    def _counted_in_window(self, name: str, limit: Limit, event: Event, value: object) -> list[Counted]:
        def inside(other: Event) -> bool:
            if limit.within is not None:
                return event.at - limit.within < other.at
            if limit.per == "visit":
                return other.visit == event.visit
            if limit.per is not None:
                zone = self.model.timezone
                return calendar_window(other.at, limit.per, zone) == calendar_window(event.at, limit.per, zone)
            return True

        return [c for c in self.counted.get(name, []) if c.value == value and inside(c.event)]

    def _rule(self, rule: EventRule, event: Event, context: Context) -> bool:
        """Whether the event is activity by this rule: it matches with nominal points > 0."""
        if not self._triggered(rule, event, context):
            return False
        if rule.set_to is not None:
            nominal: int | None = rule.set_to - self.activity
        else:
            assert rule.points is not None
            nominal = points_of(rule.points, context)
        if nominal is None:
            return False
        if nominal == 0:
            if rule.set_to is not None:
                self._end_all()
            return False
        kind = "award" if rule.set_to is None else "set"
        amount, reason = nominal, None
        if rule.limit is not None:
            value = same_value(value_of(rule.limit.each, context)) if rule.limit.each is not None else None
            counted = self._counted_in_window(rule.name, rule.limit, event, value)
            if len(counted) >= rule.limit.times:
                if rule.limit.keep_highest and nominal > counted[-1].nominal:
                    amount, reason = nominal - counted[-1].nominal, "limit"
                else:
                    self._write(event.at, kind, rule.name, nominal, 0, "limit")
                    return nominal > 0
            self.counted.setdefault(rule.name, []).append(Counted(event, value, nominal))
        self.awarded.append((event.at, rule))
        if rule.set_to is not None:
            self._end_all()
        effective, cut = self._cap(rule, amount)
        self._write(event.at, kind, rule.name, nominal, effective, cut or reason)
        if effective > 0 and rule.set_to is None:
            self.awards = (*self.awards, Award(rule.name, event.at, effective))
            self.left = {**self.left, rule.name: self.left.get(rule.name, 0) + effective}
        if effective < 0 and rule.set_to is None and rule.decay is not None and rule.decay.kind == "steps":
            self.give_backs.append(GiveBack(rule.name, event.at, effective, rule.decay))
        return nominal > 0

    def _cap(self, rule: EventRule, amount: int) -> tuple[int, str | None]:
        """Rule `max`, group `max`, score `max`/`min`, in this order; the reason is the last that cut."""
        reason = None
        if amount > 0:
            if rule.max is not None:
                room = max(0, rule.max - self.left.get(rule.name, 0))
                if amount > room:
                    amount, reason = room, "rule max"
            group = next((g for g in self.score.groups if g.name == rule.group), None)
            if group is not None and group.max is not None:
                members = [r.name for r in self.score.event_rules if r.group == group.name]
                room = max(0, group.max - sum(self.left.get(name, 0) for name in members))
                if amount > room:
                    amount, reason = room, "group max"
        fitting = self._within_bounds(amount)
        if fitting != amount:
            reason = "max" if amount > 0 else "min"
        return fitting, reason

    def _end_all(self) -> None:
        """`set`: earlier awards, pending penalty entries and give-backs of the score end."""
        self.awards, self.left, self.ended = (), {}, True
        self.parts, self.give_backs = [], []

    def _penalty(self, position: int, penalty: Penalty, event: Event, context: Context) -> None:
        if not self._triggered(penalty, event, context):
            return
        amount = self._amount(penalty.remove, context)
        if amount is None or amount <= 0:
            return
        if penalty.limit is not None:
            value = same_value(value_of(penalty.limit.each, context)) if penalty.limit.each is not None else None
            if len(self._counted_in_window(penalty.name, penalty.limit, event, value)) >= penalty.limit.times:
                self._write(event.at, "penalty", penalty.name, -amount, 0, "limit")
                return
            self.counted.setdefault(penalty.name, []).append(Counted(event, value, amount))
        if penalty.over_days == 0:
            self._take(event.at, penalty, amount)
            return
        for day, part in enumerate(daily_parts(amount, penalty.over_days), start=1):
            self.parts.append(PenaltyPart(event.at + day * DAY, event.place, position, penalty, part))
