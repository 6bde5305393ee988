"""Which of its meanings a square bracket has: `[1, 2]` and `x[1]`, or the end of a range turned outwards, `]1..5[`.

The grammar knows from what came before whether an operand can begin, which leaves two questions. A `[` behind the
`..` of a range closes the range or opens a filter (`[1..xs[1]]`): it closes where no filter can begin. A `]` right
behind the `[` of a list makes the empty list or opens a range (`[ ]1..2[ ]`): it opens where an operand follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark import Token

_GAP = r"(?:\s|\uFEFF|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)*"
_OPERATOR_WORD = r"(?:and|or|in|then|else|return|satisfies|between|instance)(?!\w)"
_NO_OPERAND = re.compile(rf"{_GAP}(?:\Z|[),}}\]=<>!*/+]|\.(?![0-9])|{_OPERATOR_WORD})")
_OPERAND = re.compile(rf"{_GAP}(?!{_OPERATOR_WORD})(?:[\w\"@({{?]|\.[0-9])")
_EMPTY_OR_OPENING = re.compile(
    rf'("(?:[^"\\\n\r]|\\[^\n\r])*"|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)|(\[{_GAP})\](?={_GAP}-)'
)


class Brackets:
    """Goes along with the reading of one text, one bracket or `..` after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.halfway: list[bool] = []  # of each open bracket: whether the `..` of a range stands in it

    def meaning(self, token: Token, accepts: Collection[str]) -> str:
        """The token's type in the grammar, where these types can stand."""
        match token.type:
            case "LPAR" | "LBRACE":
                self._open()
            case "RPAR" | "RBRACE":
                self._close()
            case "DOTS":
                self.halfway[-1:] = [True] if self.halfway else []
            case "LSQB":
                if self.halfway[-1:] == [True] and "CLOSING_LSQB" in accepts and self._follows(_NO_OPERAND, token):
                    self._close()
                    return "CLOSING_LSQB"
                self._open()
            case "RSQB":
                opens = self._follows(_OPERAND, token) or (
                    "RSQB" not in accepts and not self._follows(_NO_OPERAND, token)
                )
                if "OPENING_RSQB" in accepts and opens:
                    self._open()
                    return "OPENING_RSQB"
                self._close()
        return token.type

    def _open(self) -> None:
        self.halfway.append(False)

    def _close(self) -> None:
        del self.halfway[-1:]

    def _follows(self, pattern: re.Pattern[str], token: Token) -> bool:
        return pattern.match(self.text, token.end_pos or 0) is not None


def with_ranges_for_empty_lists(text: str) -> str:
    """`[ ]-1..2[ ]` with its range in round brackets, `[ (-1..2[ ]`; of the same length.

    `[ ]-1` reads as an empty list less 1, as in `[[]-1..2)`. Where that makes no sense of the whole, this may.
    """
    return _EMPTY_OR_OPENING.sub(lambda found: found[1] or f"{found[2]}(", text)
