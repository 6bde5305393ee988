"""Who is in a segment now: every lead of the store looked at, the condition and the order as the model says.

Condition and order are evaluated as labels at the end of the model, so they read the same names with the same meaning.
The cost is that of one look at each lead; nothing is saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rules_engine.engine import Engine
from rules_engine.live.store import LeadRow
from rules_engine.model.types import Label, LabelChoice, Segment
from rules_engine.records import dataclass
from rules_engine.result.types import Result

_IN = "in"


@dataclass(frozen=True, slots=True)
class SegmentMember:
    """A lead of a segment; `value` is what orders it, None where that is unknown or nothing orders."""

    lead_id: str
    value: float | None
    result: Result


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """A segment of the model, ready to be asked: `engine` has its condition and order as labels."""

    segment: Segment
    engine: Engine
    where: str
    order: str

    @classmethod
    def of(cls, engine: Engine, name: str) -> LiveSegment:
        """The segment of this name. Raises `KeyError`."""
        model = engine.model
        segment = model.segments[name]
        where, order = "segment_where", "segment_order"
        while {where, order} & model.labels.keys():
            where, order = f"{where}_", f"{order}_"
        labels = {
            **model.labels,
            where: Label(where, segment.span, choices=(LabelChoice(_IN, segment.where, segment.span),)),
        }
        formula = segment.highest or segment.lowest
        if formula is not None:
            labels[order] = Label(order, segment.span, formula=formula)
        # The meaning of events is the same, and so is the model's hash: its states go on with this engine, too.
        return cls(
            segment,
            Engine(replace(model, labels=labels), using=engine.extensions, compiled=engine.compiled),
            where,
            order,
        )

    def members(self, results: Iterable[tuple[LeadRow, Result]]) -> tuple[list[SegmentMember], int]:
        """The members in order, cut to `take`, and how many there are without the cut. Results are of `engine`."""
        found = []
        for row, result in results:
            if result.scored and result.labels.get(self.where) == _IN:
                value = result.labels.get(self.order)
                known = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
                found.append(SegmentMember(row.lead_id, known, result))
        sign = -1 if self.segment.highest is not None else 1
        found.sort(key=lambda one: (one.value is None, sign * (one.value or 0), one.lead_id))
        return found[: self.segment.take], len(found)
