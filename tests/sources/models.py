"""Small models for tests of data input: only what reading looks at, declared fields and event types."""

from __future__ import annotations

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DATE_AND_TIME,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    ListOf,
    Type,
)
from rules_engine.model.types import EventType, Field, Model

NOWHERE = Span("", 0, 0, 1, 1, 1, 1)
TYPES: dict[str, Type] = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "date": DATE,
    "date and time": DATE_AND_TIME,
    "days and time duration": DAYS_TIME_DURATION,
    "list<string>": ListOf(STRING),
    "list<number>": ListOf(NUMBER),
    "list<date>": ListOf(DATE),
}


def field(name: str, type: str, **more: object) -> Field:
    return Field(
        name,
        TYPES[type],
        bool(more.get("required", False)),
        tuple(more.get("one_of", ())),  # type: ignore[arg-type]
        more.get("min"),  # type: ignore[arg-type]
        more.get("max"),  # type: ignore[arg-type]
        NOWHERE,
    )


def fields(declared: dict[str, object]) -> dict[str, Field]:
    """{"country": "string", "nps": {"type": "number", "max": 10}}"""
    return {
        name: field(name, **spec) if isinstance(spec, dict) else field(name, str(spec))
        for name, spec in declared.items()
    }


def model(
    lead: dict[str, object] | None = None,
    account: dict[str, object] | None = None,
    events: dict[str, dict[str, object]] | None = None,
    timezone: str = "UTC",
) -> Model:
    return Model(
        name="test", version=1, status="draft", effective=None, owner=None, timezone=timezone,
        sales_ready=100_000_000, visit_gap=1_800_000_000, dedupe_window=30 * 86_400_000_000, review=None, changes=(),
        audience=None, stages=(), lead_fields=fields(lead or {}), account_fields=fields(account or {}),
        events={name: EventType(name, fields(spec), NOWHERE) for name, spec in (events or {}).items()},
        constants={}, tallies={}, scores={}, gates={}, labels={}, accounts={}, segments={}, automations={},
        required_plugins={}, file="model.yaml", hash="",
    )  # fmt: skip
