"""Runs candidates and keeps those that show something of what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from rules_engine.analysis.coverage import Item, Kind, measure
from rules_engine.analysis.gaps.candidate import AccountCandidate, Candidate, TriedEvent, Values
from rules_engine.analysis.gaps.solve import Solver
from rules_engine.analysis.gaps.values import values_of
from rules_engine.analysis.verdicts.seen import LinesSeen
from rules_engine.engine import Engine, InputError, ScoringError
from rules_engine.model.types import Field
from rules_engine.records import dataclass
from rules_engine.result.types import AccountResult, Result

Key: TypeAlias = tuple[Kind, str]
Tried: TypeAlias = Candidate | AccountCandidate
MOST_RUNS = 4_000


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a candidate: its results, and everything it has seen of the model."""

    candidate: Tried
    results: tuple[Result, ...]
    account: AccountResult | None
    seen: frozenset[Key]


class Search:
    """Knows what is left to show, and the runs that showed something."""

    def __init__(self, solver: Solver, missing: Iterable[Item]) -> None:
        self.engine: Engine = solver.engine
        self.left: dict[Key, Item] = {(item.kind, item.name): item for item in missing}
        self.kept: list[Run] = []
        self._lines = LinesSeen(self.engine)
        self._solver = solver
        self._runs = 0
        model = self.engine.model
        inside = None
        if model.audience is not None:
            inside = next(solver.solve(model.audience, True, model.sales_ready), None)
        self._inside: Values = {} if inside is None else inside.lead
        self._inside_account: Values = {} if inside is None else inside.account

    @property
    def is_over(self) -> bool:
        return not self.left or self._runs >= MOST_RUNS

    def attempt(self, candidate: Tried) -> Run | None:
        """Runs a candidate and keeps it if it shows something new. None where it cannot be scored."""
        if self.is_over:
            return None
        run = self.run(self.complete(candidate))
        if run is not None and run.seen & self.left.keys():
            self.kept.append(run)
            for key in run.seen:
                self.left.pop(key, None)
        return run

    def run(self, candidate: Tried) -> Run | None:
        """What comes of a candidate as it is."""
        self._runs += 1
        members = (candidate,) if isinstance(candidate, Candidate) else candidate.with_account()
        given = [member.given(str(number)) for number, member in enumerate(members, 1)]
        try:
            results = tuple(one.score(self.engine) for one in given)
            account = None
            if isinstance(candidate, AccountCandidate):
                pairs = [(one.lead, result) for one, result in zip(given, results, strict=True)]
                account = self.engine.score_account(dict(candidate.account), pairs, as_of=candidate.as_of)
            lines = {line for one in given for line in self._lines.of(one)}
        except (InputError, ScoringError):
            return None  # such as values beyond the limit: no example to propose
        covered = measure(self.engine.model, results, [] if account is None else [account], lines)
        return Run(
            candidate, results, account, frozenset((item.kind, item.name) for item in covered.items if item.seen)
        )

    def complete(self, candidate: Tried) -> Tried:
        """With the fields that are required, and those that put a lead into the audience where it says nothing else."""
        if isinstance(candidate, AccountCandidate):
            return candidate
        model = self.engine.model
        return replace(
            candidate,
            lead={**self._required(model.lead_fields), **self._inside, **candidate.lead},
            account={**self._required(model.account_fields), **self._inside_account, **candidate.account},
            events=tuple(self._whole(event) for event in candidate.events),
        )

    def _whole(self, event: TriedEvent) -> TriedEvent:
        required = self._required(self.engine.model.events[event.type].attributes)
        return replace(event, attributes={**required, **event.attributes}) if required else event

    def _required(self, declared: Mapping[str, Field]) -> Values:
        return {
            name: values_of(field, (), self._solver.as_of, self.engine.zone, 3)[0]
            for name, field in declared.items()
            if field.required
        }
