"""What people write for a value of a model file, and what it stands for: `10 points`, `15.09.2026`, `3 months`.

A leaf for messages: text in, the words of a help out, empty where nothing can be told.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date

_NUMBER = r"([-+]?)(\d[\d.,]*)"
_PERCENT = re.compile(_NUMBER + r"\s*(?:%|per ?cent\b|pct\b)\s*(?:(?:of\s+)?(?:the\s+)?(score)\b)?\.?\s*\Z", re.I)
_WITH_A_WORD = re.compile(_NUMBER + r"\s*(?:points?|pts?\.?|p\.?)\s*\Z", re.I)
_ALONE = re.compile(_NUMBER + r"\s*,?\s*\Z")
_WITH_A_REMARK = re.compile(r"(\S.*?)\s+(?://|--).*")
_BOUND = re.compile(r"(\d+)(?:\s*(?:-|–|\.\.|to)\s*\d+|\s*\+)\Z|(?:>=?|from|over|above)\s*(\d+)\Z")
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_UNIT_OF_ISO = {"W": "weeks", "D": "days", "H": "hours", "M": "minutes", "S": "seconds"}
_NUMBER_WORDS = {"a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
# German letters have two-letter forms; accents are dropped from all others.
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "œ": "oe"})


def number(text: str) -> str:
    """`10,5` -> 10.5, `1.000,50` -> 1000.50, `1,000` -> 1000; empty where the signs make no number."""
    match text.rstrip(",").count(","), text.count("."):
        case 0, (0 | 1):
            plain = text.rstrip(",.")
        case 1, 0:
            whole, _, part = text.rstrip(",").partition(",")
            plain = whole + part if len(part) == 3 else f"{whole}.{part}"
        case 1, _ if text.rfind(",") > text.rfind("."):
            plain = text.replace(".", "").replace(",", ".")
        case _, (0 | 1):
            plain = text.replace(",", "")
        case _:
            return ""
    return plain if re.fullmatch(r"\d+(\.\d+)?", plain) else ""


def points(text: str) -> str:
    """`10 points` -> 10, `20 percent` -> 20%, `12,5%` -> 12.5%, `30 % score` -> 30% of score; empty for all else."""
    text = text.strip()
    remark = _WITH_A_REMARK.fullmatch(text)
    if remark is not None:
        return points(remark[1]) or (remark[1] if re.fullmatch(r"[-+]?[\d.]+%?", remark[1]) else "")
    percent = _PERCENT.match(text)
    found = percent or _WITH_A_WORD.match(text) or _ALONE.match(text)
    if found is None or not (amount := number(found[2])):
        return ""
    sign = "-" if found[1] == "-" else ""
    if percent is None:
        return sign + amount
    return f"{sign}{amount}% of score" if percent[3] else f"{sign}{amount}%"


def bound(text: str) -> str:
    """The lower bound of `15-29`, `30+` or `>= 30`."""
    found = _BOUND.match(text.strip())
    return "" if found is None else found[1] or found[2]


def day(text: str) -> str:
    """What to write for a day in another form; both readings of `01/02/2026`."""
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    word = re.search(r"[A-Za-z]{3,}", text)
    if re.fullmatch(r"\d{4}\D\d{1,2}\D\d{1,2}(\D.*)?", text):
        found = _day(*numbers[:3])
        return f"Write {found}." + (" A date has no time." if len(numbers) > 3 else "") if found else _NO_DAY
    if word is not None and len(numbers) == 2 and (month := _MONTHS.get(word[0][:3].lower())) is not None:
        first, second = numbers
        found = _day(first, month, second) if first > 31 else _day(second, month, first)
        return f"Write {found}." if found else _NO_DAY
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}", text):
        first, second, year = numbers
        by_day, by_month = _day(year, second, first), _day(year, first, second)
        if "." in text or not by_month or by_day == by_month:
            return f"Write {by_day}." if by_day else _NO_DAY
        if not by_day:
            return f"Write {by_month}."
        return f"Write {by_day} where the day stands first, {by_month} where the month does."
    return ""


_NO_DAY = "There is no such day in the calendar; write year-month-day, such as 2026-09-01."


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def months(text: str) -> str:
    """About how many days `3 months` are."""
    found = re.fullmatch(r"\s*(\d{1,3})\s*(month|quarter|year|mo|yr|y)s?\s*", text, re.I)
    if found is None:
        return ""
    days = int(found[1]) * {"m": 30, "q": 91, "y": 365}[found[2][0].lower()]
    return f'Write days, such as "{days} days" for about {text.strip()}.'


def duration(text: str) -> str:
    """`P60D`, `two weeks`, `1,5 days`, `-60 days` in the form of a model file."""
    text = text.strip()
    iso = re.fullmatch(r"P(\d+)([WD])|PT(\d+)([HMS])", text)
    if iso is not None:
        return f"{iso[1] or iso[3]} {_UNIT_OF_ISO[iso[2] or iso[4]]}"
    counted = re.fullmatch(r"(\w+) ((?:week|day|hour|minute|second)s?)", text, re.I)
    if counted is not None and counted[1].lower() in _NUMBER_WORDS:
        return f"{_NUMBER_WORDS[counted[1].lower()]} {counted[2].lower()}"
    other = re.fullmatch(r"[-+]?(\d+(?:,\d{1,2})?) ?((?:week|day|hour|minute|second)s?)", text, re.I)
    return "" if other is None else f"{other[1].replace(',', '.')} {other[2].lower()}"


def name(text: str, kind: str) -> str:
    """A name as near to `text` as the rules for names allow; `kind` is what is named, such as "a rule"."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    letters = unicodedata.normalize("NFKD", parted.lower().translate(_LETTERS))
    plain = re.sub(r"[^a-z0-9]+", "_", "".join(sign for sign in letters if not unicodedata.combining(sign))).strip("_")
    if plain[:1].isdigit():
        plain = f"{kind.rpartition(' ')[2]}_{plain}"
    return plain if plain and plain != text else "demo_request"


def truth(text: str) -> str:
    """`yes` -> true; YAML 1.1 read these so."""
    word = text.strip().lower()
    return "true" if word in ("yes", "on", "y", "true") else "false" if word in ("no", "off", "n", "false") else ""
