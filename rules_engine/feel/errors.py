"""The two ways in which FEEL refuses: a text that is no expression, and one that asks for too much.

Everything else that goes wrong with values is null, as the standard has it.
"""

from __future__ import annotations


class FeelError(Exception):
    """Base of the errors that FEEL raises."""


class FeelSyntaxError(FeelError):
    """The text is no expression. [start, end) are characters of the text; `help` says what to write, or is empty.

    `fix` is the whole text put right, where that is known, else empty.
    """

    def __init__(
        self, message: str, *, start: int = 0, end: int = 0, help: str = "", code: str = "RE300", fix: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.help = help
        self.diagnostic_code = code
        self.fix = fix


class FeelLimitError(FeelError):
    """A stated limit on the length or depth of an expression, or on the work or size of a value, was reached."""

    def __init__(self, message: str, *, start: int = 0, end: int = 0, help: str = "", code: str = "RE310") -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.help = help
        self.diagnostic_code = code
