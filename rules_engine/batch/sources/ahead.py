"""What is read, or begun, before it is asked for. A leaf."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Piece = TypeVar("Piece")


def ahead(pieces: Iterator[Piece], thread: ThreadPoolExecutor, most: int) -> Iterator[Piece]:
    """The same pieces, read by a thread from now on, so many before they are asked for."""
    coming = deque(thread.submit(next, pieces, None) for _ in range(most))

    def read() -> Iterator[Piece]:
        while (piece := coming.popleft().result()) is not None:
            coming.append(thread.submit(next, pieces, None))
            yield piece

    return read()


def early(pieces: Iterator[Piece], most: int) -> Iterator[Piece]:
    """The same pieces, each begun so many before it is asked for."""
    waiting = deque(islice(pieces, most))
    while waiting:
        waiting.extend(islice(pieces, 1))
        yield waiting.popleft()
