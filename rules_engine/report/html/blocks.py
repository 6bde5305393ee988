"""What a page is made of: sections of tables, figures and explanations. Texts are plain; the template escapes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from rules_engine.records import dataclass
from rules_engine.result.types import Explanation

Spec: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """The first cell of a row is its header. `numbers` are the positions of columns that hold numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """It may stand beside another one."""
        return len(self.columns) <= 4

    @property
    def is_wide(self) -> bool:
        """It wants the whole width."""
        return len(self.columns) > 7

    @property
    def has_short_names(self) -> bool:
        """The names of its rows need not be broken over lines."""
        return all(len(row[0]) <= 28 for row in self.rows)


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with the table that says the same. `alt` describes the picture to those who do not see it."""

    name: str
    title: str
    alt: str
    spec: Spec
    table: Table


@dataclass(frozen=True, slots=True)
class Tree:
    """An explanation to open."""

    title: str
    root: Explanation


@dataclass(frozen=True, slots=True)
class Note:
    """A line of text."""

    text: str


Block: TypeAlias = Table | Figure | Tree | Note


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page; `name` is its anchor."""

    name: str
    title: str
    intro: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number on top of the page."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of it. `band_counts` are the numbers of bands that scores have, for which the styles need colours."""

    title: str
    subtitle: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    band_counts: tuple[int, ...]
