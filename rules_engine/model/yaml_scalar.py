"""Where each character of a scalar's value stands in the file, for every way YAML has of writing text.

A value such as `a b` may come from one line, from two folded lines, or from quotes with escapes. `offsets` walks the
source text the way YAML reads it and notes where each character came from. It checks itself: when the walk does not
give the value the YAML parser gave, the answer is None and the caller points at the whole scalar.
"""

from __future__ import annotations

from collections.abc import Sequence

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_ESCAPE_DIGITS = {"x": 2, "u": 4, "U": 8}


def offsets(text: str, start: int, end: int, style: str, block_column: int, value: str) -> Sequence[int] | None:
    """For each character of `value` the offset where it begins in `text`, and at the end where the last one ends.

    [start, end) is the scalar with its quotes or its `|` header, without anchors.
    """
    walk = _Walk(text, start, end)
    if style in ("literal", "folded"):
        walk.block(style == "literal", block_column)
    elif style == "double":
        walk.quoted('"')
    elif style == "single":
        walk.quoted("'")
    else:
        walk.flow_lines(end)
    if "".join(walk.characters) != value:
        return None
    return [*walk.places, walk.places[-1] + walk.width if walk.places else walk.at]


def file_range(places: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The file range of the value's characters [start, end). An empty range stays empty."""
    last = len(places) - 1
    start = min(max(start, 0), last)
    end = min(max(end, start), last)
    return places[start], places[end] if end > start else places[start]


class _Walk:
    """Reads a scalar once from left to right; `places` and `characters` grow together."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.characters: list[str] = []
        self.places: list[int] = []
        self.width = 1  # how much source text the last character took

    def add(self, character: str, place: int, width: int = 1) -> None:
        self.characters.append(character)
        self.places.append(place)
        self.width = width

    def peek(self) -> str:
        return self.text[self.at] if self.at < self.end else ""

    def line_break(self) -> int:
        """Steps over a line break and gives where it began."""
        place = self.at
        self.at += 2 if self.text.startswith("\r\n", self.at) else 1
        return place

    # --- plain and quoted text: lines fold to blanks, blank lines to line breaks

    def fold(self) -> None:
        """At a line break: steps to the next line's text; adds a blank, or a line break for each blank line."""
        breaks: list[int] = []
        while self.peek() in ("\r", "\n", " ", "\t") and self.at < self.end:
            if self.peek() in " \t":
                self.at += 1
            else:
                breaks.append(self.line_break())
        if len(breaks) == 1:
            self.add(" ", breaks[0])
        for place in breaks[1:]:
            self.add("\n", place)

    def blanks(self) -> bool:
        """Reads a run of blanks; drops it (and folds) if the line ends after it. True if it went to a new line."""
        first = self.at
        while self.peek() in (" ", "\t") and self.at < self.end:
            self.at += 1
        if self.peek() in ("\r", "\n") and self.at < self.end:
            self.fold()
            return True
        for place in range(first, self.at):
            self.add(self.text[place], place)
        return False

    def flow_lines(self, stop: int) -> None:
        while self.at < stop:
            if self.peek() in " \t\r\n":
                self.blanks()
            else:
                self.add(self.text[self.at], self.at)
                self.at += 1

    def quoted(self, quote: str) -> None:
        self.at += 1
        while self.at < self.end:
            character = self.peek()
            if character == quote:
                if quote == "'" and self.text.startswith("''", self.at):
                    self.add("'", self.at, 2)
                    self.at += 2
                    continue
                return
            if character in " \t\r\n":
                self.blanks()
            elif character == "\\" and quote == '"':
                self.escape()
            else:
                self.add(character, self.at)
                self.at += 1

    def escape(self) -> None:
        place = self.at
        letter = self.text[place + 1 : place + 2]
        self.at += 2
        if letter in ("\r", "\n"):  # a line break that counts for nothing; the next line's indentation goes too
            self.at = place + 1
            self.line_break()
            while self.peek() in (" ", "\t", "\r", "\n") and self.at < self.end:
                if self.peek() in "\r\n":
                    self.add("\n", self.line_break())
                else:
                    self.at += 1
            return
        if letter in _ESCAPE_DIGITS:
            digits = self.text[self.at : self.at + _ESCAPE_DIGITS[letter]]
            self.at += len(digits)
            self.add(_character(digits), place, self.at - place)
        else:
            self.add(_ESCAPES.get(letter, ""), place, 2)

    # --- block text: `|` and `>`

    def block(self, literal: bool, block_column: int) -> None:
        explicit, keep, strip = self.header()
        indent = max(block_column, 0) + explicit if explicit else 0
        trailing: list[int] = []
        indent = self.block_breaks(indent, max(block_column + 1, 1), trailing)
        leading: int | None = None
        was_blank = False
        while self.column() == indent and self.at < self.end:
            is_blank = self.peek() in (" ", "\t")
            if not literal and leading is not None and not was_blank and not is_blank:
                if not trailing:
                    self.add(" ", leading)
            elif leading is not None:
                self.add("\n", leading)
            for place in trailing:
                self.add("\n", place)
            trailing = []
            was_blank = is_blank
            while self.at < self.end and self.peek() not in "\r\n":
                self.add(self.text[self.at], self.at)
                self.at += 1
            leading = self.line_break() if self.at < self.end else None
            self.block_breaks(indent, indent, trailing)
        if leading is not None and not strip:
            self.add("\n", leading)
        if keep:
            for place in trailing:
                self.add("\n", place)

    def header(self) -> tuple[int, bool, bool]:
        """Reads `|2-   # comment` and its line break: the indentation, whether to keep or strip line ends."""
        self.at += 1
        explicit, keep, strip = 0, False, False
        while self.peek() and self.peek() in "+-123456789":
            keep, strip = keep or self.peek() == "+", strip or self.peek() == "-"
            explicit = int(self.peek()) if self.peek().isdigit() else explicit
            self.at += 1
        while self.at < self.end and self.peek() not in "\r\n":
            self.at += 1
        if self.at < self.end:
            self.line_break()
        return explicit, keep, strip

    def block_breaks(self, indent: int, least: int, breaks: list[int]) -> int:
        """Steps over indentation and blank lines. With `indent` 0 finds the indentation of the text that follows."""
        widest = 0
        while self.at < self.end:
            while self.at < self.end and self.peek() == " " and (not indent or self.column() < indent):
                self.at += 1
            widest = max(widest, self.column())
            if not self.peek() or self.peek() not in "\r\n":
                break
            breaks.append(self.line_break())
        return indent or max(widest, least)

    def column(self) -> int:
        line = max(self.text.rfind("\n", 0, self.at), self.text.rfind("\r", 0, self.at)) + 1
        return self.at - line


def _character(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        return ""
