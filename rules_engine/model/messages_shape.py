"""What can be wrong with the shape of a value: one function per mistake, all the wording of codes RE100-RE119."""

from __future__ import annotations

from collections.abc import Iterable

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Span
from rules_engine.diagnostics.nearest import did_you_mean, only_nearest
from rules_engine.model.durations import Problem
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode

_DURATION_HELP = 'Write a number and a unit: "60 days", "1 week", "90 minutes", "2 hours 30 minutes".'


def shown(node: Node) -> str:
    """A value in a few words, for messages."""
    if isinstance(node, MapNode):
        return "a group of entries (key: value)"
    if isinstance(node, ListNode):
        return "a list"
    if node.value is None:
        return "nothing"
    text = node.text if len(node.text) <= 40 else node.text[:39] + "…"
    return f'"{text}"' if isinstance(node.value, str) else text


def respelt(node: Node, known: Iterable[str]) -> Edit | None:
    """The name that a misspelt one stands for, put in its place."""
    if not isinstance(node, ScalarNode):
        return None
    meant = only_nearest(node.text, known)
    return None if meant is None else Edit(node.place(0, len(node.text)), meant)


def misfit(node: Node, expected: str) -> Diagnostic:
    return finding("RE103", f"Expected {expected} here, but found {shown(node)}.", node.span)


def not_a_model(root: Node) -> Diagnostic:
    return finding(
        "RE103",
        f"Expected a model (`schema: 1`, `model: ...`) here, but found {shown(root)}.",
        root.span,
        "Give the file of a model or its folder; a table of leads or events is named in the mapping given with --data.",
    )


def unknown_key(span: Span, key: str, where: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE101",
        f'"{key}" is not a key of {where}.{did_you_mean(key, known)}',
        span,
        f"The keys of {where} are: {', '.join(known)}." if known else "",
        edit=Edit(span, meant) if (meant := only_nearest(key, known)) and span.end - span.start == len(key) else None,
    )


def missing_key(span: Span, key: str, where: str, help: str) -> Diagnostic:
    return finding("RE102", f'The key "{key}" is missing in {where}.', span, help)


def wrong_word(node: Node, word: str, where: str, allowed: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE104",
        f'"{word}" is not a value of {where}.{did_you_mean(word, allowed)}',
        node.span,
        f"Write one of: {', '.join(allowed)}.",
        edit=respelt(node, allowed),
    )


def wrong_kind(place: Node, node: Node, where: str, kinds: str) -> Diagnostic:
    return finding("RE103", f"{where[:1].upper()}{where[1:]} must be {kinds}, but is {shown(node)}.", place.span)


def too_few(place: Node, where: str) -> Diagnostic:
    return finding(
        "RE107", f"There must be something in {where}.", place.span, "Write at least one, or delete the key."
    )


def too_many(place: Node, where: str, most: int) -> Diagnostic:
    return finding("RE107", f"There are too many entries in {where}; {most} is the most.", place.span)


def repeated_item(node: Node, where: str) -> Diagnostic:
    return finding("RE108", f"{shown(node)} stands twice in {where}.", node.span, "Delete one of them.")


def bad_requirement(node: Node) -> Diagnostic:
    return finding(
        "RE109",
        f"{shown(node)} does not say which versions of the plugin fit.",
        node.span,
        'Write for example ">=1.2,<2".',
    )


def bad_name(span: Span, name: str, what: str) -> Diagnostic:
    return finding(
        "RE105",
        f'"{name}" cannot be the name of {what}.',
        span,
        "Names are written in small letters, digits and underscores and begin with a letter, such as `demo_request`.",
    )


def out_of_bounds(node: Node, where: str, rule: str) -> Diagnostic:
    return finding("RE106", f"{where} must be {rule}, but is {shown(node)}.", node.span)


def duration(node: ScalarNode, problem: Problem) -> Diagnostic:
    if problem == "months":
        return finding(
            "RE111",
            f"{shown(node)}: months and years differ in length, so they are no durations here.",
            node.span,
            'Write days, such as "30 days" for about a month or "365 days" for about a year.',
        )
    reason = {
        "number": f"{shown(node)} is a number without a unit.",
        "unit": f"{shown(node)} has a unit that is not known.",
        "fraction": f"{shown(node)} does not come to whole millionths of a second.",
        "length": f"{shown(node)} is longer than 100,000 days.",
        "form": f"{shown(node)} is not a duration.",
    }[problem]
    return finding("RE110", reason, node.span, _DURATION_HELP)


def duration_zero(node: ScalarNode) -> Diagnostic:
    return finding(
        "RE112", "The time span must be longer than nothing.", node.span, "Write a longer one, or delete the key."
    )


def date(node: Node, text: str) -> Diagnostic:
    return finding("RE113", f'"{text}" is not a date.', node.span, "Write year-month-day, such as 2026-09-01.")


def not_finite(node: ScalarNode) -> Diagnostic:
    return finding("RE114", f"{shown(node)} is not an ordinary number.", node.span)


def too_many_points(node: Node) -> Diagnostic:
    return finding("RE115", f"{shown(node)} is beyond the largest amount of points, 9,000,000,000,000.", node.span)


def place(where: Node | Entry | Span | None) -> Span | None:
    """Where a finding points: a node, the key of an entry, or a span as it is."""
    if isinstance(where, Entry):
        return where.key.span
    return where if where is None or isinstance(where, Span) else where.span
