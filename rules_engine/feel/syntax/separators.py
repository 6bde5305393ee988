"""Commas and dots between values: `x in "a", "b"`, `x = "a", "b"`, `x in [1, 5)`, `x in 1..5`, `lead.tags[]`."""

from __future__ import annotations

import re

from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax.borrowed import if_as_function
from rules_engine.feel.syntax.stop import CLOSING, Stop

_HALF_RANGE = re.compile(r"[\[(]\s*([^,:()\[\]]+?)\s*(?:,|:|\bto\b)\s*([^,:()\[\]]+?)\s*([\])])")


def listed(stop: Stop) -> FeelSyntaxError | None:
    """`x in "a", "b"`"""
    if stop.found != "," or not re.search(r"\bin\s+[^()\[\]{}]*$", stop.before):
        return None
    return stop.error(
        "Several values after “in” stand in brackets.", 'Write x in ("a", "b") or x in (1, 2).', code="RE300"
    )


def half_ranges(stop: Stop) -> FeelSyntaxError | None:
    """`x in [1, 5)`, `x in [1:5]`, `x in [1 to 5]`"""
    opening = stop.opening()
    if opening is None or stop.text[opening] not in "[(" or not re.search(r"(?<!\w)in\s*$", stop.text[:opening]):
        return None
    ends = _HALF_RANGE.match(stop.text, opening)
    if ends is None or not opening < stop.start < ends.end():
        return None
    if stop.found not in (":", "to") and not (
        stop.start == ends.end() - 1 and stop.found != CLOSING[stop.text[opening]]
    ):
        return None
    written = f"{stop.text[opening]}{ends[1]}..{ends[2]}{ends[3]}"
    return stop.error(
        "Between the two ends of a range stand two dots.",
        f"Write {written}.",
        code="RE300",
        start=opening,
        end=ends.end(),
        fix=stop.put(opening, ends.end(), written),
    )


def bare_ranges(stop: Stop) -> FeelSyntaxError | None:
    """`x in 1..5`, `x = 1..5`"""
    asked = re.search(r"(?:\bin\s|(?<![<>!])=)[^()\[\]{}=]*$", stop.before)
    if not stop.after.startswith("..") or asked is None:
        return None
    low, high = stop.left(), stop.right(stop.start + 2)
    fix = ""
    if low and high:
        start = asked.start() if asked[0].startswith("=") else low[0]
        word = "in " if start < low[0] else ""
        fix = stop.put(start, high[1], f"{word}[{stop.text[slice(*low)]}..{stop.text[slice(*high)]}]")
    return stop.error("A range stands in brackets.", "Write x in [1..5].", code="RE300", end=stop.start + 2, fix=fix)


def empty_brackets(stop: Stop) -> FeelSyntaxError | None:
    """`lead.tags[]`"""
    if stop.found != "]" or stop.before[-1:] != "[" or "RSQB" in stop.expected:
        return None
    return stop.error(
        "Between [ and ] a condition or a position is missing.",
        'Write [item = "vip"] for the items that are so, [1] for the first one, or count(…) for their number.',
        code="RE300",
        start=len(stop.before) - 1,
    )


def last_commas(stop: Stop) -> FeelSyntaxError | None:
    """`("US", "GB",)`"""
    if stop.found not in (")", "]", "}") or stop.before[-1:] != ",":
        return None
    return stop.error(
        f"After the last value, before {stop.found}, stands no comma.",
        "Remove it.",
        code="RE300",
        start=len(stop.before) - 1,
        end=len(stop.before),
        fix=stop.put(len(stop.before) - 1, len(stop.before), ""),
    )


def stray_commas(stop: Stop) -> FeelSyntaxError | None:
    """`x = "a", "b"`, `x = ("a", "b")`, `if(a, b, c)`"""
    if stop.found != ",":
        return None
    if (found := if_as_function(stop)) is not None:
        return found
    if re.search(r"(?<![<>])=\s*\(?[^()\[\]{}=]*$", stop.before):
        return stop.error(
            "A value equals one value, not several.", 'To ask for one of several, write x in ("a", "b").', code="RE300"
        )
    return stop.error(
        "A comma stands between the values of a function, of a list or after “in” only.",
        'Write a list in [ ], such as ["a", "b"]; join conditions with and, or.',
        code="RE300",
    )
