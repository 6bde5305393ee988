"""Reads single values of a tests file: text, points, times, lists and maps; what does not fit becomes a finding."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from rules_engine.analysis.case_types import Moment, Points
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model import durations
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode
from rules_engine.records import dataclass

_RELATIVE = re.compile(r"(?P<sign>[-+]?)\s*(?P<length>\d.*)\Z")
_AGO = re.compile(r"(\d.*\w)\s+ago", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MICRO = Decimal(1_000_000)


@dataclass(slots=True)
class CaseNodes:
    """Reads nodes; every mistake goes to `findings`. A reader gives None (or nothing) after telling what is wrong."""

    findings: list[Diagnostic] = field(default_factory=list)

    # --- telling

    def wrong(self, code: str, message: str, span: Span, help: str = "") -> None:
        self.findings.append(finding(code, message, span, help))

    def misfit(self, node: Node, what: str, expected: str, help: str = "") -> None:
        self.wrong("RE181", f"{what} must be {expected}.", node.span, help)

    def keys(self, node: MapNode, known: tuple[str, ...], where: str) -> None:
        for entry in node:
            if entry.key.text not in known:
                hint = did_you_mean(entry.key.text, known)
                self.wrong(
                    "RE182",
                    f'"{entry.key.text}" is no key of {where}.{hint}',
                    entry.key.span,
                    f"Keys here: {', '.join(known)}.",
                )

    # --- shapes

    def mapping(self, node: Node | None, what: str) -> MapNode | None:
        if node is None or isinstance(node, MapNode):
            return node
        if not (isinstance(node, ScalarNode) and node.value is None):
            self.misfit(node, what, "entries (key: value)")
        return None

    def sequence(self, node: Node | None, what: str) -> tuple[Node, ...]:
        if node is None or (isinstance(node, ScalarNode) and node.value is None):
            return ()
        if isinstance(node, ListNode):
            return node.items
        listed = f"Write [{node.text}]." if isinstance(node, ScalarNode) else "Begin each of its parts with a dash (-)."
        self.misfit(node, what, "a list", listed)
        return ()

    def text(self, node: Node | None, what: str) -> str | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.value is not None:
            return node.text
        self.misfit(node, what, "text")
        return None

    def moment(self, node: Node | None, what: str) -> Moment | None:
        """An ISO time, or a length of time before (`-3 days`) or after the as-of time."""
        text = self.text(node, what)
        if text is None or node is None:
            return None
        relative = _RELATIVE.match(text.strip())
        if relative is not None:
            length = durations.parse(relative["length"])
            if isinstance(length, int):
                return Moment(text, -length if relative["sign"] == "-" else length, node.span)
        try:
            datetime.fromisoformat(text)
        except ValueError:
            help = 'Write a time such as 2026-09-01T12:00:00Z, or one relative to as_of such as "-3 days".'
            if (ago := _AGO.fullmatch(text)) and isinstance(durations.parse(ago[1]), int):
                help = f'Write "-{ago[1]}".'
            self.wrong("RE183", f'"{text}" is no time.', node.span, help)
            return None
        return Moment(text, None, node.span)

    def points(self, node: Node | None, what: str) -> Points | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            exact = Decimal(str(node.value)) * _MICRO
            if exact.is_finite():
                return Points(int(exact.to_integral_value(ROUND_HALF_EVEN)))
        number = _NUMBER.search(node.text) if isinstance(node, ScalarNode) else None
        help = (
            f"Write the points that come out, {number[0]}; `tolerance:` of the test allows for more." if number else ""
        )
        self.misfit(node, what, "a number of points", help)
        return None
