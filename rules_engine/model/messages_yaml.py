"""What reading a file as YAML can find wrong: one function per mistake, all the wording of codes RE001-RE029."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable

import yaml

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Related, Span
from rules_engine.diagnostics.nearest import nearest
from rules_engine.diagnostics.source import Source

_QUOTE_HINT = "Put text that holds : # or other signs in quotes, or write a condition on lines of its own after `>-`."


def no_file(file: str, beside: Iterable[str]) -> Diagnostic:
    beside = tuple(beside)
    name = os.path.basename(file)
    found = f"{name}.yaml" if f"{name}.yaml" in beside else nearest(name, beside)
    near = f"Did you mean {os.path.join(os.path.dirname(file), found)}?" if found is not None else "Check the path."
    return finding("RE001", f'There is no file or folder "{file}".', Span(file, 0, 0, 1, 1, 1, 1), near)


def is_folder(file: str, holds: Iterable[str]) -> Diagnostic:
    names = [os.path.join(file, name) for name in sorted(holds) if name.endswith((".yaml", ".yml"))]
    return finding(
        "RE001",
        f'"{file}" is a folder, and a file is wanted here.',
        Span(file, 0, 0, 1, 1, 1, 1),
        f"Name one of its files: {', '.join(names[:5])}." if names else "Name a file.",
    )


def cannot_read(file: str, reason: str) -> Diagnostic:
    return finding(
        "RE001",
        f'The file "{file}" cannot be read: {reason}.',
        Span(file, 0, 0, 1, 1, 1, 1),
        "Check the path and that you may read the file.",
    )


def too_large(span: Span, most: int) -> Diagnostic:
    return finding(
        "RE002",
        f"The file is larger than {most:,} bytes, the most a file of a model may have.",
        span,
        "Move long lists to data files (`file:`), one value a line.",
    )


def utf16(span: Span) -> Diagnostic:
    return finding(
        "RE003", "The file is saved as UTF-16, not as UTF-8.", span, 'Save it again with the encoding "UTF-8".'
    )


def not_utf8(span: Span, byte: int) -> Diagnostic:
    return finding(
        "RE003",
        f"The file is not saved as UTF-8: there is a byte {byte:#04x} here that UTF-8 does not allow.",
        span,
        'Save the file again with the encoding "UTF-8"; some editors and Excel save accents in another encoding.',
    )


def byte_order_mark(span: Span) -> Diagnostic:
    return finding(
        "RE004",
        "The file begins with an invisible byte order mark, which is ignored.",
        span,
        'Save the file as "UTF-8" rather than "UTF-8 with BOM".',
    )


def control_character(span: Span, character: str) -> Diagnostic:
    name = unicodedata.name(character, "a control character").lower()
    return finding(
        "RE005",
        f"There is an invisible character here (U+{ord(character):04X}, {name}) that YAML does not allow.",
        span,
        "Delete it; it often comes along when text is pasted from another program.",
    )


def tab(span: Span) -> Diagnostic:
    return finding("RE006", "There is a tab here; YAML is indented with blanks only.", span, "Use two blanks instead.")


def unknown_alias(source: Source, start: int, end: int, name: str) -> Diagnostic:
    return finding(
        "RE007",
        f'"*{name}" refers to a part marked "&{name}", but no part before it has that mark.',
        source.span(start, end),
        f'If the text begins with a star, put it in quotes; else write "&{name}" before the part that is meant.',
    )


def recursive_alias(source: Source, start: int, end: int, name: str) -> Diagnostic:
    return finding(
        "RE008",
        f'"*{name}" refers to the part that it stands in, so it would never end.',
        source.span(start, end),
        "Write the value out here.",
    )


def alias_bomb(source: Source, start: int, end: int, most: int) -> Diagnostic:
    return finding(
        "RE009",
        f"The references (*name) in this file repeat more than {most:,} values in all.",
        source.span(start, end),
        "Write the values out, or move lists to data files.",
    )


def too_deep(source: Source, at: int, most: int) -> Diagnostic:
    return finding(
        "RE010",
        f"Values are nested more than {most} levels deep here.",
        source.span(at, at + 1),
        "A model needs about ten levels; check for a bracket that is never closed.",
    )


def too_many_nodes(source: Source, at: int, most: int) -> Diagnostic:
    return finding(
        "RE002",
        f"The file has more than {most:,} values.",
        source.span(at, at + 1),
        "Move long lists to data files (`file:`, or `table:` for rules).",
    )


def tag(source: Source, start: int, text: str) -> Diagnostic:
    return finding(
        "RE011",
        f'"{text}" is a YAML tag; tags are not used in model files.',
        source.span(start, start + len(text)),
        "Delete it. If the text begins with an exclamation mark, put it in quotes.",
    )


def several_documents(source: Source, at: int) -> Diagnostic:
    return finding(
        "RE012",
        'A second document begins here ("---"); a file holds one model.',
        source.span(at, at + 3),
        'Delete the "---", or move what follows to a file of its own.',
    )


def empty(span: Span) -> Diagnostic:
    return finding("RE013", "The file is empty.", span, "A model begins with `schema: 1`.")


def duplicate_key(key: str, span: Span, first: Span) -> Diagnostic:
    return finding(
        "RE014",
        f'"{key}" is written twice in the same block; the first is in line {first.line}.',
        span,
        "Keep one of them, or give one another name.",
        (Related(f'the first "{key}"', first),),
    )


def key_not_text(span: Span) -> Diagnostic:
    return finding(
        "RE015",
        "A list or a group of keys stands where a name is expected.",
        span,
        "Write a plain name before the colon. Text that holds brackets or braces must be in quotes.",
    )


def merge_key(span: Span) -> Diagnostic:
    return finding(
        "RE016",
        '"<<" (merging another block) is not part of YAML 1.2 and is not used in model files.',
        span,
        "Write the keys out; for values shared by rules of a score use `groups`, `decay` of the score, or `define`.",
    )


def unreadable(source: Source, reason: str) -> Diagnostic:
    return finding("RE020", f"The file cannot be read as YAML: {reason}.", source.span(0, 0), _QUOTE_HINT)


def syntax(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    """A mistake that the YAML parser found, in an analyst's words."""
    mark = error.problem_mark or error.context_mark
    at = mark.index if mark is not None else 0
    span = source.span(at, at + 1 if at < len(source.text) and source.text[at] not in "\r\n" else at)
    indentation = source.text[source.line_starts[span.line - 1] : at + 1]
    if "\t" in indentation and not indentation.strip():
        place = source.line_starts[span.line - 1] + indentation.index("\t")
        return tab(source.span(place, place + 1))
    begin = error.context_mark.index if error.context_mark is not None else at
    problem = f"{error.context or ''}: {error.problem or ''}"
    if "mapping values are not allowed" in problem:
        return _unexpected_colon(source, at)
    for pattern, code, message, help in _SYNTAX:
        if not re.search(pattern, problem):
            continue
        if code in _AT_THE_BEGINNING:
            line_end = source.line_starts[source.position(begin)[0] - 1] + len(source.line(source.position(begin)[0]))
            return finding(code, message, source.span(begin, max(line_end, begin)), help)
        related = (Related("what it belongs to begins here", source.span(begin, begin + 1)),) if begin < at else ()
        sign = source.text[at : at + 2].removeprefix("\\")[:1]
        return finding(code, message.format(c=sign), span, help, related)
    return finding("RE020", f"The file cannot be read as YAML here: {error.problem}.", span, _QUOTE_HINT)


def _unexpected_colon(source: Source, at: int) -> Diagnostic:
    """A colon where YAML reads a value: a second one in its line, or what stands above is not finished as it seems."""
    number = source.position(at)[0]
    start = source.line_starts[number - 1]
    span = source.span(at, at + 1)
    entry = _ENTRY.match(source.text, start)
    if entry is not None and entry.end() <= at:
        return finding(
            "RE021",
            "A second colon followed by a blank stands in this line; YAML reads it as a new key.",
            span,
            'Put the value in quotes, for example note: "Sales: trials close faster", or write it after `>-`.',
            edit=_quoted(source, entry.end(), number),
        )
    above = next((line for line in range(number - 1, 0, -1) if _has_content(source.line(line))), 0)
    if above and _ENTRY.match(source.text, source.line_starts[above - 1]) is None:
        place = source.line_starts[above - 1]
        text = source.line(above)
        indent, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return finding(
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


# `key: ` with something after it, also as an item of a list
_ENTRY = re.compile(r"[ ]*(?:-[ ]+)*[^\s:#'\"\[\]{}][^:#\r\n]*:[ ]+(?=\S)")


def _has_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _quoted(source: Source, begin: int, line: int) -> Edit | None:
    """The rest of a line in double quotes; None where it begins with a sign that has a meaning of its own."""
    end = source.line_starts[line - 1] + len(source.line(line).rstrip())
    text = source.text[begin:end]
    if not text or text[0] in "\"'[]{}>|&*!%@`#" or " #" in text:
        return None
    return Edit(source.span(begin, end), json.dumps(text, ensure_ascii=False))


_BRACKETS_HELP = (
    "In a one-line { } or [ ] a comma begins the next entry, and brackets count. Close what is open, or write the "
    "entries on lines of their own; a condition with commas, brackets or quotes belongs on a line of its own."
)
_INDENT_HELP = "Entries of one block begin in the same column; what belongs to an entry is indented by two more blanks."
# Mistakes that YAML notices far below; they are told where the broken part begins.
_AT_THE_BEGINNING = frozenset({"RE024", "RE026"})
# What the parser says -> code, message, help. The first pattern that is found counts.
_SYNTAX = (
    (
        r"YAML document|directive",
        "RE020",
        "A line that begins with % is a directive of YAML, which model files do not use.",
        "Delete the line.",
    ),
    (
        r"cannot start any token",
        "RE023",
        'A value cannot begin with "{c}".',
        "Put the value in quotes.",
    ),
    (
        r"quoted scalar: found (unexpected end|unexpected document)",
        "RE024",
        "The quote that is opened here is never closed.",
        "Write the closing quote. A condition that holds quotes is best written plain, after `>-`.",
    ),
    (
        r"quoted scalar",
        "RE025",
        'Inside double quotes a backslash begins a special sign, and "\\{c}" is none.',
        "Use single quotes, in which a backslash is a backslash, or write two backslashes.",
    ),
    (
        r"could not find expected ':'",
        "RE026",
        "A colon is missing: this is not in the form `key: value`.",
        "Write the colon, and a blank after it.",
    ),
    (
        r"while (parsing|scanning) a flow|expected (',' or '\]'|',' or '}')",
        "RE022",
        "The list or the one-line entries in brackets or braces are not closed or separated here.",
        _BRACKETS_HELP,
    ),
    (
        r"block (sequence|mapping|collection|entries)|expected ('-' indicator|<block end>|key|<document start>)",
        "RE027",
        "The indentation does not fit here: this line belongs to no block above it.",
        _INDENT_HELP,
    ),
)
