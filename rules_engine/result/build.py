"""From a lead's fold to what its `Result` holds: readings, bands, gates, tallies and the outcome of every rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from rules_engine.feel.values.zones import database_release
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import Event
from rules_engine.matching.prepared import Prepared, StandingValue
from rules_engine.matching.walk import Walk
from rules_engine.model.types import Penalty
from rules_engine.result.names import entries
from rules_engine.result.run import Run, sums_of
from rules_engine.result.types import (
    USUAL,
    Contribution,
    DataProblem,
    GateResult,
    LedgerEntry,
    Outcome,
    Result,
    RuleOutcome,
    ScoreResult,
)
from rules_engine.scoring.amounts import to_reading
from rules_engine.scoring.plan import FAR, NONE, Plan
from rules_engine.scoring.state import State


def _optional(instant: int) -> int | None:
    return None if instant == NONE else instant


class ScoresOfRun:
    """The scores of one run: what is asked of one is read off when it is first looked at.

    `opening` is the run that the ledger goes on from; None where it begins with the scores' starts.
    """

    __slots__ = ("_totals", "first_event", "opening", "prepared", "run", "valued")

    def __init__(self, prepared: Prepared, run: Run, valued: list[bool], first_event: int, opening: Run | None) -> None:
        self.prepared = prepared
        self.run = run
        self.valued = valued
        self.first_event = first_event
        self.opening = opening
        self._totals: list[int] | None = None

    def read(self, s: int, name: str) -> object:
        """One attribute of score number s. One without a value keeps its ledger out of the numbers that are shown."""
        if self.valued[s] or name not in _NOTHING:
            return _READERS[name](self, s)
        return _NOTHING[name]

    def usual(self, s: int) -> tuple[object, ...]:
        """What most ask for, at once."""
        if not self.valued[s]:
            return tuple([False if name == "has_value" else _NOTHING[name] for name in USUAL])
        state, score = self.run.state, self.prepared.numbering.scores[s]
        if self._totals is None:
            self._totals = totals_at_rest(self.prepared.plan, state)
        total, cap, combined, bands = self._totals[s], state.s_cap[s], score.combine, score.bands
        since, increase = state.s_since[s], state.s_increase[s]
        if combined:
            increase = _last_increase(self.prepared, state, s)
        return (
            True,
            0 if combined else state.s_activity[s],
            0 if combined else state.s_profile[s],
            total,
            to_reading(total if total < cap else cap),
            bands[state.s_band[s]].name if bands else None,
            None if since == NONE else since,
            to_reading(state.s_peak[s]),
            None if increase == NONE else increase,
        )

    # --- numbers ----------------------------------------------------------------------------------------------------

    def name(self, s: int) -> str:
        return self.prepared.numbering.scores[s].name

    def has_value(self, s: int) -> bool:
        return self.valued[s]

    # A run's fold is closed at its instant: all that has fallen has been taken from the activity parts.

    def activity(self, s: int) -> int:
        return 0 if self.prepared.numbering.scores[s].combine else self.run.state.s_activity[s]

    def profile(self, s: int) -> int:
        return 0 if self.prepared.numbering.scores[s].combine else self.run.state.s_profile[s]

    def total(self, s: int) -> int:
        if self._totals is None:
            self._totals = totals_at_rest(self.prepared.plan, self.run.state)
        return self._totals[s]

    def reading(self, s: int) -> int:
        total, cap = self.total(s), self.run.state.s_cap[s]
        return to_reading(total if total < cap else cap)

    def components(self, s: int) -> tuple[tuple[str, float, int], ...]:
        positions = self.prepared.numbering.score_positions
        parts = self.prepared.numbering.scores[s].combine
        return tuple((name, weight, round(weight * self.total(positions[name]))) for name, weight in parts)

    def cap(self, s: int) -> int | None:
        cap = self.run.state.s_cap[s]
        return None if cap == FAR else cap

    def capped_by(self, s: int) -> str | None:
        gate = self.run.walk.capped_by[s]
        return self.prepared.gates[gate].gate.name if gate >= 0 else None

    def start(self, s: int) -> int:
        return self.prepared.numbering.scores[s].start

    def opened(self, s: int) -> int:
        score = self.prepared.numbering.scores[s]
        if self.opening is None:
            return score.start
        return 0 if score.combine else self.opening.state.s_activity[s]

    # --- bands ------------------------------------------------------------------------------------------------------

    def band(self, s: int) -> str | None:
        bands = self.prepared.numbering.scores[s].bands
        return bands[self.run.state.s_band[s]].name if bands else None

    def band_since(self, s: int) -> int | None:
        return _optional(self.run.state.s_since[s])

    def peak(self, s: int) -> int:
        return to_reading(self.run.state.s_peak[s])

    def peak_at(self, s: int) -> int | None:
        return _optional(self.run.state.s_peak_at[s])

    def last_increase(self, s: int) -> int | None:
        return _optional(_last_increase(self.prepared, self.run.state, s))

    def next_band(self, s: int) -> str | None:
        bands, band = self.prepared.numbering.scores[s].bands, self.run.state.s_band[s]
        return bands[band + 1].name if band + 1 < len(bands) else None

    def points_to_next_band(self, s: int) -> int | None:
        bands, band = self.prepared.numbering.scores[s].bands, self.run.state.s_band[s]
        return max((bands[band + 1].start or 0) - self.reading(s), 0) if band + 1 < len(bands) else None

    # --- rules and ledger -------------------------------------------------------------------------------------------

    def _items(self, s: int) -> range:
        """The numbers of its event rules and penalties."""
        return range(*self.prepared.plan.s_items[s : s + 2])

    def ledger(self, s: int) -> tuple[LedgerEntry, ...]:
        clocks = self.prepared.plan.s_clocks
        has_some = self._items(s) or clocks[s] < clocks[s + 1]
        return entries(self.prepared, self.run.ledger, s, self.first_event) if has_some else ()

    def contributions(self, s: int) -> tuple[Contribution, ...]:
        return tuple(
            Contribution(self.prepared.standing[n].rule.name, value.amount, _verdict(value))
            for n, value in self._standing(s)
        )

    def _standing(self, s: int) -> list[tuple[int, StandingValue]]:
        values = self.run.walk.standing
        return [(rule.index, values[rule.index]) for rule in self.prepared.standing if rule.score == s]

    def rules(self, s: int) -> tuple[RuleOutcome, ...]:
        by_name = {}
        for n, value in self._standing(s):
            outcome = _verdict(value)
            name = self.prepared.standing[n].rule.name
            by_name[name] = RuleOutcome(
                rule=name,
                kind="standing",
                outcome=outcome,
                fired=int(outcome == "fired"),
                not_fired=int(outcome == "not_fired"),
                unknown=int(outcome == "unknown"),
                effective=value.amount,
                missing=value.missing,
            )
        walk, score, items = self.run.walk, self.prepared.numbering.scores[s], self._items(s)
        not_fired = walk.not_fired(self.prepared) if items else []
        effects = sums_of(self.prepared, self.run).effects if items else []
        for i in items:
            item = self.prepared.numbering.items[i]
            fired, unknown = walk.fired[i], walk.unknown[i]
            by_name[item.name] = RuleOutcome(
                rule=item.name,
                kind="penalty" if isinstance(item, Penalty) else "event",
                outcome="fired" if fired else "unknown" if unknown else "not_fired",
                fired=fired,
                not_fired=not_fired[i],
                unknown=unknown,
                effective=effects[i],
                missing=tuple(sorted(walk.missing.get(i, ()))),
            )
        return tuple(by_name[name] for name in [*score.rule_order, *(penalty.name for penalty in score.penalties)])


def totals_at_rest(plan: Plan, state: State) -> list[int]:
    """The total of each score in a fold that is closed: of one with rules its own, of a combined one that of its parts,
    which come before it."""
    totals = [a + p for a, p in zip(state.s_activity, state.s_profile, strict=True)]
    lows, highs, parts = plan.s_min, plan.s_max, plan.s_parts
    found = [low if total < low else min(total, high) for total, low, high in zip(totals, lows, highs, strict=True)]
    for s in plan.combined_score:  # some more than once, each after what it is made of
        total = sum([round(plan.part_weight[n] * found[plan.part_score[n]]) for n in range(parts[s], parts[s + 1])])
        found[s] = max(min(total, highs[s]), lows[s])
    return found


def _verdict(value: StandingValue) -> Outcome:
    return "unknown" if value.verdict is None else "fired" if value.verdict else "not_fired"


def _last_increase(prepared: Prepared, state: State, s: int) -> int:
    """The last award with a positive effect; of a combined score the latest among its parts."""
    latest = state.s_increase[s]
    for name, _ in prepared.numbering.scores[s].combine:
        latest = max(latest, _last_increase(prepared, state, prepared.numbering.score_index(name)))
    return latest


_READERS: dict[str, Callable[[ScoresOfRun, int], object]] = {
    field.name: getattr(ScoresOfRun, "opened" if field.name == "opening" else field.name)
    for field in fields(ScoreResult)
    if field.compare
}
_NOTHING: dict[str, object] = {  # what a score without a value shows
    field.name: () if field.name in ("contributions", "components") else field.default
    for field in fields(ScoreResult)
    if field.compare and field.name not in ("name", "has_value", "start", "opening", "ledger", "rules")
} | dict.fromkeys(("activity", "profile", "total", "reading"), 0)


def score_results(
    prepared: Prepared, run: Run, valued: list[bool], first_event: int, opening: Run | None
) -> dict[str, ScoreResult]:
    """Every score at the run's instant; the ledger goes on from `opening`, None for the scores' starts."""
    details = ScoresOfRun(prepared, run, valued, first_event, opening)
    return {score.name: ScoreResult.reading_from(details, s) for s, score in enumerate(prepared.numbering.scores)}


def gates_of(prepared: Prepared, walk: Walk) -> tuple[GateResult, ...]:
    """The gates that hold."""
    return tuple(GateResult(prepared.gates[g].gate.name, until) for g, until in walk.gates(prepared))


def tallies_of(prepared: Prepared, run: Run) -> dict[str, object]:
    """Every tally at the run's instant, in file order."""
    walk = run.walk
    values: dict[str, object] = {}
    for prepared_tally, tally in zip(prepared.tallies, walk.tallies, strict=True):
        values[prepared_tally.tally.name] = tally.value_kept(walk.at, walk)
    for stage, tally in zip(prepared.stages, sums_of(prepared, run).stages, strict=True):
        values[stage.tally.name] = tally.value_kept(walk.at, walk)
    return {name: values[name] for name in prepared.model.tallies}


def values_of_scores(prepared: Prepared, scope: dict[str, object]) -> list[bool]:
    """Which scores have a value: their `needs` is true, and so it is for every part of a combined one."""
    own = [needs is None or needs(scope) is True for needs in prepared.needs]
    if all(own):
        return own
    positions = prepared.numbering.score_positions

    def has_value(s: int) -> bool:
        return own[s] and all(has_value(positions[name]) for name, _ in prepared.numbering.scores[s].combine)

    return [has_value(s) for s in range(len(own))]


def not_scored(
    prepared: Prepared, events: tuple[Event, ...], problems: tuple[Problem, ...], lead_id: str | None, as_of: int
) -> Result:
    """A lead outside the audience: no scores, and nothing it could change by time alone."""
    model = prepared.model
    return Result(
        model=model.name,
        version=model.version,
        model_hash=model.hash,
        lead_id=lead_id,
        as_of=as_of,
        timezone=model.timezone,
        tzdata=database_release(),
        scored=False,
        fields="current",
        events=events,
        problems=tuple(DataProblem(problem.where, problem.problem) for problem in problems),
    )
