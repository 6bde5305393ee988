"""Profile parts, totals, readings, bands and their transitions, all asked from the folds at any instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from rules_engine.model.types import BandLevel, Model, Score, StandingRule
from tests.reference.conditions import MILLION, Context, points_of, truth
from tests.reference.fold import Entry, Fold
from tests.reference.gates import GateBook
from tests.reference.history import Event
from tests.reference.tallies import TallyBook

HUNDREDTH = 10_000


@dataclass(frozen=True)
class Transition:
    """A band change. [`earliest`, `latest`] is where it may lie if every total were off by the slack."""

    at: int
    before: str
    after: str
    causes: tuple[str, ...]
    earliest: int
    latest: int


@dataclass
class Judged:
    """What is known of one score's readings over time; `margin` is the least distance of a judged total to an edge."""

    initial: int
    peak: int
    peak_at: int | None
    on: list[bool]
    band: str | None
    since: int | None = None
    transitions: list[Transition] = field(default_factory=list)
    fragile: bool = False


def to_reading(total: int, cap: int | None) -> int:
    """min(T, cap), rounded half-even to two decimals."""
    return round(Fraction(total if cap is None else min(total, cap), HUNDREDTH)) * HUNDREDTH


def clamp(value: int, score: Score) -> int:
    value = max(value, score.minimum)
    return value if score.maximum is None else min(value, score.maximum)


def contribution(rule: StandingRule, context: Context, at: int) -> int:
    """What a standing rule adds at an instant: points while true, `otherwise` while false, 0 while unknown."""
    if (rule.starts is not None and at < rule.starts) or (rule.ends is not None and at >= rule.ends):
        return 0
    outcome = truth(rule.when, context)
    if outcome is None:
        return 0
    points = rule.points if outcome else rule.otherwise
    return 0 if points is None else (points_of(points, context) or 0)


def leave_at(level: BandLevel) -> int | None:
    """The reading below which a band that is on goes off; None is never."""
    if level.sticky:
        return None
    return level.start if level.until is None else level.until


def band_of(levels: Sequence[BandLevel], on: Sequence[bool]) -> str | None:
    names = [level.name for level, lit in zip(levels, on, strict=True) if lit]
    return names[-1] if names else None


class Judge:
    """Walks all instants at which anything but decay can change a reading, and searches the decay in between."""

    def __init__(
        self,
        model: Model,
        folds: Mapping[str, Fold],
        events: Sequence[Event],
        book: TallyBook,
        gates: GateBook,
        base: Context,
        as_of: int,
        slack: Mapping[str, int],
    ) -> None:
        self.model, self.folds, self.events, self.book, self.gates = model, folds, events, book, gates
        self.base, self.as_of, self.slacks = base, as_of, slack
        self.before_first = events[0].at - 1 if events else as_of

    # --- values at an instant ---------------------------------------------------------------------------------------

    def contributions(self, score: Score, at: int) -> dict[str, int]:
        context = {**self.base, "sales_ready": score.sales_ready / MILLION, "tally": self.book.at_instant(at)}
        return {rule.name: contribution(rule, context, at) for rule in score.standing_rules}

    def profile(self, score: Score, at: int) -> int:
        return sum(self.contributions(score, at).values())

    def leaves(self, score: Score) -> list[Score]:
        """The score itself, or the scores with rules that a combined score is made of, in file order."""
        if not score.combine:
            return [score]
        return [leaf for name, _ in score.combine for leaf in self.leaves(self.model.scores[name])]

    def profiles(self, score: Score, at: int) -> dict[str, int]:
        return {leaf.name: self.profile(leaf, at) for leaf in self.leaves(score)}

    def total(self, score: Score, at: int, profiles: Mapping[str, int] | None = None) -> int:
        """T at an instant; `profiles` are the profile parts where they are known not to have changed."""
        if profiles is None:
            profiles = self.profiles(score, at)
        if score.combine:
            scores = self.model.scores
            return clamp(sum(round(w * self.total(scores[name], at, profiles)) for name, w in score.combine), score)
        return clamp(self.folds[score.name].activity_at(at) + profiles[score.name], score)

    def cap(self, score: Score, at: int, event_gates: bool = True) -> int | None:
        holding = self.gates.holding(at, self.book.at_instant(at), event_gates)
        caps = [
            cap for gate in self.gates.gates if gate.name in holding for name, cap in gate.caps if name == score.name
        ]
        return min(caps) if caps else None

    def reading(self, score: Score, at: int) -> int:
        return to_reading(self.total(score, at), self.cap(score, at))

    # --- bands over time --------------------------------------------------------------------------------------------

    def instants(self) -> list[int]:
        """Every instant, from the first event to the as-of time, at which something other than decay can happen."""
        found = {event.at for event in self.events} | self.book.change_instants() | self.gates.change_instants()
        for fold in self.folds.values():
            found |= {entry.at for entry in fold.ledger}
        for score in self.model.scores.values():
            for rule in score.standing_rules:
                found |= {edge for edge in (rule.starts, rule.ends) if edge is not None}
        first = self.events[0].at if self.events else self.as_of
        return sorted({at for at in found if first <= at <= self.as_of} | {self.as_of})

    def judge(self, score: Score) -> Judged:
        levels = score.bands
        start = self.before_first
        initial = to_reading(self.total(score, start), self.cap(score, start, event_gates=not self.events))
        on = [level.start is None or initial >= level.start for level in levels]
        judged = Judged(initial, initial, None, on, band_of(levels, on))
        before = start
        for at in self.instants():
            if not self.events:
                break
            self._between(score, judged, before, at)
            reading = self.reading(score, at)
            self._note_edges(score, judged, self.total(score, at), at)
            if reading > judged.peak:
                judged.peak, judged.peak_at = reading, at
            causes = self._latch(score, judged, reading)
            if causes:
                rose = self._rank(score, causes[1]) > self._rank(score, causes[0])
                names = self._causes(score, before, at, rose)
                judged.transitions.append(Transition(at, *causes, names, at, at))
                judged.since = at
            before = at
        return judged

    def _rank(self, score: Score, name: str) -> int:
        return [level.name for level in score.bands].index(name)

    def _note_edges(self, score: Score, judged: Judged, total: int, at: int) -> None:
        """With a slack, a total that lies close to where a band's reading begins decides nothing for sure."""
        margin = self.slacks.get(score.name, 0)
        if margin == 0:
            return
        cap = self.cap(score, at)
        for level in score.bands:
            for edge in (level.start, leave_at(level)):
                lowest, highest = to_reading(total - margin, cap), to_reading(total + margin, cap)
                if edge is not None and lowest < edge <= highest:
                    judged.fragile = True

    def _latch(self, score: Score, judged: Judged, reading: int) -> tuple[str, str] | None:
        """Turns latches on and off; (before, after) if the band changed."""
        for index, level in enumerate(score.bands):
            until = leave_at(level)
            if level.start is not None:
                if reading >= level.start:
                    judged.on[index] = True
                elif until is not None and reading < until:
                    judged.on[index] = False
        after = band_of(score.bands, judged.on)
        if after is None or judged.band is None or after == judged.band:
            return None
        change = (judged.band, after)
        judged.band = after
        return change

    def _between(self, score: Score, judged: Judged, begin: int, end: int) -> None:
        """Between two instants only decay moves the reading, downwards: search the first microsecond of each fall."""
        if end - begin < 2 or begin < self.events[0].at:
            return
        profiles, cap, margin = self.profiles(score, begin), self.cap(score, begin), self.slacks.get(score.name, 0)

        def reading(at: int, slack: int = 0) -> int:
            return to_reading(self.total(score, at, profiles) + slack, cap)

        def first_below(bound: int, slack: int = 0) -> int:
            """First instant in (begin, end] whose reading is below the bound; `end` if there is none before it."""
            low, high = begin, end
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if reading(middle, slack) < bound else (middle, high)
            return high

        lowest = reading(end - 1)
        lit = [level for level, on in zip(score.bands, judged.on, strict=True) if on and level.start is not None]
        bounds = sorted(bound for bound in map(leave_at, lit) if bound is not None and lowest < bound)
        crossings = {first_below(bound): bound for bound in bounds}
        for at, bound in sorted(crossings.items()):
            change = self._latch(score, judged, reading(at))
            if change:
                earliest = first_below(bound, -margin) if margin else at
                latest = first_below(bound, margin) if margin else at
                judged.transitions.append(Transition(at, *change, ("decay",), earliest, latest))
                judged.since = at
        if margin:
            self._note_edges(score, judged, self.total(score, end - 1, profiles), begin)

    # --- causes -----------------------------------------------------------------------------------------------------

    def _causes(self, score: Score, before: int, at: int, rose: bool) -> tuple[str, ...]:
        """D12. More than one name only where several gates began or ended at the same instant."""

        def right(change: int) -> bool:
            return change > 0 if rose else change < 0

        names = [leaf.name for leaf in self.leaves(score)]
        entries: list[Entry] = [
            entry
            for name in names
            for entry in self.folds[name].ledger
            if entry.at == at and right(entry.effective) and entry.rule is not None  # decay is the last resort
        ]
        if entries:
            return (str(entries[-1].rule),)
        just_before = max(before, at - 1)
        standing: list[str] = []
        for name in names:
            was, now = (self.contributions(self.model.scores[name], t) for t in (just_before, at))
            standing += [rule for rule in now if right(now[rule] - was[rule])]
        if standing:
            return (standing[-1],)
        held = self.gates.holding(just_before, self.book.at_instant(just_before))
        holds = self.gates.holding(at, self.book.at_instant(at))
        changed = held - holds if rose else holds - held
        gates = tuple(
            f"gate {gate.name}"
            for gate in self.gates.gates
            if gate.name in changed and any(name == score.name for name, _ in gate.caps)
        )
        return gates or ("decay",)
