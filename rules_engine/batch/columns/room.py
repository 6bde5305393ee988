"""Memory for marks, which each thread uses again for the next leads.

Marks are by far the largest that is made of a range of leads; memory that is new each time costs as much again as
writing them.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST = 1 << 16  # marks


class Room(threading.local):
    """`columns` are instant, item, nominal, slot and event of marks; what stands in them is done with."""

    columns: tuple[NDArray[Any], ...]

    def __init__(self) -> None:
        kinds = (np.int64, np.int32, np.int64, np.int32, np.int32)
        self.columns = tuple(np.empty(FIRST, dtype=kind) for kind in kinds)
