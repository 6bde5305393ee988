"""Dates, numbers and units as they are written elsewhere: `05.01.2026`, `1,000`, `3,5`, `€100`, `10 days`."""

from __future__ import annotations

import re
from datetime import date

from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax import foreign
from rules_engine.feel.syntax.stop import OPERANDS, WORD, Stop
from rules_engine.feel.syntax.words import RESERVED

_STARTED_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.]*$")
_DATE_TIME = re.compile(
    r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?(?![\w:.])"
)
_ISO_DATE = re.compile(r"([@#]\s*)?([0-9]{4})-([0-9]{2})-([0-9]{2})(#)?(?![\w:])")
_DAY_FIRST = re.compile(r"(?<![\w.])([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?![\w.])")
_GROUPED = re.compile(
    r"(?<![\w.])[0-9]{1,3}(?:([,.'’_ \u00a0\u202f])[0-9]{3})(?:\1[0-9]{3})*(?:([.,])[0-9]+)?(?![\w'’])"
)
_DECIMAL_COMMA = re.compile(r"(?<![\w.])[0-9]+,[0-9]+(?![\w,])")
_CURRENCIES = "$€£¥₣₹₽₺¢"


def dates(stop: Stop) -> FeelSyntaxError | None:
    """`2026-09-01T10:00` reads as a subtraction up to the T, `05.01.2026` up to its second dot."""
    if (_STARTED_DATE.search(stop.text[: stop.start] + "0") and stop.found[:1] in ("T", "Z")) or (
        re.search(r"[0-9]{2}$", stop.before) and re.match(r":[0-9]{2}", stop.after)
    ):
        whole = next((one for one in _DATE_TIME.finditer(stop.text) if one.start() < stop.start < one.end()), None)
        return stop.error(
            'A date or time stands in @"…".',
            'Write @"2026-09-01" or @"2026-09-01T10:00:00Z".',
            code="RE300",
            fix="" if whole is None else stop.put(whole.start(), whole.end(), f'@"{whole[0]}"'),
        )
    if stop.found in ("@", "#") and (iso := _ISO_DATE.match(stop.text, stop.start)):
        return _date(stop, iso.start(), iso.end(), int(iso[2]), int(iso[3]), int(iso[4]))
    for found in _DAY_FIRST.finditer(stop.text):
        if found.start() <= stop.start < found.end():
            return _date(stop, found.start(), found.end(), int(found[3]), int(found[2]), int(found[1]))
    return None


def _date(stop: Stop, start: int, end: int, year: int, month: int, day: int) -> FeelSyntaxError:
    try:
        written = f'@"{date(year, month, day).isoformat()}"'
    except ValueError:
        written = ""
    bare = stop.put(start, end, written) if written else ""
    return stop.error(
        'A date stands in @"…", with the year first.',
        f"Write {written}." if written else 'Write it like @"2026-12-31".',
        code="RE300",
        start=start,
        end=end,
        fix=re.sub(rf"(?<!\w)date(?:\s*\(\s*|\s+){re.escape(written)}(?:\s*\))?", written, bare) if written else "",
    )


def numbers(stop: Stop) -> FeelSyntaxError | None:
    """`1,000`, `1.000,50`, `1'000`, `10 000`, `1_000`, `3,5`"""
    for pattern in (_GROUPED, _DECIMAL_COMMA):
        for found in pattern.finditer(stop.text):
            if found.start() < stop.start < found.end():
                return _number(stop, found)
    return None


def _number(stop: Stop, found: re.Match[str]) -> FeelSyntaxError | None:
    text, between = found[0], found[1] if found.re is _GROUPED else ","
    if found.re is _GROUPED:
        if between == "." and text.count(".") == 1 and "," not in text:
            return None  # `1.000` is a number
        decimals = text.rpartition(found[2])[2] if found[2] else ""
        whole = text[: len(text) - len(decimals) - 1] if decimals else text
        written = whole.replace(between, "") + (f".{decimals}" if decimals else "")
    else:
        written = text.replace(",", ".")
    sign = {" ": "space", "\u00a0": "space", "\u202f": "space", ",": "comma", ".": "second dot"}.get(between, between)
    return stop.error(
        f"A {sign} cannot stand in a number.",
        "Write 1000 for a thousand and 1.5 for one and a half.",
        code="RE300",
        start=found.start(),
        end=found.end(),
        fix=stop.put(found.start(), found.end(), written),
    )


def currencies(stop: Stop) -> FeelSyntaxError | None:
    """`€100`, `100 €`"""
    if stop.found[:1] not in _CURRENCIES or not stop.found:
        return None
    if re.match(r"\s*[0-9.]", stop.text[stop.end :]):
        fix = stop.put(stop.start, stop.end, "")
    elif re.search(r"[0-9]$", stop.before):
        fix = stop.put(len(stop.before), stop.end, "")
    else:
        return None
    return stop.error("A number has no currency.", "Write the number alone.", code="RE300", fix=fix)


def units(stop: Stop) -> FeelSyntaxError | None:
    """`10 days`, `10d`, `10k`, `INTERVAL 30 DAY`"""
    number = re.search(r"(?<![\w.\"])(?:interval\s+)?([0-9]+(?:\.[0-9]+)?)$", stop.before, re.IGNORECASE)
    unit, end = stop.found, stop.end
    if number is None and re.search(r"(?<!\w)interval$", stop.before, re.IGNORECASE):
        whole = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]+)(?!\w)").match(stop.text, stop.start)
        if whole is not None:
            start = len(stop.before) - len("interval")
            return _length(stop, start, whole.end(), whole[1], whole[2].lower())
    if number is None or not WORD.fullmatch(unit) or unit in RESERVED or stop.expected & OPERANDS == OPERANDS:
        return None
    if (length := _length(stop, number.start(), end, number[1], unit.lower())) is not None:
        return length
    size = foreign.SIZES.get(unit) or foreign.SIZES.get(unit.lower())
    if size is not None:
        written = f"{float(number[1]) * size:.15g}"
        fix = stop.put(number.start(), end, written)
        return stop.error("A number has no unit.", f"Write {written}.", code="RE300", fix=fix)
    if unit.upper() in foreign.CURRENCIES:
        fix = stop.put(number.start(), end, number[1])
        return stop.error("A number has no currency.", "Write the number alone.", code="RE300", fix=fix)
    return None


def _length(stop: Stop, start: int, end: int, count: str, unit: str) -> FeelSyntaxError | None:
    """A length of time."""
    if unit in foreign.LONG_UNITS:
        return stop.error(
            f"A number has no unit, and the length of {unit} is not fixed.",
            'Write a length of time in days: duration("30 days").',
            code="RE300",
            start=start,
            end=end,
        )
    ours = foreign.UNITS.get(unit)
    if ours is None:
        return None
    written = f'duration("{count} {ours}")'
    fix = stop.put(start, end, written)
    return stop.error(
        "A number has no unit.", f"Write a length of time: {written}.", code="RE300", start=start, end=end, fix=fix
    )
