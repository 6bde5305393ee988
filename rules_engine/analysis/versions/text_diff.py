"""What differs between two versions, part by part: added, removed, renamed, or another value of one aspect.

Compares meanings, not texts: a file laid out anew is no difference. A change of what a definition stands for shows at
every rule that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from rules_engine.analysis.versions.parts import FOR_PEOPLE, Aspect, Part, parts_of
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.model.meaning import same_meaning
from rules_engine.model.types import Model
from rules_engine.records import dataclass

Kind = Literal["added", "removed", "renamed", "changed"]
# Parts that are told in the line of what they belong to, when that is new or gone as a whole.
_INSIDE = {
    "attribute": "event",
    "band": "score",
    "group": "score",
    "inactivity": "score",
    "account band": "account score",
}
_OWNERS = frozenset({"event", "score", "account score"})
# What goes without saying of a part that is new or gone.
_AS_USUAL = frozenset(
    {
        ("start", "0"), ("min", "0"), ("max", "none"), ("floor", "0"), ("limit", "none"), ("decay", "none"),
        ("measure", "count"), ("over", "at once"), ("activity", "by the rules"), ("on new version", "baseline"),
    }
)  # fmt: skip
# So many rules of one score with the same change are one line.
_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `part` is the word for what differs, `address` its name with its score.

    Changed: `aspect` with its texts `before` and `after` (None where a version does not say it), `amounts` in
    micropoints where both are points. Added and removed: `says` are all its aspects. Renamed: `was` is the old
    address. `alike` are the addresses of further parts with the same change. `computes` is False for what only people
    read. Places are in the files of the two versions.
    """

    kind: Kind
    part: str
    address: str
    title: str | None
    aspect: str | None = None
    before: str | None = None
    after: str | None = None
    amounts: tuple[int | None, int | None] = (None, None)
    says: tuple[tuple[str, str], ...] = ()
    was: str | None = None
    alike: tuple[str, ...] = ()
    computes: bool = True
    place_before: Span | None = None
    place_after: Span | None = None


@dataclass(frozen=True, slots=True)
class TextDiff:
    """All differences from `before` to `after`, in the order of the files. `same_meaning`: their hashes are equal."""

    before: Model
    after: Model
    differences: tuple[Difference, ...]
    same_meaning: bool


def text_diff(before: Model, after: Model) -> TextDiff:
    """Compares two versions (or two models)."""
    old, new = parts_of(before), parts_of(after)
    found: list[Difference] = []
    old = _follow_renamed_scores(old, new, found)
    olds, news = {part.key: part for part in old}, {part.key: part for part in new}
    gone = [part for part in old if part.key not in news]
    come = [part for part in new if part.key not in olds]
    for was, now in _renamed(gone, come):
        gone.remove(was)
        come.remove(now)
        found.append(_rename(was, now))
        found.extend(_changes(was, now))
    whole = {(part.kind, part.name) for part in (*gone, *come) if part.kind in _OWNERS}
    found.extend(_whole("removed", part, gone) for part in gone if not _told_by_owner(part, whole))
    for part in new:
        if part.key in olds:
            found.extend(_changes(olds[part.key], part))
        elif part in come and not _told_by_owner(part, whole):
            found.append(_whole("added", part, come))
    found.extend(_orders(old, new))
    return TextDiff(before, after, tuple(_gathered(found)), before.hash == after.hash)


# --- renamed --------------------------------------------------------------------------------------------------------


def _follow_renamed_scores(old: list[Part], new: list[Part], found: list[Difference]) -> list[Part]:
    """Where a score is gone and another one has all its parts, the parts go on under the new name."""
    gone = [part for part in old if part.kind == "score" and all(part.key != other.key for other in new)]
    come = [part for part in new if part.kind == "score" and all(part.key != other.key for other in old)]
    for was in gone:
        for now in come:
            if _contents(old, was) and _same_contents(_contents(old, was), _contents(new, now)):
                found.append(_rename(was, now))
                come.remove(now)
                old = [_under(part, was.name, now.name) for part in old]
                break
    return old


def _contents(parts: Sequence[Part], score: Part) -> dict[tuple[str, str], Part]:
    return {(part.kind, part.name): part for part in parts if part.owner == score.name and part.kind in _OF_SCORES}


_OF_SCORES = frozenset({"rule", "penalty", "band", "group", "inactivity"})


def _same_contents(a: Mapping[tuple[str, str], Part], b: Mapping[tuple[str, str], Part]) -> bool:
    return a.keys() == b.keys() and all(_same_aspects(a[key], b[key]) for key in a)


def _under(part: Part, was: str, now: str) -> Part:
    if part.kind == "score" and part.name == was:
        return replace(part, name=now)
    return replace(part, owner=now) if part.owner == was and part.kind in _OF_SCORES else part


def _renamed(gone: Sequence[Part], come: Sequence[Part]) -> list[tuple[Part, Part]]:
    """Pairs that say the same under another name, or under the same name in another score.

    Then rules of one score that differ in name and points alone, where no other rule could be meant.
    """
    pairs: list[tuple[Part, Part]] = []
    left, right = [part for part in gone if part.kind not in _OWNERS], list(come)
    for fits, alone in ((_same_aspects, False), (_same_but_points, True)):
        for was in list(left):
            found = [now for now in right if _could_be_one(was, now) and fits(was, now)]
            if not found or (alone and (len(found) > 1 or sum(fits(other, found[0]) for other in left) > 1)):
                continue
            pairs.append((was, found[0]))
            left.remove(was)
            right.remove(found[0])
    return pairs


def _could_be_one(was: Part, now: Part) -> bool:
    if was.kind != now.kind or not _computing(was):
        return False
    return was.owner == now.owner or (was.name == now.name and now.kind in ("rule", "penalty"))


def _same_but_points(was: Part, now: Part) -> bool:
    if was.kind not in ("rule", "penalty") or was.owner != now.owner:
        return False
    one, other = _without_points(was), _without_points(now)
    return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)


def _without_points(part: Part) -> dict[str, Aspect]:
    return {name: aspect for name, aspect in _computing(part).items() if name not in ("points", "remove")}


def _same_aspects(a: Part, b: Part) -> bool:
    one, other = _computing(a), _computing(b)
    return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)


def _same(a: Aspect, b: Aspect) -> bool:
    """Equal in words (what a definition in them stands for may have changed), or in meaning."""
    return a.text == b.text or same_meaning(a.meaning, b.meaning)


def _computing(part: Part) -> dict[str, Aspect]:
    return {name: aspect for name, aspect in part.aspects.items() if name not in FOR_PEOPLE}


def _rename(was: Part, now: Part) -> Difference:
    return Difference(
        "renamed", now.kind, now.address, now.title, was=was.address, place_before=was.span, place_after=now.span
    )


# --- added, removed, changed ----------------------------------------------------------------------------------------


def _told_by_owner(part: Part, whole: set[tuple[str, str]]) -> bool:
    owner = _INSIDE.get(part.kind)
    return owner is not None and (owner, part.owner) in whole


def _whole(kind: Kind, part: Part, beside: Sequence[Part]) -> Difference:
    says = [
        (name, aspect.text)
        for name, aspect in part.aspects.items()
        if name != "title" and (name, aspect.text) not in _AS_USUAL
    ]
    for other in beside:
        if _INSIDE.get(other.kind) == part.kind and other.owner == part.name:
            inside = ", ".join(f"{name} {aspect.text}" for name, aspect in other.aspects.items() if name != "title")
            says.append((f"{other.kind} {other.name}", inside))
    made = Difference(kind, part.kind, part.address, part.title, says=tuple(says))
    return replace(made, place_after=part.span) if kind == "added" else replace(made, place_before=part.span)


def _changes(was: Part, now: Part) -> list[Difference]:
    found = []
    for name in dict.fromkeys((*now.aspects, *was.aspects)):
        before, after = was.aspects.get(name), now.aspects.get(name)
        if before is not None and after is not None and same_meaning(before.meaning, after.meaning):
            continue
        texts = [None if aspect is None else aspect.text for aspect in (before, after)]
        if before is not None and after is not None and before.text == after.text:
            texts = [before.unfolded or before.text, after.unfolded or after.text]
        if now.kind == "constant" and before is not None and after is not None:
            texts = _lists(before, after, texts)
        found.append(
            Difference(
                "changed", now.kind, now.address, now.title, name, texts[0], texts[1],
                (before.amount if before else None, after.amount if after else None),
                computes=name not in FOR_PEOPLE, place_before=was.span, place_after=now.span,
            )
        )  # fmt: skip
    return found


def _lists(before: Aspect, after: Aspect, texts: list[str | None]) -> list[str | None]:
    """Of two lists, what only one of them holds."""
    a, b = before.meaning, after.meaning
    if not isinstance(a, (list, tuple)) or not isinstance(b, (list, tuple)):
        return texts
    left = [str(item) for item in a if item not in b]
    right = [str(item) for item in b if item not in a]
    if not left and not right:
        return texts
    return [
        f"with {', '.join(left)}" if left else f"{len(a)} items",
        f"with {', '.join(right)}" if right else f"{len(b)} items",
    ]


def _orders(old: Sequence[Part], new: Sequence[Part]) -> list[Difference]:
    """Scores whose rules stand in another order: with caps and limits, the order matters."""
    found = []
    for score in (part for part in new if part.kind == "score"):
        now = [part.name for part in new if part.kind in ("rule", "penalty") and part.owner == score.name]
        was = [part.name for part in old if part.kind in ("rule", "penalty") and part.owner == score.name]
        common = [name for name in now if name in was]
        before = [name for name in was if name in now]
        if common != before:
            found.append(
                Difference(
                    "changed", "score", score.name, score.title, "order of rules", ", ".join(before),
                    ", ".join(common), place_after=score.span,
                )
            )  # fmt: skip
    return found


def _gathered(found: list[Difference]) -> list[Difference]:
    """Many rules with one and the same change (a score's default decay, say) become one line."""
    groups: dict[tuple[object, ...], list[Difference]] = {}
    for difference in found:
        if (
            difference.kind == "changed"
            and difference.part == "rule"
            and difference.aspect in ("decay", "limit", "max")
        ):
            score = difference.address.partition(".")[0]
            key = (score, difference.aspect, difference.before, difference.after)
            groups.setdefault(key, []).append(difference)
    leaders = {id(group[0]): group for group in groups.values() if len(group) >= _ALIKE}
    followers = {id(item) for group in leaders.values() for item in group[1:]}
    return [
        replace(item, alike=tuple(other.address for other in leaders[id(item)][1:])) if id(item) in leaders else item
        for item in found
        if id(item) not in followers
    ]
