"""A marked text whose further lines begin below its first word."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def hanging(mark: str, text: str) -> Table:
    """`Note: a long text` with its lines aligned after the mark."""
    from rich.table import Table

    table = Table.grid(padding=(0, 1, 0, 0))
    if mark:
        table.add_row(mark, text)
    else:
        table.add_row(text)
    return table
