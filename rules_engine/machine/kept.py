"""Where machine code is kept: one file for each library, in a folder of the user's cache.

`RULES_ENGINE_CACHE_DIR` names another folder. The name of a file tells what its code depends on: the source, the
versions of Python, numba and llvmlite, the processor. Files are written aside and renamed, so several processes may do
this at once; a damaged one is told by its digest and made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

CACHE_DIR = "RULES_ENGINE_CACHE_DIR"
_DIGEST = 32  # bytes


def cache_folder() -> Path:
    """Where compiled code is kept: `RULES_ENGINE_CACHE_DIR`, else the user's cache folder."""
    given = os.environ.get(CACHE_DIR)
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_cache_dir("rules-engine", appauthor=False))


def key_of(*parts: str) -> str:
    """A name for what depends on all of these, as 16 hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


Objects = Mapping[str, tuple[str, bytes]]  # by function: the symbol to call, and the object code it is in


def read_objects(path: Path) -> Objects | None:
    """What a file keeps; None where there is none, or a damaged one."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, rest = kept[:_DIGEST], kept[_DIGEST:]
    if hashlib.sha256(rest).digest() != digest:
        return None
    head, _, code = rest.partition(b"\n")
    found, at = {}, 0
    for name, symbol, size in json.loads(head):
        found[name] = symbol, code[at : at + size]
        at += size
    return found


def write_objects(path: Path, objects: Objects) -> None:
    """Keeps object code. Raises `OSError`."""
    head = json.dumps([(name, symbol, len(code)) for name, (symbol, code) in objects.items()]).encode()
    rest = b"\n".join((head, b"".join(code for _, code in objects.values())))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(rest).digest() + rest)
        os.replace(aside, path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise
