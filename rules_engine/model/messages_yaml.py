"""What reading a file as YAML can find wrong, one function per mistake; `messages_syntax` has what its parser says."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Related, Span
from rules_engine.diagnostics.nearest import nearest
from rules_engine.diagnostics.source import Source
from rules_engine.model.yaml_nodes import ListNode, MapNode

QUOTE_HINT = "Put text that holds : # or other signs in quotes, or write a condition on lines of its own after `>-`."


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


def unused_anchor(source: Source, start: int, name: str) -> Diagnostic:
    return finding(
        "RE017",
        f'"&{name}" marks this part for references, and nothing refers to it: YAML drops these letters.',
        source.span(start, start + 1 + len(name)),
        f"Delete it. If the text begins with &{name}, put it in quotes.",
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


def key_not_text(key: ListNode | MapNode) -> Diagnostic:
    text = key.source.text
    inside = text[key.start + 1 : key.end - 1].strip()
    if isinstance(key, MapNode) and text[key.start - 1 : key.start] == "{" and text[key.end : key.end + 1] == "}":
        message = "Braces within braces have no meaning here; a value is not filled in from elsewhere."
        return finding("RE015", message, key.span, f"Write it without braces. Here: `{inside}`")
    return finding(
        "RE015",
        "A list or a group of keys stands where a name is expected.",
        key.span,
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
    return finding("RE020", f"The file cannot be read as YAML: {reason}.", source.span(0, 0), QUOTE_HINT)
