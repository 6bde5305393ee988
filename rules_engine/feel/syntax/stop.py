"""Where reading stopped, and what stands around the place: what the explanations of mistakes look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rules_engine.feel import ast
from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.records import dataclass

STRINGS_AND_COMMENTS = re.compile(r'"(?:[^"\\\n\r]|\\[^\n\r])*"|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/')
WORD = re.compile(r"[^\W\d]\w*")
LAST_WORD = re.compile(r"([^\W\d]\w*)\s*$")
OPERANDS = frozenset({"NAME", "NUMBER", "STRING"})
CLOSING = {"(": ")", "[": "]", "{": "}"}
_CLOSING_QUOTES = {"“": "”“", "„": "“”", "‘": "’‘", "«": "»"}
_TOKEN = re.compile(r'(?:@\s*)?"(?:[^"\\\n\r]|\\[^\n\r])*"|\w+|\S')
_WINDOW = 200
"""How many characters around the place are looked at for an operand: longer ones are not worth repeating."""

VALUE: tuple[type[ast.Node], ...] = (ast.Name, ast.Path, ast.Call, ast.Filter, ast.ListLiteral, ast.ContextLiteral)
VALUE += (ast.StringLiteral, ast.NumberLiteral, ast.BooleanLiteral, ast.NullLiteral, ast.AtLiteral, ast.RangeLiteral)
SUM = (*VALUE, ast.Arithmetic, ast.Negate)
COMPARISON = (*SUM, ast.Comparison, ast.Between, ast.In, ast.InstanceOf)
ANY = (*COMPARISON, ast.And, ast.Or, ast.If, ast.For, ast.Quantified)
"""How much an operand may hold without brackets around it, from tight to loose."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where reading stopped: the text, the place, what could have followed. `read`: the tree of a text, or None."""

    text: str
    start: int
    end: int
    expected: frozenset[str]
    read: Callable[[str], object]

    @property
    def before(self) -> str:
        return self.text[: self.start].rstrip()

    @property
    def after(self) -> str:
        return self.text[self.start :]

    @property
    def found(self) -> str:
        """The word or sign at the place, "" at the end."""
        return self.text[self.start : self.end]

    def error(
        self, message: str, help: str, *, code: str, start: int = -1, end: int = -1, fix: str = ""
    ) -> FeelSyntaxError:
        """`fix` is the whole text with this mistake put right; there may be more of them in it."""
        start = self.start if start < 0 else start
        return FeelSyntaxError(message, start=start, end=self.end if end < 0 else end, help=help, code=code, fix=fix)

    def put(self, start: int, end: int, text: str) -> str:
        """The whole text with another piece in [start, end)."""
        return self.text[:start] + text + self.text[end:]

    def put_choice(self, start: int, end: int, choice: str) -> str:
        """The whole text with an `if` in [start, end), in brackets where it is a part of something."""
        before, after = self.text[:start].rstrip(), self.text[end:].lstrip()
        alone = (not before and not after) or (before[-1:] == "(" and after[:1] == ")")
        return self.put(start, end, choice if alone else f"({choice})")

    def plain_before(self) -> str:
        """What stands before the place, of the same length, with blanks for texts and comments."""
        return STRINGS_AND_COMMENTS.sub(lambda found: " " * len(found[0]), self.text[: self.start])

    def left(self, kinds: tuple[type[ast.Node], ...] = SUM, at: int = -1) -> tuple[int, int] | None:
        """Where the operand that ends at the place (or at `at`) begins and ends."""
        end = len(self.before) if at < 0 else len(self.text[:at].rstrip())
        starts = [found.start() for found in _TOKEN.finditer(self.text, 0, end)]
        for start in starts:
            if start >= end - _WINDOW and self._is_operand(self.text[start:end], kinds):
                return start, end
        return None

    def right(self, at: int, kinds: tuple[type[ast.Node], ...] = SUM) -> tuple[int, int] | None:
        """Where the operand that begins behind `at` begins and ends."""
        start = self._behind(at)
        for end in sorted(self._ends(start), reverse=True):
            if self._is_operand(self.text[start:end], kinds):
                return start, end
        return None

    def _behind(self, at: int) -> int:
        """Where something begins from `at` on."""
        return len(self.text) - len(self.text[at:].lstrip())

    def _ends(self, start: int) -> Iterator[int]:
        for found in _TOKEN.finditer(self.text, start):
            if found.end() > start + _WINDOW:
                return
            yield found.end()

    def _is_operand(self, text: str, kinds: tuple[type[ast.Node], ...]) -> bool:
        tree = self.read(text)
        if tree is None:
            return False
        enclosed = text[0] == "(" and text[-1] == ")" and self.read(text[1:-1]) is not None
        return enclosed or isinstance(tree, kinds)

    def opening(self) -> int | None:
        """Where the innermost bracket begins that is open at the place."""
        opened: list[int] = []
        for at, sign in enumerate(self.plain_before()):
            if sign in CLOSING:
                opened.append(at)
            elif sign in CLOSING.values() and opened:
                opened.pop()
        return opened[-1] if opened else None

    def arguments(self, opening: int, dividers: str = ",;") -> tuple[list[str], int] | None:
        """The pieces between a bracket and the one that closes it, and where it is closed."""
        pieces, depth, begin = [], 0, opening + 1
        for found in _TOKEN.finditer(self.text, opening):
            sign = found[0]
            if sign in CLOSING:
                depth += 1
            elif sign in CLOSING.values():
                depth -= 1
            if (depth == 1 and sign in dividers) or depth == 0:
                pieces.append(self.text[begin : found.start()].strip())
                begin = found.end()
            if depth == 0:
                return pieces, found.end()
        return None

    def text_or_value(self, start: int, *, tests: bool = False) -> tuple[str, int] | None:
        """The text in quotes of any kind, or the value, that stands behind `start`, as FEEL writes it; and its end.

        With `tests` it may be what is in round brackets behind “in”.
        """
        begin = self._behind(start)
        if tests and self.text[begin : begin + 1] == "(":
            group = self.arguments(begin, ",")
            return None if group is None else (self.text[begin : group[1]], group[1])
        if self.text[begin : begin + 1] and self.text[begin] in "'“„‘":
            inside, end = quoted(self.text, begin)
            return in_quotes(inside), end
        found = self.right(start)
        if found is None:
            return None
        text = self.text[slice(*found)]
        return (text.lower() if text in ("TRUE", "FALSE", "NULL") else text), found[1]


def quoted(text: str, start: int) -> tuple[str, int]:
    """The inside of the quotes that begin at `start`, and where they end; where they do not end, the rest."""
    mark = text[start]
    if mark == "'" and (sql := re.compile(r"'((?:[^'\\]|''|\\.)*)'").match(text, start)):
        return sql[1].replace("''", "'").replace("\\'", "'"), sql.end()
    closing = _CLOSING_QUOTES.get(mark, mark)
    found = re.compile(f"[{closing}]").search(text, start + 1)
    return (text[start + 1 :], len(text)) if found is None else (text[start + 1 : found.start()], found.end())


def in_quotes(inside: str) -> str:
    """The inside of other quotes as a text; its backslashes are left as they are."""
    return '"' + re.sub(r'(?<!\\)"', r"\"", inside) + '"'


def turned(condition: str) -> str:
    """`not(…)` of an operand, which may stand in brackets already."""
    return f"not{condition}" if condition[0] == "(" and condition[-1] == ")" else f"not({condition})"
