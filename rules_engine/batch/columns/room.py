"""Memory for marks, which each thread uses again for the next leads.

Marks are by far the largest that is made of a range of leads; memory that is new each time costs as much again as
writing them.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

FIRST = 1 << 16  # marks


class Room(threading.local):
    """`columns` are instant, item, nominal, slot and event of marks; what stands in them is done with."""

    columns: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]

    def __init__(self) -> None:
        wide, narrow = np.int64, np.int32
        self.columns = (
            np.empty(FIRST, wide),
            np.empty(FIRST, narrow),
            np.empty(FIRST, wide),
            np.empty(FIRST, narrow),
            np.empty(FIRST, narrow),
        )
