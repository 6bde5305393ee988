"""What a shell is offered when somebody presses the tab key."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from rules_engine.cli.main import app

REPOSITORY = Path(__file__).resolve().parents[2]
SEVERAL = """\
schema: 1
model: several
version: 2
events: {view: {}}
scores:
  interest:
    title: How much of a product
    for_each: {product: [crm, analytics]}
    rules: {view: {event: view, points: 1}}
  fit: {rules: {}}
"""


def offered(line: str) -> dict[str, str | None]:
    """What is offered for the last word of a command line, with what is shown beside it."""
    words = shlex.split(line)[1:]
    typed = "" if line.endswith(" ") else words.pop()
    found = ShellComplete(app, {}, "rules", "_RULES_COMPLETE").get_completions(words, typed)
    return {item.value: item.help for item in found}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("rules ch", ["check"]),
        ("rules check --se", ["--select"]),
        ("rules check --format g", ["github"]),
        ("rules explain-code RE40", [f"RE40{n}" for n in range(10)]),
        ("rules explain-code re405", ["RE405"]),
        ("rules check models --ignore RE7,RE40", [f"RE7,RE40{n}" for n in range(10)]),
        ("rules score rulesets/b2b_saas --version ", ["1", "2", "3"]),
        ("rules segments rulesets/online_retail/v2.yaml --only w", ["wake_up"]),
        (
            "rules diff rulesets/b2b_saas/v2.yaml rulesets/b2b_saas/v3.yaml --by in",
            ["interest_crm", "interest_analytics"],
        ),
        ("rules score nowhere --by ", []),
        ("rules score README.md --by ", []),
        ("rules score --by ", []),
    ],
)
def test_offers(line: str, values: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert list(offered(line)) == values


def test_titles_are_shown_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("v2.yaml").write_text(SEVERAL, encoding="utf-8")
    assert offered("rules score . --by ") == {
        "interest_crm": "How much of a product",
        "interest_analytics": "How much of a product",
        "fit": None,
    }
    assert offered("rules explain-code RE750") == {"RE750": "Review overdue"}
