"""Points, names and durations as the messages of lints say them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rules_engine.analysis.lints.ranges import Part, Range

_UNITS = ((86_400_000_000, "day"), (3_600_000_000, "hour"), (60_000_000, "minute"), (1_000_000, "second"))


def points(amount: float) -> str:
    """Micropoints as points: `40`, `2.5`, `-7`."""
    return f"{round(amount / 1e6, 2):g}" if abs(amount) < 1e12 else f"{round(amount / 1e6):,}"


def between(low: float, high: float) -> str:
    """`from 0 to 57`, `at least 0`; micropoints."""
    if math.isinf(high):
        return "of any height" if math.isinf(low) else f"at least {points(low)}"
    return f"at most {points(high)}" if math.isinf(low) else f"from {points(low)} to {points(high)}"


def duration(micros: float) -> str:
    """`30 days`, `90 minutes`."""
    for length, unit in _UNITS:
        if micros >= length and micros % length == 0:
            count = int(micros // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{micros / 86_400_000_000:.1f} days"


def most(range_: Range) -> str:
    """What the highest is made of: `company_size 20 + decision_maker 15 = 35`."""
    return _sum([(part, part.highest) for part in range_.parts if part.highest > 0], range_.highest)


def least(range_: Range) -> str:
    """What the lowest is made of."""
    return _sum([(part, part.lowest) for part in range_.parts if part.lowest < 0], range_.lowest)


def _sum(parts: Sequence[tuple[Part, float]], whole: float) -> str:
    if not parts or any(math.isinf(amount) for _, amount in parts):
        return ""
    shown = sorted(parts, key=lambda found: -abs(found[1]))[:6]
    more = f" + {len(parts) - len(shown)} more" if len(parts) > len(shown) else ""
    summed = sum(amount for _, amount in parts)
    told = " + ".join(f"{part.name} {points(amount)}" for part, amount in shown) + more
    if len(parts) > 1:
        told += f" = {points(summed)}"
    return told if round(summed / 1e4) == round(whole / 1e4) else f"{told}, held at {points(whole)}"


def listed(names: Sequence[str]) -> str:
    """`"a"`, `"a" and "b"`."""
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
