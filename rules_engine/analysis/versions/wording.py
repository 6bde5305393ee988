"""Values of a model in short words: points, durations, limits, decay, conditions. Values in, text out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rules_engine.feel import print_expression
from rules_engine.matching.calendar import to_datetime
from rules_engine.model import durations
from rules_engine.model.types import Action, Amount, Condition, Decay, Formula, Group, Limit
from rules_engine.scoring.amounts import format_points

_UNITS = (
    ("day", durations.DAY),
    ("hour", durations.HOUR),
    ("minute", durations.MINUTE),
    ("second", durations.SECOND),
)


def points(amount: int) -> str:
    return format_points(amount)


def duration(length: int) -> str:
    """`5400000000` -> "1 hour 30 minutes"."""
    parts = []
    for name, size in _UNITS:
        count, length = divmod(length, size)
        if count:
            parts.append(f"{count} {name}{'s' if count != 1 else ''}")
    if length:
        parts.append(f"{length} microseconds")
    return " ".join(parts) or "0 days"


def date(instant: int, zone: ZoneInfo) -> str:
    local: datetime = to_datetime(instant, zone)
    return local.date().isoformat()


def condition(found: Condition, unfolded: bool = False) -> str:
    """The text of a condition; `unfolded` writes definitions and constants of `define` out."""
    if isinstance(found, Formula):
        return formula(found, unfolded)
    if not isinstance(found, Group):  # pragma: no cover  the types leave nothing else
        raise TypeError(type(found).__name__)
    words = "; ".join(condition(part, unfolded) for part in found.parts)
    return f"{found.kind} of ({words})"


def formula(found: Formula, unfolded: bool = False) -> str:
    return print_expression(found.tree) if unfolded else found.text


def events(found: tuple[str, ...] | None) -> str:
    return "any event" if found is None else ", ".join(found)


def limit(found: Limit) -> str:
    words = [f"{found.times} time{'s' if found.times != 1 else ''}"]
    if found.each is not None:
        words.append(f"for each {found.each.text}")
    if found.within is not None:
        words.append(f"within {duration(found.within)}")
    if found.per is not None:
        words.append(f"per {found.per}")
    if found.keep_highest:
        words.append("keeping the highest")
    return " ".join(words)


def decay(found: Decay) -> str:
    """The law as written, with what stands beside it."""
    if found.source.startswith("every:"):
        lost = 1 - found.weights[0]
        words = [found.source.replace(":", "", 1), f"lose {lost:.6g}"]
        if len(found.weights) > 1 and abs(found.weights[1] - (1 - lost) ** 2) < abs(found.weights[1] - (1 - 2 * lost)):
            words.append("compounding")
    else:
        words = [found.source.replace("half_life:", "half-life").replace(":", "", 1)]
    if found.keep:
        words.append(f"keep {found.keep:g}")
    if found.delay:
        words.append(f"delay {duration(found.delay)}")
    return " ".join(words)


def amount(found: Amount) -> str:
    if found.share is not None:
        return f"{found.share * 100:g}% of score"
    if found.formula is not None:
        return found.formula.text
    return points(found.amount or 0)


def value(found: object) -> str:
    """A constant or a bound: numbers without a trailing .0, lists by their first items."""
    if found is None:
        return "null"
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return f"{found:.15g}"
    if isinstance(found, (list, tuple)):
        shown = ", ".join(value(item) for item in found[:8])
        return f"{shown} and {len(found) - 8} more" if len(found) > 8 else shown
    return str(found)


def action(found: Action) -> str:
    words = ", ".join(f"{name}: {value(parameter)}" for name, parameter in found.parameters.items())
    return f"{found.name} ({words})" if words else found.name
