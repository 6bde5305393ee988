"""A compiled pattern, and the check of a pattern's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rules_engine.feel.patterns.automaton import Automaton
from rules_engine.feel.patterns.machine import Places, Work, find
from rules_engine.feel.patterns.program import Program, make_program
from rules_engine.feel.patterns.read import PatternError, read_flags, read_pattern

_PIECE = re.compile(r"\\([\\$])|\$([0-9]+)|([^\\$]+)|(.)", re.DOTALL)


class Pattern:
    """A pattern ready to run. Safe to share between threads."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._automaton = Automaton(program)

    def matches(self, text: str) -> bool:
        """Whether the pattern occurs anywhere in the text."""
        return self._automaton.occurs(text)

    def matches_nothing(self) -> bool:
        """Whether it matches an empty text; `replace` and `split` then have no meaning."""
        return self._automaton.occurs("")

    def replace(self, text: str, replacement: str) -> str:
        """Every match replaced; `$1` is what group 1 found, `\\$` and `\\\\` are the characters."""
        pieces = self._pieces(replacement)
        made: list[str] = []
        done = 0
        for places in self._occurrences(text):
            made.append(text[done : places[0]])
            for piece in pieces:
                if isinstance(piece, str):
                    made.append(piece)
                elif places[2 * piece] >= 0:
                    made.append(text[places[2 * piece] : places[2 * piece + 1]])
            done = places[1]
        made.append(text[done:])
        return "".join(made)

    def split(self, text: str) -> list[str]:
        """The parts between the matches."""
        parts: list[str] = []
        done = 0
        for places in self._occurrences(text):
            parts.append(text[done : places[0]])
            done = places[1]
        parts.append(text[done:])
        return parts

    def _occurrences(self, text: str) -> Iterator[Places]:
        work = Work()
        at = 0
        while at <= len(text):
            places = find(self._program, text, at, work)
            if places is None:
                return
            yield places
            at = max(places[1], places[0] + 1)

    def _pieces(self, replacement: str) -> list[str | int]:
        """Texts and numbers of groups, in order."""
        pieces: list[str | int] = []
        for sign, digits, plain, other in _PIECE.findall(replacement):
            if other:
                raise PatternError(f"a lone {other} in the replacement; write \\{other}")
            if not digits:
                pieces.append(sign or plain)
                continue
            size = len(digits)  # the longest number that is a group; what follows is text
            while size > 1 and int(digits[:size]) > self._program.groups:
                size -= 1
            number = int(digits[:size])
            pieces += [number if number <= self._program.groups else "", digits[size:]]
        return pieces


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """The pattern ready to run; `PatternError` if it is not in the language."""
    read = read_flags(flags)
    tree, groups = read_pattern(pattern, read)
    return Pattern(make_program(tree, groups, read))


def check_pattern(pattern: str, flags: str = "") -> str | None:
    """What is wrong with a pattern, in words; None if nothing is."""
    try:
        compile_pattern(pattern, flags)
    except PatternError as problem:
        return str(problem)
    return None
