"""Amounts of points that look like shares: `floor: 0.5` where half of the sales-ready score is meant (RE737)."""

from __future__ import annotations

from collections.abc import Iterator

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.subject import Subject
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.types import Score
from rules_engine.model.yaml_nodes import Entry, MapNode, ScalarNode

_LEAST = 10_000_000  # micropoints: where sales-ready is less, parts of a point are usual


def shares_as_points(subject: Subject) -> Iterator[Diagnostic]:
    """RE737: less than one point for a height that a score of this size would hardly have."""
    for score in subject.scores:
        if score.sales_ready < _LEAST:
            continue
        for what, entry in _heights(subject, score):
            node = None if entry is None else entry.value
            if isinstance(node, ScalarNode) and isinstance(node.value, float) and 0 < node.value < 1:
                percent = f"{node.value * 100:g}%"
                yield finding(
                    "RE737",
                    f'{what} score "{subject.called(score)}" is {node.text} points, next to nothing where '
                    f"{words.points(score.sales_ready)} are sales-ready.",
                    node.span,
                    f"If {percent} of the sales-ready score is meant, write {percent}.",
                )


def _heights(subject: Subject, score: Score) -> Iterator[tuple[str, Entry | None]]:
    """The entries with heights of a score: its own, its groups' and bands', and caps on it."""
    for key in ("floor", "start", "max"):
        yield f"The `{key}` of", subject.score_entry(score, key)
    for group in score.groups:
        yield f'The `max` of group "{group.name}" of', subject.score_entry(score, "groups", group.name, "max")
    for level in score.bands:
        band = subject.score_entry(score, "bands", level.name)
        if band is not None and isinstance(band.value, MapNode):
            band = band.value.entry("from")
        yield f'The beginning of band "{level.name}" of', band
    for gate in subject.model.gates:
        yield f'The `cap` of gate "{gate}" on', subject.entry("gates", gate, "cap", subject.called(score))
