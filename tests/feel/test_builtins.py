"""The declarations: their examples, the reference made of them, and registries."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine import feel
from rules_engine.feel.builtins.declare import read_signature
from rules_engine.feel.reference import reference
from rules_engine.feel.types import ANY, NUMBER, STRING, ListOf

from .test_cases import same

EXAMPLES = [(b.name, text, value) for b in feel.all_functions() for text, value in b.examples]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("name", "text", "value"), EXAMPLES)
def test_example(name: str, text: str, value: str) -> None:
    assert same(feel.evaluate(text), feel.evaluate(value))


def test_every_function_is_described() -> None:
    for builtin in feel.all_functions():
        assert builtin.doc, builtin.name
        assert builtin.group, builtin.name
        assert builtin.examples or builtin.ambient, builtin.name


def test_the_reference_is_up_to_date() -> None:
    kept = (ROOT / "docs" / "feel-functions.md").read_text(encoding="utf-8")
    assert kept == reference(), "run python -m rules_engine.feel.reference > docs/feel-functions.md"


def test_signatures_are_read() -> None:
    name, parameters, result = read_signature("f(a b: string, c?: number, d...: list<number> | Any?) -> list<string>")
    assert (name, result) == ("f", ListOf(STRING))
    assert [p.name for p in parameters] == ["a b", "c", "d"]
    assert [p.type for p in parameters] == [STRING, NUMBER, ANY]
    assert [(p.optional, p.variadic, p.nullable) for p in parameters] == [
        (False, False, False),
        (True, False, False),
        (False, True, True),
    ]


def test_a_copy_takes_functions_of_a_plugin() -> None:
    mine = feel.all_functions().copy()

    @mine.function("business_days(a: number, b: number) -> number", doc="Days between, without weekends.")
    def business_days(a: float, b: float) -> object:
        return b - a

    run = feel.compile_expression(feel.parse("business_days(1, 5) + 1"), mine)
    assert run({}) == 5
    assert "business_days" not in feel.all_functions()
    with pytest.raises(ValueError, match="exists already"):
        feel.all_functions().extend(mine)


def test_the_standard_set_is_without_extensions() -> None:
    assert "has word" in feel.all_functions()
    assert "has word" not in feel.standard_functions()


def test_bands_have_an_order() -> None:
    band = feel.values.BandName("warm", ("cold", "warm", "hot"))
    run = feel.compile_expression(feel.parse('at least(band.r, "cold")'))
    assert run({"band": {"r": band}}) is True
    assert feel.evaluate('at least(b, "hot")', {"b": band}) is False
    assert feel.evaluate('at least(b, "tepid")', {"b": band}) is None
    assert feel.evaluate('b = "warm" and b in ("warm", "hot")', {"b": band}) is True
