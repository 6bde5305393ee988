"""Why a score has no value: each reason stands in the explanation."""

from __future__ import annotations

import pytest

from tests.differential.running import load

BODY = {
    "schema": 1,
    "model": "parts",
    "version": 1,
    "fields": {"lead": {"region": "string", "size": "number"}},
    "events": {"view": {}},
    "scores": {
        "fit": {"needs": 'lead.region = "EU"', "rules": {"view": {"event": "view", "points": 5}}},
        "worth": {"needs": "lead.size > 10", "rules": {"view": {"event": "view", "points": 5}}},
        "both": {"combine": {"fit": 1, "worth": 1}},
        "over": {"needs": "lead.size != null", "combine": {"both": 1}},
    },
}
FIT = ["fit: no value, what it needs is not true", '  lead.region = "EU" is false (lead.region = US)']
WORTH = ["worth: no value, what it needs is unknown", "  lead.size > 10 is unknown (lead.size missing)"]


def below(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ({"region": "US", "size": 50}, [*FIT, "both: no value, fit has none", *below(FIT),
                                        "over: no value, both has none", "  both: no value, fit has none",
                                        *below(below(FIT))]),
        ({"region": "EU"}, [*WORTH, "both: no value, worth has none", *below(WORTH),
                            "over: no value, what it needs is not true, and both has none",
                            "  lead.size != null is false (lead.size missing)", "  both: no value, worth has none",
                            *below(below(WORTH))]),
        ({"region": "US"}, [*FIT, *WORTH, "both: no value, fit and worth have none", *below(FIT), *below(WORTH)]),
    ],
)  # fmt: skip
def test_why_there_is_no_value(lead: dict[str, object], expected: list[str]) -> None:
    result = load(BODY).score(lead, as_of="2026-09-01T00:00:00Z")
    told = [line for child in result.explain().children for line in child.lines() if not child.text.endswith("points")]
    assert told[: len(expected)] == expected
