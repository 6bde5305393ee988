"""Which lines of a model's conditions came out true and which false for a lead: what coverage counts."""

from __future__ import annotations

from rules_engine.analysis.verdicts.as_of import AsOf, with_sales_ready
from rules_engine.analysis.verdicts.at_events import AtEvents
from rules_engine.analysis.verdicts.conditions import conditions_of
from rules_engine.analysis.verdicts.given import Given
from rules_engine.engine import Engine
from rules_engine.matching.conditions import truth

Seen = frozenset[tuple[str, bool]]
"""(name of a line, how it came out); lines that were unknown are not in it."""


class LinesSeen:
    """Made once for an engine, then asked for one lead after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        found = conditions_of(engine.model)
        self._at_events = [owned for owned in found if owned.at_events]
        self._standing = [owned for owned in found if not owned.at_events]
        lines = [with_sales_ready(line, owned.sales_ready) for owned in self._standing for line in owned.lines]
        self._names = [name for owned in self._standing for name in owned.line_names()]
        self._as_of = AsOf(engine, lines) if lines else None

    def of(self, given: Given) -> Seen:
        """Raises `InputError` as scoring does. Nothing is seen of a lead that is not scored."""
        if not given.score(self._engine).scored:
            return frozenset()
        seen: set[tuple[str, bool | None]] = set()
        looked = AtEvents(self._engine, given)
        for owned in self._at_events:
            names = owned.line_names()
            for number, _ in looked.events(owned):
                seen.update(zip(names, looked.verdicts(owned, number), strict=True))
        if self._as_of is not None:
            seen.update(zip(self._names, map(truth, self._as_of.answers(given)), strict=True))
        return frozenset((name, verdict) for name, verdict in seen if verdict is not None)
