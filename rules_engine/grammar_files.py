"""Where the files of `grammar/` are: in the installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def read_grammar_file(name: str) -> str:
    """The text of `grammar/<name>`, such as `feel.lark`; `FileNotFoundError` if there is none."""
    shipped = _PACKAGE / "grammar" / name
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return (_PACKAGE.parent / "grammar" / name).read_text(encoding="utf-8")
