"""Caps that are never reached (RE730)."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.amounts import most_held, of_points
from rules_engine.analysis.lints.ranges import award
from rules_engine.analysis.lints.subject import Subject
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model.types import Score


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
