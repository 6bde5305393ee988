"""`penalties:` and `inactivity:` of a score: what lowers it by itself."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.model import amounts, conditions, durations, expressions, scopes
from rules_engine.model import messages_rules as say
from rules_engine.model.read_decay import read_decay
from rules_engine.model.read_limits import read_limit
from rules_engine.model.read_points import is_other_form
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import ScoreFrame, check_reserved, note, read_dates, title
from rules_engine.model.scopes import Scope
from rules_engine.model.types import Amount, Inactivity, Penalty
from rules_engine.model.yaml_nodes import Entry, Node, ScalarNode

MAX_DAYS = 400


def read_penalty(reading: Reading, frame: ScoreFrame, entry: Entry) -> Penalty | None:
    """One penalty: what an event takes away, at once or over days."""
    body = reading.map(entry.value, "a penalty")
    if body is None:
        return None
    name = entry.key.text
    check_reserved(reading, entry)
    events = reading.events(body.get("event"), f'Penalty "{name}" in score "{frame.name}"')
    scope = frame.at(scopes.at_event(reading.names, "a penalty", events))
    decay = read_decay(reading, body.get("decay"), f'penalty "{name}"')
    if decay is not None and decay.law is not None and decay.law.kind != "steps":
        reading.report.add(say.continuous_penalty(body.entry("decay"), name))
    starts, ends = read_dates(reading, body)
    penalty = Penalty(
        name, entry.key.span, title(reading, body), note(reading, body), events,
        conditions.condition(reading, body.get("when"), scope),
        over_days=_days(reading, body.get("over")),
        limit=read_limit(reading, body.get("limit"), scope, penalty=True),
        decay=decay.law if decay is not None else None, starts=starts, ends=ends,
    )  # fmt: skip
    remove = read_remove(reading, body.get("remove"), frame.sales_ready, scope)
    return None if remove is None else replace(penalty, remove=remove)


def read_inactivity(reading: Reading, frame: ScoreFrame, node: Node | None) -> tuple[Inactivity, ...]:
    """One clock or a list of them."""
    clocks = [_clock(reading, frame, item) for item in reading.items(node)]
    return tuple(clock for clock in clocks if clock is not None)


def _clock(reading: Reading, frame: ScoreFrame, node: Node) -> Inactivity | None:
    body = reading.map(node, "`{after: ..., remove: ...}`")
    if body is None:
        return None
    after, every = reading.duration(body.get("after")), reading.duration(body.get("every"))
    every_node = body.get("every")
    if every is not None and every < durations.HOUR and every_node is not None:
        reading.report.add(say.every_too_short(every_node))
    remove = read_remove(reading, body.get("remove"), frame.sales_ready, None)
    any_event = False
    activity: tuple[str, ...] | None = None
    if "activity" in body:
        activity = reading.events(body.get("activity"), f'The inactivity of score "{frame.name}"')
        any_event = activity is None
    if after is None or remove is None:
        return None
    return Inactivity(after, every, remove, activity, any_event, node.span)


def read_remove(reading: Reading, node: Node | None, sales_ready: int, scope: Scope | None) -> Amount | None:
    """A positive number, a percent, a percent `of score`; with a scope (at an event) also an expression."""
    if node is None:
        return None
    if isinstance(node, ScalarNode) and isinstance(node.value, str):
        share = amounts.percent_of_score(node.value)
        if share is not None:
            if not 0 < share <= 1:
                reading.report.add(say.share_of_score_range(node))
                return None
            return Amount(share=float(share))
        if is_other_form(node.text) and node.style == "plain" and amounts.percent(node.value) is None:
            reading.report.add(say.remove_in_another_form(node))
            return None
        if scope is not None and amounts.percent(node.value) is None:
            formula = expressions.formula(reading, node, scope, "number")
            if formula is None:
                return None
            number = expressions.literal_number(formula.tree)
            if number is None:
                return Amount(formula=formula)
            expressions.tell_quoted_number(reading, node)
            return _positive(reading, node, reading.in_range(node, amounts.micropoints(number)))
    return _positive(reading, node, reading.points(node, sales_ready))


def _positive(reading: Reading, node: Node, amount: int | None) -> Amount | None:
    if amount is None:
        return None
    if amount <= 0:
        reading.report.add(say.remove_must_be_positive(node, amount))
        return None
    return Amount(amount=amount)


def _days(reading: Reading, node: Node | None) -> int:
    over = reading.duration(node)
    if over is None or node is None:
        return 0
    if over % durations.DAY:
        reading.report.add(say.over_whole_days(node))
        return 0
    if over > MAX_DAYS * durations.DAY:
        reading.report.add(say.over_too_long(node, MAX_DAYS))
        return 0
    return over // durations.DAY
