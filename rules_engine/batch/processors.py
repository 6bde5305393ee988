"""How many processors there are to work on."""

from __future__ import annotations

import os


def processors() -> int:
    """How many this process may run on: what `taskset` takes away is not counted, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
