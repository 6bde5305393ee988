"""Conditions of a lead for people: each line with its verdict and, under it, the values it read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from rules_engine.analysis.verdicts.as_of import AsOf, value_of, with_sales_ready
from rules_engine.analysis.verdicts.at_events import AtEvents, Scope
from rules_engine.analysis.verdicts.conditions import Owned
from rules_engine.analysis.verdicts.given import Given
from rules_engine.engine import Engine
from rules_engine.matching.conditions import formulas_of, truth
from rules_engine.matching.fields import to_plain
from rules_engine.model.types import Condition, Formula, Group
from rules_engine.records import dataclass

MOST_EVENTS = 5
NOTHING = "none"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a condition, or a group of lines. `verdict` None is unknown. `values` are (path, text)."""

    text: str
    verdict: bool | None
    values: tuple[tuple[str, str], ...] = ()
    parts: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """A condition where it was looked at: `where` is such as "readiness.pricing at page_view, -3 days"."""

    where: str
    line: Line


def looks_at_events(
    engine: Engine,
    given: Given,
    owned: Owned,
    told: Callable[[int], str],
    *,
    aside: bool = False,
    most: int = MOST_EVENTS,
) -> Iterator[Look]:
    """At the first few of its events; `told` names a given event by its position. Where there
    is none, those that do not count are told; that none was given is said, unless the condition is one of several that
    stand `aside`.
    """
    looked = AtEvents(engine, given)
    count = 0
    for number, _ in looked.events(owned):
        count += 1
        if count > most:
            continue
        verdicts = iter(looked.verdicts(owned, number))
        read = partial(_value, looked.scope(owned, number))
        yield Look(f"{owned.name} at {told(looked.position(number))}", _line(owned.condition, verdicts, read))
    if count > most:
        yield Look(f"{owned.name}: {count - most} more events", Line("", None))
    uncounted = [] if count else list(looked.uncounted(owned))
    for position, later in uncounted[:most]:
        why = "later than as_of" if later else "outside the dates of the rule"
        yield Look(f"{owned.name}: {told(position)} is {why}, so it does not count", Line("", None))
    if not count and not uncounted and not aside:
        types = "any type" if owned.events is None else " or ".join(owned.events)
        yield Look(f"{owned.name}: no event of {types} was given", Line("", None))


def looks_as_of(engine: Engine, given: Given, owned: Sequence[Owned]) -> Iterator[Look]:
    """As of the moment, each condition once."""
    lines = [with_sales_ready(line, each.sales_ready) for each in owned for line in formulas_of(each.condition)]
    paths = sorted({path for line in lines for path in line.reads if _is_shown(path)})
    answers = AsOf(engine, [*lines, *(value_of(path) for path in paths)]).answers(given)
    verdicts = map(truth, answers[: len(lines)])
    values: Mapping[Path, object] = dict(zip(paths, answers[len(lines) :], strict=True))
    for each in owned:
        yield Look(each.name, _line(each.condition, verdicts, values.get))


def _line(condition: Condition, verdicts: Iterator[bool | None], value: Callable[[Path], object]) -> Line:
    if isinstance(condition, Formula):
        paths = sorted(path for path in condition.reads if _is_shown(path))
        return Line(
            " ".join(condition.text.split()),
            next(verdicts),
            tuple((".".join(path), _text(value(path))) for path in paths),
        )
    parts = tuple(_line(part, verdicts, value) for part in condition.parts)
    return Line(f"{condition.kind} of", _together(condition, parts), parts=parts)


def _together(group: Group, parts: Sequence[Line]) -> bool | None:
    """Kleene: one false line settles `all`, one true line `any` and `none`."""
    settling = group.kind != "all"
    verdicts = {part.verdict for part in parts}
    found = settling if settling in verdicts else None if None in verdicts else not settling
    return found if found is None or group.kind != "none" else not found


def _is_shown(path: Path) -> bool:
    return path[0] != "constants" and len(path) > 1


def _value(scope: Scope, path: Path) -> object:
    value: object = scope
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: object) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(to_plain(value))
