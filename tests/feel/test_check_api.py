"""`feel.check`: the public door to the checker."""

from __future__ import annotations

import pytest

from rules_engine import feel
from rules_engine.feel.types import NUMBER, ContextOf, Entry

TYPES = {"lead": ContextOf((Entry("nps", NUMBER),), "lead")}


def test_it_gives_the_type_and_the_findings() -> None:
    typed, findings = feel.check("lead.nps + 1", TYPES)
    assert (str(typed.type), findings) == ("number", ())


def test_a_finding_has_its_place_and_the_nearest_name() -> None:
    _, (finding,) = feel.check("lead.npss >= 9", TYPES)
    assert ("lead.npss"[finding.start : finding.end], "nps" in finding.help) == ("npss", True)


def test_a_text_that_is_no_expression_is_a_syntax_error() -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.check("lead.nps >=", TYPES)
