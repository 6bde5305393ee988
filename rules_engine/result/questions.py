"""What is asked of every lead of a model beside its scores: labels and automations, and the names that they may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rules_engine.feel.values import BandName
from rules_engine.matching.calendar import moment_at
from rules_engine.matching.conditions import Paths, paths_of
from rules_engine.matching.prepared import Prepared
from rules_engine.matching.walk import Snapshot
from rules_engine.model.types import Formula
from rules_engine.result.fold_cells import FoldCells
from rules_engine.result.labels import PreparedAutomation, PreparedLabel, prepare_automations, prepare_labels
from rules_engine.result.timed import Timed, timed_of
from rules_engine.result.types import ScoreResult
from rules_engine.scoring.amounts import MICRO


@dataclass(frozen=True)
class Questions:
    """What is asked of every lead of a model: its rules, labels and automations."""

    prepared: Prepared
    labels: tuple[PreparedLabel, ...]
    automations: tuple[PreparedAutomation, ...]

    @classmethod
    def of(cls, prepared: Prepared) -> Questions:
        """Those of a model."""
        return cls(prepared, prepare_labels(prepared), prepare_automations(prepared))

    @cached_property
    def paths(self) -> Paths:
        """What the labels and automations read: roots, or roots and the names below them."""
        return frozenset(path[:2] for path in paths_of(self.formulas))

    @cached_property
    def orders(self) -> dict[str, tuple[str, ...]]:
        """The names of the bands of each score, lowest first."""
        scores = self.prepared.numbering.scores
        return {score.name: tuple(level.name for level in score.bands) for score in scores}

    @cached_property
    def fold_cells(self) -> FoldCells:
        """How folds are stored."""
        return FoldCells(self.prepared.plan)

    @cached_property
    def formulas(self) -> list[Formula]:
        """Every expression in labels and automations."""
        labels = [formula for label in self.labels for formula in label.formulas]
        return labels + [formula for one in self.automations for formula in one.formulas]

    @cached_property
    def timed(self) -> Timed:
        """What of these time alone can change."""
        return timed_of(self.prepared, self.formulas)

    def scope(
        self,
        lead: Mapping[str, object],
        account: Mapping[str, object],
        snapshot: Snapshot,
        scores: Mapping[str, ScoreResult],
        tallies: Mapping[str, object],
        now: int,
    ) -> dict[str, object]:
        """The names that labels, segments and automations may use, at `now`.

        Moments that nobody reads are left out: they are many and dear to make.
        """
        prepared, read = self.prepared, self.paths
        zone = prepared.calendar.zone

        def moment(instant: int | None) -> object:
            return None if instant is None else moment_at(instant, zone)

        def moments(root: str, instants: Iterable[tuple[str, int | None]]) -> dict[str, object]:
            whole = (root,) in read
            return {name: moment(at) for name, at in instants if whole or (root, name) in read}

        holding = {prepared.gates[g].gate.name for g, _ in snapshot.gates}
        return {
            "lead": lead,
            "account": account,
            "constants": prepared.constants,
            "score": {name: result.reading / MICRO if result.has_value else None for name, result in scores.items()},
            "band": {
                name: BandName(result.band, self.orders[name]) if result.band is not None else None
                for name, result in scores.items()
            },
            "gate": {gate.gate.name: gate.gate.name in holding for gate in prepared.gates},
            "label": {},
            "tally": dict(tallies),
            "first": moments("first", snapshot.tally_first.items()),
            "last": moments("last", snapshot.tally_last.items()),
            "last_increase": moments("last_increase", ((n, result.last_increase) for n, result in scores.items())),
            "now": moment(now) if ("now",) in read else None,
        }
