"""What plugins add: laws, actions, requirements (RE206, RE207, RE403, RE451, RE485, RE494), checks (RE490 to RE493)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rules_engine.diagnostics import Severity
from rules_engine.model import Extensions, Law, load_text
from rules_engine.model.extensions import Action, Check, Finding
from rules_engine.model.types import Model
from rules_engine.plugins import guard

DAY = 86_400_000_000
HEAD = "schema: 1\nmodel: b2b\nversion: 1\nevents: {demo: {}}\n"


def table(parameters: Mapping[str, Any]) -> Sequence[tuple[int, float]]:
    days = parameters["days"]
    if days == 13:
        raise RuntimeError("unlucky")
    if days == 14:
        return [(DAY, 0.5), (DAY, 0.2)]
    return [(days * DAY, 0.5), (2 * days * DAY, 0.0)]


def refuse(delivery: object) -> None:
    raise AssertionError("nothing is delivered here")


LAW = Law("office_days", {"type": "object", "required": ["days"], "properties": {"days": {"type": "integer"}}}, table)
NOTIFY = {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}}, "additionalProperties": False}
USING = Extensions(
    laws={"office_days": LAW}, actions={"notify": Action("notify", NOTIFY, refuse)}, plugins={"office": "1.4.0"}
)


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
    assert codes(with_action("{action: page_somebody}")) == ["RE494"]
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


@pytest.mark.parametrize(
    ("severity", "code"), [(Severity.ERROR, "RE490"), (Severity.WARNING, "RE491"), (Severity.HINT, "RE492")]
)
def test_what_a_check_finds_is_shown_at_its_place(severity: Severity, code: str) -> None:
    def short_names(model: Model) -> list[Finding]:
        return [Finding("too short", score.span, "longer", severity) for score in model.scores.values()]

    using = Extensions(checks=(guard.check("house", Check("short_names", short_names)),))
    loaded = load_text(HEAD + with_decay("none"), "m.yaml", using)
    assert [(f.code, f.message, f.help, str(f.span)) for f in loaded.diagnostics] == [
        (code, "too short (short_names, plugin house)", "longer", "m.yaml:5:10")
    ]
    assert (loaded.model is None) == (severity is Severity.ERROR)


@pytest.mark.parametrize("answer", [None, ["too short"], ZeroDivisionError("oh")])
def test_a_check_that_fails_is_named(answer: object) -> None:
    def broken(model: Model) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    using = Extensions(checks=(guard.check("house", Check("broken", broken)),))
    (found,) = load_text(HEAD + with_decay("none"), "m.yaml", using).diagnostics
    assert found.code == "RE493"
    assert 'The plugin "house" failed in its check "broken"' in found.message


def test_a_check_cannot_change_the_model() -> None:
    def meddle(model: Model) -> list[Finding]:
        model.scores.clear()  # type: ignore[attr-defined]  # that it cannot is what is tested
        return []

    using = Extensions(checks=(guard.check("house", Check("meddle", meddle)),))
    assert [f.code for f in load_text(HEAD + with_decay("none"), "m.yaml", using).diagnostics] == ["RE493"]
