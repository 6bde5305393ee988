"""Bytes of a file -> text that is fit for YAML, or findings with a place.

UTF-8 only, no control characters, bounded size. A byte order mark at the start is dropped and told.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.source import Source
from rules_engine.model import messages_yaml as say
from rules_engine.records import dataclass

MAX_BYTES = 1_000_000
# Characters YAML does not allow, and the line separators that YAML 1.1 and 1.2 read differently.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Read:
    """`source` is None when there is nothing to go on with."""

    source: Source | None
    findings: tuple[Diagnostic, ...]


def read_file(path: Path, shown: str) -> Read:
    """Reads `path`; `shown` is the path as the user gave it."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Read(None, (say.no_file(shown, _names(path.parent)),))
    except IsADirectoryError:
        return Read(None, (say.is_folder(shown, _names(path)),))
    except OSError as error:
        return Read(None, (say.cannot_read(shown, error.strerror or str(error)),))
    return read_bytes(data, shown)


def _names(folder: Path) -> list[str]:
    """What lies in a folder, for a suggestion; nothing where it cannot be listed."""
    try:
        return sorted(item.name for item in islice(folder.iterdir(), 1000))
    except OSError:
        return []


def read_bytes(data: bytes, shown: str) -> Read:
    """Checks and decodes the bytes of a file."""
    start = Span(shown, 0, 0, 1, 1, 1, 1)
    if len(data) > MAX_BYTES:
        return Read(None, (say.too_large(start, MAX_BYTES),))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Read(None, (say.utf16(start),))
    findings: list[Diagnostic] = []
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
        findings.append(say.byte_order_mark(start))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        readable = Source.of(shown, data[: error.start].decode("utf-8"))
        place = readable.span(len(readable.text), len(readable.text))
        return Read(None, (*findings, say.not_utf8(place, data[error.start])))
    return check_text(text, shown, findings)


def check_text(text: str, shown: str, before: list[Diagnostic] | None = None) -> Read:
    """Checks a text that is already decoded."""
    source = Source.of(shown, text)
    findings = list(before or ())
    if len(text) > MAX_BYTES:
        return Read(None, (*findings, say.too_large(source.span(0, 0), MAX_BYTES)))
    unfit = list(_UNFIT.finditer(text))
    if unfit:
        places = [say.control_character(source.span(m.start(), m.end()), m[0]) for m in unfit[:5]]
        return Read(None, (*findings, *places))
    return Read(source, tuple(findings))
