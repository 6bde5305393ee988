"""How the reading of a lead came about in time: the steps of its ledger with the decay between them."""

from __future__ import annotations

from rules_engine.batch.score import Batch
from rules_engine.matching.calendar import to_datetime
from rules_engine.model.types import Model
from rules_engine.records import dataclass
from rules_engine.result.types import Explanation, LedgerEntry, Result

MOST_STEPS = (
    30  # ledger entries, those with the largest effect, that the curve shows to the microsecond beside the latest
)
GRID = 48  # more points of the curve, evenly in time, so that decay between entries is seen
_AFTER = 1 / 20  # of the time before: how far the picture begins before the first entry


@dataclass(frozen=True, slots=True)
class Point:
    """The reading at an instant."""

    at: int
    reading: float


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the ledger, decay left out. `score` is where it stands, which for a combined score is a part."""

    at: int
    score: str
    kind: str
    rule: str
    event: str | None
    nominal: float
    effective: float
    reason: str | None
    reading: float | None  # of the score in the picture right after; None where it had no value


@dataclass(frozen=True, slots=True)
class LeadTimeline:
    """One lead. `marks`: the entries on the curve, `steps`: the latest, `steps_left_out`: how many came before them."""

    lead_id: str
    score: str
    reading: float
    band: str | None
    points: tuple[Point, ...]
    marks: tuple[Step, ...]
    steps: tuple[Step, ...]
    steps_left_out: int
    explanation: Explanation


def timeline(batch: Batch, lead_id: str, score: str, most_steps: int = 25) -> LeadTimeline | None:
    """The curve of one score of a lead; None where the lead is not scored or the score has no value."""
    result = batch.score_lead(lead_id)
    if result is None or not result.scored or not result.scores[score].has_value:
        return None
    entries = [
        (name, entry)
        for name in _parts(batch.model, score)
        for entry in result.scores[name].ledger
        if entry.kind != "decay"
    ]
    entries.sort(key=lambda found: found[1].at)
    shown = entries[-most_steps:]
    curve = _curve(batch, lead_id, score, result, [entry for _, entry in entries], [entry for _, entry in shown])
    after = {point.at: point.reading for point in curve}
    marks = [found for found in entries if found[1].at in after and found[1].effective]
    outcome = result.scores[score]
    return LeadTimeline(
        lead_id,
        score,
        outcome.reading / 1e6,
        outcome.band,
        curve,
        tuple(_step(name, entry, result, after) for name, entry in marks),
        tuple(_step(name, entry, result, after) for name, entry in shown),
        len(entries) - len(shown),
        result.explain(),
    )


def _parts(model: Model, score: str) -> list[str]:
    """The scores that have rules and make up `score`; itself where it is not combined."""
    combine = model.scores[score].combine
    return [part for name, _ in combine for part in _parts(model, name)] if combine else [score]


def _curve(
    batch: Batch,
    lead_id: str,
    score: str,
    result: Result,
    entries: list[LedgerEntry],
    shown: list[LedgerEntry],
) -> tuple[Point, ...]:
    """Readings right before and at the larger entries and those shown, and on a grid between; each scored as of its
    instant."""
    lead, account, events = batch.data.history(lead_id, to_datetime(batch.as_of, batch.engine.zone))
    starts = [event.at for event in result.events[:1]] + [entry.at for entry in entries[:1]]
    begin = min(starts, default=batch.as_of)
    begin -= max(int((batch.as_of - begin) * _AFTER), 1)
    largest = sorted(entries, key=lambda entry: -abs(entry.effective))[:MOST_STEPS]
    moments = {begin + (batch.as_of - begin) * i // GRID for i in range(GRID + 1)}
    moments.update(at for entry in (*largest, *shown) for at in (entry.at - 1, entry.at))
    moments.update(at for move in result.transitions if move.score == score for at in (move.at - 1, move.at))
    points = []
    for at in sorted(moments):
        then = batch.engine.score(lead, account, events, as_of=at, lead_id=lead_id).scores.get(score)
        if then is not None and then.has_value:
            points.append(Point(at, then.reading / 1e6))
    return tuple(points)


def _step(score: str, entry: LedgerEntry, result: Result, after: dict[int, float]) -> Step:
    event = None if entry.event is None else result.events[entry.event].type
    return Step(
        entry.at,
        score,
        entry.kind,
        entry.rule or entry.kind,
        event,
        entry.nominal / 1e6,
        entry.effective / 1e6,
        entry.reason,
        after.get(entry.at),
    )
