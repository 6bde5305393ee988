"""Numbers and names as they are read on a page."""

from __future__ import annotations


def whole(value: int) -> str:
    """12,345"""
    return f"{value:,}"


def leads(count: int) -> str:
    """1 lead, 12 leads"""
    return f"{count:,} lead{'s' if count != 1 else ''}"


def number(value: float | None, digits: int = 2) -> str:
    """At most `digits` decimals, without needless zeros; a dash for no value."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def signed(value: float) -> str:
    """+12.5, -3 or 0."""
    text = number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def share(part: int, of: int) -> str:
    """34.6%; a dash of nothing."""
    return f"{part / of:.1%}" if of else "–"


def named(name: str, title: str | None) -> str:
    """The name with its title, where it has one."""
    return f"{name}: {title}" if title else name


def percent(value: float | None) -> str:
    """34.6%; nothing where there is none."""
    return "" if value is None else f"{value:.1%}"


def with_band(value: float | None, band: str | None) -> str:
    """12.5 warm"""
    return number(value) + (f" {band}" if band else "")
