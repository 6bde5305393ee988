"""An explanation as a tree in a terminal. The lines are the explanation's own; this view only colours and indents."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def print_explanation(explanation: Explanation) -> None:
    """Print the tree to the terminal, coloured where the terminal has colours."""
    from rich.console import Console

    Console(highlight=False, markup=False).print(explanation_tree(explanation))


def explanation_tree(explanation: Explanation) -> Tree:
    """The explanation as a tree of rich."""
    from rich.tree import Tree

    tree = Tree(_line(explanation), guide_style="dim")
    for child in explanation.children:
        _grow(tree, child)
    return tree


def _grow(tree: Tree, explanation: Explanation) -> None:
    branch = tree.add(_line(explanation))
    for child in explanation.children:
        _grow(branch, child)


def _line(explanation: Explanation) -> Text:
    from rich.text import Text

    style = STYLES.get(explanation.kind, "")
    if explanation.points is not None and explanation.points < 0 and not style:
        style = "red"
    return Text(explanation.text, style=style)
