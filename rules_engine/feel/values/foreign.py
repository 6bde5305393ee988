"""Single values of NumPy and pandas, and members of enumerations, as the plain Python values that they stand for.

Hosts take records from tables, where a whole number is an `np.int64`. Types are known by where they were defined, so
that nothing needs these libraries.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

_PLAIN = frozenset({type(None), bool, int, float, Decimal, str, date, datetime, time, timedelta, list, tuple, dict})
_NULLS = frozenset({"NaTType", "NAType"})


def unboxed(value: Any) -> Any:
    """The plain value, None for `NaT` and `NA`; what needs no change is given back as it is.

    Times of NumPy have microseconds at the finest, as those of Python: finer ones are cut, as pandas cuts them.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, Enum):
        return unboxed(value.value)
    library = kind.__module__.partition(".")[0]
    if library == "numpy":
        return _of_numpy(value)
    return None if library == "pandas" and kind.__name__ in _NULLS else value


def _of_numpy(value: Any) -> Any:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    if getattr(value, "ndim", 0) > 0:
        return [unboxed(item) for item in value]
    if kind not in ("b", "i", "u", "f", "U", "M", "m"):
        return value
    found = value.item()
    if kind in ("M", "m") and isinstance(found, int):  # finer than Python's times are
        return value.astype("datetime64[us]" if kind == "M" else "timedelta64[us]").item()
    return found
