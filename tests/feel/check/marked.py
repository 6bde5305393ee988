"""Reads case files: an expression, and under it a line per expected finding with marks at its place.

    lead.contry = "US"
         ^^^^^^ RE321 Did you mean `lead.country`?

The rest of a mark line must be a part of the finding's message and help.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
_MARK = re.compile(r"( *)(\^+) (RE[0-9]{3})(?: (.*))?")


@dataclass(frozen=True)
class Expected:
    start: int
    end: int
    code: str
    words: str


@dataclass(frozen=True)
class Case:
    text: str
    findings: tuple[Expected, ...]
    options: dict[str, Any]


def read_cases(*names: str) -> list[Any]:
    """Parameters for pytest: the cases of the files, named after their expression."""
    import pytest

    found = []
    for name in names:
        for entry in yaml.safe_load((CASES / f"{name}.yaml").read_text())["cases"]:
            case = _case(entry)
            found.append(pytest.param(case, id=f"{name}: {case.text[:70]}"))
    return found


def _case(entry: Any) -> Case:
    options = {} if isinstance(entry, str) else {key: value for key, value in entry.items() if key != "text"}
    text, *marks = (entry if isinstance(entry, str) else entry["text"]).rstrip("\n").split("\n")
    findings = []
    for line in marks:
        mark = _MARK.fullmatch(line)
        assert mark is not None, f"not a line of marks: {line!r}"
        findings.append(Expected(len(mark[1]), len(mark[1]) + len(mark[2]), mark[3], mark[4] or ""))
    return Case(text, tuple(findings), options)


def assert_findings(found: Any, case: Case) -> None:
    """The findings are the expected ones, in the order of the text."""
    told = [(finding.code, finding.start, finding.end) for finding in found]
    assert told == [(one.code, one.start, one.end) for one in case.findings], "\n".join(
        f"{finding.code} {case.text[finding.start : finding.end]!r}: {finding.message}" for finding in found
    )
    for finding, expected in zip(found, case.findings, strict=True):
        assert expected.words in f"{finding.message} {finding.help}"
