"""The shape of a model file against grammar/model.schema.json, told in the analyst's words at the analyst's places.

Takes the YAML tree, gives findings; the schema is the one list of keys, which editors use too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.nearest import nearest
from rules_engine.grammar_files import read_grammar_file
from rules_engine.model import messages_bands, traps
from rules_engine.model import messages_shape as say
from rules_engine.model.paths import described, thing
from rules_engine.model.report import Report
from rules_engine.model.schema_quick import fits
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode, plain


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a model file."""
    loaded: dict[str, Any] = json.loads(read_grammar_file("model.schema.json"))
    return loaded


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator  # 70 ms, and needed only where something is wrong

    return Draft202012Validator(schema())


def check_shape(root: MapNode, report: Report) -> None:
    """Tells everything in the file that does not have the shape of a model."""
    data = plain(root)
    if fits(data, schema(), schema()):
        return
    errors = sorted(_validator().iter_errors(data), key=lambda error: _start(root, error.absolute_path))
    # Where a key is misspelt, the key it stands for is not missing as well.
    misspelt = {tuple(error.absolute_path) for error in errors if error.validator == "additionalProperties"}
    for error in errors:
        _mark_unsure(error, root, report)
        if error.validator == "required" and tuple(error.absolute_path) in misspelt:
            continue
        for finding in _findings(error, root, report):
            report.add(finding)


def _mark_unsure(error: Any, root: MapNode, report: Report) -> None:
    """Sections whose declarations a mistake of shape hides: what others refer to there is not unknown. Which scores and
    bands are hidden is known one by one (`Names`)."""
    path = tuple(str(part) for part in error.absolute_path)
    if path[:1] == ("scores",):
        if path[2:3] == ("groups",):
            report.unsure("groups")
    elif path and len(path) <= 2:
        report.unsure(path[0])
    elif not path and error.validator in ("additionalProperties", "required"):
        for key in error.schema["properties"]:
            if key not in root:
                report.unsure(key)


def _findings(error: Any, root: MapNode, report: Report) -> Iterator[Diagnostic]:
    path = tuple(str(part) if not isinstance(part, int) else part for part in error.absolute_path)
    entry, node = _locate(root, path)
    what = described(path)
    in_names = "propertyNames" in error.absolute_schema_path
    if in_names and isinstance(node, MapNode):
        key = node.entry(str(error.instance))
        if key is None:
            return
        if error.validator == "enum":
            yield from _unknown_keys(node, [key], what, tuple(error.validator_value), report)
        else:
            yield say.bad_name(key.key.span, key.key.text, thing(path))
        return
    place = node if entry is None or _has_extent(node) else entry.key
    match error.validator:
        case "additionalProperties" if isinstance(node, MapNode):
            known = tuple(error.schema.get("properties", {}))
            if path == ("fields",) and not any(key in node for key in known):
                report.misspell(node)
                yield say.fields_without_owner(node.entries[0].key.span, node.entries[0].key.text)
                return
            if entry is not None and _is_misplaced(path, node, known):
                report.misspell(node)
                report.tell(node)
                report.unsure(str(path[3]))
                report.misspell(_locate(root, path[:2])[1])
                yield say.misplaced_block(entry.key.span, str(path[3]), str(path[1]))
                return
            yield from _unknown_keys(node, [e for e in node if e.key.text not in known], what, known, report)
        case "required" if entry is not None and report.is_told(node):
            return
        case "required":
            missing = re.match(r"'(.*?)' is a required", error.message)
            key_place = entry.key.span if entry is not None else node.source.span(node.start, node.start)
            key_name = missing[1] if missing else ""
            meaning = _description(error.schema.get("properties", {}).get(key_name, {}))
            yield say.missing_key(key_place, key_name, what, meaning)
        case "type" if path[-1:] == ("decay",) and isinstance(node, ScalarNode):
            return  # its reader tells what a decay is
        case "type" if report.is_told(node):
            return
        case "type" if entry is not None and _lacks_blank(entry):
            block = _locate(root, path[:-1])[1]
            if not report.is_told(block):  # once for a block: who leaves out one leaves out all
                report.tell(block)
                yield say.no_blank_after_colon(entry.key)
            report.tell(entry.key)
            report.tell(node)
        case "type":
            report.tell(node)
            keys = tuple(error.schema.get("properties", {}))
            yield say.wrong_kind(place, node, what, _kinds(error.validator_value), keys)
        case "enum":
            yield say.wrong_word(node, node.text if isinstance(node, ScalarNode) else "", what, _words(error))
        case "pattern":
            if path[:1] == ("requires",):
                yield say.bad_requirement(node)
            else:
                yield say.bad_name(node.span, node.text if isinstance(node, ScalarNode) else "", thing(path))
        case "minimum":
            yield say.out_of_bounds(node, what, f"at least {error.validator_value}")
        case "minProperties" | "minItems" | "minLength":
            yield say.too_few(place, what)
        case "maxProperties":
            yield say.too_many(place, what, error.validator_value)
        case "uniqueItems":
            yield _repeated(node, what)
        case _:
            yield say.misfit(node, what)


def _unknown_keys(
    node: MapNode, entries: Sequence[Entry], what: str, known: tuple[str, ...], report: Report
) -> Iterator[Diagnostic]:
    report.misspell(node)
    ends = messages_bands.with_both_ends(entries, what)
    if ends is not None:
        yield ends
        return
    for entry in entries:
        if _lacks_blank(entry):
            yield say.no_blank_after_colon(entry.key)
            continue
        number = traps.split_number(node, entry)
        if number is not None:
            report.tell(number.value)
            text = f"{node.source.text[number.value.start : number.value.end]},{entry.key.text}"
            yield say.split_number(node.source.span(number.value.start, entry.key.end), text)
            continue
        if _is_rule(what, entry):
            yield say.rule_outside_rules(entry.key.span, entry.key.text, what)
            continue
        is_near = entry.key.text.isdecimal() or nearest(entry.key.text, known) is not None
        text_split = None if is_near else traps.split_text(node, entry)
        if text_split is not None and traps.split_by_comma(node, entry) is None:
            before, whole = text_split
            report.tell(before.value)
            yield say.split_text(before.key, entry.key, whole)
            continue
        if _follows_split_text(node, entry, report):
            continue
        split = traps.split_by_comma(node, entry)
        if split is not None:
            if not report.is_told(split.value):
                report.tell(split.value)
                yield traps.split_finding(node, split)
            continue
        meant = say.meant_key(entry.key.text, what, known)
        if meant is not None:
            report.mean(node, meant, entry.value)
        yield say.unknown_key(entry.key.span, entry.key.text, what, known)


def _lacks_blank(entry: Entry) -> bool:
    """`{points:10}`: one key to YAML, without a value."""
    is_bare = isinstance(entry.value, ScalarNode) and entry.value.value is None and not _has_extent(entry.value)
    return is_bare and entry.key.style == "plain" and re.fullmatch(r"[\w.]+:\S+", entry.key.text) is not None


def _is_rule(what: str, entry: Entry) -> bool:
    """Whether an unknown key of a score is a rule that is not indented enough."""
    return (
        what.startswith("score ")
        and isinstance(entry.value, MapNode)
        and not {"event", "points", "of", "table"}.isdisjoint(entry.value.keys())
    )


def _follows_split_text(node: MapNode, entry: Entry, report: Report) -> bool:
    """Whether a key is a further part of a text that is told to be split."""
    at = node.entries.index(entry)
    while at > 0 and not _has_extent(node.entries[at].value):
        at -= 1
    return at < node.entries.index(entry) and report.is_told(node.entries[at].value)


def _is_misplaced(path: Sequence[str | int], node: MapNode, known: Sequence[str]) -> bool:
    """Whether a rule is no rule but a key of its score that is indented too far: `bands:` among the rules."""
    return (
        len(path) == 4
        and path[2] == "rules"
        and path[3] in ("bands", "penalties", "groups", "inactivity", "decay")
        and set(node.keys()).isdisjoint(known)
    )


def _locate(root: MapNode, path: Sequence[str | int]) -> tuple[Entry | None, Node]:
    """The node at a path of keys and indices, and the entry that it is the value of."""
    node: Node = root
    entry: Entry | None = None
    for part in path:
        if isinstance(node, MapNode):
            entry = node.entry(str(part))
            if entry is None:
                return None, node
            node = entry.value
        elif isinstance(node, ListNode) and isinstance(part, int):
            entry, node = None, node.items[part]
    return entry, node


def _start(root: MapNode, path: Sequence[str | int]) -> int:
    """Where in the file what stands at the path begins."""
    entry, node = _locate(root, path)
    return node.start if entry is None else entry.key.start


def _description(value: dict[str, Any]) -> str:
    """The description of a value's schema, or of what it refers to."""
    referred = schema()["$defs"].get(str(value.get("$ref", "")).removeprefix("#/$defs/"), {})
    return str(value.get("description") or referred.get("description", ""))


def _has_extent(node: Node) -> bool:
    return node.end > node.start


def _repeated(node: Node, what: str) -> Diagnostic:
    seen: set[str] = set()
    for item in node.items if isinstance(node, ListNode) else ():
        if isinstance(item, ScalarNode):
            if item.text in seen:
                return say.repeated_item(item, what)
            seen.add(item.text)
    return say.misfit(node, "different values")


_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "entries (key: value)",
    "array": "a list",
    "null": "nothing",
}


def _kinds(value: str | list[str]) -> str:
    kinds = [_KINDS[kind] for kind in ([value] if isinstance(value, str) else value)]
    return kinds[0] if len(kinds) == 1 else ", ".join(kinds[:-1]) + " or " + kinds[-1]


def _words(error: Any) -> tuple[str, ...]:
    return tuple(str(word) for word in error.validator_value)
