"""The text of a file and the way from character offsets to lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.records import dataclass

_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """A text with the path the user gave for it. `line_starts` holds the offset of each line's first character."""

    file: str
    text: str
    line_starts: tuple[int, ...]

    @classmethod
    def of(cls, file: str, text: str) -> Source:
        return cls(file, text, (0, *(match.end() for match in _LINE_BREAK.finditer(text))))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of [start, end), kept inside the text."""
        start = min(max(start, 0), len(self.text))
        end = min(max(end, start), len(self.text))
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        return Span(self.file, start, end, line, column, end_line, end_column)

    def line(self, number: int) -> str:
        """The text of a line (from 1) without its line break."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")
