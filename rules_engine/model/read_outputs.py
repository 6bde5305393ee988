"""`labels:`, `accounts:`, `segments:` and `automations:`: what is read off the scores."""

from __future__ import annotations

import re
from typing import Literal

from rules_engine.diagnostics.nearest import nearest
from rules_engine.model import conditions, expressions, scopes
from rules_engine.model import messages_scores as say
from rules_engine.model.messages_names import several_scores
from rules_engine.model.read_bands import read_bands
from rules_engine.model.read_decay import law_problem
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import note, title
from rules_engine.model.types import AccountScore, Action, Automation, Formula, Label, LabelChoice, Segment
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode, plain

COMBINES: tuple[Literal["sum", "mean", "max", "min", "count"], ...] = ("sum", "mean", "max", "min", "count")
ON_NEW_VERSION: tuple[Literal["baseline", "fire"], ...] = ("baseline", "fire")
MAX_TOP = 1000
# What other tools call the choice for all others.
_FOR_ALL_OTHERS = frozenset({"else", "default", "other", "others", "rest", "any", "true", "always"})


def read_labels(reading: Reading, node: Node | None) -> None:
    """Fills `names.labels` in file order; a label may use those above it."""
    entries = list(reading.entries(node))
    reading.names.label_names = tuple(entry.key.text for entry in entries)
    for entry in entries:
        label = _label(reading, entry)
        if label is not None:
            reading.names.labels[label.name] = label
        else:
            reading.names.broken_labels.add(entry.key.text)


def _label(reading: Reading, entry: Entry) -> Label | None:
    name, value = entry.key.text, entry.value
    scope = scopes.outputs(reading.names, "a label")
    if isinstance(value, ListNode):
        reading.report.add(say.label_as_list(value))
        return None
    if not isinstance(value, MapNode):
        formula = expressions.formula(reading, value, scope, "value")
        return None if formula is None else Label(name, entry.key.span, formula=formula)
    if "value" in value:
        formula = expressions.formula(reading, value.get("value"), scope, "value")
        heading = (name, entry.key.span, title(reading, value), note(reading, value))
        return None if formula is None else Label(*heading, formula=formula)
    body = reading.map(value.get("choices")) if "choices" in value else value
    choices = _choices(reading, body, scope) if body is not None else None
    if choices is None:
        return None
    return Label(name, entry.key.span, title(reading, value), note(reading, value), choices=choices)


def _choices(reading: Reading, body: MapNode, scope: scopes.Scope) -> tuple[LabelChoice, ...] | None:
    entries = [entry for entry in body if entry.key.text not in ("title", "note")]
    choices: list[LabelChoice] = []
    whole = True
    for index, entry in enumerate(entries):
        if isinstance(entry.value, ScalarNode) and entry.value.text == "otherwise":
            if index < len(entries) - 1:
                reading.report.add(say.otherwise_last(entry.value, entry.key.text))
            choices.append(LabelChoice(entry.key.text, None, entry.key.span))
            continue
        if isinstance(entry.value, ScalarNode) and (
            entry.value.text.lower() in _FOR_ALL_OTHERS or entry.key.text == "otherwise"
        ):
            reading.report.add(say.otherwise_in_other_words(entry.key, entry.value))
            whole = False
            continue
        when = conditions.condition(reading, entry.value, scope)
        if when is None:
            whole = False
        else:
            choices.append(LabelChoice(entry.key.text, when, entry.key.span))
    if whole and all(choice.when is None for choice in choices):
        reading.report.add(say.label_says_nothing(body))
        return None
    return tuple(choices) if whole else None


def read_accounts(reading: Reading, node: Node | None) -> dict[str, AccountScore]:
    """The roll-ups of accounts."""
    found = [_account(reading, entry) for entry in reading.entries(node)]
    return {account.name: account for account in found if account is not None}


def _account(reading: Reading, entry: Entry) -> AccountScore | None:
    name = entry.key.text
    body = reading.map(entry.value, "an account score")
    if body is None:
        return None
    of = _of(reading, body.get("of"), name)
    scope = scopes.fields_only(reading.names, "an account score")
    weight = _weight(reading, body.get("weight"), scope)
    where = conditions.condition(reading, body.get("where"), scope)
    combine, top, rollup = _combine(reading, body.get("combine"))
    sales_ready = reading.names.score_names[of].sales_ready if of is not None else reading.sales_ready
    bands = read_bands(reading, body.get("bands"), sales_ready, f'account score "{name}"', latches=False)
    if of is None or combine is None:
        return None
    heading = (name, entry.key.span, title(reading, body), note(reading, body))
    return AccountScore(*heading, of, combine, top, weight, where, bands, rollup)


def _weight(reading: Reading, node: Node | None, scope: scopes.Scope) -> Formula | None:
    weight = expressions.formula(reading, node, scope, "number")
    known = None if weight is None else expressions.literal_number(weight.tree)
    if known is not None and known < 0 and node is not None:
        reading.report.add(say.negative_weight(node, "a lead"))
    return weight


def _of(reading: Reading, node: Node | None, name: str) -> str | None:
    family = reading.names.families.get(node.text) if isinstance(node, ScalarNode) else None
    if family and node is not None and isinstance(node, ScalarNode):
        reading.report.add(several_scores(node.span, node.text, family))
        return None
    return reading.known(node, "score", tuple(reading.names.score_names), f'account score "{name}"')


def _combine(
    reading: Reading, node: Node | None
) -> tuple[Literal["sum", "mean", "max", "min", "count", "top", "plugin"] | None, int | None, str | None]:
    """The way to combine, N of `top N`, and the name of a plugin's way."""
    text = reading.text(node)
    if text is None or node is None:
        return None, None, None
    for word in COMBINES:
        if text == word:
            return word, None, None
    rollups = reading.extensions.rollups
    if text in rollups:
        return "plugin", None, text
    found = re.fullmatch(r"top\s+(\d{1,9})", text)
    if found is None or not 1 <= int(found[1]) <= MAX_TOP:
        reading.report.add(say.account_combine(node, text, (*COMBINES, "top 3", *rollups), MAX_TOP, tuple(rollups)))
        return None, None, None
    return "top", int(found[1]), None


def read_segments(reading: Reading, node: Node | None) -> dict[str, Segment]:
    """The segments."""
    segments: dict[str, Segment] = {}
    for entry in reading.entries(node):
        body = reading.map(entry.value, "a segment")
        if body is None:
            continue
        scope = scopes.outputs(reading.names, "a segment")
        where = conditions.condition(reading, body.get("where"), scope)
        highest, lowest = (
            expressions.formula(reading, body.get(key), scope, "number") if key in body else None
            for key in ("highest", "lowest")
        )
        if "highest" in body and "lowest" in body:
            reading.report.add(say.highest_and_lowest(body.entry("lowest")))
        take = reading.integer(body.get("take"))
        if take is not None and take < 1:
            reading.report.add(say.take_below_one(body.entry("take")))
        if take is not None and "highest" not in body and "lowest" not in body:
            reading.report.add_missing(body, say.take_needs_order(body.entry("take")))
        segments[entry.key.text] = Segment(
            entry.key.text, entry.key.span, title(reading, body), note(reading, body), where, highest, lowest, take
        )
    return segments


def read_automations(reading: Reading, node: Node | None) -> dict[str, Automation]:
    """The automations with their actions, checked by the plugin's schema where the host knows the action."""
    automations: dict[str, Automation] = {}
    for entry in reading.entries(node):
        body = reading.map(entry.value, "an automation")
        if body is None:
            continue
        scope = scopes.outputs(reading.names, "an automation")
        when = conditions.condition(reading, body.get("when"), scope)
        actions = [_action(reading, item) for item in reading.items(body.get("do"))]
        on_new = reading.choice(body.get("on_new_version"), ON_NEW_VERSION) or "baseline"
        automations[entry.key.text] = Automation(
            entry.key.text, entry.key.span, title(reading, body), note(reading, body), when,
            reading.duration(body.get("cooldown")), tuple(action for action in actions if action is not None), on_new,
        )  # fmt: skip
    return automations


def _action(reading: Reading, node: Node) -> Action | None:
    body = reading.map(node, "an action")
    name_node = body.get("action") if body is not None else None
    name = reading.text(name_node)
    if body is None or name is None or name_node is None:
        return None
    parameters = {entry.key.text: plain(entry.value) for entry in body if entry.key.text != "action"}
    known = reading.extensions.actions
    if known is not None and name not in known:
        if nearest(name, known) is not None:
            reading.report.add(say.unknown_action(name_node, name, tuple(known)))
            return None
        reading.report.add(say.action_of_no_plugin(name_node, name, tuple(known)))
    elif known is not None:
        problem = law_problem(known[name].parameters, parameters)
        if problem is not None:
            reading.report.add(say.action_parameters(node, name, problem))
            return None
    return Action(name, parameters, node.span)
