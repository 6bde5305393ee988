"""A whole backtest, as a table of contents: cases, scores, numbers, sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rules_engine.analysis.backtest import bands, checklist, periods
from rules_engine.analysis.backtest.cases import Cases, at_cuts, before_outcome, one_row_each
from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.intervals import resampled_auc
from rules_engine.analysis.backtest.leaks import leaks
from rules_engine.analysis.backtest.outcomes import Outcomes, read_outcomes
from rules_engine.analysis.backtest.rules import rule_rows
from rules_engine.analysis.backtest.scored import Scored, choose_ready, choose_score, score_cases
from rules_engine.analysis.backtest.types import Backtest, Comparison, Estimate, LeftOut, Population, Setup
from rules_engine.batch.score import Batch, open_batch
from rules_engine.batch.sources import load_mapping, reads
from rules_engine.batch.sources.mapping import Mapping
from rules_engine.engine import Engine
from rules_engine.matching.history import InputError, read_instant
from rules_engine.model import durations
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """What to judge and how. Times and durations as written: "2011-09-09", "90 days".

    `won`, `lost`, `opportunity`: outcome names, () for the names of that meaning. `min_count`: a rule that sets fewer
    cases apart is not judged. `periods`: stretches of time compared for drift where there are no several cuts.
    """

    cuts: tuple[str, ...] = ()
    within: str | None = None
    as_of: str | None = None
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    opportunity: tuple[str, ...] = ()
    score: str | None = None
    band: str | None = None
    periods: int = 2
    min_count: int = 20
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """Model and data opened, with their cases."""

    batch: Batch
    mapping: Mapping
    outcomes: Outcomes
    cases: Cases


def prepare(model: Path, data: Path, question: Question, version: int | None = None) -> Prepared:
    """Opens model and data and finds the cases. Without `version` a folder gives its newest active version, whatever
    the cuts are: it is the version to go on with that is judged."""
    if version is not None and not model.is_dir():
        raise BacktestError(f"--version chooses among the versions of a folder; {model} is one file.")
    mapping = load_mapping(data)
    chosen = Engine.load(model, version=version).model.version if model.is_dir() else None
    as_of = question.as_of or (question.cuts[0] if question.cuts else None)
    batch = open_batch(model, mapping, as_of=as_of, version=chosen)
    outcomes = read_outcomes(
        batch.data.outcomes, mapping, won=question.won, lost=question.lost, opportunity=question.opportunity
    )
    return Prepared(batch, mapping, outcomes, _cases(batch, outcomes, question))


def _cases(batch: Batch, outcomes: Outcomes, question: Question) -> Cases:
    within = _within(question.within)
    if question.cuts:
        cuts = sorted({_instant(batch, cut) for cut in question.cuts})
        return at_cuts(batch, outcomes, cuts, within)
    if within is not None:
        raise BacktestError("--within says how long to look after a cut; give a --cut as well.")
    return before_outcome(batch, outcomes) if outcomes.timed else one_row_each(batch, outcomes)


def _instant(batch: Batch, text: str) -> int:
    try:
        return read_instant(text, batch.engine.zone, "--cut", text)
    except InputError as error:
        raise BacktestError(f"--cut: {error.problem}.") from error


def _within(text: str | None) -> int | None:
    if text is None:
        return None
    found = durations.parse(text)
    if not isinstance(found, int) or found <= 0:
        raise BacktestError(f'--within "{text}" is no duration; write it like "90 days" or "12 weeks".')
    return found


def backtest(
    model: Path,
    data: Path,
    question: Question,
    *,
    version: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Backtest:
    """Judges one version. Raises `BacktestError`, `ModelError`, `DataError` or `BatchError` where it cannot."""
    prepared = prepare(model, data, question, version)
    scored = _score(prepared, question, advance)
    _need_decided(scored)
    auc = resampled_auc([scored.readings()[0]], *scored.readings()[1:], seed=question.seed)
    return _judge(prepared, scored, question, None if auc is None else auc[0][0])


def compare(
    model: Path,
    data: Path,
    question: Question,
    against: Path,
    *,
    version: int | None = None,
    against_version: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Comparison:
    """Judges two versions on the cases that both give a value: `against` first, then `model`."""
    new = prepare(model, data, question, version)
    old = prepare(against, data, replace(question, score=None, band=None), against_version)
    old_question = _same_names(old.batch, question)
    new_scored, old_scored = _score(new, question, advance), _score(old, old_question, advance)
    keys = new_scored.frame.select("lead_id", "cut").join(
        old_scored.frame.select("lead_id", "cut"), on=["lead_id", "cut"], how="semi", maintain_order="left"
    )
    new_scored, old_scored = new_scored.only(keys), old_scored.only(keys)
    _need_decided(new_scored)
    order = ["lead_id", "cut"]
    new_values, won, leads = replace(new_scored, frame=new_scored.frame.sort(order)).readings()
    old_values = replace(old_scored, frame=old_scored.frame.sort(order)).readings()[0]
    found = resampled_auc([old_values, new_values], won, leads, question.seed)
    areas: list[Estimate | None] = [None, None] if found is None else [*found[0]]
    first = _judge(old, old_scored, old_question, areas[0])
    second = _judge(new, new_scored, question, areas[1])
    difference = None if found is None else found[1]
    return Comparison(first, second, difference, checklist.compared(first, second, difference))


def _same_names(batch: Batch, question: Question) -> Question:
    """The question for the other version: its own score and band where it has none of these names."""
    score = question.score if question.score in batch.model.scores else None
    names = [level.name for level in batch.model.scores[choose_score(batch.model, score)].bands]
    return replace(question, score=score, band=question.band if question.band in names else None)


def _score(prepared: Prepared, question: Question, advance: Callable[[int], None]) -> Scored:
    model = prepared.batch.model
    score = choose_score(model, question.score)
    return score_cases(
        prepared.batch, prepared.cases, score, choose_ready(model, score, question.band), advance=advance
    )


def _need_decided(scored: Scored) -> None:
    if scored.decided.height == 0:
        raise BacktestError(
            f"none of {scored.frame.height:,} cases is won or lost ({scored.not_scored:,} more have no score), so "
            "there is nothing to compare with yet."
        )


def _judge(prepared: Prepared, scored: Scored, question: Question, auc: Estimate | None) -> Backtest:
    batch, cases, outcomes = prepared.batch, prepared.cases, prepared.outcomes
    precision, recall = bands.precision_and_recall(scored)
    done = Backtest(
        model=batch.model.name,
        version=batch.model.version,
        timezone=batch.model.timezone,
        score=scored.score,
        ready=scored.ready,
        setup=Setup(
            kind=cases.kind,
            won=outcomes.won,
            lost=outcomes.lost,
            opportunity=outcomes.opportunity,
            cuts=cases.cuts,
            within=cases.within,
            until=cases.until,
            seed=question.seed,
            min_count=question.min_count,
        ),
        population=_population(prepared, scored),
        base=bands.base_rate(scored),
        bands=bands.band_rows(scored),
        gains=bands.gain_rows(scored),
        auc=auc,
        precision=precision,
        recall=recall,
        opportunities=bands.opportunity_ratio(scored),
        lead_time=bands.lead_time(scored),
        rules=rule_rows(scored, question.min_count),
        periods=periods.period_rows(scored, question.periods),
        leaks=leaks(batch, scored, prepared.mapping, question.seed, question.min_count),
    )
    reads_fields = any(path[0] in ("lead", "account") for path in reads.paths(batch.model))
    return replace(
        done,
        checklist=checklist.checklist(done),
        notes=checklist.notes(done, current_fields=reads_fields and batch.data.fields == "current"),
    )


def _population(prepared: Prepared, scored: Scored) -> Population:
    frame = scored.frame
    won = int(frame["won"].sum())
    left_out = [LeftOut(reason, count) for reason, count in prepared.cases.left_out.items()]
    if scored.not_scored:
        left_out.append(LeftOut("outside the audience, or without a value of the score", scored.not_scored))
    still_open = frame["won"].null_count()
    return Population(
        leads=prepared.batch.lead_count,
        cases=frame.height,
        won=won,
        lost=frame.height - won - still_open,
        open=still_open,
        left_out=tuple(left_out),
    )
