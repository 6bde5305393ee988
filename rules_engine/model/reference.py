"""The reference of model files: a page with a table of keys per block, written from the schema, and the grammar quoted.

`python -m rules_engine.model.reference docs/language.md` writes the page.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rules_engine.grammar_files import read_grammar_file

_INTRO = """# The language: reference of model files

Written from `grammar/model.schema.json` by `python -m rules_engine.model.reference docs/language.md`; a test keeps
it so. What the numbers mean is told by example in the [worked example](worked-example.md); why, in the
[rationale](rationale.md); the functions of conditions are on [their own page](feel-functions.md), and how they
differ from the standard on [another](feel-deviations.md).

A model is a folder `<model>/` with a file `v<N>.yaml` for each version, its examples in `tests.yaml`, and maybe CSV
sheets and text files that versions name. Keys are in small letters with underscores; unknown and repeated keys are
errors. YAML is read by the 1.2 core schema, so `on`, `yes` and `no` are text.

Durations are written `60 days`, `1 week`, `90 minutes`, `2 hours 30 minutes`; a day has 24 hours, months are
refused. Points are a number, or a percent of `sales_ready` such as `30%`. Conditions are FEEL expressions; a `when`
may also be a list (all must hold) or a map with one of `all`, `any`, `none`.

"""

_SCOPES = """## What may be read where

| place | names |
|---|---|
| everywhere | `lead.*`, `account.*`, `constants.*`, names under `define`, `sales_ready` |
| rules, penalties, gates with `event`; tallies | also `event.*`, `event.at`, `event.type` |
| event rules and standing rules, gates | also `tally.*` |
| labels, segments, automations | `score.*`, `band.*`, `gate.*`, `label.*` (labels above), `tally.*` |
| the same | `last.<tally>`, `first.<tally>`, `last_increase.<score>`, `now` |
| `audience`, `needs`, `weight` and `where` of accounts | fields and constants only |

"""

_GRAMMAR = """## The grammar of expressions

From `grammar/feel.lark`, loose to tight; each line `//>` is an example that a test parses.

"""

# In the order of the page: the block, its place in a file, the definition in the schema ("" is the file itself).
_BLOCKS = (
    ("The file", "v<N>.yaml", ""),
    ("A field or attribute", "fields.lead.<name>, fields.account.<name>, events.<type>.<name>", "field"),
    ("A tally", "tallies.<name>", "tally"),
    ("A score", "scores.<name>", "score"),
    ("A rule", "scores.<name>.rules.<rule>", "rule"),
    ("A limit", "limit of a rule or penalty", "limit"),
    ("Decay", "decay of a score, group, rule or penalty", "decay"),
    ("A penalty", "scores.<name>.penalties.<penalty>", "penalty"),
    ("Inactivity", "scores.<name>.inactivity", "inactivity_keys"),
    ("Bands", "scores.<name>.bands, accounts.<name>.bands", "bands"),
    ("A gate", "gates.<name>", "gate"),
    ("An account score", "accounts.<name>", "account"),
    ("A segment", "segments.<name>", "segment"),
    ("An automation", "automations.<name>", "automation"),
)
_KINDS = {
    "name": "name",
    "text": "text",
    "title": "text",
    "note": "text",
    "file": "file name",
    "date": "date",
    "duration": "duration",
    "points": "points",
    "amount": "points or expression",
    "expression": "expression",
    "condition": "condition",
    "events_of": "event types",
    "remove": "points or percent of score",
    "inactivity_keys": "block or list",
}
_JSON_TYPES = {
    "object": "block",
    "array": "list",
    "string": "text",
    "boolean": "true or false",
    "integer": "whole number",
}
_DEFAULT = re.compile(r"\s*Default: ([^.]+(?:\.[^.\s][^.]*)*)\.\s*$")


def page() -> str:
    """The whole reference as Markdown."""
    schema = json.loads(read_grammar_file("model.schema.json"))
    parts = [_INTRO]
    for title, place, name in _BLOCKS:
        block = schema["$defs"][name] if name else schema
        parts.append(f"## {title}\n\nWhere: `{place}`. {block.get('description', '')}".rstrip() + "\n\n")
        parts.append(_table(schema, block))
    parts.append(_SCOPES)
    grammar = read_grammar_file("feel.lark")
    parts.append(_GRAMMAR + "```lark\n" + grammar.strip() + "\n```\n")
    return "".join(parts)


def _table(schema: Mapping[str, Any], block: Mapping[str, Any]) -> str:
    rows = list(_rows(schema, block, ""))
    if not rows:
        return ""
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    lines += [f"| `{key}` | {kind} | {default} | {meaning} |" for key, kind, default, meaning in rows]
    return "\n".join(lines) + "\n\n"


def _rows(schema: Mapping[str, Any], block: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    required = set(block.get("required", ()))
    for key, entry in block.get("properties", {}).items():
        target = _target(schema, entry)
        text = entry.get("description") or target.get("description", "")
        found = _DEFAULT.search(text)
        default = "required" if key in required else found.group(1) if found else ""
        meaning = text[: found.start()] if found and default != "required" else text
        yield prefix + key, _kind(entry, target), default, meaning.replace("|", "\\|").strip()
        if "$ref" not in entry and "properties" in entry:
            yield from _rows(schema, entry, f"{prefix}{key}.")
    named = block.get("additionalProperties")
    if not block.get("properties") and isinstance(named, Mapping) and "properties" in named:
        yield from _rows(schema, named, f"{prefix}<name>.")


def _target(schema: Mapping[str, Any], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    target: Mapping[str, Any] = schema["$defs"][reference.rsplit("/", 1)[1]] if reference else entry
    return target


def _kind(entry: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    reference: str = entry.get("$ref", "").rsplit("/", 1)[-1]
    if reference:
        return _KINDS.get(reference, reference)
    if "enum" in entry:
        return " or ".join(f"`{value}`" for value in entry["enum"])
    kind = entry.get("type", "")
    kinds: list[str] = [kind] if isinstance(kind, str) else kind
    return " or ".join(_JSON_TYPES.get(one, one) for one in kinds)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
