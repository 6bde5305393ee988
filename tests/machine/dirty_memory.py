"""A plugin of pytest, by name (`-p tests.machine.dirty_memory`): our arrays without values begin with any.

What `numpy.empty` gives is often zeros, so that code which reads what nobody wrote passes by luck. Here it is filled
with other bytes each time, so that results which depend on them differ from those of one lead at a time.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

_BYTES = random.Random(20261123)


def _dirty(make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def made(*given: Any, **named: Any) -> Any:
        array = make(*given, **named)
        if sys._getframe(1).f_globals["__name__"].startswith("rules_engine."):
            fill(array)
        return array

    return made


def fill(array: Any) -> None:
    """Writes any bytes into a new array; truths stay truths."""
    found = np.frombuffer(_BYTES.randbytes(array.nbytes), np.uint8)
    array.reshape(-1).view(np.uint8)[:] = found & 1 if array.dtype == np.bool_ else found


def pytest_configure() -> None:
    np.empty, np.empty_like = _dirty(np.empty), _dirty(np.empty_like)
