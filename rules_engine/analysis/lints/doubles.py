"""Rules that count the same thing twice (RE720-RE723)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.amounts import of_points
from rules_engine.analysis.lints.subject import Subject, rules_of
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Related
from rules_engine.model.types import (
    Condition,
    EventRule,
    FixedPoints,
    Formula,
    Penalty,
    Points,
    Score,
    StandingRule,
    StepPoints,
    ValuePoints,
)

Rule: TypeAlias = EventRule | StandingRule


def same_rules(subject: Subject) -> Iterator[Diagnostic]:
    """RE720: two rules of a score that count exactly the same."""
    for score in subject.scores:
        seen: dict[object, Rule] = {}
        for rule in _rules(score):
            key = _what_it_counts(subject, rule)
            first = seen.setdefault(key, rule)
            if first is not rule:
                yield finding(
                    "RE720",
                    f'Rules "{first.name}" and "{rule.name}" of score "{subject.called(score)}" count the same: '
                    "what one counts, the other counts again.",
                    rule.span,
                    f'Delete one of them; if it is to be worth more, raise the points of "{first.name}".',
                    (Related("the first", first.span),),
                )


def _rules(score: Score) -> tuple[Rule, ...]:
    """The rules that add points; those of sheets are told apart by their sheet."""
    return tuple(
        rule
        for rule in rules_of(score)
        if rule.row is None and not (isinstance(rule, EventRule) and rule.set_to is not None)
    )


def _what_it_counts(subject: Subject, rule: Rule) -> object:
    """Equal for rules that fire together: events, condition, lookup, limit, dates, whether they give or take.

    A rule for the first time and one for each time, or one for a campaign, are two on purpose.
    """
    tree = None if rule.when is None else subject.tree(rule.when)
    looked_up = rule.points.of.tree if isinstance(rule.points, StepPoints | ValuePoints) else None
    if isinstance(rule, StandingRule):
        # one that gives the same points to every lead is told about by itself
        what = ("standing", tree, looked_up, rule.starts, rule.ends, _gives(rule.points))
        return id(rule) if tree is None and looked_up is None else what
    reaches = None if rule.reaches is None else (rule.reaches.tally, rule.reaches.threshold)
    limit = rule.limit
    each = None if limit is None or limit.each is None else limit.each.tree
    how_often = None if limit is None else (limit.times, each, limit.within, limit.per)
    events = None if rule.events is None else frozenset(rule.events)
    return ("event", events, tree, looked_up, reaches, how_often, rule.starts, rule.ends, _gives(rule.points))


def _gives(points: Points | None) -> bool:
    low, high = of_points(points)
    return high > 0 or low >= 0


def _apart(one: Rule | Penalty, other: Rule | Penalty) -> bool:
    """In dates of their own."""
    return any(
        first.ends is not None and second.starts is not None and first.ends <= second.starts
        for first, second in ((one, other), (other, one))
    )


def overlapping_rules(subject: Subject) -> Iterator[Diagnostic]:
    """RE721: wherever one rule counts, another counts as well."""
    for score in subject.scores:
        rules = [rule for rule in _rules(score) if rule.when is not None and _is_plain(rule)]
        reads = {id(rule): _reads(rule.when) for rule in rules}
        capped = {group.name for group in score.groups if group.max is not None}
        for one, other in combinations(rules, 2):
            if type(one) is not type(other) or _apart(one, other) or _share_cap(one, other, capped):
                continue
            for narrow, wide in ((one, other), (other, one)):
                if reads[id(wide)] <= reads[id(narrow)] and _is_case_of(subject, narrow, wide):
                    yield _overlap(subject, score, narrow, wide)
                    break


def _is_plain(rule: Rule) -> bool:
    """Adds points for its condition alone: no lookup, no `otherwise`, no number to reach."""
    if isinstance(rule.points, StepPoints | ValuePoints) or not _gives(rule.points):
        return False
    return rule.otherwise is None if isinstance(rule, StandingRule) else rule.reaches is None


def _reads(when: Condition | None) -> frozenset[tuple[str, ...]]:
    if when is None:
        return frozenset()
    if isinstance(when, Formula):
        return frozenset(path for path in when.reads if path[0] != "constants")
    return frozenset(path for part in when.parts for path in _reads(part))


def _share_cap(one: Rule, other: Rule, capped: set[str]) -> bool:
    """A capped group is how authors say that several rules count one thing."""
    if isinstance(one, StandingRule) or isinstance(other, StandingRule):
        return False
    return one.group is not None and one.group == other.group and one.group in capped


def _is_case_of(subject: Subject, narrow: Rule, wide: Rule) -> bool:
    assert narrow.when is not None
    assert wide.when is not None
    if isinstance(narrow, EventRule):
        assert isinstance(wide, EventRule)
        if not _hears_all(wide.events, narrow.events):
            return False
        reasoning = subject.at_event(narrow.events)
    else:
        reasoning = subject.standing
    first, second = subject.tree(narrow.when), subject.tree(wide.when)
    return first != second and reasoning.implies(first, second)


def _hears_all(wide: tuple[str, ...] | None, narrow: tuple[str, ...] | None) -> bool:
    return wide is None or (narrow is not None and set(narrow) <= set(wide))


def _overlap(subject: Subject, score: Score, narrow: Rule, wide: Rule) -> Diagnostic:
    both = [rule.points.amount for rule in (narrow, wide) if isinstance(rule.points, FixedPoints)]
    together = f", {words.points(sum(both))} points together" if len(both) == 2 else ""
    if isinstance(narrow, EventRule):
        help = "If both are meant, put them into a group with a `max`, or say why; else narrow the condition of "
        what = "Every event"
    else:
        help = "If both are meant, say why; steps of one field are clearer as `of:` with `at_least:`. Else narrow "
        what = "Every lead"
    return finding(
        "RE721",
        f'{what} that counts for rule "{narrow.name}" of score "{subject.called(score)}" counts for "{wide.name}", '
        f"too{together}.",
        narrow.span,
        f'{help}"{wide.name}".',
        (Related("counts as well", wide.span),),
    )


def counted_in_two_scores(subject: Subject) -> Iterator[Diagnostic]:
    """RE722: a combined score adds up scores that count the same thing."""
    for score in subject.scores:
        seen: dict[object, tuple[str, Rule]] = {}
        for part, weight in score.combine:
            if weight == 0:
                continue
            mine: dict[object, tuple[str, Rule]] = {}
            for rule in _rules(subject.model.scores[part]):
                key = _what_it_counts(subject, rule)
                before = seen.get(key)
                if before is not None:
                    yield finding(
                        "RE722",
                        f'Score "{subject.called(score)}" adds up "{before[0]}" and "{part}", and both count the same: '
                        f'rules "{before[1].name}" and "{rule.name}".',
                        rule.span,
                        "Count it in one of the two scores, or say why it is to count double.",
                        (Related(f'in score "{before[0]}"', before[1].span),),
                    )
                mine[key] = (part, rule)
            seen = mine | seen


def punished_twice(subject: Subject) -> Iterator[Diagnostic]:
    """RE723: one event takes points by two penalties, or by a penalty and a rule."""
    for score in subject.scores:
        verdicts = [rule for rule in _rules(score) if isinstance(rule, EventRule) and of_points(rule.points)[1] < 0]
        pairs: Sequence[tuple[Penalty, Penalty | EventRule]] = [
            *combinations(score.penalties, 2),
            *((penalty, rule) for penalty in score.penalties for rule in verdicts),
        ]
        for penalty, other in pairs:
            if _both_punish(subject, penalty, other):
                kind = "penalty" if isinstance(other, Penalty) else "rule"
                yield finding(
                    "RE723",
                    f'One event takes points twice from score "{subject.called(score)}": by penalty "{penalty.name}" '
                    f'and by {kind} "{other.name}".',
                    other.span,
                    "Keep one of them, or narrow a condition.",
                    (Related("the penalty", penalty.span),),
                )


def _both_punish(subject: Subject, one: Penalty, other: Penalty | EventRule) -> bool:
    if _apart(one, other) or (isinstance(other, EventRule) and other.reaches is not None):
        return False
    for narrow, wide in ((one, other), (other, one)):
        if not _hears_all(wide.events, narrow.events):
            continue
        if wide.when is None:
            return True
        if narrow.when is not None:
            first, second = subject.tree(narrow.when), subject.tree(wide.when)
            if first == second or subject.at_event(narrow.events).implies(first, second):
                return True
    return False
