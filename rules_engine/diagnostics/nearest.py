"""The nearest known name to a mistyped one, for "did you mean". A leaf: plain text in, plain text out."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, or None when none is close enough to be a likely slip.

    Distance counts typed, left out, changed and swapped letters; about a third of the letters may differ.
    Ties go to the earlier name, so the answer does not depend on hash order.
    """
    if len(name) > 80:
        return None
    best: str | None = None
    best_distance = max(1, (len(name) + 1) // 3) + 1
    folded = name.casefold()
    for candidate in known:
        if abs(len(candidate) - len(name)) >= best_distance:
            continue
        distance = _distance(folded, candidate.casefold(), best_distance)
        if distance < best_distance:
            best, best_distance = candidate, distance
    return best


def only_nearest(name: str, known: Iterable[str]) -> str | None:
    """The nearest name where no other is as near, so that a slip can be mended without asking."""
    names = list(known)
    found = nearest(name, names)
    if found is None:
        return None
    length = _distance(name.casefold(), found.casefold(), len(name) + 1)
    others = (other for other in names if other != found and abs(len(other) - len(name)) <= length)
    as_near = any(_distance(name.casefold(), other.casefold(), length) <= length for other in others)
    return None if as_near else found


def _distance(a: str, b: str, enough: int) -> int:
    """Letters to change to get from `a` to `b` (neighbours swapped count once); stops early above `enough`."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        after = [i]
        for j, y in enumerate(b, 1):
            cost = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (x != y))
            if before and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        if min(after) > enough:
            return enough + 1
        before, row = row, after
    return row[-1]


def spelled_alike(name: str, known: Iterable[str]) -> str | None:
    """The known name that has the same letters and digits: `page_view` of "Page View" and "pageView"."""
    letters = _letters(name)
    return next((other for other in known if other != name and _letters(other) == letters), None) if letters else None


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean "demo_request"?`, or nothing. Starts with a blank so that it can follow a sentence."""
    found = nearest(name, known)
    return f' Did you mean "{found}"?' if found is not None else ""
