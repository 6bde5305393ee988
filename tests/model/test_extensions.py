"""What plugins add: laws of decay, actions, and requirements (RE206, RE207, RE403, RE451, RE485)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rules_engine.model import Extensions, Law, load_text

DAY = 86_400_000_000
HEAD = "schema: 1\nmodel: b2b\nversion: 1\nevents: {demo: {}}\n"


def table(parameters: Mapping[str, Any]) -> Sequence[tuple[int, float]]:
    days = parameters["days"]
    if days == 13:
        raise RuntimeError("unlucky")
    if days == 14:
        return [(DAY, 0.5), (DAY, 0.2)]
    return [(days * DAY, 0.5), (2 * days * DAY, 0.0)]


LAW = Law("office_days", {"type": "object", "required": ["days"], "properties": {"days": {"type": "integer"}}}, table)
NOTIFY = {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}}, "additionalProperties": False}
USING = Extensions(laws={"office_days": LAW}, actions={"notify": NOTIFY}, plugins={"office": "1.4.0"})


def codes(text: str) -> list[str]:
    return [finding.code for finding in load_text(HEAD + text, "model.yaml", USING).diagnostics]


def with_decay(decay: str) -> str:
    return f"scores: {{s: {{rules: {{d: {{event: demo, points: 5, decay: {decay}}}}}}}}}\n"


def with_action(action: str) -> str:
    return (
        "scores: {s: {rules: {d: {event: demo, points: 5}}, bands: {cold: any, hot: 5}}}\n"
        f'automations:\n  a:\n    when: band.s = "hot"\n    do: [{action}]\n'
    )


def test_a_law_becomes_steps() -> None:
    model = load_text(HEAD + with_decay("{law: office_days, days: 10, keep: 0.1, delay: 2 days}"), "m", USING).model
    assert model is not None
    decay = model.scores["s"].event_rules[0].decay
    assert decay is not None
    assert (decay.ages, decay.weights, decay.delay) == ((10 * DAY, 20 * DAY), (0.5, 0.1), 2 * DAY)


@pytest.mark.parametrize(
    ("decay", "code"),
    [
        ("{law: ofice_days, days: 10}", "RE206"),
        ("{law: office_days}", "RE451"),
        ("{law: office_days, days: ten}", "RE451"),
        ("{law: office_days, days: 13}", "RE451"),
        ("{law: office_days, days: 14}", "RE451"),
    ],
)
def test_a_law_that_does_not_fit(decay: str, code: str) -> None:
    assert codes(with_decay(decay)) == [code]


def test_actions() -> None:
    assert codes(with_action("{action: notify, to: sales}")) == []
    assert codes(with_action("{action: notfy, to: sales}")) == ["RE207"]
    assert codes(with_action("{action: notify, two: sales}")) == ["RE485"]
    unchecked = load_text(HEAD + with_action("{action: anything}"), "m")
    assert unchecked.diagnostics == ()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ('{office: ">=1.2,<2"}', []),
        ('{office: "==1.4"}', []),
        ('{office: ">=1.10"}', ["RE403"]),
        ('{offic: ">=1"}', ["RE403"]),
    ],
)
def test_required_plugins(wanted: str, expected: list[str]) -> None:
    assert codes(f"requires: {{plugins: {wanted}}}\n" + with_decay("none")) == expected
