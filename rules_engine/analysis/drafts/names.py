"""Names of a model file from names of the world: `Contact ID` -> contact_id. Text in, text out; a leaf."""

from __future__ import annotations

import re
import unicodedata

# Words of the condition language, which a name after a dot had better not be.
_KEPT = frozenset(
    {
        "account",
        "and",
        "any",
        "band",
        "between",
        "constants",
        "decay",
        "else",
        "event",
        "every",
        "external",
        "false",
        "first",
        "for",
        "function",
        "gate",
        "if",
        "in",
        "inactivity",
        "instance",
        "item",
        "label",
        "last",
        "lead",
        "not",
        "now",
        "null",
        "of",
        "or",
        "partial",
        "return",
        "satisfies",
        "score",
        "some",
        "tally",
        "then",
        "true",
    }
)
LONGEST = 60


def name_of(text: str, otherwise: str = "item", *, in_conditions: bool = True) -> str:
    """Small letters, digits and underscores, beginning with a letter; humps become underscores.

    A name that conditions read must not be one of the language's words; others may be.
    """
    humps = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    plain = unicodedata.normalize("NFKD", humps).encode("ascii", "ignore").decode()
    word = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:LONGEST].rstrip("_")
    if not word:
        return otherwise
    if word[0].isdigit():
        word = f"{otherwise}_{word}"[:LONGEST]
    return f"{word}_" if in_conditions and word in _KEPT else word


class Names:
    """Gives each text a name of its own: the same text the same name, another text never the same."""

    def __init__(self, otherwise: str = "item", *, in_conditions: bool = True, kept: tuple[str, ...] = ()) -> None:
        self._otherwise = otherwise
        self._kept = kept
        self._in_conditions = in_conditions
        self._by_text: dict[str, str] = {}

    def of(self, text: str) -> str:
        known = self._by_text.get(text)
        if known is not None:
            return known
        wanted = name_of(text, self._otherwise, in_conditions=self._in_conditions)
        name, number = wanted, 2
        while name in self._by_text.values() or name in self._kept:
            name, number = f"{wanted}_{number}", number + 1
        self._by_text[text] = name
        return name

    def items(self) -> list[tuple[str, str]]:
        """(text, name) in the order in which they were asked for."""
        return list(self._by_text.items())
