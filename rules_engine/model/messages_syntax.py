"""Mistakes that the YAML parser found, in an analyst's words and where they were made: RE005, RE006 and RE020-RE029.

The parser stops where it cannot go on, often lines below the mistake; each function here looks for what was written.
"""

from __future__ import annotations

import json
import re

import yaml

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Related
from rules_engine.diagnostics.source import Source
from rules_engine.model.messages_brackets import (
    BRACKETS_HELP,
    DASH_HELP,
    after_the_end,
    brackets,
    dashes,
    has_content,
    sign_at,
)
from rules_engine.model.messages_yaml import QUOTE_HINT, tab

_INDENT_HELP = "Entries of one block begin in the same column; what belongs to an entry is indented by two more blanks."
# `key: ` with something after it, also as an item of a list
_ENTRY = re.compile(r"[ ]*(?:-[ ]+)*[^\s:#'\"\[\]{}][^:#\r\n]*:[ ]+(?=\S)")
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?= |$)|={7}$")
# Blanks that are none, where YAML needs one: in front of a line, after a dash or a colon.
_FALSE_BLANK = re.compile("(?:^[ ]*(?:-[ ]*)?|[-:][ ]*)([\u00a0\u2000-\u200b\u202f\u3000]+)")
_NO_BLANK = re.compile(r"[ ]*(?:-[ ]+)*[A-Za-z_][\w ]*:(?=[^\s:/])")


def syntax(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    """The finding for a mistake that ended parsing."""
    mark = error.problem_mark or error.context_mark
    at = mark.index if mark is not None else 0
    begin = error.context_mark.index if error.context_mark is not None else at
    problem = f"{error.context or ''}: {error.problem or ''}"
    return (
        _conflict(source)
        or _not_a_blank(source, begin, at)
        or _tab(source, at)
        or _unexpected_colon(source, begin, at, problem)
        or after_the_end(source, at, problem)
        or _colon_missing(source, begin, problem)
        or dashes(source, begin, at, problem)
        or brackets(source, begin, at, problem)
        or _as_told(source, begin, at, problem)
        or finding("RE020", f"The file cannot be read as YAML here: {error.problem}.", sign_at(source, at), QUOTE_HINT)
    )


# --- signs that do not belong into the file


def _conflict(source: Source) -> Diagnostic | None:
    """What git leaves in a file that two people have changed."""
    lines = [number for number in range(1, len(source.line_starts) + 1) if _CONFLICT.match(source.line(number))]
    if not lines or not source.line(lines[0]).startswith("<"):
        return None
    start = source.line_starts[lines[0] - 1]
    ends = next((number for number in lines if source.line(number).startswith(">")), None)
    return finding(
        "RE029",
        "Git has left two versions of the lines between the marks <<<<<<<, ======= and >>>>>>> here.",
        source.span(start, start + len(source.line(lines[0]).rstrip())),
        "Keep the lines that are right and delete the others, with the marks"
        + (f" (lines {lines[0]} to {ends})." if ends is not None else "."),
    )


def _not_a_blank(source: Source, begin: int, at: int) -> Diagnostic | None:
    """A sign that looks like a blank or a colon and is none, at what broke off or just above it."""
    last = source.position(at)[0]
    for number in sorted({source.position(begin)[0], *range(max(last - 2, 1), last + 1)}):
        start, text = source.line_starts[number - 1], source.line(number)
        blank = _FALSE_BLANK.search(text)
        if blank is not None:
            span = source.span(start + blank.start(1), start + blank.end(1))
            return finding(
                "RE005",
                f"There is a blank here that is none (U+{ord(blank[1][0]):04X}); YAML does not know it as one.",
                span,
                "Delete it and type a blank; it often comes along when text is pasted from a page or a document.",
                edit=Edit(span, " " * len(blank[1])),
            )
        colon = re.match(r"[ ]*(?:-[ ]+)*\w+([：﹕꞉])", text)
        if colon is not None:
            span = source.span(start + colon.start(1), start + colon.end(1))
            blank_after = "" if text[colon.end() : colon.end() + 1] == " " else " "
            return finding(
                "RE026",
                f'The sign "{colon[1]}" looks like a colon and is none.',
                span,
                'Type a ":", and a blank after it.',
                edit=Edit(span, f":{blank_after}"),
            )
    return None


def _tab(source: Source, at: int) -> Diagnostic | None:
    start = source.line_starts[source.position(at)[0] - 1]
    indentation = source.text[start : at + 1]
    if "\t" not in indentation or indentation.strip():
        return None
    place = start + indentation.index("\t")
    return tab(source.span(place, place + 1))


# --- colons


def _unexpected_colon(source: Source, begin: int, at: int, problem: str) -> Diagnostic | None:
    """A colon where YAML reads a value: a second one in its line, or what stands above is not finished as it seems."""
    if "mapping values are not allowed" not in problem:
        return None
    number = source.position(at)[0]
    start = source.line_starts[number - 1]
    entry = _ENTRY.match(source.text, start)
    if entry is not None and entry.end() <= at:
        return _second_colon(source, at, entry.end())
    above = next((line for line in range(number - 1, 0, -1) if has_content(source.line(line))), 0)
    if above and _ENTRY.match(source.text, source.line_starts[above - 1]) is None:
        place = source.line_starts[above - 1]
        text = source.line(above)
        indent, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return _no_blank_after_colon(source, above) or finding(
            "RE026",
            "A colon is missing at the end of this line: it is followed by what belongs to it.",
            source.span(place + indent, place + end),
            "Write the colon.",
            edit=Edit(source.span(place + end, place + end), ":") if "#" not in text else None,
        )
    return finding(
        "RE027",
        "This line is indented deeper than the one above, which has a value already.",
        source.span(start + len(source.line(number)) - len(source.line(number).lstrip()), at),
        _INDENT_HELP,
    )


def _second_colon(source: Source, at: int, value: int) -> Diagnostic:
    """`value` is where the value begins that holds the colon."""
    number = source.position(value)[0]
    end = source.line_starts[number - 1] + len(source.line(number).rstrip())
    quoted = _quoted(source.text[value:end])
    example = quoted or 'note: "Sales: trials close faster"'
    return finding(
        "RE021",
        "A second colon followed by a blank stands in this line; YAML reads it as a new key.",
        source.span(at, at + 1),
        f"Put the value in quotes, {'' if quoted else 'for example '}{example}, or write it after `>-`.",
        edit=Edit(source.span(value, end), quoted) if quoted else None,
    )


def _colon_missing(source: Source, begin: int, problem: str) -> Diagnostic | None:
    if "could not find expected ':'" not in problem:
        return None
    number = source.position(begin)[0]
    text = source.line(number)
    start, end = source.line_starts[number - 1], source.line_starts[number - 1] + len(text)
    indent = len(text) - len(text.lstrip())
    above = next((line for line in range(number - 1, 0, -1) if has_content(source.line(line))), 0)
    if text.lstrip().startswith("```"):
        return _code_fence(source, begin)
    if above and re.match(rf"[ ]{{{indent}}}- ", source.line(above)):
        return finding(
            "RE027",
            "A dash is missing here: the line above is an item of a list, and this one stands in its column.",
            source.span(begin, max(end, begin)),
            DASH_HELP,
            edit=Edit(source.span(start + indent, start + indent), "- "),
        )
    if above and re.search(r":[ ]+[>|][-+]?[ ]*$", source.line(above)):
        return finding(
            "RE027",
            "The text that the line above begins is not indented.",
            source.span(begin, max(end, begin)),
            "Write it two blanks further right than the key of the line above.",
        )
    quoted = re.fullmatch(r"\s*([\"'])([a-z_]+: .*)\1\s*", text)
    return _no_blank_after_colon(source, number) or finding(
        "RE026",
        "A colon is missing: this is not in the form `key: value`.",
        source.span(begin, max(end, begin)),
        f"Write it without the quotes: {quoted[2]}" if quoted else "Write the colon, and a blank after it.",
    )


def _no_blank_after_colon(source: Source, number: int) -> Diagnostic | None:
    """`points:10` is one word to YAML."""
    found = _NO_BLANK.match(source.line(number))
    if found is None:
        return None
    at = source.line_starts[number - 1] + found.end()
    return finding(
        "RE026",
        "A blank is missing after this colon: without it YAML reads one word.",
        source.span(at - 1, at),
        "Write the blank.",
        edit=Edit(source.span(at, at), " "),
    )


def _quoted(text: str) -> str:
    """A value in quotes; empty where it begins with a sign that has a meaning of its own."""
    if not text or text[0] in "\"'[]{}>|&*!%@`#" or " #" in text:
        return ""
    if '"' in text or "\\" in text:  # what stands in double quotes reads best as it is, as in a condition
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=False)


# --- everything else


def _as_told(source: Source, begin: int, at: int, problem: str) -> Diagnostic | None:
    """By what the parser says."""
    if source.line(source.position(begin)[0]).lstrip().startswith("```"):
        return _code_fence(source, begin)
    for pattern, code, message, help, at_beginning in _SYNTAX:
        if not re.search(pattern, problem):
            continue
        if code == "RE024":
            number = source.position(begin)[0]
            line_end = source.line_starts[number - 1] + len(source.line(number))
            return finding(code, message, source.span(begin, max(line_end, begin)), help)
        if at_beginning:
            return finding(code, message.format(c=source.text[begin]), source.span(begin, begin + 1), help)
        related = (Related("what it belongs to begins here", source.span(begin, begin + 1)),) if begin < at else ()
        sign = source.text[at : at + 2].removeprefix("\\")[:1]
        return finding(code, message.format(c=sign), sign_at(source, at), help, related)
    return None


def _code_fence(source: Source, at: int) -> Diagnostic:
    start = source.line_starts[source.position(at)[0] - 1]
    return finding(
        "RE023",
        "A line that begins with ``` marks code in a page or a chat; it is no part of the file.",
        source.span(start, start + len(source.line(source.position(at)[0]).rstrip())),
        "Delete the line.",
    )


# What the parser says -> code, message, help, and whether it is told where the broken part begins. The first counts.
_SYNTAX = (
    (
        r"YAML document|directive",
        "RE020",
        "A line that begins with % is a directive of YAML, which model files do not use.",
        "Delete the line.",
        False,
    ),
    (
        r"cannot start any token|mapping keys are not allowed",
        "RE023",
        'A value cannot begin with "{c}".',
        "Put the value in quotes.",
        False,
    ),
    (
        r"scanning an (alias|anchor)|alphabetic or numeric character",
        "RE023",
        'A value cannot begin with "{c}".',
        "Put the value in quotes.",
        True,
    ),
    (
        r"scanning a block scalar",
        "RE023",
        'A "{c}" here begins text on the lines below it, so nothing may follow it in its own line.',
        "Put text that begins so in quotes. A condition names what it compares, such as `event.seats > 5`.",
        True,
    ),
    (
        r"quoted scalar: found (unexpected end|unexpected document)",
        "RE024",
        "The quote that is opened here is never closed.",
        "Write the closing quote. A condition that holds quotes is best written plain, after `>-`.",
        True,
    ),
    (
        r"quoted scalar",
        "RE025",
        'Inside double quotes a backslash begins a special sign, and "\\{c}" is none.',
        "Use single quotes, in which a backslash is a backslash, or write two backslashes.",
        False,
    ),
    (
        r"while (parsing|scanning) a flow|expected (',' or '\]'|',' or '}')",
        "RE022",
        "The list or the one-line entries in brackets or braces are not closed or separated here.",
        BRACKETS_HELP,
        False,
    ),
    (
        r"block (sequence|mapping|collection|entries)|expected ('-' indicator|<block end>|key|<document start>)",
        "RE027",
        "The indentation does not fit here: this line belongs to no block above it.",
        _INDENT_HELP,
        False,
    ),
)
