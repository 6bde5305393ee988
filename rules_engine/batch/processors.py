"""How many processors there are to work on."""

from __future__ import annotations

import os

MOST_THREADS = 8  # that score side by side: a fifth of their work is Python, which one thread does at a time


def processors() -> int:
    """How many this process may run on: what `taskset` takes away is not counted, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def scoring_threads() -> int:
    """How many threads score ranges of leads side by side, where there is memory for all."""
    return min(processors(), MOST_THREADS)
