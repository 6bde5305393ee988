"""Bands that are written with both ends: `warm: 40-80`, `warm: {min: 40, max: 80}`. One function per mistake."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.messages_shape import ENDS_OF_BAND, LOWER_BOUND, STANDS_FOR, shown
from rules_engine.model.yaml_nodes import Entry, ScalarNode


def as_range(node: ScalarNode, low: str) -> Diagnostic:
    """`warm: 40-80`."""
    help = LOWER_BOUND.format(low=low)
    return finding("RE103", f"Expected points here, but found {shown(node)}.", node.span, help)


def with_both_ends(unknown: Sequence[Entry], what: str) -> Diagnostic | None:
    """`warm: {min: 40, max: 80}`."""
    if not what.startswith("band ") or len(unknown) != 2:
        return None
    low = next((entry for entry in unknown if entry.key.text in STANDS_FOR["band"]), None)
    if low is None or not any(entry.key.text in ENDS_OF_BAND for entry in unknown):
        return None
    text = f"from: {low.value.text}" if isinstance(low.value, ScalarNode) else "from: 40"
    return finding(
        "RE101",
        f'"{unknown[0].key.text}" and "{unknown[1].key.text}" are not keys of {what}.',
        unknown[0].key.span,
        f"A band reaches up to where the next one begins; only `from` is written. Here: `{text}`",
    )
