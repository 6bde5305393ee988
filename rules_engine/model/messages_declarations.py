"""What can be wrong with declarations: fields, events, constants, definitions, data files, tallies.

One function per mistake; codes RE210-RE219 (names), RE410-RE419 (fields), RE420-RE424 (tallies), RE580-RE585 (files).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.feel.checking.wording import a
from rules_engine.feel.types import Type
from rules_engine.model.messages_shape import place, respelt, shown
from rules_engine.model.yaml_nodes import Entry, Node

# --- names


def definition_cycle(node: Node, cycle: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE210",
        f"The definition goes round in a circle: {' uses '.join(cycle)}.",
        node.span,
        "Write one of them without the others.",
    )


def definition_too_long(node: Node, name: str, most: int) -> Diagnostic:
    return finding(
        "RE222",
        f'The definition "{name}", with those it uses written out, has more than {most:,} parts.',
        node.span,
        "Use fewer definitions in one another; count events with a tally instead.",
    )


def definition_hides_root(node: Node, name: str) -> Diagnostic:
    return finding(
        "RE211", f'"{name}" is a name of the language and cannot be defined anew.', node.span, "Choose another name."
    )


def variable_hides(node: Node, name: str) -> Diagnostic:
    return finding(
        "RE212",
        f'The variable "{name}" of for_each has the name of something else that expressions use.',
        node.span,
        "Choose another name for the variable.",
    )


def reserved_attribute(span: Span, event: str, name: str) -> Diagnostic:
    return finding(
        "RE214",
        f'Event "{event}" cannot have an attribute "{name}": every event has event.{name} by itself.',
        span,
        "Give the attribute another name, or delete it.",
    )


def event_named_any(node: Node) -> Diagnostic:
    return finding(
        "RE215", 'No event type can be called "any": `event: any` means every type.', node.span, "Choose another name."
    )


# What the types are called elsewhere.
_TYPES = {
    "text": "string", "str": "string", "char": "string", "varchar": "string", "enum": "string",
    "integer": "number", "int": "number", "float": "number", "double": "number", "decimal": "number",
    "currency": "number", "percent": "number", "bool": "boolean", "checkbox": "boolean", "flag": "boolean",
    "datetime": "date and time", "timestamp": "date and time", "time": "date and time",
    "duration": "days and time duration", "array": "list<string>", "list": "list<string>",
}  # fmt: skip


def unknown_type(node: Node, text: str, name: str, what: str, known: Iterable[str]) -> Diagnostic:
    known = tuple(known)
    meant = _TYPES.get(text.strip().lower())
    hint = f' Did you mean "{meant}"?' if meant else did_you_mean(text, known)
    return finding(
        "RE216",
        f'"{text}" is not a type; it stands for "{name}" of {what}.{hint}',
        node.span,
        f"The types are: {', '.join(known)}, and list<...> of one of them.",
        edit=respelt(node, known),
    )


def score_name_taken(node: Node, name: str) -> Diagnostic:
    return finding(
        "RE209", f'Two scores would be called "{name}".', node.span, "Rename one, or change the values of for_each."
    )


def variant_value(node: Node, value: str) -> Diagnostic:
    return finding(
        "RE213",
        f'"{value}" becomes part of the name of a score, so it may hold letters, digits and underscores only.',
        node.span,
    )


def variant_repeated(node: Node, value: str) -> Diagnostic:
    return finding("RE213", f'"{value}" stands twice in for_each.', node.span, "Delete one of them.")


# --- fields


def bound_of_no_number(where: Entry | None, name: str, kind: Type) -> Diagnostic:
    key = where.key.text if where is not None else "min"
    return finding("RE410", f'"{key}" is for numbers, but "{name}" is {a(kind)}.', place(where), "Delete it.")


def min_above_max(where: Node | None, name: str, low: float, high: float) -> Diagnostic:
    return finding(
        "RE411", f'The least value of "{name}" ({low:g}) is above its greatest ({high:g}).', place(where), "Swap them."
    )


def choice_of_wrong_type(node: Node, name: str, kind: Type) -> Diagnostic:
    return finding("RE412", f'"{name}" is {a(kind)}, but its choice {shown(node)} is not.', node.span)


def choice_read_as_boolean(node: Node, name: str) -> Diagnostic:
    return finding(
        "RE412",
        f'YAML reads {shown(node)} as true or false, but the choices of "{name}" are text.',
        node.span,
        f'Put it in quotes: "{shown(node)}".',
    )


def repeated_choice(node: Node, name: str) -> Diagnostic:
    return finding("RE413", f'A choice of "{name}" stands twice.', node.span, "Delete one of them.")


# --- constants and data files


def mixed_list(node: Node, name: str) -> Diagnostic:
    return finding(
        "RE414",
        f'The list "{name}" mixes text, numbers or true/false, so comparing with it would miss some.',
        node.span,
        "Write values of one kind; put numbers that are meant as text in quotes.",
    )


def empty_constant(node: Node, name: str) -> Diagnostic:
    return finding("RE415", f'The constant "{name}" has no value.', node.span, "Write a value or a list, or delete it.")


def path_outside(node: Node, name: str, reason: str) -> Diagnostic:
    return finding(
        "RE580",
        f'The file "{name}" cannot be used: {reason}.',
        node.span,
        "A model reads only files in its own folder, so that the folder is all one needs to score the same anywhere.",
    )


def no_such_file(node: Node, name: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE581",
        f'There is no file "{name}" in the model\'s folder.{did_you_mean(name, known)}',
        node.span,
        "Put the file beside the model, or correct the name.",
    )


def too_many_values(node: Node, file: str, most: int) -> Diagnostic:
    return finding("RE582", f'"{file}" has more than {most:,} values.', node.span, "Score it as a field of the lead.")


# --- tallies


def within_and_per(where: Entry | None) -> Diagnostic:
    return finding(
        "RE420",
        "`within` (a rolling window) and `per` (a calendar window or visit) cannot be used together.",
        place(where),
        "Keep one of them.",
    )


def tally_needs_event(node: Node) -> Diagnostic:
    return finding(
        "RE421",
        "The tally does not say what it counts.",
        node.span,
        "Write `event: <type>` to count events, or `stage: <stage>` to count the awards of a stage.",
    )


def not_in_stage_tally(where: Entry | None, name: str, key: str) -> Diagnostic:
    return finding(
        "RE422",
        f'Tally "{name}" counts the awards of a stage, so it cannot have "{key}".',
        place(where),
        f"Delete `{key}`, or count events with `event:` instead of `stage:`.",
    )


def measure_without_order(where: Entry | None, name: str, measure: str, kind: Type) -> Diagnostic:
    return finding(
        "RE424",
        f'Tally "{name}" takes the {measure} of {a(kind)}, which has no order: nothing is less or more than it.',
        place(where),
        "Take `latest` or `distinct` of it, or count the events with `when`.",
    )


def one_measure(where: Entry | None, found: Sequence[str]) -> Diagnostic:
    return finding(
        "RE423", f"A tally takes one measure, but has {' and '.join(found)}.", place(where), "Make a tally for each."
    )
