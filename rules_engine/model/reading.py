"""Reads single values of a model file: text, numbers, percents, durations, dates, names.

Each reader gives None after telling what is wrong. Shape (text where a number belongs) is told by the schema's check;
a reader adds it only where that check was silent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from rules_engine.diagnostics.source import Source
from rules_engine.model import amounts, calendar, durations, messages_time
from rules_engine.model import messages_names as say_names
from rules_engine.model import messages_shape as say_shape
from rules_engine.model.extensions import Extensions
from rules_engine.model.names import Names
from rules_engine.model.report import Report
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode
from rules_engine.records import dataclass

T = TypeVar("T", bound=str)
# Where what a name refers to is declared; of scores it is known one by one which a mistake hides.
_SECTIONS = {"stage": "stages", "group": "groups", "tally": "tallies"}


@dataclass(slots=True)
class Reading:
    """What every reader of a block needs: where findings go, the model's folder, declared names, time zone."""

    source: Source
    folder: Path
    report: Report
    extensions: Extensions
    zone: ZoneInfo
    sales_ready: int = 100 * amounts.MICRO
    names: Names = field(default_factory=Names)

    # --- shapes

    def map(self, node: Node | None, expected: str = "entries (key: value)") -> MapNode | None:
        if node is None or isinstance(node, MapNode):
            return node
        if not (isinstance(node, ScalarNode) and node.value is None):
            self.report.misfit(node, expected)
        return None

    def entries(self, node: Node | None) -> Iterator[Entry]:
        found = self.map(node)
        return iter(found.entries if found is not None else ())

    def items(self, node: Node | None) -> tuple[Node, ...]:
        """The items of a list; a single value counts as a list of one."""
        if node is None:
            return ()
        return node.items if isinstance(node, ListNode) else (node,)

    def text(self, node: Node | None) -> str | None:
        """Text. A number or date-like value that stands where text belongs counts as its characters."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.value is not None and not isinstance(node.value, bool):
            return node.text
        self.report.misfit(node, "text")
        return None

    def number(self, node: Node | None) -> float | None:
        if node is None or self.report.is_told(node):
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            if math.isfinite(node.value):
                return float(node.value)
            self.report.add(say_shape.not_finite(node))
            return None
        self.report.misfit(node, "a number")
        return None

    def integer(self, node: Node | None) -> int | None:
        number = self.number(node)
        if number is None or node is None:
            return None
        if number != int(number):
            self.report.misfit(node, "a whole number")
            return None
        return int(number)

    def boolean(self, node: Node | None) -> bool | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        self.report.misfit(node, "true or false")
        return None

    # --- values with a meaning

    def duration(self, node: Node | None, *, zero: bool = False) -> int | None:
        """Microseconds of a text such as "60 days"; more than nothing unless `zero`."""
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or node.value is None or isinstance(node.value, bool):
            self.report.misfit(node, 'a duration such as "60 days"')
            return None
        if self.report.is_told(node):
            return None
        found = durations.parse(node.text)
        if isinstance(found, str):
            self.report.add(messages_time.duration(node, found))
            return None
        if found == 0 and not zero:
            self.report.add(messages_time.duration_zero(node))
            return None
        return found

    def points(self, node: Node | None, sales_ready: int) -> int | None:
        """Micropoints of a number or of a percent of `sales_ready`."""
        if node is None or self.report.is_told(node):
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            share = amounts.percent(node.value)
            if share is not None:
                return self.in_range(node, amounts.share_of(share, sales_ready))
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            self.report.misfit(node, "points")
            return None
        number = self.number(node)
        return None if number is None else self.in_range(node, amounts.micropoints(number))

    def in_range(self, node: Node, micro: int) -> int | None:
        if abs(micro) > amounts.MOST_POINTS * amounts.MICRO:
            self.report.add(say_shape.too_many_points(node))
            return None
        return micro

    def date(self, node: Node | None) -> int | None:
        """The instant at which a day begins in the model's time zone."""
        text = self.text(node)
        if text is None or node is None:
            return None
        day = calendar.parse_date(text)
        if day is None:
            self.report.add(messages_time.date(node, text))
            return None
        return calendar.midnight(day, self.zone)

    def choice(self, node: Node | None, allowed: tuple[T, ...]) -> T | None:
        """One of a few words. The schema's check tells which."""
        text = self.text(node)
        if text is None or node is None:
            return None
        for word in allowed:
            if word == text:
                return word
        self.report.misfit(node, "one of " + ", ".join(allowed))
        return None

    # --- references

    def events(self, node: Node | None, used_by: str) -> tuple[str, ...] | None:
        """The event types of `event:`; None for `any`. An unknown one is told; then none are given, so that nobody
        judges what is asked of events by the others alone.
        """
        found: list[str] = []
        known = True
        for item in self.items(node):
            name = self.text(item)
            if name is None:
                continue
            if name == "any" and "any" not in self.names.events:
                return None
            if name not in self.names.events:
                if self.report.is_unsure("events"):
                    return ()
                self.report.add(say_names.unknown_event(item, name, used_by, self.names.events))
                known = False
            elif name not in found:
                found.append(name)
        return tuple(found) if known else ()

    def known(self, node: Node | None, kind: str, names: tuple[str, ...], used_by: str) -> str | None:
        """A name that must be declared: a stage, group, score or tally."""
        name = self.text(node)
        if name is None or node is None:
            return None
        if name not in names:
            is_score = kind == "score"
            if not (self.names.may_be_score(name) if is_score else self.report.is_unsure(_SECTIONS[kind])):
                self.report.add(say_names.unknown(node, kind, name, names, used_by))
            return None
        return name
