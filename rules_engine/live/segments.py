"""Who is in a segment now: every lead of the store looked at, the condition and the order as the model says.

The cost is that of one look at each lead; nothing is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_engine.engine import Engine
from rules_engine.live.failure import Failure
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
class SegmentNow:
    """The members in order, how many there are without `take`, and the leads of whom nobody knows, as a plugin failed
    on them or an expression asked for too much."""

    members: list[SegmentMember]
    found: int
    failures: tuple[Failure, ...]


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

    def member(self, lead_id: str, result: Result) -> SegmentMember | None:
        """The lead, if it is in the segment; its result is of `engine`. Raises what its condition and order raise."""
        if not result.scored or result.labels.get(self.asked.where) != IN:
            return None
        value = result.labels.get(self.asked.order)
        known = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        return SegmentMember(lead_id, known, result)

    def now(self, members: Iterable[SegmentMember], failures: Sequence[Failure]) -> SegmentNow:
        """The members in order, cut to `take`."""
        segment = self.asked.segment
        sign = -1 if segment.highest is not None else 1
        found = sorted(members, key=lambda one: (one.value is None, sign * (one.value or 0), one.lead_id))
        return SegmentNow(found[: segment.take], len(found), tuple(failures))
