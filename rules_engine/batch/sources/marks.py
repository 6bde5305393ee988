"""Bytes that are no text (no UTF-8, or NUL), carried through a CSV parser as rare characters. A leaf.

Byte 0xE9 becomes U+F00E9, of a private plane that no export uses; for the rejects file it becomes Python's surrogate
U+DCE9, which "surrogateescape" writes as the byte it was. NUL becomes U+F0000.
"""

from __future__ import annotations

import codecs

_PLANE = 0xF0000
ERRORS = "rules_engine.mark"  # how a decoder is told to mark them
NUL, MARKED_NUL = "\0", chr(_PLANE)
PATTERN = "[\U000f0000\U000f0080-\U000f00ff]"
_TO_SURROGATES = {_PLANE: 0} | {_PLANE + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}


def to_surrogates(text: str) -> str:
    """A text with marks as Python spells bytes that are no text."""
    return text.translate(_TO_SURROGATES)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(_PLANE + byte) for byte in wrong), error.end


codecs.register_error(ERRORS, _mark)
