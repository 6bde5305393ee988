"""`limit:` of rules and penalties: `3`, or `{times: 1, each: event.asset, within: 30 days}`."""

from __future__ import annotations

from typing import Literal

from rules_engine.model import expressions
from rules_engine.model import messages_rules as say
from rules_engine.model.messages_declarations import within_and_per
from rules_engine.model.reading import Reading
from rules_engine.model.scopes import Scope
from rules_engine.model.types import Limit
from rules_engine.model.yaml_nodes import MapNode, Node

PERIODS: tuple[Literal["day", "week", "month", "visit"], ...] = ("day", "week", "month", "visit")


def read_limit(reading: Reading, node: Node | None, scope: Scope, *, penalty: bool = False) -> Limit | None:
    """At most `times` awards, or events of a penalty."""
    if node is None:
        return None
    if not isinstance(node, MapNode):
        times = reading.integer(node)
        return None if times is None else Limit(_at_least_once(reading, node, times))
    times_node = node.get("times")
    times = reading.integer(times_node)
    if times is None or times_node is None:
        return None
    within = reading.duration(node.get("within"))
    per = reading.choice(node.get("per"), PERIODS)
    if "within" in node and "per" in node:
        reading.report.add(within_and_per(node.entry("per")))
    highest = reading.choice(node.get("keep"), ("highest",)) == "highest"
    if highest and penalty:
        reading.report.add(say.keep_highest_of_penalty(node.entry("keep")))
    elif highest and times != 1:
        reading.report.add(say.keep_highest_needs_once(times_node, times))
    each = expressions.key_formula(reading, node.get("each"), scope)
    return Limit(_at_least_once(reading, times_node, times), each, within, per, highest)


def _at_least_once(reading: Reading, node: Node, times: int) -> int:
    if times < 1:
        reading.report.add(say.limit_below_one(node, times))
    return times
