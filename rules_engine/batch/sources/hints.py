"""What a value that was not understood looks like, and what to write in the mapping then: text in, advice out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules_engine.batch.sources.layouts import layouts
from rules_engine.batch.sources.messages import shown

EXCEL_DAY = re.compile(r"[345][0-9]{4}([.,][0-9]+)?")  # 1982 to 2064
LIKE_EXCEL = "It looks like a day number of Excel: write `format: excel days`"


def time_hint(value: str, formats: Sequence[str]) -> str:
    """What a time that was not understood looks like."""
    digits = value.removesuffix(".0")
    own = formats and not any(form == "iso" or form.startswith("%Y-%m") for form in formats)
    if own and re.match(r"\d{4}-\d\d?-\d", value):
        return "It looks like ISO 8601: take the `format:` out, or write a list of formats."
    if any(form.startswith("epoch") for form in formats):
        if EXCEL_DAY.fullmatch(value):
            return f"{LIKE_EXCEL}."
        return "The column's format is a count since 1970; if dates stand in it too, write a list of formats."
    if digits.isdigit() and (unit := {10: "s", 13: "ms", 16: "us", 19: "ns"}.get(len(digits))):
        return f'It looks like a count since 1970: write `format: "epoch {unit}"`.'
    if EXCEL_DAY.fullmatch(value):
        return f"{LIKE_EXCEL}."
    if zone := re.search(r"\d\s+(?![AP]M$)([A-Z]{2,5})$", value):
        return f'"{zone[1]}" stands for several zones; export times in UTC, or without a zone and write `timezone:`.'
    if found := ways(value):
        return f"Write how times look: {found}."
    if formats and formats != ("iso",):
        return "It does not fit the column's `format:`, or there is no such day or hour."
    return 'Write how times look, such as `format: "%d-%m-%Y %H:%M"`.'


def ways(value: str) -> str:
    """The formats in which a date or time may be written; empty where there are none."""
    found = layouts(value).items()
    return " or ".join(f'`format: "{form}"`' + (f" ({meant})" if meant else "") for form, meant in found)


def capitals_hint(known: str | None) -> str:
    """What to say of an id that is not there where one is that differs in capitals only."""
    return "" if known is None else f"There is {shown(known)}: ids that differ in capitals are different ones."


def range_hint(formats: Sequence[str]) -> str:
    """Why a time may lie outside the years that are taken."""
    if any(form.startswith("epoch") for form in formats):
        return (
            "Times lie between 1900 and 2199. "
            "Is it seconds, milliseconds (epoch ms), microseconds (epoch us) or nanoseconds (epoch ns)?"
        )
    return "Times lie between 1900 and 2199."
