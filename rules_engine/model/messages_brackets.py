"""Values, lists and one-line entries that end too early or too late, as the YAML parser stumbles over them."""

from __future__ import annotations

import re

import yaml

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Related, Span
from rules_engine.diagnostics.source import Source

_SCANNER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BRACKETS_HELP = (
    "In a one-line { } or [ ] a comma begins the next entry, and brackets count. Close what is open, or write the "
    "entries on lines of their own; a condition with commas, brackets or quotes belongs on a line of its own."
)
DASH_HELP = (
    "Items of a list begin with a dash, all of them in the same column. Rules, bands and other entries that have a "
    "name are no list: `name:` without a dash."
)


def after_the_end(source: Source, at: int, problem: str) -> Diagnostic | None:
    """Something in the line of a value that quotes or brackets have ended, or a quote that went on to a later line."""
    number = source.position(at)[0]
    before = source.text[source.line_starts[number - 1] : at]
    if not re.search(r"expected (key|<block end>|<document start>|'-' indicator)", problem) or not before.strip(" -"):
        return None
    sign = source.text[at : at + 1]
    last = _token_before(source, at)
    if isinstance(last, yaml.ScalarToken) and last.style in ('"', "'"):
        opened = last.start_mark.index
        if source.position(opened)[0] < number:
            line_end = source.line_starts[source.position(opened)[0] - 1] + len(source.line(source.position(opened)[0]))
            return finding(
                "RE024",
                f"The quote that is opened here is not closed in its line; it goes on to the quote in line {number}.",
                source.span(opened, max(line_end, opened)),
                "Write the closing quote.",
            )
        quote = last.style
        twice = f"{quote} inside is written twice" if quote == "'" else f"{quote} inside is written \\{quote}"
        return finding(
            "RE028",
            f"The value ends with the {quote} before this, and nothing may follow it.",
            source.span(at, at + 1),
            f"Put the whole value in quotes ({twice}), or write it on a line of its own after `>-`.",
        )
    if isinstance(last, (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)):
        if sign in ("}", "]"):
            place = source.span(at, at + 1)
            return finding("RE028", f'There is one "{sign}" too many here.', place, "Delete it.", edit=Edit(place, ""))
        closing = source.text[last.start_mark.index]
        return finding(
            "RE028",
            f"The value ends with the {closing} before this, and nothing may follow it.",
            source.span(at, at + 1),
            "Put the whole value in quotes, or write it on a line of its own after `>-`.",
        )
    return None


def _token_before(source: Source, at: int) -> yaml.Token | None:
    """The last token that begins before `at`; scanning goes at most as far as parsing did."""
    last: yaml.Token | None = None
    loader = _SCANNER(source.text)
    try:
        token = loader.get_token()
        while token is not None and token.start_mark.index < at:
            last, token = token, loader.get_token()
    except yaml.MarkedYAMLError:
        return last
    finally:
        loader.dispose()
    return last


def dashes(source: Source, begin: int, at: int, problem: str) -> Diagnostic | None:
    """A dash at one entry and none at the next."""
    if "expected '-' indicator" in problem:
        return finding(
            "RE027",
            "The entry above begins with a dash, and this one in its column does not.",
            sign_at(source, at),
            DASH_HELP,
            (Related("the dash", source.span(begin, begin + 1)),),
        )
    if "block sequence entries are not allowed" in problem:
        return finding(
            "RE027",
            "A dash begins a list only on a line of its own.",
            sign_at(source, at),
            "Write the items below the key, each on a line after a dash, or in brackets: [a, b]. Text that begins with "
            "a dash stands in quotes.",
        )
    if (
        re.search("expected (<block end>|key)", problem)
        and source.text[at : at + 2] == "- "
        and not _is_below_a_dash(source, at)
    ):
        return finding(
            "RE027",
            "A dash begins an item of a list here, but what stands above is not a list.",
            sign_at(source, at),
            DASH_HELP,
        )
    return None


def _is_below_a_dash(source: Source, at: int) -> bool:
    """Whether the block above a line has items of a list, deeper than the line is."""
    number, column = source.position(at)
    for line in range(number - 1, 0, -1):
        text = source.line(line)
        if not has_content(text):
            continue
        if len(text) - len(text.lstrip()) < column - 1:
            return False
        if text.lstrip().startswith("- "):
            return True
    return False


def brackets(source: Source, begin: int, at: int, problem: str) -> Diagnostic | None:
    """One-line entries that are not closed, or not separated."""
    if not re.search(r"while (parsing|scanning) a flow (mapping|sequence)", problem):
        return None
    if source.text[begin : begin + 1] not in ("{", "["):
        return None
    first, last = source.position(begin)[0], source.position(at)[0]
    if last > first and (not source.text[at:].strip() or _is_entry(source, at)):
        opened = source.text[begin]
        return finding(
            "RE022",
            f'The "{opened}" that is opened here is never closed.',
            source.span(begin, begin + 1),
            f'Write the closing "{"}" if opened == "{" else "]"}".',
        )
    inside = source.text[begin:at]
    if last == first and (inside.count("(") > inside.count(")") or source.text[at : at + 1] in ("[", "{")):
        place = begin + inside.rindex("(") if inside.count("(") > inside.count(")") else at
        return finding(
            "RE022",
            f'A condition with a "{source.text[place]}" cannot stand in one-line braces: a comma or bracket ends it.',
            source.span(place, place + 1),
            "Write the entries on lines of their own, or put the condition in single quotes.",
        )
    if last == first and source.text[at : at + 1] == ":":
        piece = re.split(r"[{\[,]", source.text[begin:at])[-1]
        if piece.count('"') % 2:
            return finding(
                "RE021",
                "A second colon followed by a blank stands in this entry; YAML reads it as a new key.",
                source.span(at, at + 1),
                "Write the entries on lines of their own, and this value in single quotes or after `>-`.",
            )
        word = piece.split()[-1] if piece.split() else ""
        if ":" in piece and word:
            return finding(
                "RE022",
                f'A comma is missing before "{word}", or its colon is one too many.',
                source.span(at - len(word), at),
                BRACKETS_HELP,
            )
    return None


def _is_entry(source: Source, at: int) -> bool:
    """Whether the line at `at` is an entry of a block, so that what was open above it was meant to be closed there."""
    line = source.line(source.position(at)[0])
    return re.match(r"[ ]*(- )?[A-Za-z_]\w*:( |$)", line) is not None


def has_content(line: str) -> bool:
    """Whether a line is neither blank nor a comment alone."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def sign_at(source: Source, at: int) -> Span:
    """The one sign there, nothing at the end of a line."""
    return source.span(at, at + 1 if at < len(source.text) and source.text[at] not in "\r\n" else at)
