"""numba starts without looking for SciPy's linear algebra, which takes 0.15 seconds and which nothing here needs.

numba loads it to know whether it is there. Here it is told that it is where SciPy is installed; code of others that
needs it loads it as ever, when it is compiled.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

ASKING = "numba.np.arraymath"


def start_numba() -> None:
    """Loads the part of numba that asks. Does nothing where that or SciPy is loaded already, or there is no SciPy."""
    if ASKING in sys.modules or "scipy.linalg" in sys.modules or find_spec("scipy") is None:
        return
    linalg: Any = import_module("numba.np.linalg")
    asked = linalg.ensure_blas
    linalg.ensure_blas = lambda: None
    try:
        import_module(ASKING)
    finally:
        linalg.ensure_blas = asked
