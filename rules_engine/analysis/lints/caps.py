"""Caps that are never reached (RE730), and amounts that lie beyond them (RE738)."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.amounts import most_held, of_points
from rules_engine.analysis.lints.ranges import award
from rules_engine.analysis.lints.subject import Subject
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model.types import EventRule, FixedPoints, Model, Score, StepPoints, ValuePoints


def caps_never_reached(subject: Subject) -> Iterator[Diagnostic]:
    """RE730: a `max` of a rule, group or score above all that there can ever be under it."""
    for score in subject.scores:
        yield from _of_rules(subject, score)
        yield from _of_groups(subject, score)
        bounds = subject.ranges[score.name]
        if score.maximum is not None and bounds.unheld < score.maximum:
            sum_ = words.most(bounds)
            place = subject.score_entry(score, "max")
            yield _finding(
                f'The `max` of score "{subject.called(score)}"',
                score.maximum,
                bounds.unheld,
                place.key.span if place is not None else score.span,
                f"The most that its parts give: {sum_}. " if sum_ else "",
            )


def _of_rules(subject: Subject, score: Score) -> Iterator[Diagnostic]:
    for rule in score.event_rules:
        if rule.max is None or rule.row is not None:
            continue
        most = most_held(rule, of_points(rule.points)[1], subject.model)
        if most < rule.max:
            place = subject.score_entry(score, "rules", rule.name, "max")
            yield _finding(
                f'The `max` of rule "{rule.name}"', rule.max, most, place.key.span if place is not None else rule.span
            )


def _of_groups(subject: Subject, score: Score) -> Iterator[Diagnostic]:
    for group in score.groups:
        members = [rule for rule in score.event_rules if rule.group == group.name]
        if group.max is None or not members:
            continue
        most = sum(award(rule, subject.model).highest for rule in members)
        if most < group.max:
            yield _finding(f'The `max` of group "{group.name}"', group.max, most, group.span)


def _finding(what: str, cap: float, most: float, span: Span, help: str = "") -> Diagnostic:
    return finding(
        "RE730",
        f"{what} is {words.points(cap)}, but there can never be more than {words.points(most)} under it.",
        span,
        f"{help}Lower it or delete it; or a limit is tighter than was meant.",
    )


def amounts_beyond_caps(subject: Subject) -> Iterator[Diagnostic]:
    """RE738: an award that never counts in full, a `set` that no score comes to."""
    for score in subject.scores:
        for rule in score.event_rules:
            told = _set_outside(rule, score) if rule.points is None else _cut(rule, score, subject.model)
            if told is not None:
                key = "points" if rule.points is not None else "set"
                place = subject.score_entry(score, "rules", rule.name, key)
                yield finding(
                    "RE738",
                    f'Rule "{rule.name}" in score "{subject.called(score)}" {told}.',
                    place.value.span if place is not None else rule.span,
                    "Lower the one or raise the other.",
                )


def _set_outside(rule: EventRule, score: Score) -> str | None:
    if rule.set_to is None or score.minimum <= rule.set_to <= (rule.set_to if score.maximum is None else score.maximum):
        return None
    key, end = ("min", score.minimum) if rule.set_to < score.minimum else ("max", score.maximum or 0)
    return f"sets it to {words.points(rule.set_to)}, but its `{key}` is {words.points(end)}: that is what it is set to"


def _cut(rule: EventRule, score: Score, model: Model) -> str | None:
    """What is said of the lowest cap that the largest award exceeds; of formulas that is not known."""
    if not isinstance(rule.points, FixedPoints | StepPoints | ValuePoints):
        return None
    most = of_points(rule.points)[1]
    caps = {"its own `max`": rule.max}
    caps |= {f'the `max` of group "{group.name}"': group.max for group in score.groups if group.name == rule.group}
    if score.maximum is not None:  # from its lowest value up a score can rise by so much
        below = f" above its `min` of {words.points(score.minimum)}" if score.minimum else ""
        caps[f"the `max` of the score{below}"] = score.maximum - score.minimum
    what, cap = min(
        ((what, cap) for what, cap in caps.items() if cap is not None), key=lambda cap: cap[1], default=("", most)
    )
    if cap >= most:
        return None
    return f"gives up to {words.points(most)} points, but {what} is {words.points(cap)}: more than that never counts"
