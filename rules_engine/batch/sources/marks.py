"""Bytes that are no UTF-8, carried through a CSV parser as rare characters. A leaf but for pyarrow.

Byte 0xE9 becomes U+F00E9, of a private plane that no export uses; for the rejects file it becomes Python's surrogate
U+DCE9, which "surrogateescape" writes as the byte it was.
"""

from __future__ import annotations

import codecs

import numpy as np
import pyarrow as pa

_PLANE = 0xF0000
PATTERN = "[\U000f0080-\U000f00ff]"
_TO_SURROGATES = {_PLANE + byte: 0xDC00 + byte for byte in range(0x80, 0x100)}


def is_utf8(data: bytes) -> bool:
    """Whether all of `data` is UTF-8, without a copy of it."""
    ends = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def marked(data: bytes) -> bytes:
    """`data` as UTF-8, with bytes that are none marked."""
    return data.decode("utf-8", errors="rules_engine.mark").encode("utf-8")


def to_surrogates(text: str) -> str:
    """A text with marks as Python spells bytes that are no text."""
    return text.translate(_TO_SURROGATES)


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(_PLANE + byte) for byte in wrong), error.end


codecs.register_error("rules_engine.mark", _mark)
