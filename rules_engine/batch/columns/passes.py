"""How compiled passes are declared, and what they share.

What goes through time, or through every event, is compiled: one visit per event, lead after lead. A pass works on
arrays that its caller makes: it allocates nothing and raises nothing. Arrays named `..._first` have one position more
than there are leads (or whatever they count): what belongs to lead l is `[first[l] : first[l + 1]]`. Places in the
order of the language are *slots*. What counts from 0 is unsigned, so that compiled code need not ask whether it counts
from the end.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from rules_engine.machine.library import Inlined, Library

Array: TypeAlias = Any  # of numpy

FAR = 2**62
NONE = -(2**62)
NULL = -(2**63)
ONE = np.uint64(1)


PASSES = Library(
    "passes",
    sources=("batch/columns/*pass*.py", "machine/compiler.py", "machine/signature.py"),
    modules=(
        "rules_engine.batch.columns.order_pass",
        "rules_engine.batch.columns.tally_pass",
        "rules_engine.batch.columns.change_pass",
        "rules_engine.batch.columns.mark_pass",
        "rules_engine.batch.columns.code_pass",
    ),
)
compiled = PASSES.compiled
inlined = Inlined


@inlined
def place_in(starts: Array, first: int, last: int, per: float, at: int) -> Any:
    """The place from `first` up to `last` of the last start that is not after an instant. The first is not after it,
    the last is.

    Starts lie about evenly as a rule, so that the place can be told from the instant: there are `per` of them in a
    microsecond.
    """
    low = np.uint64(first)
    high = np.uint64(last - 1)
    guess: Any = first + np.int64(np.float64(at - starts[first]) * per)
    near = np.uint64(min(max(guess, first), last - 2))
    if at < starts[near] and near > low:
        near -= ONE
    elif at >= starts[near + ONE] and near + ONE < high:
        near += ONE
    if starts[near] <= at and at < starts[near + ONE]:
        low = near
        high = near + ONE
    while high - low > ONE:
        middle = (low + high) >> ONE
        if starts[middle] <= at:
            low = middle
        else:
            high = middle
    return np.int64(low)
