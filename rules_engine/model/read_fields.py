"""`fields:` and `events:` -> declared fields and event types with their FEEL types."""

from __future__ import annotations

import re

from rules_engine.feel import types
from rules_engine.feel.types import Type
from rules_engine.model import messages_declarations as say
from rules_engine.model.reading import Reading
from rules_engine.model.types import EventType, Field, Scalar
from rules_engine.model.yaml_nodes import Entry, MapNode, Node, ScalarNode

SIMPLE: dict[str, Type] = {
    "string": types.STRING,
    "number": types.NUMBER,
    "boolean": types.BOOLEAN,
    "date": types.DATE,
    "date and time": types.ZONED_DATE_AND_TIME,
    "days and time duration": types.DAYS_TIME_DURATION,
}
# Attributes that every event has by itself.
RESERVED_ATTRIBUTES = ("at", "type")
_LIST = re.compile(r"list\s*<\s*(.*?)\s*>\Z")


def type_of(text: str) -> Type | None:
    """`string`, `list<number>`; None for an unknown type."""
    found = _LIST.match(text.strip())
    if found:
        item = type_of(found[1])
        return None if item is None else types.ListOf(item)
    return SIMPLE.get(" ".join(text.split()))


def read_fields(reading: Reading, node: Node | None, what: str) -> dict[str, Field]:
    """The fields of a lead, an account or an event; `what` names it in messages."""
    fields: dict[str, Field] = {}
    for entry in reading.entries(node):
        fields[entry.key.text] = _field(reading, entry, what)
    return fields


def read_events(reading: Reading, node: Node | None) -> dict[str, EventType]:
    """The declared event types."""
    events: dict[str, EventType] = {}
    for entry in reading.entries(node):
        name = entry.key.text
        if name == "any":
            reading.report.add(say.event_named_any(entry.key))
            continue
        attributes = read_fields(reading, entry.value, f'event "{name}"')
        for reserved in RESERVED_ATTRIBUTES:
            if reserved in attributes:
                reading.report.add(say.reserved_attribute(attributes[reserved].span, name, reserved))
        events[name] = EventType(name, attributes, entry.key.span)
    return events


def _field(reading: Reading, entry: Entry, what: str) -> Field:
    name = entry.key.text
    value = entry.value
    if isinstance(value, MapNode):
        kind = _type(reading, value.get("type"), name, what)
        required = reading.boolean(value.get("required")) or False
        low, high = reading.number(value.get("min")), reading.number(value.get("max"))
        one_of = _one_of(reading, value.get("one_of"), kind, name)
        numeric = kind == types.NUMBER
        for key, bound in (("min", low), ("max", high)):
            if bound is not None and not numeric and kind != types.POISON:
                reading.report.add(say.bound_of_no_number(value.entry(key), name, kind))
        if low is not None and high is not None and low > high:
            reading.report.add(say.min_above_max(value.get("min"), name, low, high))
        if one_of and kind == types.STRING:
            kind = types.Enumeration(tuple(str(item) for item in one_of))
        elif numeric and (low is not None or high is not None):
            kind = types.Bounded(low, high)
        return Field(name, kind, required, one_of, low, high, entry.key.span)
    kind = _type(reading, value, name, what)
    return Field(name, kind, False, (), None, None, entry.key.span)


def _type(reading: Reading, node: Node | None, name: str, what: str) -> Type:
    """The declared type; POISON after a mistake, which then fits everywhere."""
    text = reading.text(node)
    if text is None or node is None:
        return types.POISON
    kind = type_of(text)
    if kind is None:
        reading.report.add(say.unknown_type(node, text, name, what, SIMPLE))
        return types.POISON
    return kind


def _one_of(reading: Reading, node: Node | None, kind: Type, name: str) -> tuple[Scalar, ...]:
    found: list[Scalar] = []
    if node is not None and reading.report.is_told(node):
        return ()
    for item in reading.items(node):
        if not isinstance(item, ScalarNode) or item.value is None:
            reading.report.misfit(item, "a value")
            continue
        if kind == types.STRING:
            if isinstance(item.value, bool) and item.text not in found:
                reading.report.add(say.choice_read_as_boolean(item, name))
            found.append(item.text)
        elif kind == types.NUMBER and isinstance(item.value, (int, float)) and not isinstance(item.value, bool):
            found.append(float(item.value))
        elif kind != types.POISON:
            reading.report.add(say.choice_of_wrong_type(item, name, kind))
    if len(set(found)) < len(found) and node is not None:
        reading.report.add(say.repeated_choice(node, name))
    return tuple(found)
