"""How much an expression may ask for. Each limit is a `FeelLimitError` when passed; the tests name them all."""

from __future__ import annotations

MAX_LENGTH = 100_000
"""Characters of an expression's text."""

MAX_DEPTH = 150
"""Levels of an expression's tree: brackets in brackets, and also the terms of one long `a or b or c …`."""

MAX_STEPS = 1_000_000
"""Rounds of all loops and filters of one evaluation, inner ones counted each time."""

MAX_ITEMS = 1_000_000
"""Items of a list made by a function."""

MAX_TEXT = 1_000_000
"""Characters of a string made by `+` or a function."""
