"""`bands:` of a score or an account roll-up: lower bounds, the first `any`, rising."""

from __future__ import annotations

from rules_engine.model import meant, messages_bands
from rules_engine.model import messages_scores as say
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import note, title
from rules_engine.model.types import BandLevel
from rules_engine.model.yaml_nodes import Entry, MapNode, Node, ScalarNode


def read_bands(
    reading: Reading, node: Node | None, sales_ready: int, owner: str, *, latches: bool
) -> tuple[BandLevel, ...]:
    """The bands from the lowest up. `latches` allows `{from, until}` with an `until` (accounts have plain bounds)."""
    levels: list[BandLevel] = []
    for index, entry in enumerate(reading.entries(node)):
        level = _level(reading, entry, sales_ready, latches=latches)
        if level is None:
            return ()
        if (level.start is None) != (index == 0):
            falling = next((name for name, value in _plain(node)[1:] if value == "any"), "")
            reading.report.add(say.first_band(entry.key, owner, is_first=index == 0, falling=falling))
            return ()
        if level.start is not None and levels[-1].start is not None and level.start <= levels[-1].start:
            reading.report.add(say.bands_must_rise(entry.key, levels[-1].name))
            return ()
        levels.append(level)
    return tuple(levels)


def _level(reading: Reading, entry: Entry, sales_ready: int, *, latches: bool) -> BandLevel | None:
    name, value = entry.key.text, entry.value
    if not isinstance(value, MapNode):
        start = _start(reading, value, sales_ready)
        return None if start is False else BandLevel(name, entry.key.span, None, None, start)
    start_node = value.get("from")
    if start_node is None:
        reading.report.misfit(value, "`from`")
        return None
    start = _start(reading, start_node, sales_ready)
    if start is False:
        return None
    until_node = value.get("until")
    sticky = isinstance(until_node, ScalarNode) and until_node.text == "never"
    until = None if sticky else reading.points(until_node, sales_ready)
    if until_node is not None:
        if not latches:
            reading.report.add(say.account_band_until(value.entry("until")))
        elif start is None:
            reading.report.add(say.until_of_any(value.entry("until"), name))
        elif until is not None and until > start:
            reading.report.add(say.until_above_from(until_node, name))
    return BandLevel(name, entry.key.span, title(reading, value), note(reading, value), start, until, sticky)


def _plain(node: Node | None) -> list[tuple[str, str]]:
    """The bands with their bounds as written, where these are single values."""
    entries = node.entries if isinstance(node, MapNode) else ()
    return [(entry.key.text, entry.value.text) for entry in entries if isinstance(entry.value, ScalarNode)]


def _start(reading: Reading, node: Node, sales_ready: int) -> int | bool | None:
    """The lower bound; None for `any`, False after a mistake."""
    if isinstance(node, ScalarNode) and node.text == "any":
        return None
    if isinstance(node, ScalarNode) and (low := meant.bound(node.text)):
        reading.report.add(messages_bands.as_range(node, low))
        return False
    if isinstance(node, ScalarNode) and node.value is None:  # the schema's check tells it at the key
        return False
    start = reading.points(node, sales_ready)
    return False if start is None else start


def band_names(node: Node | None) -> tuple[str, ...]:
    """The names alone, in order."""
    return node.keys() if isinstance(node, MapNode) else ()
