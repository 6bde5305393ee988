"""File names and patterns -> files; bytes of a file, unpacked and as UTF-8 where it is text.

Takes a table of the mapping, gives paths and bytes; may import mapping and messages.
"""

from __future__ import annotations

import glob
import gzip
import zlib
from pathlib import Path

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.mapping import Format, Table

_KINDS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip


def find(table: Table, folder: Path) -> list[Path]:
    """The files of a table in the order of the mapping; those of a pattern by name. Raises `DataError`."""
    found: list[Path] = []
    for pattern in table.files:
        whole = folder / pattern
        matches = (
            sorted(map(Path, glob.glob(str(whole), recursive=True))) if any(c in pattern for c in "*?[") else [whole]
        )
        matches = [path for path in matches if path.exists()]
        if not matches:
            near = whole.parent
            others = sorted(str(p.relative_to(near)) for p in near.iterdir()) if near.is_dir() else []
            parent = str(Path(pattern).parent)
            others = others if parent == "." else [f"{parent}/{other}" for other in others]
            raise DataError(say.no_file(table.span, pattern, str(folder), others), file=pattern)
        found.extend(path for path in matches if path not in found)
    return found


def kind(table: Table, path: Path) -> Format:
    """The format by `format:`, else by the file's ending (".gz" aside)."""
    if table.format is not None:
        return table.format
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    known = _KINDS.get(suffixes[-1]) if suffixes else None
    if known is None:
        raise DataError(say.unknown_format(table.span, path.name), file=path.name)
    return known


def is_tab_separated(path: Path) -> bool:
    return ".tsv" in (suffix.lower() for suffix in path.suffixes)


def read_bytes(table: Table, path: Path) -> bytes:
    """The whole file, unpacked if it is gzip (by its first bytes, whatever it is called)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DataError(say.cannot_read(table.span, path.name, reason), file=path.name) from error
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(say.cut_short(table.span, path.name), file=path.name) from error


def read_utf8(table: Table, path: Path) -> bytes:
    """The file as UTF-8 bytes without byte order mark. Bytes that its encoding does not know stay, and are no UTF-8."""
    data = read_bytes(table, path)
    if table.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        return data.removeprefix(b"\xef\xbb\xbf")
    return data.decode(table.encoding, errors="surrogateescape").encode("utf-8", errors="surrogateescape")
