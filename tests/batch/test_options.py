"""Options of `rules score` that do not go together are told before anything is read."""

from __future__ import annotations

import pytest

from tests.batch.state.test_state import command

DATA = ["score", "no-such-model", "--data", "no-such-file.yaml"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("--engine spark", "--engine spark and --master go together"),
        ("--master local[2]", "--engine spark and --master go together"),
        ("--engine spark --master local[2]", "--engine spark needs --as-of"),
        (
            "--engine spark --master local[2] --as-of 2026-09-01 --memory 2GB",
            "--memory is not there with --engine spark",
        ),
        ("--rebuild-state", "--rebuild-state wants --state DIR"),
        ("--state kept --ledger ledger.csv", "--ledger is not there with --state"),
        ("--state kept --engine spark --master local[2]", "--engine is not there with --state"),
    ],
)
def test_options_that_do_not_go_together(more: str, words: str) -> None:
    found = command([*DATA, *more.split()])
    assert found.exit_code == 2
    assert words in found.output
