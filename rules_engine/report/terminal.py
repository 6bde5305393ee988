"""The terminal that views print to."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_OF_A_FILE = 200


def terminal() -> Console:
    """Standard output: as wide as the terminal; 200 columns where it goes to a file or a pipe, or what COLUMNS says."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH_OF_A_FILE
    return Console(width=width, highlight=False, markup=False)
