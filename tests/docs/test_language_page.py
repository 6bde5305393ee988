"""The reference page says what the schema and the grammar say."""

from __future__ import annotations

from pathlib import Path

from rules_engine.model.reference import page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_language_page_is_up_to_date() -> None:
    assert (DOCS / "language.md").read_text(encoding="utf-8") == page(), (
        "run python -m rules_engine.model.reference docs/language.md"
    )
