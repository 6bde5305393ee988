"""Typed models put together by hand, for cases that need no file and no loader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel import types as feel_types
from rules_engine.model.types import (
    Amount,
    BandLevel,
    Decay,
    EventRule,
    EventType,
    Field,
    FixedPoints,
    Gate,
    GroupCap,
    Inactivity,
    Model,
    Penalty,
    Score,
    Tally,
)

HERE = Span("", 0, 0, 1, 1, 1, 1)
POINT = 1_000_000
HOUR = 3_600_000_000
DAY = 24 * HOUR


def points(amount: float) -> int:
    return round(amount * POINT)


def rule(name: str, amount: float | None = None, event: str | None = None, **more: object) -> EventRule:
    """A rule for one event type (its own name, if none is given)."""
    worth = None if amount is None else FixedPoints(points(amount))
    return EventRule(name=name, span=HERE, events=(event or name,), points=worth, **more)  # type: ignore[arg-type]


def penalty(name: str, amount: float | None = None, *, share: float | None = None, **more: object) -> Penalty:
    remove = Amount(share=share) if amount is None else Amount(amount=points(amount))
    return Penalty(name=name, span=HERE, events=(name,), remove=remove, **more)  # type: ignore[arg-type]


def inactivity(after: int, every: int | None, amount: float | None = None, share: float | None = None) -> Inactivity:
    remove = Amount(share=share) if amount is None else Amount(amount=points(amount))
    return Inactivity(after=after, every=every, remove=remove, activity=None, any_event=False, span=HERE)


def steps(days: Mapping[int, float], delay: int = 0) -> Decay:
    return Decay("steps", ages=tuple(d * DAY for d in days), weights=tuple(days.values()), delay=delay)


def half_life(days: int, keep: float = 0.0, delay: int = 0) -> Decay:
    return Decay("half_life", period=days * DAY, keep=keep, delay=delay)


def linear(days: int, keep: float = 0.0, delay: int = 0) -> Decay:
    return Decay("linear", period=days * DAY, keep=keep, delay=delay)


def band(name: str, start: float | None = None, until: float | None = None, sticky: bool = False) -> BandLevel:
    return BandLevel(
        name=name,
        span=HERE,
        start=None if start is None else points(start),
        until=None if until is None else points(until),
        sticky=sticky,
    )


def score(name: str = "s", *rules: EventRule, **more: object) -> Score:
    more.setdefault("bands", (band("all"),))
    return Score(name=name, span=HERE, event_rules=rules, **more)  # type: ignore[arg-type]


def group(name: str, most: float) -> GroupCap:
    return GroupCap(name, points(most), HERE)


def gate(name: str, caps: Mapping[str, float], event: str, hold: int | None, until: Sequence[str] = ()) -> Gate:
    return Gate(
        name=name,
        span=HERE,
        events=(event,),
        is_event_gate=True,
        hold=hold,
        until_events=tuple(until),
        caps=tuple((target, points(cap)) for target, cap in caps.items()),
    )


def model(
    *scores: Score, events: Sequence[str], tallies: Sequence[Tally] = (), gates: Sequence[Gate] = (), **more: object
) -> Model:
    """A model whose event types all have one number `n` and one string `s`."""
    number = Field("n", feel_types.NUMBER, False, (), None, None, HERE)
    text = Field("s", feel_types.STRING, False, (), None, None, HERE)
    settings: dict[str, object] = {
        "name": "hand",
        "version": 1,
        "status": "draft",
        "effective": None,
        "owner": None,
        "timezone": "UTC",
        "sales_ready": 100 * POINT,
        "visit_gap": HOUR // 2,
        "dedupe_window": 30 * DAY,
        "review": None,
        "changes": (),
        "audience": None,
        "stages": (),
        "lead_fields": {},
        "account_fields": {},
        "constants": {},
        "labels": {},
        "accounts": {},
        "segments": {},
        "automations": {},
        "required_plugins": {},
        "file": "",
        "hash": "",
    }
    return Model(
        events={name: EventType(name, {"n": number, "s": text}, HERE) for name in events},
        tallies={tally.name: tally for tally in tallies},
        scores={one.name: one for one in scores},
        gates={one.name: one for one in gates},
        **{**settings, **more},  # type: ignore[arg-type]
    )
