"""Sets of characters: what one place of a pattern takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import field

from rules_engine.feel.patterns.blocks import BLOCKS
from rules_engine.records import dataclass

_INITIAL = (
    ("A", "Z"),
    ("a", "z"),
    ("\u00c0", "\u00d6"),
    ("\u00d8", "\u00f6"),
    ("\u00f8", "\u02ff"),
    ("\u0370", "\u037d"),
    ("\u037f", "\u1fff"),
    ("\u200c", "\u200d"),
    ("\u2070", "\u218f"),
    ("\u2c00", "\u2fef"),
    ("\u3001", "\ud7ff"),
    ("\uf900", "\ufdcf"),
    ("\ufdf0", "\ufffd"),
    ("\U00010000", "\U000effff"),
)

CATEGORIES = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cn",
    ]
)


def is_word(char: str) -> bool:
    """`\\w`: everything but punctuation, separators and other."""
    return unicodedata.category(char)[0] not in "PZC"


def _is_initial(char: str) -> bool:
    return char in "_:" or any(low <= char <= high for low, high in _INITIAL)


def _is_name(char: str) -> bool:
    return (
        _is_initial(char)
        or char in "-.\u00b7"
        or "0" <= char <= "9"
        or "\u0300" <= char <= "\u036f"
        or "\u203f" <= char <= "\u2040"
    )


KINDS: dict[str, Callable[[str], bool]] = {
    "d": lambda char: unicodedata.category(char) == "Nd",
    "s": lambda char: char in " \t\n\r",
    "w": is_word,
    "i": _is_initial,
    "c": _is_name,
}


def kind_of_property(name: str) -> Callable[[str], bool] | None:
    """The test for `\\p{name}`, or None."""
    if name in CATEGORIES:
        return lambda char: unicodedata.category(char).startswith(name)
    block = BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    if block is None:
        return None
    low, high = block
    return lambda char: low <= char <= high


@dataclass(frozen=True, slots=True)
class CharSet:
    """Single characters, ranges and kinds (each with whether it is turned around), or all but these."""

    singles: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[Callable[[str], bool], bool], ...] = ()
    negated: bool = False
    any_case: bool = False
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def holds(self, char: str) -> bool:
        """Whether `char` is in the set."""
        found = self._known.get(char)
        if found is None:
            cases = forms(char) if self.any_case else (char,)
            listed = any(map(self._listed, cases)) or any(test(char) is not turned for test, turned in self.kinds)
            found = listed is not self.negated
            if len(self._known) < 4096:
                self._known[char] = found
        return found

    def _listed(self, char: str) -> bool:
        return char in self.singles or any(low <= char <= high for low, high in self.ranges)


def forms(char: str) -> set[str]:
    """The character in all its cases, where that is a single character."""
    found = {char, char.lower(), char.upper(), char.casefold()}
    found |= {form.upper() for form in found} | {form.lower() for form in found}
    return {form for form in found if len(form) == 1}
