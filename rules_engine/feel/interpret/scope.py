"""What an evaluation runs in: a mapping of names to values, and how much work it has done.

The mapping is the caller's; loops and filters work on copies. Keys that no expression can name carry what is not a
variable: the steps taken, and the clock of `now()`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.limits import MAX_STEPS

Scope: TypeAlias = Mapping[str, object]
Run: TypeAlias = Callable[[Scope], object]
"""A compiled expression: values in scope → its value."""

STEPS = "#steps"
CLOCK = "#clock"


def inner_scope(scope: Scope) -> dict[str, Any]:
    """A copy to bind names in, sharing the count of steps."""
    inner = dict(scope)
    if STEPS not in inner:
        inner[STEPS] = [0]
    return inner


def take_steps(scope: Scope, count: int) -> None:
    """Counts rounds of a loop; `FeelLimitError` past the limit."""
    steps: Any = scope[STEPS]
    steps[0] += count
    if steps[0] > MAX_STEPS:
        raise FeelLimitError(
            f"This expression takes more than {MAX_STEPS:,} rounds of its loops.",
            help="Loop over a shorter list or range.",
            code="RE312",
        )
