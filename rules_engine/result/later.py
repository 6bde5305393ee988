"""What a result can still tell when asked: the forecast, the next instant that matters, the explanation."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from rules_engine.matching.history import History
from rules_engine.matching.match import Matched
from rules_engine.matching.prepare import Prepared
from rules_engine.model.types import Formula
from rules_engine.result.build import values_of_scores
from rules_engine.result.due import next_due
from rules_engine.result.explain import explain
from rules_engine.result.labels import PreparedAutomation, PreparedLabel, result_scope
from rules_engine.result.names import transitions
from rules_engine.result.run import Run, look_ahead
from rules_engine.result.types import Explanation, Result, Transition


class LaterOf:
    """Holds on to one lead's history. Everything here is a function of it, computed once when first asked for.

    `again` scores the same lead, with the same events, at a later instant.
    """

    def __init__(
        self,
        prepared: Prepared,
        labels: tuple[PreparedLabel, ...],
        automations: tuple[PreparedAutomation, ...],
        history: History,
        matched: Matched,
        run: Run,
        as_of: int,
        again: Callable[[int], Result],
    ) -> None:
        self.prepared = prepared
        self.labels = labels
        self.automations = automations
        self.history = history
        self.matched = matched
        self.run = run
        self.as_of = as_of
        self.again = again

    @cached_property
    def _ahead(self) -> Run:
        return look_ahead(self.prepared, self.matched, self.run, self.as_of)

    @cached_property
    def _forecast(self) -> tuple[Transition, ...]:
        return transitions(self.prepared, self._ahead.moves, values_of_scores(self.prepared, self.history))

    @cached_property
    def _next_due(self) -> int | None:
        return next_due(self)

    def forecast(self) -> tuple[Transition, ...]:
        return self._forecast

    def next_due(self) -> int | None:
        return self._next_due

    def ledger_ahead(self) -> list[int]:
        """The kernel's ledger of the forecast."""
        return self._ahead.ledger

    def timed_formulas(self) -> list[Formula]:
        """The formulas of labels and automations, which may change by time alone."""
        labels = [formula for label in self.labels for formula in label.formulas]
        return labels + [formula for automation in self.automations for formula in automation.formulas]

    def scope(self) -> dict[str, object]:
        """The names that labels read, at the as-of time."""
        result = self.again(self.as_of)
        scope = result_scope(
            self.prepared,
            self.history.lead,
            self.history.account,
            self.matched.snapshot,
            result.scores,
            result.tallies,
            self.as_of,
        )
        scope["label"] = dict(result.labels)
        return scope

    def explain(self, result: Result) -> Explanation:
        return explain(self.prepared, self.history, self.matched, result)
