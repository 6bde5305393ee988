"""How the examples of a model went, as JUnit XML: what CI servers show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from rules_engine.report.model_tests import failure_lines

if TYPE_CHECKING:
    from rules_engine.analysis.model_tests import TestOutcome, TestReport

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[TestReport]) -> str:
    """A suite per version of the model, a case per test."""
    root = Xml.Element("testsuites", _counts(reports, "rules test"))
    for report in reports:
        name = f"{report.model} version {report.version}"
        suite = Xml.SubElement(root, "testsuite", _counts([report], name))
        for outcome in report.outcomes:
            _case(suite, f"{report.model}.v{report.version}", outcome)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _counts(reports: Sequence[TestReport], name: str) -> dict[str, str]:
    return {
        "name": _text(name),
        "tests": str(sum(len(report.outcomes) for report in reports)),
        "failures": str(sum(report.failed for report in reports)),
        "errors": "0",
        "skipped": str(sum(report.skipped for report in reports)),
    }


def _case(suite: Xml.Element, group: str, outcome: TestOutcome) -> None:
    place = {"file": _text(outcome.span.file), "line": str(outcome.span.line)}
    case = Xml.SubElement(suite, "testcase", {"classname": _text(group), "name": _text(outcome.name), **place})
    if outcome.status == "skipped":
        Xml.SubElement(case, "skipped", {"message": _text(outcome.reason or "")})
    elif outcome.status == "failed":
        what = outcome.reason or "; ".join(
            f"{failure.what}: expected {failure.expected}, got {failure.got}" for failure in outcome.failures
        )
        found = Xml.SubElement(case, "failure", {"message": _text(what)})
        found.text = _text("\n".join(line for failure in outcome.failures for line in failure_lines(failure)))


def _text(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("?", text)
