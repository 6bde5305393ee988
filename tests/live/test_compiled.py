"""Folds as machine code give what the plain ones give: results, explanations, and the bytes of states."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from rules_engine.engine import Engine, LeadState, ScoringError
from rules_engine.result.plain import explanation_to_dict, result_to_dict
from rules_engine.result.types import Result
from tests.differential.histories import Case, cases, instants
from tests.differential.models import model_bodies
from tests.differential.running import as_yaml, load
from tests.differential.test_differential import long, short
from tests.live.test_live_random import once_each

DAY = 86_400_000_000
T0 = 1_790_000_000_000_000

MODEL = """
schema: 1
model: rooms
version: 1
fields: {lead: {size: number, worth: number}}
events: {visit: {page: string}, ask: {}, gift: {points: number}, leave: {}}
scores:
  heat:
    decay: {steps: {10 days: 0.5, 100 days: 0}}
    rules:
      page: {event: visit, points: 1, limit: {times: 1, per: day, each: event.page}}
      often: {event: visit, points: 2, limit: {times: 40, within: 300 days}}
      ask: {event: ask, points: 5}
      gift: {event: gift, points: event.points}
    penalties:
      leave: {event: leave, remove: 30%, over: 5 days}
    inactivity: {after: 20 days, remove: 10%, every: 5 days}
    bands: {cold: any, warm: 10, hot: 300}
  fit:
    rules:
      large: {when: lead.size > 10, points: 20}
      worth: {when: lead.worth != null, points: lead.worth}
    bands: {low: any, high: 20}
  both: {combine: {heat: 1, fit: 2}}
"""


def told(result: Result) -> tuple[object, object]:
    return result_to_dict(result), explanation_to_dict(result.explain()) if result.scored else None


def alike(body: dict[str, Any], case: Case, looks: list[int]) -> None:
    note(as_yaml(body))
    note(repr(case))
    plain = load(body)
    compiled = Engine(plain.model, compiled=True)
    assert told(compiled.score(case.lead, case.account, case.events, as_of=case.as_of)) == told(
        plain.score(case.lead, case.account, case.events, as_of=case.as_of)
    )
    events = once_each(case.events)
    states = [engine.start(case.lead, case.account) for engine in (plain, compiled)]
    before: int | None = None
    for look in [*sorted(look for look in looks if look < case.as_of), case.as_of]:
        new = [event for event in events if event["at"] <= look and (before is None or event["at"] > before)]
        kept = LeadState.from_bytes(states[0].to_bytes())
        stored = [engine.advance(kept, new, as_of=look) for engine in (plain, compiled)]
        found = [
            engine.advance(state, new, as_of=look) for engine, state in zip((plain, compiled), states, strict=True)
        ]
        for (state, result), (other, again) in (stored, found):
            assert told(again) == told(result)
            assert other.to_bytes() == state.to_bytes()
        states = [state for state, _ in found]
        before = look


@given(model_bodies(), cases(), st.lists(instants(), max_size=3))
@settings(short, max_examples=40)
def test_random_leads(body: dict[str, Any], case: Case, looks: list[int]) -> None:
    alike(body, case, looks)


@pytest.mark.long
@given(model_bodies(), cases(), st.lists(instants(), max_size=6))
@long
def test_random_leads_long(body: dict[str, Any], case: Case, looks: list[int]) -> None:
    alike(body, case, looks)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Engine]:
    path = tmp_path_factory.mktemp("model") / "v1.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return Engine.load(path), Engine.load(path, compiled=True)


def visits(count: int) -> list[dict[str, Any]]:
    """Many slots of limits, marks, entries, and things that are pending."""
    found: list[dict[str, Any]] = []
    for n in range(count):
        found.append({"type": "visit", "at": T0 + n * DAY // 7, "page": f"p{n % 3}"})
        found.append({"type": "leave" if n % 9 == 0 else "ask", "at": T0 + n * DAY // 7 + 1})
    return found


def test_buffers_grow(engines: tuple[Engine, Engine]) -> None:
    plain, compiled = (told(engine.score({"size": 30}, events=visits(600), as_of=T0 + 90 * DAY)) for engine in engines)
    assert compiled == plain


def test_buffers_grow_from_a_state(engines: tuple[Engine, Engine]) -> None:
    events, states = visits(600), []
    for engine in engines:
        state, _ = engine.advance(engine.start({"size": 30}), events[:1000], as_of=events[999]["at"])
        fresh = Engine(engine.model, compiled=engine.compiled)  # whose buffers are small
        states.append(fresh.advance(state, events[1000:], as_of=T0 + 90 * DAY)[0].to_bytes())
    assert states[0] == states[1]


def test_points_beyond_what_is_counted_are_refused(engines: tuple[Engine, Engine]) -> None:
    gifts = [{"type": "gift", "at": T0 + n * DAY, "points": 8e12} for n in range(12)]
    for engine in engines:
        with pytest.raises(ScoringError, match='Score "heat"'):
            engine.advance(engine.start({}), gifts, as_of=T0 + 12 * DAY)


def test_a_beginning_beyond_what_is_counted_is_refused(engines: tuple[Engine, Engine]) -> None:
    for engine in engines:
        with pytest.raises(ScoringError, match='Score "'):
            engine.score({"worth": 8e12}, events=visits(3), as_of=T0 + DAY)


def test_threads_share_an_engine(engines: tuple[Engine, Engine]) -> None:
    plain, compiled = engines
    histories = [visits(20 + n % 7) for n in range(60)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda events: told(compiled.score({}, events=events, as_of=T0 + 30 * DAY)), histories))
    assert found == [told(plain.score({}, events=events, as_of=T0 + 30 * DAY)) for events in histories]


def test_without_the_extra_it_says_what_to_install(engines: tuple[Engine, Engine], monkeypatch: Any) -> None:
    for name in ("rules_engine.machine.one_lead", "llvmlite", "llvmlite.binding"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setenv("RULES_ENGINE_CACHE_DIR", str(Path("nowhere")))
    from rules_engine.machine.folds import LIBRARY

    monkeypatch.setattr(LIBRARY, "_engines", {})
    LIBRARY.__dict__.pop("_key", None)
    with pytest.raises(ImportError, match=r"llvmlite.*pip install 'lead-rules-engine\[batch\]'"):
        Engine(engines[0].model, compiled=True)
