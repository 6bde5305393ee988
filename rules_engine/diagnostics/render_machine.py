"""Findings for programs: JSON, commands of GitHub workflows, JUnit for CI reports. SARIF has its own module."""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Sequence

from rules_engine.diagnostics.diagnostic import Diagnostic, Severity, Span

_GITHUB_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}


def render_json(findings: Sequence[Diagnostic]) -> str:
    """A list of objects. Lines and columns count from 1; the end is one past the last character."""
    data = [
        {
            "code": found.code,
            "severity": str(found.severity),
            "message": found.message,
            "help": found.help,
            **_json_span(found.span),
            "related": [{"message": other.message, **_json_span(other.span)} for other in found.related],
        }
        for found in findings
    ]
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _json_span(span: Span | None) -> dict[str, object]:
    if span is None:
        return {"file": None, "start": None, "end": None}
    return {
        "file": span.file,
        "start": {"line": span.line, "column": span.column},
        "end": {"line": span.end_line, "column": span.end_column},
    }


def render_github(findings: Sequence[Diagnostic]) -> str:
    """`::error file=v3.yaml,line=12,...::message`, shown by GitHub beside the line."""
    return "".join(_github(found) for found in findings)


def _github(found: Diagnostic) -> str:
    properties = {"title": found.code}
    span = found.span
    if span is not None:
        properties |= {"file": span.file, "line": str(span.line), "endLine": str(span.end_line)}
        if span.line == span.end_line:  # GitHub takes columns only within one line; its last column is included
            properties |= {"col": str(span.column), "endColumn": str(max(span.column, span.end_column - 1))}
    told = ",".join(f"{key}={_github_text(value, inside=True)}" for key, value in properties.items())
    text = found.message + (f"\n{found.help}" if found.help else "")
    return f"::{_GITHUB_COMMANDS[found.severity]} {told}::{_github_text(text, inside=False)}\n"


def _github_text(text: str, *, inside: bool) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if inside else text


def render_junit(findings: Sequence[Diagnostic], failing: Collection[Severity]) -> str:
    """A test suite per file with a case per finding, failed where its severity is one of `failing`.

    Without a finding there is one case that passes: CI services take a report without a case for one that is missing.
    """
    files = dict.fromkeys(found.span.file if found.span is not None else "" for found in findings)
    suites = [
        _junit_suite(file, [f for f in findings if (f.span.file if f.span else "") == file], failing) for file in files
    ]
    if not suites:
        nothing = '    <testcase classname="rules check" name="no findings"/>'
        suites = [f'  <testsuite name="rules check" {_junit_counts(1, 0)}>\n{nothing}\n  </testsuite>']
    failures = sum(found.severity in failing for found in findings)
    head = f'<testsuites name="rules check" {_junit_counts(max(1, len(findings)), failures)}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"]) + "\n"


def _junit_counts(tests: int, failures: int) -> str:
    return f'tests="{tests}" failures="{failures}" errors="0" skipped="0"'


def _junit_suite(file: str, findings: Sequence[Diagnostic], failing: Collection[Severity]) -> str:
    failures = sum(found.severity in failing for found in findings)
    lines = [f"  <testsuite name={_attribute(file)} {_junit_counts(len(findings), failures)}>"]
    for found in findings:
        fails = found.severity in failing
        name = f"{found.code} {found.span}" if found.span is not None else found.code
        place = f' file={_attribute(file)} line="{found.span.line}"' if found.span is not None and file else ""
        text = _xml_text(found.message + (f"\n{found.help}" if found.help else ""))
        tag = "failure" if fails else "system-out"
        attributes = f" type={_attribute(found.code)} message={_attribute(found.message)}" if fails else ""
        lines.append(f"    <testcase classname={_attribute(file)} name={_attribute(name)}{place}>")
        lines.append(f"      <{tag}{attributes}>{text}</{tag}>")
        lines.append("    </testcase>")
    lines.append("  </testsuite>")
    return "\n".join(lines)


def _attribute(text: str) -> str:
    return '"' + html.escape(_clean(text)).replace("\n", "&#10;") + '"'


def _xml_text(text: str) -> str:
    return html.escape(_clean(text), quote=False)


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(character if _is_xml(character) else "?" for character in text)


def _is_xml(character: str) -> bool:
    code = ord(character)
    return character in "\t\n" or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
