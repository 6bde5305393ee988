"""The sections of plugins, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.plugins.sections import BuiltSection
from rules_engine.report.terminal import terminal


def print_sections(sections: Sequence[BuiltSection]) -> None:
    """Each with its title, lines and table."""
    if not sections:
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    console = terminal()
    for section in sections:
        console.print()
        console.print(section.title)
        for line in section.content.text:
            console.print(f"  {line}")
        if section.content.columns:
            table = Table(*section.content.columns, box=SIMPLE_HEAD, pad_edge=False)
            for row in section.content.rows:
                table.add_row(*("" if cell is None else str(cell) for cell in row))
            console.print(table)


def sections_document(sections: Sequence[BuiltSection]) -> dict[str, object]:
    """The same as JSON values, by name."""
    return {
        section.name: {
            "title": section.title,
            "text": list(section.content.text),
            "columns": list(section.content.columns),
            "rows": [list(row) for row in section.content.rows],
        }
        for section in sections
    }
