"""Context functions (10.3.4.10): contexts as values whose entries are looked up and set."""

from __future__ import annotations

from rules_engine.feel.builtins.standard import standard
from rules_engine.feel.interpret.reasons import kind, undefined

GROUP = "Contexts"


@standard.function(
    "get value(m: context, key: string) -> Any",
    group=GROUP,
    doc="The value of an entry.",
    examples={'get value({key1: "value1"}, "key1")': '"value1"', 'get value({}, "key1")': "null"},
)
def get_value(m: dict[str, object], key: str) -> object:
    return m[key] if key in m else undefined(f"there is no entry {key!r}")


@standard.function(
    "get entries(m: context) -> list",
    group=GROUP,
    doc="The entries as a list of contexts with `key` and `value`.",
    examples={"get entries({a: 1})": '[{key: "a", value: 1}]'},
    total=True,
)
def get_entries(m: dict[str, object]) -> object:
    return [{"key": key, "value": value} for key, value in m.items()]


@standard.function(
    "context(entries: list) -> context",
    group=GROUP,
    doc="A context from a list of contexts with `key` and `value`; null if a key comes twice.",
    examples={'context([{key: "a", value: 1}])': "{a: 1}"},
)
def context(entries: list[object]) -> object:
    made: dict[str, object] = {}
    for entry in entries:
        if not isinstance(entry, dict) or "value" not in entry or not isinstance(entry.get("key"), str):
            return undefined("an entry is a context with a text `key` and a `value`")
        if entry["key"] in made:
            return undefined(f"the key {entry['key']!r} comes twice")
        made[entry["key"]] = entry["value"]
    return made


@standard.function(
    "context put(context: context, key: string, value: Any?) -> context",
    group=GROUP,
    doc="The context with an entry set; a list of keys leads to an entry deeper inside.",
    examples={
        'context put({x: 1}, "y", 2)': "{x: 1, y: 2}",
        'context put({x: 1, y: {a: 0}}, ["y", "a"], 2)': "{x: 1, y: {a: 2}}",
    },
)
def context_put(m: dict[str, object], key: str, value: object) -> object:
    return {**m, key: value}


@standard.function("context put(context: context, keys: list<string>, value: Any?) -> context")
def context_put_deep(m: dict[str, object], keys: list[object], value: object) -> object:
    if not keys or not all(isinstance(key, str) for key in keys):
        return undefined("the keys are a list of texts")
    first = str(keys[0])
    if len(keys) == 1:
        return {**m, first: value}
    deeper = m.get(first)
    if not isinstance(deeper, dict):
        return undefined(f"the entry {first!r} is no context but {kind(deeper)}")
    inner = context_put_deep(deeper, keys[1:], value)
    return None if inner is None else {**m, first: inner}


@standard.function(
    "context merge(contexts: list) -> context",
    group=GROUP,
    doc="All entries of several contexts; of equal keys the last counts.",
    examples={"context merge([{x: 1}, {x: 2, y: 3}])": "{x: 2, y: 3}"},
)
def context_merge(contexts: list[object]) -> object:
    merged: dict[str, object] = {}
    for one in contexts:
        if not isinstance(one, dict):
            return undefined(f"context merge() merges contexts, not {kind(one)}")
        merged.update(one)
    return merged
