"""What an evaluation runs in: a mapping of names to values, and a budget of work.

The mapping is the caller's; loops and filters work on copies. The outermost loop of an evaluation opens a budget that
all loops, list functions and comparisons inside it draw from; without a loop the work is bounded by the data given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TypeAlias, TypeVar

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.limits import MAX_STEPS

T = TypeVar("T")

Scope: TypeAlias = Mapping[str, object]
Run: TypeAlias = Callable[[Scope], object]
"""A compiled expression: values in scope → its value."""

CLOCK = "#clock"
"""Where a scope holds the time of `now()`: a key that no expression can name."""

LONG_TEXT = 1000
"""Characters from which on a text costs budget."""

_BUDGET: ContextVar[list[int] | None] = ContextVar("feel_budget", default=None)


def budgeted(run: Run) -> Run:
    """The closure of a loop; the outermost one opens the budget, and closes it when it is done."""

    def run_within(scope: Scope) -> object:
        if _BUDGET.get() is not None:
            return run(scope)
        token = _BUDGET.set([0])
        try:
            return run(scope)
        finally:
            _BUDGET.reset(token)

    return run_within


def within_budget(work: Callable[[], T]) -> T:
    """Runs a comparison or walk of lists; without a loop around it, in a budget of its own: lists can share lists."""
    if _BUDGET.get() is not None:
        return work()
    token = _BUDGET.set([0])
    try:
        return work()
    finally:
        _BUDGET.reset(token)


def charge(count: int) -> None:
    """Draws rounds of work from the budget, if one is open; `FeelLimitError` when it is used up."""
    spent = _BUDGET.get()
    if spent is None:
        return
    spent[0] += count
    if spent[0] > MAX_STEPS:
        raise FeelLimitError(
            f"This expression takes more than {MAX_STEPS:,} rounds of its loops.",
            help="Loop over a shorter list or range.",
            code="RE312",
        )


def charge_text(text: str) -> None:
    """Draws for a text that is read or made; short ones are free."""
    if len(text) > LONG_TEXT:
        charge(len(text) >> 4)
