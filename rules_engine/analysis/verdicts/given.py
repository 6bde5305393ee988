"""What a lead is scored from, as a test says it."""

from __future__ import annotations

from collections.abc import Mapping

from rules_engine.engine import Engine
from rules_engine.records import dataclass
from rules_engine.result.types import Result


@dataclass(frozen=True, slots=True)
class Given:
    """A lead's fields, its account's and its events as `Engine.score` takes them, and the as-of time as text."""

    lead: Mapping[str, object]
    account: Mapping[str, object]
    events: tuple[Mapping[str, object], ...]
    as_of: str
    lead_id: str | None = None

    def score(self, engine: Engine) -> Result:
        return engine.score(self.lead, self.account, self.events, as_of=self.as_of, lead_id=self.lead_id)
