"""From a lead's fold to what its `Result` holds: readings, bands, gates, tallies and the outcome of every rule."""

from __future__ import annotations

from rules_engine.matching.fields import Problem
from rules_engine.matching.history import Event
from rules_engine.matching.prepare import Prepared, StandingValue
from rules_engine.matching.walk import Walk
from rules_engine.model.types import Penalty, Score
from rules_engine.result.names import entries
from rules_engine.result.run import Run, sums_of
from rules_engine.result.types import (
    Contribution,
    DataProblem,
    GateResult,
    Outcome,
    Result,
    RuleOutcome,
    ScoreResult,
)
from rules_engine.scoring.fold import activity_at, reading_at, total_at
from rules_engine.scoring.plan import FAR, NONE
from rules_engine.scoring.state import State, copy_state


def _optional(instant: int) -> int | None:
    return None if instant == NONE else instant


class Details:
    """The rules and ledgers behind the scores of one run: read off when one of them is looked at."""

    __slots__ = ("first_event", "prepared", "run")

    def __init__(self, prepared: Prepared, run: Run, first_event: int) -> None:
        self.prepared = prepared
        self.run = run
        self.first_event = first_event

    def read(self, s: int, name: str) -> object:
        """`ledger`, `rules` or `contributions` of score number s."""
        if name == "ledger":
            return entries(self.prepared, self.run.ledger, s, self.first_event)
        if name == "rules":
            return self._rules(s)
        return tuple(
            Contribution(self.prepared.standing[n].rule.name, value.amount, _verdict(value))
            for n, value in self._standing(s)
        )

    def _standing(self, s: int) -> list[tuple[int, StandingValue]]:
        values = self.run.walk.standing
        return [(rule.index, values[rule.index]) for rule in self.prepared.standing if rule.score == s]

    def _rules(self, s: int) -> tuple[RuleOutcome, ...]:
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
        walk, plan, score = self.run.walk, self.prepared.plan, self.prepared.numbering.scores[s]
        not_fired, effects = walk.not_fired(self.prepared), sums_of(self.prepared, self.run).effects
        for i in range(plan.s_items[s], plan.s_items[s + 1]):
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


def _verdict(value: StandingValue) -> Outcome:
    return "unknown" if value.verdict is None else "fired" if value.verdict else "not_fired"


def _next_band(score: Score, band: int, reading: int) -> tuple[str | None, int | None]:
    """The next band above, and how many points the reading lacks for it."""
    if band + 1 >= len(score.bands):
        return None, None
    level = score.bands[band + 1]
    return level.name, max((level.start or 0) - reading, 0)


def _last_increase(prepared: Prepared, run: Run, s: int) -> int:
    """The last award with a positive effect; of a combined score the latest among its parts."""
    latest = run.state.s_increase[s]
    for name, _ in prepared.numbering.scores[s].combine:
        latest = max(latest, _last_increase(prepared, run, prepared.numbering.score_index(name)))
    return latest


def score_results(
    prepared: Prepared, run: Run, valued: list[bool], first_event: int, opening: list[int] | None
) -> dict[str, ScoreResult]:
    """Every score at the run's instant; `opening` is A of each where the ledger begins, None for their starts."""
    details = Details(prepared, run, first_event)
    state = copy_state(run.state)  # asking for readings leaves notes in a state, and others may ask this one
    found = {}
    for s, score in enumerate(prepared.numbering.scores):
        opened = score.start if opening is None else opening[s]
        found[score.name] = _score_result(prepared, run, state, s, opened, details, has_value=valued[s])
    return found


def _score_result(
    prepared: Prepared, run: Run, state: State, s: int, opening: int, details: Details, *, has_value: bool
) -> ScoreResult:
    """One score; one without a value keeps its ledger out of the numbers that are shown."""
    score, plan, walk, t = prepared.numbering.scores[s], prepared.plan, run.walk, run.walk.at
    if not has_value:
        nothing = (None, None, None, None, 0, None, None, score.start, (), None, None, opening)
        found = ScoreResult.reading_from(details, s, score.name, False, 0, 0, 0, 0, *nothing)
        object.__setattr__(found, "contributions", ())
        return found
    combined = bool(score.combine)
    total = total_at(plan, state, s, t)
    reading = reading_at(plan, state, s, t)
    next_band, lacking = _next_band(score, state.s_band[s], reading)
    gate = walk.capped_by[s]
    return ScoreResult.reading_from(  # in the order of KNOWN_OF_SCORE
        details,
        s,
        score.name,
        True,  # has a value
        0 if combined else activity_at(plan, state, s, t),
        0 if combined else state.s_profile[s],
        total,
        reading,
        None if state.s_cap[s] == FAR else state.s_cap[s],
        prepared.gates[gate].gate.name if gate >= 0 else None,
        score.bands[state.s_band[s]].name if score.bands else None,
        _optional(state.s_since[s]),
        state.s_peak[s],
        _optional(state.s_peak_at[s]),
        _optional(_last_increase(prepared, run, s)),
        score.start,
        tuple(
            (name, weight, round(weight * total_at(plan, state, prepared.numbering.score_index(name), t)))
            for name, weight in score.combine
        ),
        next_band,
        lacking,
        opening,
    )


def activities(prepared: Prepared, run: Run) -> list[int]:
    """A of each score at the run's instant; 0 for combined ones."""
    return [0 if score.combine else a for score, a in zip(prepared.numbering.scores, run.state.s_activity, strict=True)]


def gates_of(prepared: Prepared, walk: Walk) -> tuple[GateResult, ...]:
    """The gates that hold."""
    return tuple(GateResult(prepared.gates[g].gate.name, until) for g, until in walk.snapshot(prepared).gates)


def tallies_of(prepared: Prepared, run: Run) -> dict[str, object]:
    """Every tally at the run's instant, in file order."""
    walk = run.walk
    values: dict[str, object] = {}
    for prepared_tally, tally in zip(prepared.tallies, walk.tallies, strict=True):
        values[prepared_tally.tally.name] = tally.copy().value(walk.at, walk)
    for stage, tally in zip(prepared.stages, sums_of(prepared, run).stages, strict=True):
        values[stage.tally.name] = tally.copy().value(walk.at, walk)
    return {name: values[name] for name in prepared.model.tallies}


def values_of_scores(prepared: Prepared, scope: dict[str, object]) -> list[bool]:
    """Which scores have a value: their `needs` is true, and so it is for every part of a combined one."""
    own = [needs is None or needs(scope) is True for needs in prepared.needs]
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
        scored=False,
        fields="current",
        events=events,
        problems=tuple(DataProblem(problem.where, problem.problem) for problem in problems),
    )
