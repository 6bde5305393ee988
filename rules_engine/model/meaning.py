"""The hash of a model's meaning: the same for another layout, other comments, titles or notes; another for any change
that can change a result, data files included (their values are part of the typed model).

A field at its default is left out, so an engine with more fields gives old models the same hash.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping

from rules_engine.feel import ast
from rules_engine.model.types import Formula, Model

# Words for people, places in files, and what says when a version applies but not what it means.
_NO_MEANING = frozenset(
    {"span", "title", "note", "text", "reads", "source", "file", "hash", "owner", "status", "review", "changes", "row"}
)
_NODE_NO_MEANING = frozenset({"span", "name_span", "function_span", "text"})


def model_hash(model: Model) -> str:
    """Hex SHA-256 over the canonical form of the model."""
    data = json.dumps(_canonical(model), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(data.encode("ascii")).hexdigest()


def same_meaning(a: object, b: object) -> bool:
    """Whether two parts of models mean the same, wherever they stand and however they are laid out."""
    return _canonical(a) == _canonical(b)


def _canonical(value: object) -> object:
    """Nested lists, text and numbers. Maps keep their order: rules apply in file order."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return [[_canonical(key), _canonical(item)] for key, item in value.items()]
    if isinstance(value, (tuple, list)):
        return [_canonical(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(json.dumps(_canonical(item)) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        skipped = _NODE_NO_MEANING if isinstance(value, ast.Node) else _NO_MEANING
        if isinstance(value, ast.AtLiteral):
            skipped = skipped - {"text"}
        elif isinstance(value, Formula):
            skipped = skipped | {"type"}  # follows from the tree and the declarations
        parts: list[object] = [type(value).__name__]
        for part in dataclasses.fields(value):
            found = getattr(value, part.name)
            if part.name not in skipped and not _is_default(part, found):
                parts.append([part.name, _canonical(found)])
        return parts
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _is_default(part: dataclasses.Field[object], value: object) -> bool:
    return part.default is not dataclasses.MISSING and bool(part.default == value) and type(part.default) is type(value)
