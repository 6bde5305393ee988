"""An explanation as a tree in a terminal. The lines are its own; this view colours, indents and leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rules_engine.report.terminal import terminal
from rules_engine.result.types import Explanation

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

STYLES = {
    "lead": "bold",
    "score": "bold cyan",
    "part": "bold",
    "missing": "yellow",
    "gate": "magenta",
    "band": "cyan",
    "forecast": "blue",
    "label": "green",
    "condition": "dim",
    "note": "dim",
}


def print_explanation(explanation: Explanation, entries: int = 0) -> None:
    """Print the tree, coloured where the terminal has colours; of a rule at most the latest `entries` (0: all)."""
    terminal().print(explanation_tree(explanation, entries))


def explanation_tree(explanation: Explanation, entries: int = 0) -> Tree:
    """The explanation as a tree of rich."""
    from rich.tree import Tree

    tree = Tree(_line(explanation), guide_style="dim")
    for child in shown_children(explanation, entries, "--all shows them"):
        tree.children.append(explanation_tree(child, entries))
    return tree


def shown_children(explanation: Explanation, entries: int, how: str = "") -> Iterator[Explanation]:
    """The children, without the earlier ones of more ledger entries than wanted; a line says how many there were.

    `how` tells how to see them: "--all shows them".
    """
    surplus = sum(child.kind == "entry" for child in explanation.children) - entries
    if not entries or surplus < 2:
        yield from explanation.children
        return
    yield Explanation(f"{surplus} earlier entries" + (f" ({how})" if how else ""), "note")
    for child in explanation.children:
        if child.kind == "entry" and surplus > 0:
            surplus -= 1
        else:
            yield child


def _line(explanation: Explanation) -> Text:
    from rich.text import Text

    style = STYLES.get(explanation.kind, "")
    if explanation.points is not None and explanation.points < 0 and not style:
        style = "red"
    return Text(explanation.text, style=style)
