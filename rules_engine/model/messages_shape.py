"""What can be wrong with the shape of a value: one function per mistake, all the wording of codes RE100-RE119."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Span
from rules_engine.diagnostics.nearest import did_you_mean, only_nearest
from rules_engine.grammar_files import read_grammar_file
from rules_engine.model import durations, meant
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode

_WRITE = {
    "a number": "Write a plain number, such as 20 or 1.5.",
    "points": "Write a number such as 20, or a percent of sales_ready such as 20%.",
}
# What people write for a key -> what it is called in blocks of that kind (the first word of how they are described).
STANDS_FOR = {
    "`limit`": {"max": "times", "count": "times", "at_most": "times"},
    "band": {"min": "from", "start": "from"},
    "field": {"values": "one_of", "enum": "one_of", "choices": "one_of", "allowed": "one_of"},
    "attribute": {"values": "one_of", "enum": "one_of", "choices": "one_of", "allowed": "one_of"},
}
ENDS_OF_BAND = ("to", "max", "below", "end")
_ONE_FILE = "A version is one file; tables and lists alone come from others: `table: {file: ...}`, `constants`."
_NO_KEY = {"include": _ONE_FILE, "import": _ONE_FILE, "extends": _ONE_FILE, "inherits": _ONE_FILE}
# Keys that mean the opposite of each other: the one is no slip for the other.
_OPPOSITE = frozenset({"points", "remove"})
# Blocks whose keys people look for elsewhere, innermost last: how a block is called, and its place in the schema.
_BLOCKS = (
    ("a rule", "rule"),
    ("a penalty", "penalty"),
    ("a score", "score"),
    ("the model", ""),
    ("a gate", "gate"),
    ("a tally", "tally"),
    ("a limit", "limit"),
    ("a decay", "decay"),
    ("a segment", "segment"),
    ("an account score", "account"),
    ("an automation", "automation"),
)
# How a block is written whose place another kind of value has taken.
_EXAMPLES = {
    "at_least": "{0: 0, 50: 10}", "values": "{US: 10, GB: 8}", "bands": "{cold: any, warm: 40}",
    "limit": "{times: 2, within: 30 days}", "table": "{file: assets.csv, match: event.asset}",
    "reaches": "{page_views: 3}", "combine": "{fit: 1, readiness: 0.5}", "for_each": "{product: [crm, analytics]}",
    "review": "{first: 60 days, then: 90 days}", "steps": "{30 days: 0.5, 90 days: 0}", "cap": "{readiness: 40%}",
    "groups": "{email: {max: 20}}", "do": "[{action: notify, to: sales}]",
}  # fmt: skip
# Keys that people write for one another; of the group that holds the key, the one that is known here is meant.
_ALIKE = (
    ("when", "where", "if", "condition", "filter"),
    ("points", "remove", "score", "value", "weight"),
    ("title", "name", "label"),
    ("note", "description", "comment"),
    ("event", "events", "type", "trigger", "on"),
    ("do", "then", "action", "actions"),
    ("take", "top", "first", "size"),
    ("highest", "sort", "order", "order_by"),
)
LOWER_BOUND = "Write the lower bound alone, here {low}: each reaches up to where the next begins."
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
    help = _WRITE.get(expected, "")
    if expected == "points" and isinstance(node, ScalarNode):
        help = _points_help(node, help)
    elif expected == "a number" and isinstance(node, ScalarNode) and (low := meant.bound(node.text)):
        help = LOWER_BOUND.format(low=low)
    return finding("RE103", f"Expected {expected} here, but found {shown(node)}.", node.span, help)


def _points_help(node: ScalarNode, otherwise: str) -> str:
    """What to write for points in another form."""
    written = meant.points(node.text)
    if written.endswith("of score"):
        return "A percent of the score is for `remove` of penalties and inactivity. " + otherwise
    if written:
        return f"Write {written}."
    if node.text.lower() in ("none", "unlimited", "infinite", "infinity"):
        return "Delete the key where nothing is to bound it. " + otherwise
    return otherwise


def not_a_model(root: Node) -> Diagnostic:
    return finding(
        "RE103",
        f"Expected a model (`schema: 1`, `model: ...`) here, but found {shown(root)}.",
        root.span,
        "Give the file of a model or its folder; a table of leads or events is named in the mapping given with --data.",
    )


def unknown_key(span: Span, key: str, where: str, known: tuple[str, ...]) -> Diagnostic:
    if len(key) == 3 and key.isdecimal():  # what one-line braces leave of `> 1,000`
        help = "A comma cannot stand in a number, and in braces it ends the entry. Write 1000 for a thousand."
        return finding("RE101", f'"{key}" is not a key of {where}.', span, help)
    listed = f"The keys of {where} are: {', '.join(known)}." if known else ""
    alike = _alike(key, where, known)
    if {key, alike} == _OPPOSITE:
        help = (
            "What takes points away is written under `penalties` of the score, beside its `rules`."
            if key == "remove"
            else "Write `remove`, and the amount without a minus sign."
        )
        return finding("RE101", f'"{key}" is not a key of {where}.', span, f"{help} {listed}")
    hint = f' Did you mean "{alike}"?' if alike else did_you_mean(key, known)
    if where.startswith("band ") and key in ENDS_OF_BAND:
        listed = "A band reaches up to where the next one begins; only `from` is written."
    elif not hint:
        listed = _NO_KEY.get(key) or _belongs(key, where) + listed
    rather = meant_key(key, where, known)
    return finding(
        "RE101",
        f'"{key}" is not a key of {where}.{hint}',
        span,
        listed,
        edit=Edit(span, rather) if rather and span.end - span.start == len(key) else None,
    )


def meant_key(key: str, where: str, known: tuple[str, ...]) -> str | None:
    """The key that an unknown one stands for, where that is plain."""
    alike = _alike(key, where, known)
    return None if {key, alike} == _OPPOSITE else alike or only_nearest(key, known)


def _alike(key: str, where: str, known: tuple[str, ...]) -> str | None:
    """The key that people write another for, everywhere or in a block of this kind."""
    alike = next((word for group in _ALIKE if key.lower() in group for word in group if word in known), None)
    return alike or STANDS_FOR.get(where.partition(" ")[0], {}).get(key.lower())


def _belongs(key: str, where: str) -> str:
    """Where a key belongs that stands in the wrong block."""
    blocks = [name for name, block in _BLOCKS if key in block_keys(block) and name.partition(" ")[2] not in where]
    return f"`{key}` is a key of {' and of '.join(blocks[:3])}. " if blocks else ""


@cache
def block_keys(block: str) -> tuple[str, ...]:
    """The keys that the schema gives a kind of block; of the model for ""."""
    schema = json.loads(read_grammar_file("model.schema.json"))
    return tuple((schema["$defs"][block] if block else schema).get("properties", {}))


def misplaced_block(span: Span, key: str, score: str) -> Diagnostic:
    """`bands:` among the rules."""
    return finding(
        "RE101",
        f'`{key}` stands among the rules of score "{score}", and is a key of the score.',
        span,
        f"Move `{key}` two blanks to the left, into the column of `rules`.",
    )


def fields_without_owner(span: Span, key: str) -> Diagnostic:
    return finding(
        "RE101",
        f'"{key}" stands under `fields`, and it is not said whose field it is.',
        span,
        "Write `lead:` (or `account:`) below `fields:`, and the fields below it, indented by two more blanks.",
    )


def split_number(span: Span, text: str) -> Diagnostic:
    """`points: 10,5` in braces; `text` is the whole with its comma."""
    part = re.match(r"[\d.,]+", text.replace(" ", ""))
    plain = meant.number(part[0]) if part else ""
    return finding(
        "RE101",
        f'"{text}" is split at the comma: in braces it ends the entry, and no number has one.',
        span,
        f"Write {plain}." if plain else "Write 1000 for a thousand and 1.5 for one and a half.",
    )


def rule_outside_rules(span: Span, name: str, score: str) -> Diagnostic:
    return finding(
        "RE101",
        f'"{name}" is written as a rule, but stands beside `rules` of {score}.',
        span,
        "Move it under `rules:`, two blanks further right.",
    )


def split_text(before: ScalarNode, key: ScalarNode, whole: str) -> Diagnostic:
    """`{title: DE, AT and CH}`; `whole` is the text with its commas."""
    return finding(
        "RE126",
        f'YAML splits the one-line entries at the comma here, so "{before.text}" ends before it.',
        key.span,
        f'Put the text in quotes: {before.text}: "{whole}". A list stands in brackets: {before.text}: [{whole}].',
    )


def no_blank_after_colon(node: ScalarNode) -> Diagnostic:
    """`{1:5}`: a key to YAML, with no value."""
    at = node.start + node.text.index(":") + 1
    return finding(
        "RE026",
        "A blank is missing after this colon: without it YAML reads one word.",
        node.source.span(at - 1, at),
        "Write a blank after each colon.",
        edit=Edit(node.source.span(at, at), " "),
    )


def missing_key(span: Span, key: str, where: str, help: str) -> Diagnostic:
    return finding("RE102", f'The key "{key}" is missing in {where}.', span, help)


def wrong_word(node: Node, word: str, where: str, allowed: tuple[str, ...]) -> Diagnostic:
    help = f"Write one of: {', '.join(allowed)}."
    if "day" in allowed and isinstance(durations.parse(word), int):
        help += f" Another length of time is written `within: {word}`."
    return finding(
        "RE104",
        f'"{word}" is not a value of {where}.{did_you_mean(word, allowed)}',
        node.span,
        help,
        edit=respelt(node, allowed),
    )


def wrong_kind(place: Node, node: Node, where: str, kinds: str, keys: tuple[str, ...] = ()) -> Diagnostic:
    """`keys` are those that may stand there, where entries are expected."""
    help = ""
    edit = None
    key = re.search(r"`(?:\w+\.)*(\w+)`", where)
    key_name = key[1] if key else ""
    example = _EXAMPLES.get(key_name, "")
    if kinds == "nothing":
        pass
    elif isinstance(node, ScalarNode) and node.value is None:
        cut = re.match(r"[ \t]*(#[^\r\n]*)", node.source.text[node.start :])
        help = "Write a value, or delete the key."
        if cut:
            help = f"A # after a blank begins a comment. Text that begins so is put in quotes: '{cut[1].rstrip()}'."
    elif kinds == "a list":
        help = "Write the items in brackets, such as [a, b], or each on a line of its own after a dash."
        if isinstance(node, ScalarNode) and "," in node.text:
            help = f"Write the items in brackets: [{node.text}]."
        elif example:
            help = f"Write for example `{key_name}: {example}`, or each item on a line of its own after a dash."
    elif kinds == "true or false" and isinstance(node, ScalarNode) and (word := meant.truth(node.text)):
        help, edit = f"Write {word}.", Edit(node.span, word)
    elif kinds == "a whole number" and isinstance(node, ScalarNode):
        digits = re.fullmatch(r"[vV]?(\d{1,9})", node.text)
        help = f"Write {int(digits[1])}." if digits else "Write a whole number, such as 2."
    elif (
        where.startswith(("field ", "attribute "))
        and isinstance(node, ListNode)
        and all(isinstance(item, ScalarNode) for item in node.items)
    ):
        listed = ", ".join(item.text for item in node.items if isinstance(item, ScalarNode))
        help = f"Write the type, and the values that are allowed after `one_of`: {{type: string, one_of: [{listed}]}}."
    elif "entries" in kinds and where.startswith("event ") and isinstance(node, ScalarNode):
        help = "Write what the event brings with it, such as {path: string}, or {} where it brings nothing."
    elif "entries" in kinds and example:
        help = f"Write for example `{key_name}: {example}`."
    elif kinds == "entries (key: value)" and isinstance(node, ScalarNode) and "\n" in _written(node):
        help = "Write a colon and a blank after the key in each line; a tab or a comma does not part them."
    elif "entries" in kinds and isinstance(node, ListNode):
        help = "Write each entry as `name: ...` on a line of its own, without a dash."
    elif kinds == "entries (key: value)":
        listed = f": {', '.join(keys)}" if keys else ""
        help = f"Write its keys on lines of their own below it, or in braces{listed}."
    elif kinds == "a number" and isinstance(node, ScalarNode) and (percent := _PERCENT.fullmatch(node.text)):
        if key_name in ("sales_ready", "min", "max"):
            help = f"Write it without the sign: {float(percent[1]):g}."
        else:
            help = f"Write it as a share: {float(percent[1]) / 100:g}."
    message = f"{where[:1].upper()}{where[1:]} must be {kinds}, but is {shown(node)}."
    return finding("RE103", message, place.span, help, edit=edit)


def _written(node: ScalarNode) -> str:
    return node.source.text[node.start : node.end]


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
        f"Names are written in small letters, digits and underscores and begin with a letter, such as "
        f"`{meant.name(name, what)}`.",
    )


def out_of_bounds(node: Node, where: str, rule: str) -> Diagnostic:
    return finding("RE106", f"{where} must be {rule}, but is {shown(node)}.", node.span)


def not_finite(node: ScalarNode) -> Diagnostic:
    help = "Write an ordinary number; where nothing is to be bounded, delete the key."
    return finding("RE114", f"{shown(node)} is not an ordinary number.", node.span, help)


def too_many_points(node: Node) -> Diagnostic:
    return finding("RE115", f"{shown(node)} is beyond the largest amount of points, 9,000,000,000,000.", node.span)


def place(where: Node | Entry | Span | None) -> Span | None:
    """Where a finding points: a node, the key of an entry, or a span as it is."""
    if isinstance(where, Entry):
        return where.key.span
    return where if where is None or isinstance(where, Span) else where.span
