"""Columns of a mapping file: `country`, `[Country, country_code]`, `{column: closed, format: "%d-%m-%Y"}`.

Settings go down: those of the file hold for each block, those of a block for each of its columns.
"""

from __future__ import annotations

import re
from dataclasses import field, replace

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources.mapping import Column, RowNumber, Scalar
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode
from rules_engine.records import dataclass

_NOWHERE = Span("", 0, 0, 1, 1, 1, 1)
_DIRECTIVES = frozenset("YmdHMSfzybBpIj%eT F".replace(" ", ""))


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for columns that say nothing else: a column without names."""

    column: Column = field(default_factory=lambda: Column((), _NOWHERE))

    @property
    def timezone(self) -> str | None:
        return self.column.timezone


def settings_of(node: MapNode, above: Settings, findings: list[Diagnostic]) -> Settings:
    """The settings of the whole file or of one block. Missing markers add up, the others replace."""
    return Settings(_with_settings(node, above.column, "time_format", findings))


def column(node: Node, settings: Settings, findings: list[Diagnostic]) -> Column:
    """One column, in any of its forms."""
    base = replace(settings.column, span=node.span)
    if not isinstance(node, MapNode):
        return replace(base, names=texts(node))
    names, value = node.get("column"), node.entry("value")
    if names is not None and value is not None:
        why = "a value is either read from a column or always the same"
        findings.append(say.not_together(value.key.span, "value", "column", why))
    if names is None and value is None:
        findings.append(say.missing_key(node.span, "column", "The map"))
    base = _with_settings(node, base, "format", findings)
    replaced = node.get("values")
    return replace(
        base,
        names=texts(names),
        constant=_scalar(value.value) if value is not None else None,
        split=_text(node, "split"),
        lookup=_text(node, "lookup"),
        values=tuple(
            (entry.key.text, _scalar(entry.value)) for entry in (replaced if isinstance(replaced, MapNode) else ())
        ),
    )


def columns(node: Node | None, settings: Settings, findings: list[Diagnostic]) -> dict[str, Column]:
    """`fields:` and `attributes:`"""
    if not isinstance(node, MapNode):
        return {}
    return {entry.key.text: column(entry.value, settings, findings) for entry in node}


def identity(node: Node | None, settings: Settings, findings: list[Diagnostic]) -> Column | RowNumber:
    """The id of a table: a column, or generated from the row number."""
    assert node is not None  # the schema has seen to it
    if isinstance(node, MapNode) and "generate" in node:
        prefix = _text(node, "prefix")
        return RowNumber("row-" if prefix is None else prefix, node.span)
    return column(node, settings, findings)


def texts(node: Node | None) -> tuple[str, ...]:
    """A text or a list of texts, as written."""
    items = node.items if isinstance(node, ListNode) else (node,)
    return tuple(item.text for item in items if isinstance(item, ScalarNode))


def _with_settings(node: MapNode, base: Column, format_key: str, findings: list[Diagnostic]) -> Column:
    zone, formats = node.get("timezone"), node.get(format_key)
    if isinstance(zone, ScalarNode):
        if not _is_zone(zone.text):
            findings.append(say.unknown_zone(zone.span, zone.text))
        base = replace(base, timezone=zone.text)
    if formats is not None:
        for item in formats.items if isinstance(formats, ListNode) else (formats,):
            if isinstance(item, ScalarNode) and (wrong := format_mistake(item.text)):
                findings.append(say.unknown_time_format(item.span, item.text, wrong))
        base = replace(base, formats=texts(formats))
    decimal = _text(node, "decimal") or base.decimal
    thousands = _text(node, "thousands")
    if thousands is None:
        thousands = base.thousands
    if thousands and thousands == decimal:
        findings.append(say.not_together(node.span, "decimal", "thousands", "they are the same sign"))
    missing = base.missing | frozenset(texts(node.get("missing")))
    return replace(base, decimal=decimal, thousands=thousands, missing=missing)


def format_mistake(form: str) -> str | None:
    """What is wrong with a time format, or None."""
    from rules_engine.batch.sources.times import WORDS  # late: it needs Polars, which a look at a mapping does not

    if form in WORDS:
        return None
    if "%" not in form:
        return "it is no word that is known and has no parts such as %Y"
    unknown = [letter for letter in re.findall(r"%(.?)", form) if letter not in _DIRECTIVES]
    if unknown:
        return f'"%{unknown[0]}" is not known'
    if not re.search(r"%[YyF]", form):
        return "it has no year (%Y)"
    return None


def _is_zone(name: str) -> bool:
    from rules_engine.batch.sources.zones import known_zone

    return known_zone(name)


def _text(node: MapNode, key: str) -> str | None:
    value = node.get(key)
    return value.text if isinstance(value, ScalarNode) else None


def _scalar(node: Node) -> Scalar | None:
    """Numbers as floats; text for everything written in quotes."""
    if not isinstance(node, ScalarNode) or node.value is None:
        return None
    if isinstance(node.value, (str, bool)):
        return node.value
    return float(node.value) if not isinstance(node.value, int) else node.value
