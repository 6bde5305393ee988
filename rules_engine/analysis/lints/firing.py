"""Rules that never fire, always fire, or are worth nothing (RE710-RE712)."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.lints.amounts import of_points
from rules_engine.analysis.lints.subject import Subject, rules_of, tally_ends
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.types import EventRule, FixedPoints, Group, Penalty, Score, StandingRule

_CORRECT = "Correct the condition, or delete it."


def never_fires(subject: Subject) -> Iterator[Diagnostic]:
    """RE710: conditions that exclude each other, the audience, or what a tally can count."""
    for score in subject.scores:
        for part in _parts(score):
            yield from _never(subject, score, part)
    for tally in subject.model.tallies.values():
        tree = None if tally.when is None else subject.tree(tally.when)
        reason = None if tree is None else subject.why_never(subject.at_event(tally.events), tree)
        if reason is not None:
            yield finding("RE710", f'Tally "{tally.name}" never counts anything: {reason}.', tally.span, _CORRECT)


def _parts(score: Score) -> tuple[EventRule | StandingRule | Penalty, ...]:
    return (*score.event_rules, *score.standing_rules, *score.penalties)


def _never(subject: Subject, score: Score, part: EventRule | StandingRule | Penalty) -> Iterator[Diagnostic]:
    name = f'{"Penalty" if isinstance(part, Penalty) else "Rule"} "{part.name}" in score "{subject.called(score)}"'
    if isinstance(part, EventRule) and part.reaches is not None:
        tally = subject.model.tallies[part.reaches.tally]
        ends = tally_ends(tally)
        if ends is not None and ends[1] < part.reaches.threshold:
            yield finding(
                "RE710",
                f'{name} never fires: tally "{tally.name}" counts at most {ends[1]:g}, and {part.reaches.threshold:g} '
                "is to be reached.",
                part.span,
                "Write a number that the tally can reach.",
            )
    if part.when is None:
        return
    tree = subject.tree(part.when)
    reasoning = subject.standing if isinstance(part, StandingRule) else subject.at_event(part.events)
    reason = subject.why_never(reasoning, tree)
    if reason is not None:
        what = "holds" if isinstance(part, StandingRule) else "fires"
        yield finding("RE710", f"{name} never {what}: {reason}.", part.when.span, _CORRECT)
    elif subject.audience is not None and reasoning.exclude(subject.audience, tree):
        yield finding(
            "RE710",
            f"{name} is only for leads that `audience` leaves out.",
            part.when.span,
            "Correct one of the two, or delete the rule.",
        )


def always_fires(subject: Subject) -> Iterator[Diagnostic]:
    """RE711: the same points for every lead, or a condition that is always true."""
    for score in subject.scores:
        for part in _parts(score):
            if part.when is not None:
                reason = _always(subject, part)
                if reason is not None:
                    yield finding(
                        "RE711",
                        f'The condition of "{part.name}" in score "{subject.called(score)}" is always true: {reason}.',
                        part.when.span,
                        "Correct it, or delete it.",
                    )
            elif isinstance(part, StandingRule) and isinstance(part.points, FixedPoints) and not _dated(part):
                yield finding(
                    "RE711",
                    f'Rule "{part.name}" in score "{subject.called(score)}" gives the same points to every lead.',
                    part.span,
                    "Add the `event:` or the condition under which it counts. It tells no lead from another as it is; "
                    "if all are to begin higher, say so by `start`.",
                )


def _always(subject: Subject, part: EventRule | StandingRule | Penalty) -> str | None:
    """Conditions of one line have been judged when the model was read, but for what tallies can be."""
    when = part.when
    assert when is not None
    if not isinstance(when, Group) and not any(path[0] == "tally" for path in when.reads):
        return None
    if isinstance(part, StandingRule | EventRule) and part.row is not None:
        return None
    reasoning = subject.standing if isinstance(part, StandingRule) else subject.at_event(part.events)
    conflict = reasoning.always(subject.tree(when))
    return None if conflict is None else subject.told(reasoning, conflict, never=False)


def _dated(rule: StandingRule) -> bool:
    return rule.starts is not None or rule.ends is not None


def worth_nothing(subject: Subject) -> Iterator[Diagnostic]:
    """RE712: a rule whose points are 0 in every case."""
    for score in subject.scores:
        for rule in rules_of(score):
            nothing = of_points(rule.points) == (0, 0) and not (isinstance(rule, EventRule) and rule.set_to is not None)
            otherwise = rule.otherwise if isinstance(rule, StandingRule) else None
            if nothing and (otherwise is None or of_points(otherwise) == (0, 0)):
                row = f" (line {rule.row.line} of {rule.row.file})" if rule.row is not None else ""
                yield finding(
                    "RE712",
                    f'Rule "{rule.name}" in score "{subject.called(score)}"{row} is worth 0 points in every case.',
                    rule.span,
                    "Give it points, or delete it.",
                )
