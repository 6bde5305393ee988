"""Bands, choices of labels, gates and lines of lookups that nothing can ever reach (RE701-RE706)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.subject import Subject, rules_of
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.feel import ast
from rules_engine.feel.checking.reasoning import Reasoning
from rules_engine.feel.checking.wording import code
from rules_engine.feel.types import ends_of
from rules_engine.model.types import Condition, EventRule, Gate, Label, Score, StandingRule, StepPoints
from rules_engine.model.yaml_nodes import MapNode


def bands_too_high(subject: Subject) -> Iterator[Diagnostic]:
    """RE701: a band above the highest that the score can come to."""
    for score in subject.scores:
        bounds = subject.ranges[score.name]
        for level in score.bands:
            if level.start is None or level.start <= bounds.highest_reading:
                continue
            sum_ = words.most(bounds)
            yield finding(
                "RE701",
                f'Band "{level.name}" begins at {words.points(level.start)}, but score "{subject.called(score)}" never '
                f"gets above {words.points(bounds.highest)}.",
                level.span,
                f"The most that its parts give: {sum_}. Lower the band, or give more points."
                if sum_
                else "Lower the band, or raise `max` and the caps.",
            )


def bands_too_low(subject: Subject) -> Iterator[Diagnostic]:
    """RE702: a band below the lowest that the score can come to."""
    for score in subject.scores:
        bounds = subject.ranges[score.name]
        for level, above in zip(score.bands, score.bands[1:], strict=False):
            if above.start is None or above.start > bounds.lowest_reading:
                continue
            why = f"`min` is {words.points(score.minimum)}" if bounds.lowest == score.minimum else "nothing takes more"
            help = f"If the score is meant to go lower, write a lower `min` ({why}); else delete the band."
            yield finding(
                "RE702",
                f'Band "{level.name}" can never be: score "{subject.called(score)}" is never below '
                f'{words.points(bounds.lowest)}, and from {words.points(above.start)} on it is "{above.name}".',
                level.span,
                help,
            )


def choices_never_taken(subject: Subject) -> Iterator[Diagnostic]:
    """RE703: a choice of a label that cannot be true, or not where those above it are not."""
    for label in subject.model.labels.values():
        yield from _choices(subject, label)


def _choices(subject: Subject, label: Label) -> Iterator[Diagnostic]:
    above: list[tuple[str, ast.Expression]] = []
    for choice in label.choices:
        if choice.when is None:
            continue
        tree = subject.tree(choice.when)
        reason = subject.why_never(subject.outputs, tree)
        if reason is not None:
            yield finding(
                "RE703",
                f'Choice "{choice.name}" of label "{label.name}" can never be taken: {reason}.',
                choice.span,
                "Correct the condition, or delete the choice.",
            )
            continue
        hiding = _hidden_by(subject.outputs, tree, above)
        if hiding:
            yield finding(
                "RE703",
                f'Choice "{choice.name}" of label "{label.name}" can never be taken: wherever it holds, '
                f"{words.listed(hiding)} above it {'holds' if len(hiding) == 1 else 'hold'}, and the first counts.",
                choice.span,
                "Move the narrower choice up, or delete one of them.",
            )
        above.append((choice.name, tree))


def _hidden_by(reasoning: Reasoning, tree: ast.Expression, above: list[tuple[str, ast.Expression]]) -> list[str]:
    for name, other in above:
        if reasoning.implies(tree, other):
            return [name]
    if len(above) > 1 and reasoning.implies(tree, reduce(ast.Or, [other for _, other in above])):
        return [name for name, _ in above]
    return []


def gates_without_effect(subject: Subject) -> Iterator[Diagnostic]:
    """RE704: a gate that never holds, or a cap that no score ever comes to."""
    for gate in subject.model.gates.values():
        tree = None if gate.when is None else subject.tree(gate.when)
        reason = None if tree is None else subject.why_never(subject.of_gate(gate), tree)
        if reason is not None:
            yield finding("RE704", f'Gate "{gate.name}" never holds: {reason}.', gate.span, "Correct the condition.")
        elif gate.caps:
            yield from _caps(subject, gate)


def _caps(subject: Subject, gate: Gate) -> Iterator[Diagnostic]:
    idle = [(name, cap) for name, cap in gate.caps if cap >= subject.ranges[name].highest]
    entry = subject.entry("gates", gate.name, "cap")
    for name, cap in idle:
        one = isinstance(entry.value, MapNode) and entry.value.entry(name) if entry is not None else None
        if len(idle) < len(gate.caps) and not one:
            continue  # one cap for all scores, and some of them come to it
        highest = words.points(subject.ranges[name].highest)
        yield finding(
            "RE704",
            f'The cap {words.points(cap)} of gate "{gate.name}" changes nothing: score "{name}" '
            f"never gets above {highest}.",
            one.key.span if one else gate.span,
            "Write a lower cap, or leave the score out.",
        )


def outputs_never_true(subject: Subject) -> Iterator[Diagnostic]:
    """RE705: a segment that is always empty, an automation that never starts."""
    model = subject.model
    conditions: list[tuple[str, str, Condition | None]] = [
        *(("Segment", segment.name, segment.where) for segment in model.segments.values()),
        *(("Automation", automation.name, automation.when) for automation in model.automations.values()),
    ]
    for kind, name, condition in conditions:
        if condition is None:
            continue
        reason = subject.why_never(subject.outputs, subject.tree(condition))
        if reason is not None:
            what = "is always empty" if kind == "Segment" else "never starts"
            yield finding("RE705", f'{kind} "{name}" {what}: {reason}.', condition.span, "Correct the condition.")


def lines_never_looked_up(subject: Subject) -> Iterator[Diagnostic]:
    """RE706: a bound of `at_least` outside what the field can be."""
    for score in subject.scores:
        for rule in rules_of(score):
            if isinstance(rule.points, StepPoints) and rule.row is None:
                yield from _bounds(subject, score, rule, rule.points)


def _bounds(subject: Subject, score: Score, rule: EventRule | StandingRule, points: StepPoints) -> Iterator[Diagnostic]:
    low, high = ends_of(points.of.type)
    entry = subject.score_entry(score, "rules", rule.name, "at_least")
    lines = entry.value.entries if entry is not None and isinstance(entry.value, MapNode) else ()
    ends = (*points.bounds[1:], math.inf)
    for line, bound, end in zip(lines, points.bounds, ends, strict=False):
        if bound > high or end <= low:
            where = f"at most {high:g}" if bound > high else f"at least {low:g}"
            yield finding(
                "RE706",
                f'The line {bound:g} of rule "{rule.name}" is never looked up: {code(points.of.tree)} is {where}.',
                line.key.span,
                "Correct the bound, or the `min` and `max` of the field.",
            )
