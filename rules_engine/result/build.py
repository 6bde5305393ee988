"""From the end of a fold to a `Result`: readings, bands, gates, tallies, labels and the outcome of every rule."""

from __future__ import annotations

from rules_engine.matching.conditions import truth
from rules_engine.matching.history import History
from rules_engine.matching.match import ItemCount, Matched
from rules_engine.matching.prepare import Prepared
from rules_engine.model.types import Penalty, Score
from rules_engine.result.labels import PreparedAutomation, PreparedLabel, evaluate_labels, result_scope, stage_tally
from rules_engine.result.names import entries, transitions
from rules_engine.result.run import Run
from rules_engine.result.types import (
    Contribution,
    DataProblem,
    GateResult,
    Later,
    LedgerEntry,
    Outcome,
    Result,
    RuleOutcome,
    ScoreResult,
)
from rules_engine.scoring.fold import activity_at, reading_at, total_at
from rules_engine.scoring.plan import FAR, NONE


def _optional(instant: int) -> int | None:
    return None if instant == NONE else instant


def _outcome(count: ItemCount) -> Outcome:
    if count.fired:
        return "fired"
    return "unknown" if count.unknown else "not_fired"


def _item_outcomes(prepared: Prepared, matched: Matched, s: int, ledger: tuple[LedgerEntry, ...]) -> list[RuleOutcome]:
    effects: dict[str, int] = {}
    for entry in ledger:
        if entry.rule is not None and entry.kind != "inactivity":
            effects[entry.rule] = effects.get(entry.rule, 0) + entry.effective
    plan = prepared.plan
    found = []
    for i in range(plan.s_items[s], plan.s_items[s + 1]):
        item, count = prepared.numbering.items[i], matched.counts[i]
        found.append(
            RuleOutcome(
                rule=item.name,
                kind="penalty" if isinstance(item, Penalty) else "event",
                outcome=_outcome(count),
                fired=count.fired,
                not_fired=count.not_fired,
                unknown=count.unknown,
                effective=effects.get(item.name, 0),
                missing=tuple(sorted(count.missing)),
            )
        )
    return found


def _standing(prepared: Prepared, matched: Matched, s: int) -> tuple[list[RuleOutcome], list[Contribution]]:
    outcomes, contributions = [], []
    for rule, value in zip(prepared.standing, matched.snapshot.standing, strict=True):
        if rule.score != s:
            continue
        outcome: Outcome = "unknown" if value.verdict is None else "fired" if value.verdict else "not_fired"
        contributions.append(Contribution(rule.rule.name, value.amount, outcome))
        outcomes.append(
            RuleOutcome(
                rule=rule.rule.name,
                kind="standing",
                outcome=outcome,
                fired=int(outcome == "fired"),
                not_fired=int(outcome == "not_fired"),
                unknown=int(outcome == "unknown"),
                effective=value.amount,
                missing=value.missing,
            )
        )
    return outcomes, contributions


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


def score_result(
    prepared: Prepared,
    matched: Matched,
    run: Run,
    s: int,
    has_value: bool,
    ledger: tuple[LedgerEntry, ...],
    as_of: int,
) -> ScoreResult:
    """One score at `as_of`; a score without a value keeps its ledger out of the numbers that are shown."""
    score, plan, state = prepared.numbering.scores[s], prepared.plan, run.state
    standing, contributions = _standing(prepared, matched, s)
    by_name = {outcome.rule: outcome for outcome in [*standing, *_item_outcomes(prepared, matched, s, ledger)]}
    order = [*score.rule_order, *(penalty.name for penalty in score.penalties)]
    rules = tuple(by_name[name] for name in order)
    if not has_value:
        return ScoreResult(score.name, False, 0, 0, 0, 0, ledger=ledger, rules=rules, start=score.start)
    combined = bool(score.combine)
    reading = reading_at(plan, state, s, as_of)
    band = score.bands[state.s_band[s]].name if score.bands else None
    next_band, lacking = _next_band(score, state.s_band[s], reading)
    gate = matched.snapshot.capped_by[s]
    return ScoreResult(
        name=score.name,
        has_value=True,
        activity=0 if combined else activity_at(plan, state, s, as_of),
        profile=0 if combined else state.s_profile[s],
        total=total_at(plan, state, s, as_of),
        reading=reading,
        cap=None if state.s_cap[s] == FAR else state.s_cap[s],
        capped_by=prepared.gates[gate].gate.name if gate >= 0 else None,
        band=band,
        band_since=_optional(state.s_since[s]),
        peak=state.s_peak[s],
        peak_at=_optional(state.s_peak_at[s]),
        last_increase=_optional(_last_increase(prepared, run, s)),
        start=score.start,
        ledger=ledger,
        contributions=tuple(contributions),
        components=tuple(
            (name, weight, round(weight * total_at(plan, state, prepared.numbering.score_index(name), as_of)))
            for name, weight in score.combine
        ),
        rules=rules,
        next_band=next_band,
        points_to_next_band=lacking,
    )


def values_of_scores(prepared: Prepared, history: History) -> list[bool]:
    """Which scores have a value: their `needs` is true, and so it is for every part of a combined one."""
    scope = {"lead": history.lead, "account": history.account, "constants": prepared.constants}
    own = [needs is None or needs(scope) is True for needs in prepared.needs]
    names = [score.name for score in prepared.numbering.scores]

    def has_value(s: int) -> bool:
        return own[s] and all(has_value(names.index(name)) for name, _ in prepared.numbering.scores[s].combine)

    return [has_value(s) for s in range(len(names))]


def build_result(
    prepared: Prepared,
    labels: tuple[PreparedLabel, ...],
    automations: tuple[PreparedAutomation, ...],
    history: History,
    matched: Matched,
    run: Run,
    lead_id: str | None,
    as_of: int,
    later: Later,
) -> Result:
    """Everything about a lead that is in the audience."""
    model = prepared.model
    valued = values_of_scores(prepared, history)
    ledgers = entries(prepared, run.ledger)
    scores = {
        score.name: score_result(prepared, matched, run, s, valued[s], ledgers[s], as_of)
        for s, score in enumerate(prepared.numbering.scores)
    }
    by_score = {score.name: ledgers[s] for s, score in enumerate(prepared.numbering.scores)}
    tallies = {
        name: stage_tally(prepared, tally, by_score, as_of) if tally.stage else matched.snapshot.tallies[name]
        for name, tally in model.tallies.items()
    }
    scope = result_scope(prepared, history.lead, history.account, matched.snapshot, scores, tallies, as_of)
    values, unknown = evaluate_labels(labels, scope)
    return Result(
        model=model.name,
        version=model.version,
        model_hash=model.hash,
        lead_id=lead_id,
        as_of=as_of,
        timezone=model.timezone,
        scored=True,
        fields="current",
        scores=scores,
        gates=tuple(GateResult(prepared.gates[g].gate.name, until) for g, until in matched.snapshot.gates),
        tallies=tallies,
        labels=values,
        unknown_labels=tuple(unknown),
        automations={automation.name: truth(automation.when(scope)) for automation in automations},
        transitions=transitions(prepared, run.moves, valued),
        events=history.events,
        problems=tuple(DataProblem(problem.where, problem.problem) for problem in history.problems),
        _later=later,
    )


def not_scored(prepared: Prepared, history: History, lead_id: str | None, as_of: int) -> Result:
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
        events=history.events,
        problems=tuple(DataProblem(problem.where, problem.problem) for problem in history.problems),
    )
