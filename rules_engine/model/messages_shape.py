"""What can be wrong with the shape of a value: one function per mistake, all the wording of codes RE100-RE119."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Span
from rules_engine.diagnostics.nearest import did_you_mean, nearest, only_nearest
from rules_engine.model.durations import UNITS, Problem
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode

_WRITE = {
    "a number": "Write a plain number, such as 20 or 1.5.",
    "points": "Write a number such as 20, or a percent of sales_ready such as 20%.",
}
# Keys that people write for one another; of the group that holds the key, the one that is known here is meant.
_ALIKE = (
    ("when", "where", "if", "condition", "filter"),
    ("points", "remove", "score", "value", "weight"),
    ("title", "name", "label"),
    ("note", "description", "comment"),
    ("event", "events", "type", "trigger"),
    ("do", "then", "action", "actions"),
    ("take", "top", "first", "size"),
    ("highest", "sort", "order", "order_by"),
)
_UNITS = {"d": "days", "h": "hours", "hr": "hours", "hrs": "hours", "w": "weeks", "wk": "weeks", "min": "minutes",
          "mins": "minutes", "s": "seconds", "sec": "seconds", "secs": "seconds"}  # fmt: skip
_DURATION_HELP = 'Write a number and a unit: "60 days", "1 week", "90 minutes", "2 hours 30 minutes".'
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%")


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
    return finding("RE103", f"Expected {expected} here, but found {shown(node)}.", node.span, _WRITE.get(expected, ""))


def not_a_model(root: Node) -> Diagnostic:
    return finding(
        "RE103",
        f"Expected a model (`schema: 1`, `model: ...`) here, but found {shown(root)}.",
        root.span,
        "Give the file of a model or its folder; a table of leads or events is named in the mapping given with --data.",
    )


def unknown_key(span: Span, key: str, where: str, known: tuple[str, ...]) -> Diagnostic:
    alike = next((word for group in _ALIKE if key.lower() in group for word in group if word in known), None)
    hint = f' Did you mean "{alike}"?' if alike else did_you_mean(key, known)
    meant = alike or only_nearest(key, known)
    if len(key) == 3 and key.isdecimal():  # what one-line braces leave of `> 1,000`
        help = "A comma cannot stand in a number, and in braces it ends the entry. Write 1000 for a thousand."
        return finding("RE101", f'"{key}" is not a key of {where}.', span, help)
    return finding(
        "RE101",
        f'"{key}" is not a key of {where}.{hint}',
        span,
        f"The keys of {where} are: {', '.join(known)}." if known else "",
        edit=Edit(span, meant) if meant and span.end - span.start == len(key) else None,
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


def wrong_kind(place: Node, node: Node, where: str, kinds: str, keys: tuple[str, ...] = ()) -> Diagnostic:
    """`keys` are those that may stand there, where entries are expected."""
    help = ""
    if kinds == "a list":
        help = "Write the items in brackets, such as [a, b], or each on a line of its own after a dash."
    elif "entries" in kinds and isinstance(node, ListNode):
        help = "Write each entry as `name: ...` on a line of its own, without a dash."
    elif kinds == "entries (key: value)":
        listed = f": {', '.join(keys)}" if keys else ""
        help = f"Write its keys on lines of their own below it, or in braces{listed}."
    elif kinds == "a number" and isinstance(node, ScalarNode) and (percent := _PERCENT.fullmatch(node.text)):
        help = f"Write it as a share: {float(percent[1]) / 100:g}."
    return finding("RE103", f"{where[:1].upper()}{where[1:]} must be {kinds}, but is {shown(node)}.", place.span, help)


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
    plain = re.sub(r"\W+", "_", name.lower(), flags=re.ASCII).strip("_")
    example = plain if re.match("[a-z]", plain) and plain != name else "demo_request"
    return finding(
        "RE105",
        f'"{name}" cannot be the name of {what}.',
        span,
        f"Names are written in small letters, digits and underscores and begin with a letter, such as `{example}`.",
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
    return finding("RE110", reason + (_unit_meant(node.text) if problem == "unit" else ""), node.span, _DURATION_HELP)


def _unit_meant(text: str) -> str:
    """What a number with a misspelt or shortened unit stands for, if it is nothing else."""
    part = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]+)\s*", text)
    if part is None:
        return ""
    unit = _UNITS.get(part[2].lower()) or nearest(part[2], [f"{name}s" for name in UNITS])
    return f' Did you mean "{part[1]} {unit}"?' if unit else ""


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
