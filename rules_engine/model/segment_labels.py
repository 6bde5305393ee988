"""Segments as labels: their conditions and orders are asked as if they were labels at the end of the model.

So they read the same names with the same meaning, and one look at a lead answers them along with its scores.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rules_engine.model.types import Formula, Label, LabelChoice, Model, Segment
from rules_engine.records import dataclass

IN = "in"


@dataclass(frozen=True, slots=True)
class SegmentLabels:
    """The names of the labels of a segment: `where` is `IN` for its leads, `order` what they are ordered by, if any."""

    segment: Segment
    where: str
    order: str

    @property
    def formula(self) -> Formula | None:
        """What orders the leads, highest or lowest first; None where nothing does."""
        return self.segment.highest or self.segment.lowest

    def labels(self) -> list[Label]:
        """Those of the model with segments."""
        segment = self.segment
        labels = [Label(self.where, segment.span, choices=(LabelChoice(IN, segment.where, segment.span),))]
        if self.formula is not None:
            labels.append(Label(self.order, segment.span, formula=self.formula))
        return labels


def with_segments(model: Model, segments: Iterable[Segment]) -> tuple[Model, tuple[SegmentLabels, ...]]:
    """The model with the labels of these segments, under names that it does not have, and these names.

    Events mean the same in it, and it keeps the hash of the model: states of leads go on with either.
    """
    added = tuple(_named(model, segment) for segment in segments)
    labels = {label.name: label for one in added for label in one.labels()}
    return replace(model, labels={**model.labels, **labels}), added


def _named(model: Model, segment: Segment) -> SegmentLabels:
    where, order = f"segment_{segment.name}", f"segment_{segment.name}_order"
    while where in model.labels or order in model.labels:
        where, order = f"{where}_", f"{order}_"
    return SegmentLabels(segment, where, order)
