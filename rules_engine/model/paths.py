"""Paths of a model file in an analyst's words: scores/readiness/rules/demo is `rule "demo"`. A leaf."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = {
    "scores": "score",
    "rules": "rule",
    "penalties": "penalty",
    "groups": "group",
    "gates": "gate",
    "labels": "label",
    "tallies": "tally",
    "accounts": "account score",
    "segments": "segment",
    "automations": "automation",
    "events": "event",
    "constants": "constant",
    "define": "definition",
    "bands": "band",
}
_HEADS = frozenset(
    {"scores", "gates", "labels", "tallies", "accounts", "segments", "automations", "events", "constants", "define"}
)
_INNER = frozenset({"rules", "penalties", "groups", "bands"})


def described(path: Sequence[str | int]) -> str:
    """What stands at the path: "rule "demo"", "`limit` of rule "demo"", "the model"."""
    if not path:
        return "the model"
    owner, rest = _owner(path)
    keys = ".".join(str(part) for part in rest if not isinstance(part, int))
    if not keys:
        return owner or "the model"
    return f"`{keys}` of {owner}" if owner else f"`{keys}`"


def thing(path: Sequence[str | int]) -> str:
    """What a name below the path names: "a rule"."""
    word = next((_BLOCKS[str(part)] for part in reversed(path) if str(part) in _BLOCKS), None)
    if path[:1] == ("fields",):
        word = "field"
    elif path[:1] == ("events",) and len(path) > 1:
        word = "attribute"
    elif path[:1] in (("model",), ("stages",)):
        word = {"model": "model", "stages": "stage"}[str(path[0])]
    if path and path[-1] == "for_each":
        word = "variable"
    if word is None:
        return "this"
    return ("an " if word[0] in "aeiou" else "a ") + word


def _owner(path: Sequence[str | int]) -> tuple[str, Sequence[str | int]]:
    """The innermost named part, and what of the path lies below it."""
    if path[0] == "fields" and len(path) > 2:
        return f'field "{path[2]}" of the {path[1]}', path[3:]
    if path[0] == "events" and len(path) > 2:
        return f'attribute "{path[2]}" of event "{path[1]}"', path[3:]
    if path[0] not in _HEADS or len(path) < 2:
        return "", path
    if len(path) > 3 and path[2] in _INNER:
        return f'{_BLOCKS[str(path[2])]} "{path[3]}"', path[4:]
    return f'{_BLOCKS[str(path[0])]} "{path[1]}"', path[2:]
