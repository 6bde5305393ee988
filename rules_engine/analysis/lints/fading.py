"""Decay, penalties and inactivity that work against each other or against what was meant (RE731-RE736)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.amounts import asks_for_one, fades, of_points, shortest_window, values_of
from rules_engine.analysis.lints.subject import Subject, at_events_of
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.types import Decay, EventRule, Gate, Limit, Penalty, Score


def _earning(score: Score) -> tuple[EventRule, ...]:
    """The event rules that give points."""
    return tuple(rule for rule in score.event_rules if rule.set_to is None and of_points(rule.points)[1] > 0)


def decay_without_floor(subject: Subject) -> Iterator[Diagnostic]:
    """RE731: all that a score earns fades to nothing, and no floor remembers that there was interest."""
    for score in subject.scores:
        earning = _earning(score)
        if not earning or not all(fades(rule.decay) for rule in earning):
            continue
        if subject.score_entry(score, "floor") is not None:
            continue  # written down, so it was thought of
        place = subject.score_entry(score, "decay")
        yield finding(
            "RE731",
            f'All points of score "{subject.called(score)}" fade to nothing: in time a lead who was keen once looks '
            "like one who never came.",
            place.key.span if place is not None else score.span,
            "Add a `floor`, such as `floor: 20%`, so that past interest stays visible; or `keep` to the decay. "
            "`floor: 0` says that forgetting is meant.",
        )


def decay_against_window(subject: Subject) -> Iterator[Diagnostic]:
    """RE732: an award is gone long before the limit lets the next one through."""
    for score in subject.scores:
        for rule in _earning(score):
            life = _life(rule.decay)
            window = None if rule.limit is None else shortest_window(rule.limit)
            if life is None or window is None or window <= life:
                continue
            entry = subject.score_entry(score, "rules", rule.row.rule if rule.row else rule.name, "limit")
            yield finding(
                "RE732",
                f'Decay and limit of rule "{rule.name}" contradict each other: an award is gone after '
                f"{words.duration(life)}, but it counts towards the limit for {_window(rule.limit)}.",
                entry.key.span if entry is not None else rule.span,
                "Make the window of the limit at most as long as the award lasts, or let the award last longer.",
            )


def _life(decay: Decay | None) -> int | None:
    """The age at which nothing is left; None where something always is."""
    if decay is None or not fades(decay) or decay.kind == "half_life":
        return None
    return decay.delay + (decay.period if decay.kind == "linear" else decay.ages[-1])


def _window(limit: Limit | None) -> str:
    assert limit is not None
    return words.duration(limit.within) if limit.within is not None else f"a {limit.per}"


def penalty_out_earned(subject: Subject) -> Iterator[Diagnostic]:
    """RE733: one later event gives more than the penalty took."""
    for score in subject.scores:
        best = _best(score)
        for penalty in score.penalties:
            taken = penalty.remove.amount
            if best is None or taken is None or _is_gated(subject, score, penalty):
                continue
            most = of_points(best.points)[1]
            if most < taken:
                continue
            gives = "any number of points" if math.isinf(most) else f"{words.points(most)} points"
            yield finding(
                "RE733",
                f'One later event makes up for penalty "{penalty.name}" of score "{subject.called(score)}": it takes '
                f'{words.points(taken)} points, and rule "{best.name}" can give {gives}.',
                penalty.span,
                "If the penalty is to hold whatever comes after, use a gate on the same event with a `cap`.",
            )


def _best(score: Score) -> EventRule | None:
    """The rule with the largest award; one whose largest is not known only where there is no other."""
    known = {rule.name: of_points(rule.points)[1] for rule in _earning(score)}
    finite = [rule for rule in _earning(score) if math.isfinite(known[rule.name])]
    return max(finite or _earning(score), key=lambda rule: known[rule.name], default=None)


def _is_gated(subject: Subject, score: Score, penalty: Penalty) -> bool:
    """A gate at the same event holds the score down already."""
    return any(_at_same_event(gate, penalty) and score.name in dict(gate.caps) for gate in subject.model.gates.values())


def _at_same_event(gate: Gate, penalty: Penalty) -> bool:
    if not gate.is_event_gate:
        return False
    return gate.events is None or penalty.events is None or bool(set(gate.events) & set(penalty.events))


def silence_charged_twice(subject: Subject) -> Iterator[Diagnostic]:
    """RE734: while nothing happens, decay and inactivity both take."""
    for score in subject.scores:
        fading = [rule.name for rule in _earning(score) if rule.decay is not None]
        if not score.inactivity or not fading:
            continue
        yield finding(
            "RE734",
            f'Silence costs score "{subject.called(score)}" twice: its points fade, and inactivity takes more. What '
            "inactivity took does not slow the decay.",
            score.inactivity[0].span,
            "Keep one of the two, or say why both are meant.",
        )


def penalty_outlasts(subject: Subject) -> Iterator[Diagnostic]:
    """RE735: what is taken is taken for ever, while all that can be earned fades."""
    for score in subject.scores:
        earning = _earning(score)
        if not earning or not all(fades(rule.decay) for rule in earning):
            continue
        for penalty in score.penalties:
            if penalty.decay is None:
                yield finding(
                    "RE735",
                    f'Penalty "{penalty.name}" of score "{subject.called(score)}" is never forgotten, while all points '
                    "that the score gives fade: it takes from later points what it once took from old ones.",
                    penalty.span,
                    "Give it a decay in steps, such as `decay: {expires: 90 days}`.",
                )


def remembers_for_ever(subject: Subject) -> Iterator[Diagnostic]:
    """RE736: `each` or `distinct` without a window keeps every value that ever came."""
    for score in subject.scores:
        for part in at_events_of(score):
            limit = part.limit
            if limit is None or limit.each is None or limit.within is not None or limit.per is not None:
                continue
            if values_of(limit.each.type) is not None or asks_for_one(part, limit.each):
                continue
            yield finding(
                "RE736",
                f'The limit of "{part.name}" in score "{subject.called(score)}" remembers every value of '
                f"`{limit.each.text}` of a lead for ever.",
                limit.each.span,
                "Add a window to the limit, such as `within: 365 days`; live state then stays small.",
            )
    for tally in subject.model.tallies.values():
        if tally.measure != "distinct" or tally.of is None or tally.within is not None or tally.per is not None:
            continue
        if values_of(tally.of.type) is None:
            yield finding(
                "RE736",
                f'Tally "{tally.name}" remembers every value of `{tally.of.text}` of a lead for ever.',
                tally.span,
                "Add a window, such as `within: 365 days`; live state then stays small.",
            )
