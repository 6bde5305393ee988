"""Mends what can be mended without asking: slips of spelling with one name near, values that need quotes, comments
that ignore nothing, a byte order mark.

Each edit is tried by itself: the file is read again, and the edit stays only where the finding is gone and no other
error has come.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from rules_engine.analysis.lints.files import MAPPING, TESTS, Wanted, of_model
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model import extensions, yaml_read
from rules_engine.model.load import LoadResult, load_text
from rules_engine.records import dataclass

# Each fix reads the file anew, and what one mends can show another.
_MOST = 200
_BYTE_ORDER_MARK = "RE004"


@dataclass(frozen=True, slots=True)
class Fixed:
    """The text of a file after its fixes, and what was done: the finding, and the change in words."""

    text: str
    done: tuple[tuple[Diagnostic, str], ...]


def fix_file(file: Path, wanted: Wanted, today: date | None, using: extensions.Extensions = extensions.NONE) -> Fixed:
    """The fixes of a model file, which is not written here. Files of tests and mappings have none."""
    read = yaml_read.read_file(file, str(file))
    if read.source is None or file.name in (TESTS, MAPPING):
        return Fixed("", ())
    text = read.source.text
    marks = [found for found in read.findings if found.code == _BYTE_ORDER_MARK and wanted.shows(found)]
    done = [(found, "byte order mark removed") for found in marks]

    def findings(of: str) -> tuple[LoadResult, tuple[Diagnostic, ...]]:
        loaded = load_text(of, file, using)
        return loaded, of_model(loaded, wanted, today, using)

    loaded, found = findings(text)
    refused: set[tuple[str, str]] = set()
    while len(done) < _MOST:
        one = next((one for one in found if one.edit is not None and (one.code, one.message) not in refused), None)
        if one is None or one.edit is None:
            break
        span, new = one.edit.span, one.edit.text
        changed = text[: span.start] + new + text[span.end :]
        after, left = findings(changed)
        if span.file != str(file) or not _better(loaded, found, one, after, left):
            refused.add((one.code, one.message))
            continue
        done.append((one, _told(text[span.start : span.end], new)))
        text, loaded, found = changed, after, left
    return Fixed(text, tuple(done))


def _better(
    before: LoadResult, found: tuple[Diagnostic, ...], one: Diagnostic, after: LoadResult, left: tuple[Diagnostic, ...]
) -> bool:
    """The finding is gone, no error is new, and what had a meaning still has the same."""
    if before.model is not None and (after.model is None or after.model.hash != before.model.hash):
        return False
    counts, now = _counts(found), _counts(left)
    key = (one.code, one.message)
    if now[key] >= counts[key] and _stays(one, left):
        return False
    if before.root is None:
        return after.root is not None  # it could not be read at all, so what else is wrong shows now
    errors = _counts(tuple(other for other in left if other.is_error))
    return all(count <= counts[other] for other, count in errors.items())


def _stays(one: Diagnostic, left: tuple[Diagnostic, ...]) -> bool:
    """Whether it is told here or before; further on it is the next use of a name that is told once an expression."""
    place = one.span.start if one.span is not None else 0
    same = [other.span for other in left if (other.code, other.message) == (one.code, one.message)]
    return any(span is None or span.start <= place for span in same)


def _counts(found: tuple[Diagnostic, ...]) -> Counter[tuple[str, str]]:
    return Counter((one.code, one.message) for one in found)


def _told(old: str, new: str) -> str:
    shown, instead = " ".join(old.split()), " ".join(new.split())
    if not instead:
        return f"{shown} deleted" if shown else "line deleted"
    return f"{shown} -> {instead}" if shown else f"{instead} added"
