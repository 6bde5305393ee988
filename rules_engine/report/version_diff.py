"""What differs between two versions, in words for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rules_engine.scoring.amounts import format_points

if TYPE_CHECKING:
    from rules_engine.analysis.versions.text_diff import Difference, TextDiff
    from rules_engine.diagnostics.diagnostic import Span

_SIGNS = {"added": "+", "removed": "-", "renamed": "~", "changed": "~"}
_MOST_LISTED = 3
# Long texts for people: the new one is enough.
_WORDS = ("title", "note")


def diff_lines(diff: TextDiff) -> list[str]:
    """A line on the two versions, then one for each difference."""
    before, after = diff.before, diff.after
    names = before.name if before.name == after.name else f"{before.name} → {after.name}"
    lines = [f"{names}: version {before.version} → version {after.version}"]
    if not diff.differences:
        return [*lines, "no difference" if diff.same_meaning else "no difference but the order of parts"]
    lines.append(_counts(diff))
    lines.append("")
    for difference in diff.differences:
        told = "; ".join(f"{name} {text}" for name, text in difference.says)
        lines.append(f"{_SIGNS[difference.kind]} {sentence(difference)}{': ' if told else ''}{told}")
    if all(not difference.computes for difference in diff.differences):
        lines += ["", "no score changes by this"]
    return lines


def _counts(diff: TextDiff) -> str:
    kinds = [difference.kind for difference in diff.differences]
    counts = [(kind, kinds.count(kind)) for kind in ("changed", "added", "removed", "renamed") if kind in kinds]
    return ", ".join(f"{count} {kind}" for kind, count in counts)


def sentence(difference: Difference) -> str:
    """One difference in words."""
    subject = _subject(difference)
    if difference.kind == "renamed":
        return f"{subject} was called {difference.was} before"
    if difference.kind in ("added", "removed"):
        return f"{subject} is {'new' if difference.kind == 'added' else 'gone'}"
    aspect, before, after = difference.aspect or "", difference.before, difference.after
    step = _step(difference.amounts)
    if aspect.startswith("points") and before is not None and after is not None:
        where = aspect.removeprefix("points").strip()
        earns = "is worth" + (f", {where}," if where else "")
        if where == "by":
            return f"{subject} goes by {after} instead of {before}"
        if step:
            return f"{subject} {earns} {after} points instead of {before}{step}"
        return f"{subject} {earns} {after} instead of {before}"
    if before is None:
        return f"{subject}: {aspect} is now {after}; there was none"
    if after is None:
        return f"{subject}: {aspect} is gone; it was {before}"
    if aspect in _WORDS:
        return f"{subject}: {aspect} is now {after}"
    return f"{subject}: {aspect} is now {after} instead of {before}{step}"


def _subject(difference: Difference) -> str:
    if difference.part == "model":
        return "the model"
    if difference.alike:
        listed = [difference.address, *difference.alike[: _MOST_LISTED - 1]]
        more = len(difference.alike) + 1 - len(listed)
        words = ", ".join(listed) + (f" and {more} more" if more else "")
        return f"{difference.part}s {words}"
    title = f' "{difference.title}"' if difference.title else ""
    return f"{difference.part} {difference.address}{title}"


def _step(amounts: tuple[int | None, int | None]) -> str:
    before, after = amounts
    if before is None or after is None:
        return ""
    step = after - before
    return f" ({'+' if step > 0 else ''}{format_points(step)})"


def diff_document(diff: TextDiff) -> dict[str, Any]:
    """The same as JSON values; points are numbers."""
    return {
        "before": {"model": diff.before.name, "version": diff.before.version, "file": _file(diff.before.file)},
        "after": {"model": diff.after.name, "version": diff.after.version, "file": _file(diff.after.file)},
        "same_meaning": diff.same_meaning,
        "differences": [_difference(difference) for difference in diff.differences],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    document: dict[str, Any] = {
        "kind": difference.kind,
        "part": difference.part,
        "address": difference.address,
        "words": sentence(difference),
        "computes": difference.computes,
    }
    if difference.kind == "changed":
        document |= {"aspect": difference.aspect, "before": difference.before, "after": difference.after}
        before, after = difference.amounts
        if before is not None and after is not None:
            document |= {"points_before": before / 1e6, "points_after": after / 1e6}
    if difference.alike:
        document["alike"] = list(difference.alike)
    if difference.was is not None:
        document["was"] = difference.was
    if difference.says:
        document["says"] = dict(difference.says)
    places: Mapping[str, Span | None] = {"before": difference.place_before, "after": difference.place_after}
    document["places"] = {name: str(span) for name, span in places.items() if span is not None}
    return document


def _file(path: str) -> str:
    return PurePath(path).as_posix()
