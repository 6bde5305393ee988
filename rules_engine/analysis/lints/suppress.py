"""Comments that leave out findings, with their reason.

    # rules: ignore RE731, RE733 because a lead who was silent for a year counts as new
    readiness:

A comment on a line of its own counts for the entry that follows, with all that is in it; at the end of a line, for the
entry that begins on it; above the first key of the file, for the whole file. Warnings and hints can be left out, errors
cannot.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.codes import CODES
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Severity, Span
from rules_engine.diagnostics.nearest import did_you_mean, nearest
from rules_engine.diagnostics.source import Source
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode
from rules_engine.records import dataclass

# Codes that are about these comments; no comment leaves them out.
ABOUT_COMMENTS = ("RE790", "RE791", "RE792")
_COMMENT = re.compile(r"#[ \t]*rules[ \t]*:[ \t]*(?P<word>[A-Za-z]+)\b(?P<rest>[^\r\n]*)")
_REASON = re.compile(r"\bbecause\b[ \t]*(?P<reason>.*)", re.IGNORECASE)


@dataclass(slots=True)
class _Comment:
    """One code of a comment: where it counts, [start, end) of the file, and whether it left anything out."""

    code: str
    place: Span
    start: int
    end: int
    edit: Edit | None = None
    used: bool = False


@dataclass(slots=True)
class Suppressions:
    """The comments of one file. `problems` are what is wrong with them."""

    problems: list[Diagnostic] = field(default_factory=list)
    _comments: list[_Comment] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source, root: Node | None) -> Suppressions:
        """Reads the comments of a file; `root` is None where it is no YAML, and then nothing is left out."""
        found = cls()
        if root is None or "rules" not in source.text or not _COMMENT.search(source.text):
            return found
        places = _Places(source, root)
        for match in _COMMENT.finditer(source.text):
            if not places.is_in_scalar(match.start()):
                found._read(source, match, places)
        return found

    def _read(self, source: Source, match: re.Match[str], places: _Places) -> None:
        place = source.span(match.start(), match.end())
        word, rest = match["word"], match["rest"]
        if word != "ignore":
            if nearest(word, ["ignore"]) is not None:
                self.problems.append(_misspelt(place, word))
            return
        reason = _REASON.search(rest)
        codes = re.split(r"[,\s]+", (rest[: reason.start()] if reason else rest).strip(" ,\t"))
        if reason is None or not reason["reason"].strip():
            self.problems.append(_without_reason(place, codes))
            return
        start, end = places.counts_for(match.start())
        for code in codes:
            if code not in CODES or CODES[code].severity is Severity.ERROR or code in ABOUT_COMMENTS:
                self.problems.append(_no_code(place, code))
            else:
                self._comments.append(_Comment(code, place, start, end, _without(source, match, codes, code)))

    def left(self, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The findings that no comment leaves out."""
        return tuple(found for found in findings if not self._covers(found))

    def _covers(self, found: Diagnostic) -> bool:
        if found.is_error or found.span is None:
            return False
        covering = [
            one
            for one in self._comments
            if one.code == found.code and one.place.file == found.span.file and one.start <= found.span.start < one.end
        ]
        for one in covering:
            one.used = True
        return bool(covering)

    def unused(self, looked_for: Sequence[str] | None = None) -> Iterator[Diagnostic]:
        """RE791 for each code that left nothing out, among those that were looked for (None: all)."""
        for one in self._comments:
            if not one.used and (looked_for is None or one.code in looked_for):
                yield finding(
                    "RE791",
                    f"This comment ignores {one.code}, but there is no such finding where it counts.",
                    one.place,
                    "Delete it, or move it to the line above the entry that is meant.",
                    edit=one.edit,
                )


def _without(source: Source, match: re.Match[str], codes: Sequence[str], code: str) -> Edit:
    """The comment without one of its codes; without the last one it goes, and its line where that is empty then."""
    others = [other for other in codes if other != code]
    if others:
        start = match.start("rest") + match["rest"].index(codes[0])
        end = match.start("rest") + match["rest"].index(codes[-1], match["rest"].index(codes[0])) + len(codes[-1])
        return Edit(source.span(start, end), ", ".join(others))
    line = source.position(match.start())[0]
    begin = source.line_starts[line - 1]
    if source.text[begin : match.start()].strip():
        before = source.text[begin : match.start()]
        return Edit(source.span(begin + len(before.rstrip()), match.end()), "")
    end = source.line_starts[line] if line < len(source.line_starts) else len(source.text)
    return Edit(source.span(begin, end), "")


def _without_reason(place: Span, codes: Sequence[str]) -> Diagnostic:
    shown = ", ".join(code for code in codes if code) or "RE700"
    return finding(
        "RE790",
        "This comment ignores findings without a reason, so they are shown.",
        place,
        f"Write the reason: `# rules: ignore {shown} because ...`.",
    )


def _no_code(place: Span, code: str) -> Diagnostic:
    if code in CODES:
        what = "is about such comments" if code in ABOUT_COMMENTS else "is an error, and errors stop scoring"
        return finding("RE792", f"{code} cannot be ignored: it {what}.", place, "Mend it, and delete the comment.")
    shown = (
        f'"{code}" is no code.{did_you_mean(code.upper(), (one for one in CODES if one[:3] == code[:3].upper()))}'
        if code
        else "This comment names no code."
    )
    return finding("RE792", shown, place, "Codes look like RE731; findings begin with them.")


def _misspelt(place: Span, word: str) -> Diagnostic:
    return finding("RE792", f'"{word}" should be "ignore".', place, "Write `# rules: ignore CODE because ...`.")


class _Places:
    """Which part of a file a comment counts for."""

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self.scalars: list[tuple[int, int]] = []
        # by line, the outermost entry that begins on it
        self.entries: dict[int, tuple[int, int]] = {}
        self._walk(root)
        self.scalars.sort()
        self.first = root.entries[0].key.start if isinstance(root, MapNode) and root.entries else len(source.text)

    def _walk(self, node: Node) -> None:
        if isinstance(node, ScalarNode):
            self.scalars.append((node.start, node.end))
        elif isinstance(node, ListNode):
            for item in node.items:
                self._note(item.start, item.end)
                self._walk(item)
        else:
            for entry in node.entries:
                self._note(entry.key.start, max(entry.value.end, entry.key.end))
                self._walk(entry.key)
                self._walk(entry.value)

    def _note(self, start: int, end: int) -> None:
        self.entries.setdefault(self.source.position(start)[0], (start, end))

    def is_in_scalar(self, at: int) -> bool:
        index = bisect_right(self.scalars, (at, len(self.source.text))) - 1
        return index >= 0 and self.scalars[index][0] <= at < self.scalars[index][1]

    def counts_for(self, at: int) -> tuple[int, int]:
        """[start, end) of what a comment that begins at `at` counts for."""
        if at < self.first:
            return 0, len(self.source.text) + 1
        line, column = self.source.position(at)
        if self.source.line(line)[: column - 1].strip():
            begin = self.source.line_starts[line - 1]
            start, end = self.entries.get(line, (begin, begin))
            line_end = self.source.line_starts[line] if line < len(self.source.line_starts) else len(self.source.text)
            return min(start, begin), max(end, line_end)
        below = min((number for number in self.entries if number > line), default=None)
        return (at, at) if below is None else self.entries[below]
