"""What messages offer to write instead: it is an expression, and the checker finds no error in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from rules_engine.feel.checking.expression import check
from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax.parse import parse

from .scopes import SCOPE

OFFERED = yaml.safe_load((Path(__file__).parent / "cases" / "offered.yaml").read_text(encoding="utf-8"))


def mistake(written: str) -> FeelSyntaxError:
    with pytest.raises(FeelSyntaxError) as caught:
        parse(written)
    return caught.value


@pytest.mark.parametrize(("written", "offered"), OFFERED["whole"].items())
def test_the_whole_expression(written: str, offered: str) -> None:
    error = mistake(written)
    assert error.fix == offered
    assert offered in error.help
    assert [finding.message for finding in check(parse(offered), SCOPE).findings if finding.is_error] == []


@pytest.mark.parametrize("written", OFFERED["nothing"])
def test_no_expression(written: str) -> None:
    error = mistake(written)
    assert (error.fix, "Here:" in error.help) == ("", False)


@pytest.mark.parametrize(("written", "offered"), OFFERED["calls"].items())
def test_a_call(written: str, offered: str) -> None:
    (found,) = (finding for finding in check(parse(written), SCOPE).findings if finding.is_error)
    assert (found.code, re.findall("`(.*?)`", found.help)[:1]) == ("RE322", [offered])
    end = written.index(")", found.end) + 1
    mended = parse(f"{written[: found.start]}{offered}{written[end:]}")
    assert [finding.message for finding in check(mended, SCOPE).findings if finding.is_error] == []
