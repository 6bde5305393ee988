"""The lowest and the highest that each score can come to: the sum of what its parts can, with limits and caps.

A bound is safe: no history leads outside it. It adds up the best of every rule, though they may never meet; of rules
without an event whose conditions exclude each other only the best counts.

How the activity part A is bounded from above: look back to the last instant at which degradation was cut short by the
floor, or something was set (else to the start). A was then at most the floor, what was set, or `start`. Since then it
rose by awards, of which no more is there than the rules' limits, caps and decay leave, and by what is given back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from rules_engine.analysis.lints.amounts import Ends, most_held, of_points
from rules_engine.model.types import EventRule, FixedPoints, Model, Score, StandingRule
from rules_engine.records import dataclass

_MICRO = 1_000_000
Exclude = Callable[[StandingRule, StandingRule], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule or group adds at most, and takes away at most (0 or less), in micropoints."""

    name: str
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds of a score's exact value T in micropoints; infinite where nothing bounds it.

    `parts` are its rules, groups or combined scores in file order. `unheld` is the highest that it could have
    without its own `max`, `lowest_cap` the lowest to which a gate holds its reading.
    """

    score: str
    lowest: float
    highest: float
    unheld: float
    parts: tuple[Part, ...]
    lowest_cap: float = math.inf

    @property
    def highest_reading(self) -> float:
        """Readings are rounded to two decimals, half to even."""
        return _reading(self.highest)

    @property
    def lowest_reading(self) -> float:
        """A gate may hold a reading below the lowest T."""
        return _reading(min(self.lowest, self.lowest_cap))


def _reading(amount: float) -> float:
    return float(round(Fraction(int(amount), _MICRO), 2) * _MICRO) if math.isfinite(amount) else amount


def ranges(model: Model, exclude: Exclude) -> Mapping[str, Range]:
    """The range of every score, combined ones from those of their parts.

    `exclude` says of two rules with a condition whether these are surely never true together.
    """
    found: dict[str, Range] = {}

    def of(name: str) -> Range:
        if name not in found:
            score = model.scores[name]
            found[name] = (
                _combined(score, [(of(part), weight) for part, weight in score.combine])
                if score.combine
                else _own(score, model, exclude)
            )
        return found[name]

    caps: dict[str, float] = {}
    for gate in model.gates.values():
        for name, cap in gate.caps:
            caps[name] = min(cap, caps.get(name, math.inf))
    return {name: replace(of(name), lowest_cap=caps.get(name, math.inf)) for name in model.scores}


def _combined(score: Score, parts: list[tuple[Range, float]]) -> Range:
    weighed = tuple(
        Part(part.score, _times(weight, part.lowest), _times(weight, part.highest)) for part, weight in parts
    )
    low, high = sum(part.lowest for part in weighed), sum(part.highest for part in weighed)
    return _held(score, low, high, high, weighed)


def _times(weight: float, amount: float) -> float:
    if weight == 0:
        return 0
    return round(weight * amount) if math.isfinite(amount) else amount


def _own(score: Score, model: Model, exclude: Exclude) -> Range:
    activity, low, high = _activity(score, model)
    profile = _profile(score.standing_rules, exclude)
    least, most = sum(part.lowest for part in profile), sum(part.highest for part in profile)
    parts = _in_file_order(score, (*activity, *profile))
    return _held(score, low + least, min(high, _top(score)) + most, high + most, parts)


def _held(score: Score, low: float, high: float, unheld: float, parts: tuple[Part, ...]) -> Range:
    """What remains of bounds between the score's own `min` and `max`."""
    lowest, highest = (min(max(end, score.minimum), _top(score)) for end in (low, high))
    return Range(score.name, lowest, highest, max(unheld, score.minimum), parts)


def _top(score: Score) -> float:
    return math.inf if score.maximum is None else score.maximum


def _in_file_order(score: Score, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    order = {name: place for place, name in enumerate(score.rule_order)}
    return tuple(sorted(parts, key=lambda part: order.get(part.name.partition(" or ")[0], -1)))


# --- the activity part ----------------------------------------------------------------------------------------------


def _activity(score: Score, model: Model) -> tuple[tuple[Part, ...], float, float]:
    """Its parts, the lowest A, and the highest that it could have without the score's `max`."""
    parts = _awards(score, model)
    sets = [rule.set_to for rule in score.event_rules if rule.set_to is not None]
    degrades = bool(score.penalties or score.inactivity) or any(rule.decay is not None for rule in score.event_rules)
    bases = [score.start, *sets, *([score.floor] if degrades else [])]
    back = _given_back(score, model) if degrades else 0
    high = max(bases) + sum(part.highest for part in parts) + back
    low = min(bases) + sum(part.lowest for part in parts)
    return parts, max(low, score.minimum), high


def _awards(score: Score, model: Model) -> tuple[Part, ...]:
    """Rules that stand alone, and groups with their cap; a rule of a group is named by the group."""
    caps = {group.name: group.max for group in score.groups}
    alone: list[Part] = []
    grouped: dict[str, list[Part]] = {}
    for rule in score.event_rules:
        part = award(rule, model)
        if rule.group is None:
            alone.append(part)
        else:
            grouped.setdefault(rule.group, []).append(part)
    for name, members in grouped.items():
        cap = caps[name]
        high = sum(part.highest for part in members)
        alone.append(Part(name, sum(part.lowest for part in members), high if cap is None else min(high, cap)))
    return tuple(alone)


def award(rule: EventRule, model: Model) -> Part:
    """What the awards of one rule can come to at one time, its own cap included."""
    low, high = of_points(rule.points)
    most = most_held(rule, high, model)
    if rule.max is not None:
        most = min(most, rule.max)
    # what is taken is given back by stepped decay only; without limits it adds up without end
    return Part(rule.name, -most_held(rule, -low, model), most)


def _given_back(score: Score, model: Model) -> float:
    """What can be given back at most: all that stepped laws of penalties and negative awards can hold."""
    held = 0.0
    for rule in score.event_rules:
        if rule.decay is not None and rule.decay.kind == "steps":
            held += most_held(rule, -of_points(rule.points)[0], model)
    for penalty in score.penalties:
        if penalty.decay is not None:
            amount = penalty.remove.amount
            held += math.inf if amount is None else most_held(penalty, amount, model)
    return held


# --- the profile part -----------------------------------------------------------------------------------------------


def _profile(rules: Iterable[StandingRule], exclude: Exclude) -> tuple[Part, ...]:
    """Standing rules. Of the rows of one sheet at most one holds, as each asks for another value of the same; so it is
    with rules that exclude each other, which are put together as they come, those of the most points first."""
    parts: dict[str, Part] = {}
    alone: list[tuple[StandingRule, Part]] = []
    for rule in rules:
        low, high = standing_ends(rule)
        if rule.row is None and rule.when is not None and rule.otherwise is None:
            alone.append((rule, Part(rule.name, low, high)))
            continue
        name = rule.name if rule.row is None else rule.row.rule
        before = parts.get(name)
        parts[name] = Part(name, low, high) if before is None else _one_of(before, Part(name, low, high), name)
    together: list[list[tuple[StandingRule, Part]]] = []
    for rule, part in sorted(alone, key=lambda found: -max(found[1].highest, -found[1].lowest)):
        for members in together:
            if (part.highest > 0) == (members[0][1].highest > 0) and all(exclude(rule, other) for other, _ in members):
                members.append((rule, part))
                break
        else:
            together.append([(rule, part)])
    for members in together:
        whole = members[0][1]
        for _, part in members[1:]:
            whole = _one_of(whole, part, f"{whole.name} or {part.name}")
        parts[members[0][0].name] = whole
    return tuple(parts.values())


def _one_of(one: Part, other: Part, name: str) -> Part:
    return Part(name, min(one.lowest, other.lowest), max(one.highest, other.highest))


def standing_ends(rule: StandingRule) -> Ends:
    """What a standing rule can add: its points, `otherwise`, or 0 where it is unknown or out of its dates."""
    ends = [of_points(rule.points)]
    if rule.otherwise is not None:
        ends.append(of_points(rule.otherwise))
    always = rule.when is None and rule.starts is None and rule.ends is None and isinstance(rule.points, FixedPoints)
    if not always:
        ends.append((0, 0))
    return min(low for low, _ in ends), max(high for _, high in ends)
