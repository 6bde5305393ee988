"""Plain data -> YAML in the manner of the models here: small maps on one line, conditions on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

WIDTH = 10_000  # conditions are not folded: one line of the file is one line in messages


class Block(dict[str, Any]):
    """A map that is never written on one line."""


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as people write them, and knows no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, data: Block) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)


def _number(dumper: yaml.SafeDumper, data: float) -> yaml.Node:
    text = f"{data:.12g}"
    tag = "int" if text.lstrip("-").isdigit() else "float"
    return dumper.represent_scalar(f"tag:yaml.org,2002:{tag}", text)


# Models are read as YAML 1.2: `no` and 2026-09-01 are text there, so they need no quotes.
_Dumper.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for letter, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), "tTfF")
_Dumper.add_representer(Block, _block)
_Dumper.add_representer(float, _number)


def to_yaml(document: Mapping[str, Any], comment: str = "", above: Mapping[str, str] | None = None) -> str:
    """The document with a comment above it and a blank line between each block of several lines and what stands above.

    `above` has comments for keys of the document.
    """
    parts = [f"# {line}".rstrip() + "\n" for line in comment.splitlines()]
    for key, value in document.items():
        text = yaml.dump(
            {key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None
        )
        if text.startswith("{"):  # a map of one scalar would go on one line in braces
            text = yaml.dump(Block({key: value}), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
        note = (above or {}).get(key)
        parts.append(("\n" if parts and text.count("\n") > 1 else "") + (f"# {note}\n" if note else "") + text)
    return "".join(parts)
