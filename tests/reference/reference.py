"""`score_reference`: one lead at one as-of time, told from the whole history in the order of the language page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules_engine import feel
from rules_engine.model.types import Label, Model, Score
from tests.reference.conditions import MILLION, base_context, truth, value_of
from tests.reference.fold import Fold
from tests.reference.gates import GateBook
from tests.reference.history import Event, read_events, read_fields, to_datetime
from tests.reference.judge import Judge
from tests.reference.tallies import TallyBook


def score_reference(
    model: Model,
    lead: Mapping[str, object],
    account: Mapping[str, object],
    events: Iterable[Mapping[str, object]],
    as_of: int,
    slack: Mapping[str, int] | None = None,
) -> dict[str, object]:
    """All scores of a lead; amounts in micropoints, instants in microseconds UTC.

    `slack`: micropoints by which another implementation of the continuous laws may differ, by score; it widens the
    `earliest` and `latest` of band changes and marks scores as `fragile` whose band hangs on less than that.
    """
    history = read_events(model, events, as_of)
    base = base_context(model, read_fields(lead, model.lead_fields), read_fields(account, model.account_fields))
    if truth(model.audience, base) is not True:
        return {"scored": False, "scores": {}, "gates": [], "tallies": {}, "labels": {}, "unknown_labels": []}
    book = TallyBook(model, history, base)
    gates = GateBook(tuple(model.gates.values()), history, book, base)
    folds = {
        name: Fold(model, score, history, book, base, as_of)
        for name, score in model.scores.items()
        if not score.combine
    }
    judge = Judge(model, folds, history, book, gates, base, as_of, slack or {})
    scores = {name: _score(score, judge, as_of) for name, score in model.scores.items()}
    tallies = {**book.at_instant(as_of), **_stage_tallies(model, folds, history, as_of)}
    holding = gates.holding(as_of, book.at_instant(as_of))
    labels, unknown = _labels(model, scores, tallies, holding, book, base, as_of)
    return {
        "scored": True,
        "scores": scores,
        "gates": [(name, gates.until(name, as_of)) for name in model.gates if name in holding],
        "tallies": tallies,
        "labels": labels,
        "unknown_labels": unknown,
    }


def has_value(score: Score, judge: Judge) -> bool:
    """A score whose `needs` is not true has none; a combined score needs the values of all its parts."""
    scores = judge.model.scores
    context = {**judge.base, "tally": judge.book.at_instant(judge.as_of)}
    return truth(score.needs, context) is True and all(has_value(scores[name], judge) for name, _ in score.combine)


def _score(score: Score, judge: Judge, as_of: int) -> dict[str, object]:
    if not has_value(score, judge):
        return {"has_value": False, "band": None}
    fold = judge.folds.get(score.name)
    judged = judge.judge(score)
    rising = [entry for leaf in judge.leaves(score) for entry in judge.folds[leaf.name].ledger]
    increases = [entry.at for entry in rising if entry.kind in ("award", "set") and entry.effective > 0]
    return {
        "has_value": True,
        "start": score.start if fold else 0,
        "activity": fold.activity_at(as_of) if fold else 0,
        "profile": judge.profile(score, as_of),
        "contributions": judge.contributions(score, as_of),
        "total": judge.total(score, as_of),
        "cap": judge.cap(score, as_of),
        "reading": judge.reading(score, as_of),
        "band": judged.band,
        "band_since": judged.since,
        "initial_reading": judged.initial,
        "peak": judged.peak,
        "peak_at": judged.peak_at,
        "last_increase": max(increases, default=None),
        "ledger": [(e.at, e.kind, e.rule, e.nominal, e.effective, e.reason) for e in fold.ledger] if fold else [],
        "transitions": judged.transitions,
        "fragile": judged.fragile,
    }


def _stage_tallies(model: Model, folds: Mapping[str, Fold], history: list[Event], as_of: int) -> dict[str, object]:
    """D27: awards (nominal not 0, not limited away) of rules with that stage, over all scores, in the window."""
    counts: dict[str, object] = {}
    for name, tally in model.tallies.items():
        if tally.stage is None:
            continue
        if tally.per is not None:
            raise NotImplementedError("calendar windows of stage tallies")
        counts[name] = float(
            sum(
                rule.stage == tally.stage and (tally.within is None or at > as_of - tally.within)
                for fold in folds.values()
                for at, rule in fold.awarded
            )
        )
    return counts


def _labels(
    model: Model,
    scores: Mapping[str, dict[str, object]],
    tallies: Mapping[str, object],
    holding: set[str],
    book: TallyBook,
    base: Mapping[str, object],
    as_of: int,
) -> tuple[dict[str, object], list[str]]:
    """Labels in file order; a condition that is unknown counts as not true and names its label."""

    def moment(instant: object) -> object:
        return None if instant is None else to_datetime(instant, model.timezone)  # type: ignore[arg-type]

    def band(name: str) -> object:
        order = tuple(level.name for level in model.scores[name].bands)
        found = scores[name]["band"]
        return None if found is None else feel.values.BandName(found, order)  # type: ignore[call-arg]

    def reading(name: str) -> object:
        return scores[name]["reading"] / MILLION if scores[name]["has_value"] else None  # type: ignore[operator]

    first, last = book.first_and_last(as_of)
    labels: dict[str, object] = {}
    unknown: list[str] = []
    for label in model.labels.values():
        context = {
            **base,
            "tally": tallies,
            "score": {name: reading(name) for name in scores},
            "band": {name: band(name) for name in scores},
            "gate": {name: name in holding for name in model.gates},
            "label": dict(labels),
            "last": {name: moment(at) for name, at in last.items()},
            "first": {name: moment(at) for name, at in first.items()},
            "last_increase": {name: moment(found.get("last_increase")) for name, found in scores.items()},
            "now": to_datetime(as_of, model.timezone),
        }
        labels[label.name] = _label(label, context, unknown)
    return labels, unknown


def _label(label: Label, context: Mapping[str, object], unknown: list[str]) -> object:
    if label.formula is not None:
        value = value_of(label.formula, context)
        if value is None:
            unknown.append(label.name)
        return value
    for choice in label.choices:
        outcome = truth(choice.when, context)
        if outcome is None and label.name not in unknown:
            unknown.append(label.name)
        if outcome is True:
            return choice.name
    return None
