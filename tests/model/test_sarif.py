"""SARIF output is what the standard and code-scanning hosts ask for (`sarif_rules`), and says what was found."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rules_engine.analysis.lints.files import findings_of
from rules_engine.diagnostics import Diagnostic, Related, Severity, Source, Span, render
from rules_engine.diagnostics.codes import CODES
from tests.model.sarif_rules import problems

CASES = Path(__file__).resolve().parents[1] / "cases"
FILE = Span("my models/größe 100%.yaml", 0, 3, 1, 1, 1, 4)
NOWHERE = Span("", 0, 3, 1, 1, 1, 4)
FOUND = [
    Diagnostic(
        "RE201",
        Severity.ERROR,
        "Wrong.",
        FILE,
        "Mend it.",
        (Related("the first", FILE), Related("the text", NOWHERE), Related("the third", FILE)),
    ),
    Diagnostic("RE731", Severity.HINT, "Fades.", FILE),
    Diagnostic("RE405", Severity.WARNING, "Not locked."),
    Diagnostic("RE405", Severity.WARNING, "A text without a file.", NOWHERE),
    Diagnostic("XX001", Severity.WARNING, "Of a plugin.", FILE),
]


def log_of(findings: list[Diagnostic]) -> Any:
    return json.loads(render(findings, "sarif"))


@pytest.mark.parametrize("findings", [[], FOUND], ids=["none", "some"])
def test_is_valid(findings: list[Diagnostic]) -> None:
    assert problems(log_of(findings)) == []


def test_what_is_found_in_all_broken_files_is_valid() -> None:
    files = [*sorted(CASES.glob("broken/*.yaml")), *sorted(CASES.glob("lints/*.yaml"))]
    assert problems(log_of([found for file in files for found in findings_of(file, today=date(2026, 6, 15))])) == []


def test_all_codes_as_rules_are_valid() -> None:
    assert problems(log_of([Diagnostic(code, CODES[code].severity, "Wrong.", FILE) for code in CODES])) == []


def test_results_are_what_has_a_place_and_the_rest_is_told_beside_them() -> None:
    (run,) = log_of(FOUND)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["RE201", "RE731", "XX001"]
    (invocation,) = run["invocations"]
    assert [
        (told["message"]["text"], told["level"], rules[told["associatedRule"]["index"]])
        for told in invocation["toolExecutionNotifications"]
    ] == [("Not locked.", "warning", "RE405"), ("A text without a file.", "warning", "RE405")]


def test_lines_and_columns_are_counted_as_the_log_says() -> None:
    (run,) = log_of([])["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    for line_end in run["newlineSequences"]:
        assert Source.of("v1.yaml", f"a: 😀{line_end}b: é?").position(4 + len(line_end) + 4) == (2, 5)
    assert set(run["newlineSequences"]) == {"\n", "\r\n", "\r"}


def test_related_places_are_those_in_files() -> None:
    related = log_of(FOUND)["runs"][0]["results"][0]["relatedLocations"]
    assert [(place["id"], place["message"]["text"]) for place in related] == [(1, "the first"), (2, "the third")]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("my models/größe 100%.yaml", "my%20models/gr%C3%B6%C3%9Fe%20100%25.yaml"),
        ("{here}/models/v1.yaml", "models/v1.yaml"),
        ("{here}x/v 1.yaml", "file://{here}x/v%201.yaml"),
        ("./a:b/v1.yaml", "a%3Ab/v1.yaml"),
        ("../{name}/models/v1.yaml", "models/v1.yaml"),
        ("models/../../x/v1.yaml", "file://{parent}/x/v1.yaml"),
    ],
)
def test_files_are_relative_where_they_can_be(
    file: str, uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"here": tmp_path.as_posix(), "name": tmp_path.name, "parent": tmp_path.parent.as_posix()}
    log = log_of([Diagnostic("RE201", Severity.ERROR, "Wrong.", Span(file.format(**names), 0, 3, 1, 1, 1, 4))])
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": uri.format(**names)}
    assert problems(log) == []


# --- the rules themselves: each sees what breaks it -----------------------------------------------------------------


def _result(log: Any) -> Any:
    return log["runs"][0]["results"][0]


def _place(log: Any) -> Any:
    return _result(log)["locations"][0]["physicalLocation"]


BREACHES: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a key of no object": ("schema", lambda log: _result(log).update(severity="high")),
    "another version": ("schema", lambda log: log.update(version="2.0.0")),
    "a line 0": ("schema", lambda log: _place(log)["region"].update(startLine=0)),
    "no message": ("schema", lambda log: _result(log).pop("message")),
    "a level of another tool": ("schema", lambda log: _result(log).update(level="hint")),
    "a message without text": ("schema", lambda log: _result(log).update(message={"markdown": "**x**"})),
    "the schema of a draft": ("SARIF1011", lambda log: log.update({"$schema": "https://example.com/sarif-2.0.0.json"})),
    "a blank in a path": ("SARIF1002", lambda log: _place(log)["artifactLocation"].update(uri="my models/v1.yaml")),
    "an absolute path": ("SARIF1004", lambda log: _place(log)["artifactLocation"].update(uri="/models/v1.yaml")),
    "a drive": ("SARIF1005", lambda log: _place(log)["artifactLocation"].update(uri="C:/models/v1.yaml")),
    "an end before the beginning": ("SARIF1007", lambda log: _place(log)["region"].update(startColumn=9)),
    "an index beyond the rules": ("SARIF1009", lambda log: _result(log).update(ruleIndex=9)),
    "the index of another rule": ("SARIF1010", lambda log: _result(log).update(ruleIndex=1)),
    "a rule twice": ("SARIF1001", lambda log: log["runs"][0]["tool"]["driver"]["rules"].append({"id": "RE201"})),
    "no location": ("GH1001", lambda log: _result(log).pop("locations")),
    "a location without a file": ("GH1001", lambda log: _place(log).update(artifactLocation={"index": 0})),
    "no line": ("GH1003", lambda log: _place(log).update(region={"charOffset": 3})),
    "a long description": (
        "GitHub",
        lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].update(fullDescription={"text": "x" * 1025}),
    ),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_seen(name: str) -> None:
    rule, breach = BREACHES[name]
    log = copy.deepcopy(log_of(FOUND))
    breach(log)
    assert any(problem.startswith(rule) for problem in problems(log))
