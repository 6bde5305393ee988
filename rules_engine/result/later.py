"""What a result tells when asked: everything in it, the forecast, the next instant that matters, the explanation.

A `Result` is read off here, piece by piece, when a piece is first looked at. What it is read off (a `Run`) is never
changed, so nobody can tell when that was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import TypeVar

from rules_engine.feel.values.zones import database_release
from rules_engine.matching.conditions import truth
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import Event, Row, events_of
from rules_engine.matching.match import lead_scope
from rules_engine.matching.prepared import Prepared
from rules_engine.result.build import (
    gates_of,
    score_results,
    tallies_of,
    values_of_scores,
)
from rules_engine.result.due import next_due
from rules_engine.result.explain import explain
from rules_engine.result.labels import evaluate_labels
from rules_engine.result.names import transitions
from rules_engine.result.questions import Questions
from rules_engine.result.run import HORIZON, Run, look_ahead
from rules_engine.result.types import DataProblem, Explanation, GateResult, Result, ScoreResult, Transition

T = TypeVar("T")


class LaterOf:
    """One lead at its as-of time; all is computed once, when first asked for.

    `opening` is the run that the ledger goes on from, at the last advance (`since`) of a live lead; `first_event` is
    the number of the first of `events` in the lead's whole history.
    """

    __slots__ = (
        "_ahead",
        "_lock",
        "_read",
        "account",
        "events",
        "first_event",
        "lead",
        "lead_id",
        "opening",
        "problems",
        "questions",
        "run",
        "since",
    )

    def __init__(
        self,
        questions: Questions,
        lead: dict[str, object],
        account: dict[str, object],
        events: tuple[Row, ...],
        problems: tuple[Problem, ...],
        run: Run,
        lead_id: str | None,
        first_event: int,
        opening: Run | None,
        since: int | None = None,
    ) -> None:
        self.questions = questions
        self.lead = lead
        self.account = account
        self.events = events
        self.problems = problems
        self.run = run
        self.lead_id = lead_id
        self.first_event = first_event
        self.opening = opening
        self.since = since
        self._read: dict[str, object] = {}
        self._ahead: Run | None = None
        self._lock = RLock()

    @property
    def prepared(self) -> Prepared:
        return self.questions.prepared

    @property
    def as_of(self) -> int:
        return self.run.walk.at

    def scope(self) -> dict[str, object]:
        """The names that conditions on fields may use."""
        return lead_scope(self.prepared, self.lead, self.account)

    def result(self) -> Result:
        """The result that reads from here."""
        return Result.reading_from(self)

    def read(self, name: str) -> object:
        """One attribute of the result."""
        known = _KNOWN.get(name)
        if known is not None:
            return known(self)
        with self._lock:
            if name not in self._read:
                if name in ("labels", "unknown_labels", "automations"):
                    self._judge()
                else:
                    self._read[name] = _READERS[name](self)
            return self._read[name]

    # --- what the result holds --------------------------------------------------------------------------------------

    def valued(self) -> list[bool]:
        """Which scores have a value."""
        prepared = self.questions.prepared
        if not prepared.has_needs:
            return [True] * len(prepared.needs)
        return self._once("valued", lambda: values_of_scores(self.prepared, self.scope()))

    def _once(self, name: str, compute: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._read:
                self._read[name] = compute()
            return self._read[name]  # type: ignore[return-value]  # what `compute` gave

    def scores(self) -> dict[str, ScoreResult]:
        return score_results(self.prepared, self.run, self.valued(), self.first_event, self.opening)

    def tallies(self) -> dict[str, object]:
        return tallies_of(self.prepared, self.run)

    def gates(self) -> tuple[GateResult, ...]:
        return gates_of(self.prepared, self.run.walk)

    def transitions(self) -> tuple[Transition, ...]:
        return transitions(self.prepared, self.run.moves, self.valued())

    def told_events(self) -> tuple[Event, ...]:
        return events_of(self.events)

    def told_problems(self) -> tuple[DataProblem, ...]:
        return tuple(DataProblem(problem.where, problem.problem) for problem in self.problems)

    def label_scope(self) -> dict[str, object]:
        """The names that the model's labels and automations read, at the as-of time; without the labels."""
        scores: Mapping[str, ScoreResult] = self.read("scores")  # type: ignore[assignment]
        tallies: Mapping[str, object] = self.read("tallies")  # type: ignore[assignment]
        snapshot = self.run.walk.snapshot(self.prepared)
        return self.questions.scope(self.lead, self.account, snapshot, scores, tallies, self.as_of)

    def _judge(self) -> None:
        scope = self.label_scope()
        values, unknown = evaluate_labels(self.questions.labels, scope)
        self._read["labels"] = values
        self._read["unknown_labels"] = tuple(unknown)
        self._read["automations"] = {a.name: truth(a.when(scope)) for a in self.questions.automations}

    # --- what time brings -------------------------------------------------------------------------------------------

    def ahead(self) -> Run:
        """The lead at the horizon of the forecast if nothing happens."""
        with self._lock:
            if self._ahead is None:
                self._ahead = look_ahead(self.prepared, self.run, self.scope(), self.as_of + HORIZON)
            return self._ahead

    def at(self, instant: int) -> LaterOf:
        """The lead at a later instant if nothing happens until then."""
        if instant == self.as_of:
            return self
        run = look_ahead(self.prepared, self.run, self.scope(), instant)
        return LaterOf(self.questions, self.lead, self.account, (), (), run, self.lead_id, run.walk.events, None)

    def forecast(self) -> tuple[Transition, ...]:
        return self._once("forecast", lambda: transitions(self.prepared, self.ahead().moves, self.valued()))

    def next_due(self) -> int | None:
        return self._once("next_due", lambda: next_due(self))

    def due_before(self, instant: int) -> int | None:
        return next_due(self, instant)

    def explain(self, result: Result) -> Explanation:
        return explain(self.prepared, self.lead, self.account, result)


_KNOWN: dict[str, Callable[[LaterOf], object]] = {  # what costs nothing to tell
    "model": lambda later: later.prepared.model.name,
    "version": lambda later: later.prepared.model.version,
    "model_hash": lambda later: later.prepared.model.hash,
    "lead_id": lambda later: later.lead_id,
    "as_of": lambda later: later.as_of,
    "timezone": lambda later: later.prepared.model.timezone,
    "tzdata": lambda later: database_release(),
    "scored": lambda later: True,
    "fields": lambda later: "current",
    "since": lambda later: later.since,
}
_READERS: dict[str, Callable[[LaterOf], object]] = {
    "scores": LaterOf.scores,
    "events": LaterOf.told_events,
    "gates": LaterOf.gates,
    "tallies": LaterOf.tallies,
    "transitions": LaterOf.transitions,
    "problems": LaterOf.told_problems,
}
