"""Workers that meet at one lead or account: the slower one begins again, after a while."""

from __future__ import annotations

import random
import time

from rules_engine.live.store import StoreError

ATTEMPTS = 200  # of one lead against other workers; each wait is random and grows


def wait(attempt: int) -> None:
    """A random while, longer each time: workers that met do not meet again."""
    time.sleep(random.uniform(0, min(0.001 * 2**attempt, 0.2)))


def always_overtaken(what: str) -> StoreError:
    """What to raise where others were quicker each time; nothing of `what` has been saved."""
    return StoreError(f"{what}: other workers were quicker at each of {ATTEMPTS} attempts; send it again later")
