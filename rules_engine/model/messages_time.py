"""What can be wrong with lengths of time and dates: one function per mistake, all the wording of codes RE110-RE113."""

from __future__ import annotations

import re

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.nearest import nearest
from rules_engine.model import meant
from rules_engine.model.durations import UNITS, Problem
from rules_engine.model.messages_shape import shown
from rules_engine.model.yaml_nodes import Node, ScalarNode

_UNITS = {"d": "days", "h": "hours", "hr": "hours", "hrs": "hours", "w": "weeks", "wk": "weeks", "min": "minutes",
          "mins": "minutes", "s": "seconds", "sec": "seconds", "secs": "seconds"}  # fmt: skip
_DURATION_HELP = 'Write a number and a unit: "60 days", "1 week", "90 minutes", "2 hours 30 minutes".'


def duration(node: ScalarNode, problem: Problem) -> Diagnostic:
    if problem == "months":
        return finding(
            "RE111",
            f"{shown(node)}: months and years differ in length, so they are no durations here.",
            node.span,
            meant.months(node.text)
            or 'Write days, such as "30 days" for about a month or "365 days" for about a year.',
        )
    reason = {
        "number": f"{shown(node)} is a number without a unit.",
        "unit": f"{shown(node)} has a unit that is not known.",
        "fraction": f"{shown(node)} does not come to whole millionths of a second.",
        "length": f"{shown(node)} is longer than 100,000 days.",
        "form": f"{shown(node)} is not a duration.",
    }[problem]
    near = _unit_meant(node.text) if problem == "unit" else ""
    if problem == "form" and (written := meant.duration(node.text)):
        near = f' Did you mean "{written}"?'
    return finding("RE110", reason + near, node.span, _DURATION_HELP)


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
    help = meant.day(text) or "Write year-month-day, such as 2026-09-01."
    return finding("RE113", f'"{text}" is not a date.', node.span, help)
