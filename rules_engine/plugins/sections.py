"""The sections that plugins add to what a command shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rules_engine.model.extensions import Content, Extensions, Facts
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class BuiltSection:
    """A section with its content."""

    name: str
    title: str
    content: Content


def build_sections(
    using: Extensions, about: Literal["lead", "population"], facts: Callable[[], Facts]
) -> tuple[BuiltSection, ...]:
    """The sections about a lead or a population that have something to show. Raises `PluginError`.

    `facts` gives what the command prints as JSON; it is called only where there is a section.
    """
    wanted = [section for section in using.sections if section.about == about]
    if not wanted:
        return ()
    document = facts()
    built = ((section, section.build(document)) for section in wanted)
    return tuple(BuiltSection(one.name, one.title, content) for one, content in built if content is not None)
