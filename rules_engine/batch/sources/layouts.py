"""Which pattern a time that was not understood may have been written in, for messages. Text in, patterns out."""

from __future__ import annotations

import re
from datetime import datetime

_DAYS = {
    "day first": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y"),
    "month first": ("%m/%d/%Y", "%m-%d-%Y"),
    "": ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"),
}
_HOURS = ("", "%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")


def layouts(text: str) -> dict[str, str]:
    """The patterns that read `text`, with what tells them apart where there are several: a day before the 13th fits
    two. Nothing where no usual pattern fits, as for a day that does not exist."""
    found = {
        pattern: meant
        for meant, days in _DAYS.items()
        for day in days
        for hour in _HOURS
        for between in ((" ", "T", ", ") if hour else ("",))
        if _fits(text, pattern := f"{day}{between}{hour}")
    }
    return found if len(found) > 1 else dict.fromkeys(found, "")


def _fits(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007  only whether it fits
    except ValueError:
        return False
    return bool(re.search(r"\d{4}", text))
