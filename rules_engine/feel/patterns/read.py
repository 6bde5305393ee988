"""Pattern text → tree. XPath's regular expressions, but for what cannot be run in linear time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rules_engine.feel.patterns.charsets import KINDS, CharSet, forms, kind_of_property
from rules_engine.records import dataclass

MAX_REPEAT = 1000
MAX_NESTED = 50

_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
_SPACES = " \t\n\r"


class PatternError(ValueError):
    """The pattern is not in the language; says why, in words."""


@dataclass(frozen=True, slots=True)
class One:
    """`a`, `.`, `[a-z]`"""

    chars: CharSet


@dataclass(frozen=True, slots=True)
class Edge:
    """`^`, `$`, `\\b` (kind `b`), `\\B` (kind `B`): a place between characters"""

    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """`abc`"""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`a|b`"""

    options: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`a{2,5}`, `a*?`; `most` None is without end"""

    part: Tree
    fewest: int
    most: int | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """`(a)`; `number` from 1"""

    part: Tree
    number: int


Tree: TypeAlias = One | Edge | Row | Choice | Repeat | Group


@dataclass(frozen=True, slots=True)
class Flags:
    """`s` dot takes line ends · `m` ^ and $ at each line · `i` capitals do not matter · `x` spaces are left out"""

    dot_all: bool = False
    lines: bool = False
    any_case: bool = False
    spaced: bool = False


def read_flags(text: str) -> Flags:
    """`"im"` → Flags"""
    for flag in text:
        if flag not in "smix":
            raise PatternError(f"{flag!r} is no flag: the flags are s, m, i and x")
    return Flags("s" in text, "m" in text, "i" in text, "x" in text)


def read_pattern(text: str, flags: Flags) -> tuple[Tree, int]:
    """The tree and how many groups it has."""
    if flags.spaced:
        text = _without_spaces(text)
    reader = _Reader(text, flags)
    tree = reader.choice(0)
    if reader.at < len(text):
        raise PatternError("a ) without its (; write \\) for the character")
    return tree, reader.groups


def _without_spaces(text: str) -> str:
    """What the flag `x` leaves: spaces go before anything is read, also behind a backslash, but not inside `[…]`."""
    kept: list[str] = []
    in_class = escaped = False
    for char in text:
        if char in _SPACES and not in_class:
            continue
        kept.append(char)
        if not escaped and char in "[]":
            in_class = char == "["
        escaped = char == "\\" and not escaped
    return "".join(kept)


class _Reader:
    def __init__(self, text: str, flags: Flags) -> None:
        self.text, self.flags = text, flags
        self.at = self.groups = 0

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        char = self.peek()
        if not char:
            raise PatternError("the pattern ends too early")
        self.at += 1
        return char

    def choice(self, depth: int) -> Tree:
        if depth > MAX_NESTED:
            raise PatternError(f"brackets are nested more than {MAX_NESTED} deep")
        options = [self.row(depth)]
        while self.peek() == "|":
            self.at += 1
            options.append(self.row(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def row(self, depth: int) -> Tree:
        parts: list[Tree] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.repeated(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def repeated(self, part: Tree) -> Tree:
        char = self.peek()
        if char not in ("*", "+", "?", "{") or not char:
            return part
        if isinstance(part, Edge):
            raise PatternError(f"nothing to repeat before {char}")
        self.at += 1
        fewest, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(char) or self.bounds()
        lazy = self.peek() == "?"
        self.at += lazy
        if self.peek() in ("*", "+", "?", "{") and self.peek():
            raise PatternError(f"{self.peek()} after a repetition; put the first one in brackets")
        return Repeat(part, fewest, most, lazy)

    def bounds(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        inside = self.text[self.at : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
            raise PatternError("a repetition is {n}, {n,} or {n,m}; write \\{ for the character")
        self.at = end + 1
        fewest = int(low[:9])
        most = int(high[:9]) if high else None if comma else fewest
        if most is not None and most < fewest:
            raise PatternError(f"{{{inside}}} counts backwards")
        if max(fewest, most or 0) > MAX_REPEAT:
            raise PatternError(f"a repetition of more than {MAX_REPEAT} times")
        return fewest, most

    def atom(self, depth: int) -> Tree:
        char = self.take()
        if char == "(":
            return self.group(depth)
        if char == "[":
            return One(self.char_class())
        if char == ".":
            ends = frozenset() if self.flags.dot_all else frozenset("\n\r")
            return One(CharSet(ends, negated=True))
        if char in "^$":
            return Edge(char)
        if char == "\\":
            return self.escape()
        if char in "*+?{":
            raise PatternError(f"nothing to repeat before {char}; write \\{char} for the character")
        if char in "}]":
            raise PatternError(f"{char} without its opening bracket; write \\{char} for the character")
        return One(self.single(char))

    def single(self, char: str) -> CharSet:
        return CharSet(self._cased({char}), any_case=self.flags.any_case)

    def group(self, depth: int) -> Tree:
        number = 0
        if self.peek() == "?":
            self.at += 1
            if self.take() != ":":
                raise PatternError("(?…) forms such as look-ahead are not supported, only (?: for a plain group")
        else:
            self.groups += 1
            number = self.groups
        inside = self.choice(depth + 1)
        if self.peek() != ")":
            raise PatternError("a ( without its ); write \\( for the character")
        self.at += 1
        return Group(inside, number) if number else inside

    def escape(self) -> Tree:
        char = self.take()
        if char.isdigit() and char != "0":
            raise PatternError(f"\\{char} (what a group found before) is not supported")
        if char in "bB":
            return Edge(char)
        kind = self.kind(char)
        if kind is not None:
            return One(CharSet(kinds=(kind,)))
        return One(self.single(self.escaped(char)))

    def escaped(self, char: str) -> str:
        if char in _ESCAPED:
            return _ESCAPED[char]
        if char in _PUNCTUATION:
            return char
        raise PatternError(f"\\{char} has no meaning")

    def kind(self, char: str) -> tuple[Callable[[str], bool], bool] | None:
        """`\\d`, `\\D`, `\\p{Lu}`, …: the test, and whether it is turned around."""
        if char in "pP":
            if self.take() != "{":
                raise PatternError("\\p wants a name in braces, such as \\p{L} for letters")
            end = self.text.find("}", self.at)
            name = self.text[self.at : max(end, self.at)]
            test = kind_of_property(name)
            if test is None:
                raise PatternError(f"\\p{{{name}}} is no known kind of characters")
            self.at = end + 1
            return test, char == "P"
        lower = KINDS.get(char.lower())
        return None if lower is None else (lower, char.isupper())

    def char_class(self) -> CharSet:
        negated = self.at < len(self.text) and self.text[self.at] == "^"
        self.at += negated
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        kinds: list[tuple[Callable[[str], bool], bool]] = []
        first = True
        while (char := self.take()) != "]" or first:
            if char == "]":
                raise PatternError("[] takes no character; write \\] for the character")
            first = False
            if char == "[":
                raise PatternError("[ inside [ ] is not supported; write \\[ for the character")
            if char == "\\":
                char = self.take()
                kind = self.kind(char)
                if kind is not None:
                    kinds.append(kind)
                    continue
                char = self.escaped(char)
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", "", "["):
                self.at += 1
                end = self.take()
                if end == "\\":
                    end = self.escaped(self.take())
                if end < char:
                    raise PatternError(f"{char}-{end} goes backwards")
                ranges.append((char, end))
            else:
                singles.add(char)
        return CharSet(self._cased(singles), tuple(ranges), tuple(kinds), negated, self.flags.any_case)

    def _cased(self, singles: set[str]) -> frozenset[str]:
        """Where capitals do not matter, `ς` stands for `Σ` and so also for `σ`."""
        return frozenset(form for one in singles for form in forms(one)) if self.flags.any_case else frozenset(singles)
