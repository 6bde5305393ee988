"""When a review is due: 60 days after the first version, then every 90 days, or as the model says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rules_engine.analysis.lints.files import Wanted, findings_of

MODEL = """\
schema: 1
model: reviewed
version: {version}
status: active
effective: {effective}
{more}
events: {{view: {{}}}}
scores: {{interest: {{rules: {{view: {{event: view, points: 1}}}}}}}}
"""
CHANGES = "changes:\n"
FIRST = '  - {version: 1, date: 2026-01-01, note: "First model."}\n'
LOOKED = '  - {version: 1, date: 2026-03-01, note: "Looked at with sales: points stay."}\n'
SECOND = '  - {version: 2, date: 2026-03-01, note: "Webinars count less."}\n'
TO_COME = '  - {version: 1, date: 2062-03-01, note: "A slip of the pen."}\n'
OWN = "review: {first: 10 days, then: 20 days}\n"


def due(tmp_path: Path, today: date, more: str, version: int = 1, effective: str = "2026-01-01") -> str | None:
    """When the review was due, by its message; None where nothing is said."""
    file = tmp_path / f"v{version}.yaml"
    file.write_text(MODEL.format(version=version, effective=effective, more=more), encoding="utf-8")
    found = [one.message for one in findings_of(file, Wanted(select=("RE750",)), today)]
    return found[0].partition("due on ")[2][:10] if found else None


@pytest.mark.parametrize(
    ("more", "version", "effective", "last_day", "day"),
    [
        ("", 1, "2026-01-01", date(2026, 3, 2), "2026-03-02"),  # 60 days after 1 January
        (CHANGES + FIRST, 1, "2026-01-01", date(2026, 3, 2), "2026-03-02"),
        (CHANGES + LOOKED + FIRST, 1, "2026-01-01", date(2026, 5, 30), "2026-05-30"),  # 90 days after 1 March
        (CHANGES + SECOND + FIRST, 2, "2026-03-01", date(2026, 5, 30), "2026-05-30"),
        (CHANGES + SECOND, 2, "2026-03-01", date(2026, 5, 30), "2026-05-30"),  # though the first one is not told
        ("", 2, "2026-03-01", date(2026, 5, 30), "2026-05-30"),
        (OWN, 1, "2026-01-01", date(2026, 1, 11), "2026-01-11"),
        (OWN + CHANGES + LOOKED, 1, "2026-01-01", date(2026, 3, 21), "2026-03-21"),
        (CHANGES + TO_COME + FIRST, 1, "2026-01-01", date(2026, 3, 2), "2026-03-02"),  # nobody has looked in 2062
    ],
)
def test_due(tmp_path: Path, more: str, version: int, effective: str, last_day: date, day: str) -> None:
    assert due(tmp_path, last_day, more, version, effective) is None
    assert due(tmp_path, date.fromordinal(last_day.toordinal() + 1), more, version, effective) == day


def test_a_version_that_is_to_come_is_a_review(tmp_path: Path) -> None:
    assert due(tmp_path, date(2026, 6, 1), CHANGES + FIRST, 2, "2026-07-01") is None
