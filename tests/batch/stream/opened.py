"""A stream over small data: all in memory, told to nobody."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from rules_engine.batch.sources import load_mapping
from rules_engine.batch.stream.read import Stream, open_stream
from rules_engine.model.types import Model


def opened(
    mapping: Path,
    model: Model,
    *,
    strict: bool = False,
    rejects: Path | None = None,
    threads: int = 2,
    until: int | None = None,
) -> AbstractContextManager[Stream]:
    return open_stream(
        load_mapping(mapping),
        model,
        strict=strict,
        rejects=rejects,
        expected=900,
        memory=10**9,
        threads=threads,
        until=until,
        advance=lambda _: None,
    )
