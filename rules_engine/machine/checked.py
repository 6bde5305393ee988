"""The switch for compiled code that checks its indexes, and what such code ends with.

Compiled code asks nothing of the kind otherwise: an index beyond an array reads or writes what lies beside it, and a
negative one counts from the end, which no compiled function means. With `RULES_ENGINE_CHECKED=1` the source is
rewritten before it is compiled (`checking`), and kept apart from the code that checks nothing.
"""

from __future__ import annotations

import ctypes
import os

CHECKED = "RULES_ENGINE_CHECKED"


class BoundsError(Exception):
    """Compiled code used an index that is not in its array, or not in its column. What it wrote is of no use."""


class _Raised(ctypes.Structure):
    """What numba says of an exception: the pickled class, arguments and place, and how long that is."""

    _fields_ = (("pickled", ctypes.c_void_p), ("size", ctypes.c_int32))


def is_checked() -> bool:
    """Whether compiled code is to check its indexes."""
    return os.environ.get(CHECKED) == "1"


def fault(name: str, error: ctypes.c_void_p) -> Exception:
    """What a compiled function ended with, from where numba says that its exception is."""
    import pickle

    if not error.value:
        return RuntimeError(f"the compiled {name} has failed")
    raised = _Raised.from_address(error.value)
    kind, values, _ = pickle.loads(ctypes.string_at(raised.pickled, raised.size))
    text = f"the compiled {name}: {', '.join(map(str, values))}"
    return BoundsError(text) if kind is IndexError else RuntimeError(text)
