"""Where the files of `grammar/` are: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def read_grammar_file(name: str) -> str:
    """The text of `grammar/<name>`, such as `feel.lark`; `FileNotFoundError` if there is none."""
    shipped = files("rules_engine") / "grammar" / name
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return (Path(__file__).resolve().parent.parent / "grammar" / name).read_text(encoding="utf-8")
