"""What is remembered and found by the text of an attribute says what the conditions say, one by one."""

from __future__ import annotations

import pytest

from rules_engine import feel
from rules_engine.engine import Engine

DAY = 86_400_000_000
CONDITIONS = {
    "one": 'event.path = "/a"',
    "several": 'event.path in ("/a", "/b")',
    "listed": 'event.path in ["/b", "/c"]',
    "begins": 'starts with(event.path, "/a")',
    "named": 'starts with(match: event.path, string: "/a/b/c")',
    "both": 'starts with(event.path, "/a") and event.path = "/a/b"',
    "twice": 'starts with(event.path, "/a") and starts with(event.path, "/a/b")',
    "narrowed": 'event.path in ("/a", "/b") and event.path in ("/b", "/c")',
    "other": 'event.path != null and event.path != "/a"',
    "either": 'event.path = "/a" or event.kind = "k"',
    "other_attribute": 'event.kind = "k"',
    "lead_first": 'lead.country = "FR" and event.path = "/a"',
    "lead_last": 'event.path = "/a" and lead.country = "FR"',
    "lead_and_number": 'event.path = "/a" and lead.country = "FR" and event.seconds > 5',
    "number": "event.seconds > 5",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    rules = "\n".join(f"      {name}: {{event: visit, when: '{when}', points: 1}}" for name, when in CONDITIONS.items())
    text = f"""
schema: 1
model: dispatch
version: 1
fields:
  lead: {{country: string}}
events:
  visit: {{path: string, kind: string, seconds: number}}
scores:
  s:
    rules:
{rules}
"""
    path = tmp_path_factory.mktemp("dispatch") / "v1.yaml"
    path.write_text(text, encoding="utf-8")
    return Engine.load(path, discover=False)


@pytest.mark.parametrize("country", ["FR", "DE", None])
@pytest.mark.parametrize("path", ["/a", "/a/b", "/a/b/c", "/b", "/c", "", "/d", None])
@pytest.mark.parametrize("kind", ["k", "l", None])
def test_each_rule_does_what_its_condition_says(
    engine: Engine, country: str | None, path: str | None, kind: str | None
) -> None:
    events = [
        {"type": "visit", "at": n * DAY, "path": path, "kind": kind, "seconds": seconds}
        for n, seconds in enumerate([3, 8, None])
    ]
    result = engine.score({"country": country}, events=events, as_of=9 * DAY)
    for rule in result.scores["s"].rules:
        scopes = [{"lead": {"country": country}, "event": event} for event in events]
        said = [feel.evaluate(CONDITIONS[rule.rule], scope) for scope in scopes]
        assert (rule.fired, rule.not_fired, rule.unknown) == (said.count(True), said.count(False), said.count(None))
