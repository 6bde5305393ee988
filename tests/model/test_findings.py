"""How findings are written, and that each code has its page."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

import pytest

from rules_engine.diagnostics import Diagnostic, Related, Severity, Source, Span, pages, render
from rules_engine.diagnostics.codes import CODES
from rules_engine.diagnostics.nearest import nearest

TEXT = "scores:\n  readiness:\n    rules:\n      demo: {event: demo_requst}\n      größe: {名前: x}\n"
SOURCE = Source.of("v3.yaml", TEXT)


def at(piece: str) -> Span:
    start = TEXT.index(piece)
    return SOURCE.span(start, start + len(piece))


FOUND = Diagnostic(
    "RE201",
    Severity.ERROR,
    'Rule "demo" listens to event "demo_requst".',
    at("demo_requst"),
    "Known: demo_request.\nSecond line, 100%.",
    (Related("the score", at("readiness")),),
)
WIDE = Diagnostic("RE101", Severity.WARNING, "Wide <signs> & more", at("x}"))
MANY = Diagnostic("RE004", Severity.HINT, "Over lines", SOURCE.span(0, len(TEXT)))


def test_full() -> None:
    assert render([FOUND], "full", [SOURCE]) == (
        'error RE201: Rule "demo" listens to event "demo_requst".\n'
        "  --> v3.yaml:4:21\n"
        "    |\n"
        "  4 |       demo: {event: demo_requst}\n"
        "    |                     ^^^^^^^^^^^\n"
        "  the score:\n"
        "  --> v3.yaml:2:3\n"
        "    |\n"
        "  2 |   readiness:\n"
        "    |   ---------\n"
        "  help: Known: demo_request.\n"
        "        Second line, 100%.\n"
    )


def test_full_marks_stand_below_wide_signs() -> None:
    lines = render([WIDE], "full", [SOURCE]).splitlines()
    assert lines[3:] == ["  5 |       größe: {名前: x}", "    |                     ^^"]


def test_full_over_many_lines() -> None:
    assert render([MANY], "full", [SOURCE]).splitlines()[3:] == [
        "  1 | scores:",
        "    | ^^^^^^^",
        "  2 |   readiness:",
        "    |   ^^^^^^^^^^",
        "    ...",
        "  5 |       größe: {名前: x}",
        "    |       ^^^^^^^^^^^^^^^^",
    ]


def test_full_reads_the_file_where_no_text_is_given(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text("a: b\n")
    span = Span(str(file), 3, 4, 1, 4, 1, 5)
    assert "1 | a: b\n    |    ^\n" in render([Diagnostic("RE101", Severity.ERROR, "x", span)])
    gone = Span(str(tmp_path / "gone.yaml"), 0, 0, 1, 1, 1, 1)
    assert render([Diagnostic("RE001", Severity.ERROR, "x", gone)]).endswith("gone.yaml:1:1\n")


def test_concise() -> None:
    assert render([FOUND, WIDE], "concise") == (
        'v3.yaml:4:21: error RE201: Rule "demo" listens to event "demo_requst".\n'
        "v3.yaml:5:19: warning RE101: Wide <signs> & more\n"
    )


def test_json() -> None:
    [found] = json.loads(render([FOUND], "json"))
    assert found == {
        "code": "RE201",
        "severity": "error",
        "message": FOUND.message,
        "help": FOUND.help,
        "file": "v3.yaml",
        "start": {"line": 4, "column": 21},
        "end": {"line": 4, "column": 32},
        "related": [
            {
                "message": "the score",
                "file": "v3.yaml",
                "start": {"line": 2, "column": 3},
                "end": {"line": 2, "column": 12},
            }
        ],
    }


def test_github() -> None:
    assert render([FOUND], "github") == (
        "::error title=RE201,file=v3.yaml,line=4,endLine=4,col=21,endColumn=31::"
        'Rule "demo" listens to event "demo_requst".%0AKnown: demo_request.%0ASecond line, 100%25.\n'
    )


def test_github_keeps_apart_what_its_commands_take_for_signs() -> None:
    found = Diagnostic("RE001", Severity.HINT, "a: b, 5%\r\nc", Span("50%,a:b\n/v1.yaml", 3, 3, 2, 4, 2, 4))
    assert render([found], "github") == (
        "::notice title=RE001,file=50%25%2Ca%3Ab%0A/v1.yaml,line=2,endLine=2,col=4,endColumn=4::a: b, 5%25%0D%0Ac\n"
    )


def test_sarif() -> None:
    data = json.loads(render([FOUND, WIDE, MANY], "sarif"))
    [run] = data["runs"]
    assert data["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RE004", "RE101", "RE201"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    assert [result["ruleIndex"] for result in run["results"]] == [2, 1, 0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 21, "endLine": 4, "endColumn": 32}


def test_junit() -> None:
    root = ElementTree.fromstring(render([FOUND, WIDE], "junit"))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("2", "1")
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == FOUND.message
    assert root.find("testsuite/testcase").attrib.items() >= {"file": "v3.yaml", "line": "4"}.items()


def test_junit_without_a_finding_has_a_case_that_passes() -> None:
    root = ElementTree.fromstring(render([], "junit"))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("1", "0")
    [case] = root.findall("testsuite/testcase")
    assert list(case) == []


@pytest.mark.parametrize(
    ("failing", "failed"), [((), []), (("error",), ["RE201"]), (("error", "warning"), ["RE201", "RE101"])]
)
def test_junit_fails_what_the_command_fails(failing: Sequence[str], failed: list[str]) -> None:
    root = ElementTree.fromstring(render([FOUND, WIDE, MANY], "junit", failing=[Severity(one) for one in failing]))
    assert [failure.attrib["type"] for failure in root.iter("failure")] == failed
    counts = [suite.attrib["failures"] for suite in root.iter("testsuite")]
    assert (root.attrib["failures"], sum(map(int, counts))) == (str(len(failed)), len(failed))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo_requst", "demo_request"),
        ("Demo_Request", "demo_request"),
        ("ponts", "points"),
        ("zebra", None),
        ("", None),
    ],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert nearest(name, ["demo_request", "points", "page_view"]) == expected


def test_pages_are_up_to_date() -> None:
    folder = Path(__file__).resolve().parents[2] / "docs" / "codes"
    assert pages.write(folder, only_check=True) == [], "run: python -m rules_engine.diagnostics.pages"


def test_each_entry_is_whole() -> None:
    assert len(CODES) > 100
    for code, entry in CODES.items():
        assert len(code) == 5
        for text in (entry.title, entry.what, entry.why, entry.fix, entry.wrong, entry.right):
            assert text.strip(), code
        assert entry.what.endswith("."), code
        assert entry.wrong != entry.right, code
