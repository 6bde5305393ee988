"""Who is in a segment now: every lead of the store looked at, the condition and the order as the model says.

The cost is that of one look at each lead; nothing is saved.
"""

from __future__ import annotations

from collections.abc import Iterable

from rules_engine.engine import Engine
from rules_engine.live.store import LeadRow
from rules_engine.model.segment_labels import IN, SegmentLabels, with_segments
from rules_engine.records import dataclass
from rules_engine.result.types import Result


@dataclass(frozen=True, slots=True)
class SegmentMember:
    """A lead of a segment; `value` is what orders it, None where that is unknown or nothing orders."""

    lead_id: str
    value: float | None
    result: Result


@dataclass(frozen=True, slots=True)
class LiveSegment:
    """A segment of the model, ready to be asked: `engine` has its condition and order as labels."""

    asked: SegmentLabels
    engine: Engine

    @classmethod
    def of(cls, engine: Engine, name: str) -> LiveSegment:
        """The segment of this name. Raises `KeyError`."""
        model, (asked,) = with_segments(engine.model, [engine.model.segments[name]])
        return cls(asked, Engine(model, using=engine.extensions, compiled=engine.compiled))

    def members(self, results: Iterable[tuple[LeadRow, Result]]) -> tuple[list[SegmentMember], int]:
        """The members in order, cut to `take`, and how many there are without the cut. Results are of `engine`."""
        segment = self.asked.segment
        found = []
        for row, result in results:
            if result.scored and result.labels.get(self.asked.where) == IN:
                value = result.labels.get(self.asked.order)
                known = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
                found.append(SegmentMember(row.lead_id, known, result))
        sign = -1 if segment.highest is not None else 1
        found.sort(key=lambda one: (one.value is None, sign * (one.value or 0), one.lead_id))
        return found[: segment.take], len(found)
