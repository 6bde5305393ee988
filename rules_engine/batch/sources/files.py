"""File names and patterns -> files; bytes of a text file, unpacked and as UTF-8, block by block.

Takes a table of the mapping, gives paths and bytes; may import mapping and messages.
"""

from __future__ import annotations

import bz2
import codecs
import glob
import gzip
import lzma
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.mapping import Format, Table

_KINDS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip

PACKED = (".gz", ".bz2", ".zst", ".xz")  # endings of files that are unpacked
_MAGIC: tuple[tuple[bytes, Callable[[BufferedReader], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"\x28\xb5\x2f\xfd", lambda stream: pa.CompressedInputStream(stream, "zstd")),
)


def find(table: Table, folder: Path) -> list[Path]:
    """The files of a table in the order of the mapping; those of a pattern by name. Raises `DataError`."""
    found: dict[Path, None] = {}  # there may be very many
    for pattern in table.files:
        whole = folder / pattern
        matches = (
            sorted(map(Path, glob.glob(str(whole), recursive=True))) if any(c in pattern for c in "*?[") else [whole]
        )
        matches = [path for path in matches if path.exists()]
        if matches != [whole]:  # a pattern is for files, though "**" finds folders as well
            matches = [path for path in matches if not path.is_dir()]
        if not matches:
            near = whole.parent
            others = sorted(str(p.relative_to(near)) for p in near.iterdir()) if near.is_dir() else []
            parent = str(Path(pattern).parent)
            others = others if parent == "." else [f"{parent}/{other}" for other in others]
            raise DataError(say.no_file(table.span, pattern, str(folder), others), file=pattern)
        for path in matches:
            if path.is_dir():
                raise DataError(say.folder(table.span, pattern), file=pattern)
            if path.is_fifo():
                raise DataError(say.pipe(table.span, pattern), file=pattern)
        found.update(dict.fromkeys(matches))
    return list(found)


def kind(table: Table, path: Path) -> Format:
    """The format by `format:`, else by the file's ending (that of a packed file aside)."""
    if table.format is not None:
        return table.format
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in PACKED]
    known = _KINDS.get(suffixes[-1]) if suffixes else None
    if known is None:
        raise DataError(say.unknown_format(table.span, path.name), file=path.name)
    return known


def is_tab_separated(path: Path) -> bool:
    return ".tsv" in (suffix.lower() for suffix in path.suffixes)


def blocks(table: Table, path: Path, size: int) -> Generator[bytes]:
    """The file as UTF-8 without byte order mark, some `size` bytes at a time; unpacked if it is packed (by its
    first bytes, whatever it is called). Bytes that its encoding does not know stay, and are no UTF-8."""
    try:
        with path.open("rb") as stream:
            begin = stream.peek(6)
            unpack = next((unpack for magic, unpack in _MAGIC if begin.startswith(magic)), None)
            if unpack is None:
                yield from _as_utf8(stream, table, path, size)
                return
            with unpack(stream) as unpacked:
                yield from _as_utf8(unpacked, table, path, size)
    except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if not isinstance(error, OSError) or error.errno is None:  # what unpacks says it, not the system
            raise DataError(say.cut_short(table.span, path.name), file=path.name) from error
        reason = (error.strerror or str(error)).lower()
        raise DataError(say.cannot_read(table.span, path.name, reason), file=path.name) from error


def _as_utf8(stream: IO[bytes], table: Table, path: Path, size: int) -> Iterator[bytes]:
    given = iter(lambda: stream.read(size), b"")
    if table.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        first = stream.read(max(size, len(codecs.BOM_UTF8))).removeprefix(codecs.BOM_UTF8)
        yield from chain((first,) if first else (), given)
        return
    decoder = codecs.getincrementaldecoder(table.encoding)("surrogateescape")
    try:
        for block in chain(given, (b"",)):
            if text := decoder.decode(block, final=not block):
                yield text.encode("utf-8", errors="surrogateescape")
    except UnicodeError as error:  # not only of decoding: UTF-16 without its mark is another
        reason = f"its bytes are not {table.encoding}"
        raise DataError(say.malformed(table.span, path.name, "text", reason), file=path.name) from error


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end where a line does."""
    waiting: list[bytes] = []
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join((*waiting, block[:end]))
            waiting.clear()
        if end < len(block):
            waiting.append(block[end:])
    if waiting:
        yield b"".join(waiting)
