"""Patterns: against Python's `re` where the two mean the same, what is refused, and time."""

from __future__ import annotations

import random
import re
import time
import unicodedata
from itertools import pairwise

import pytest

from rules_engine.feel import check_pattern
from rules_engine.feel.patterns import compile_pattern
from rules_engine.feel.patterns.blocks import BLOCKS

PIECES = ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)", "(a*)", r"\w", "b?", "a+?", "(ab|a)", "^", "$", "c", r"\b"]
AFTER = ["", "", "", "*", "+", "?", "{1,2}", "*?"]


def test_same_as_python_on_random_patterns() -> None:
    dice = random.Random(20260901)
    compared = 0
    for _ in range(5000):
        pattern = "".join(dice.choice(PIECES) + dice.choice(AFTER) for _ in range(dice.randint(1, 5)))
        text = "".join(dice.choice("abc ") for _ in range(dice.randint(0, 8)))
        try:
            python = re.compile(pattern.replace("$", r"\Z"))
        except re.error:
            continue
        if check_pattern(pattern):
            continue
        ours = compile_pattern(pattern)
        assert ours.matches(text) is bool(python.search(text)), (pattern, text)
        if all(found.group() for found in python.finditer(text)) and not python.search(""):
            assert ours.replace(text, "<$0>") == python.sub(r"<\g<0>>", text), (pattern, text)
            compared += 1
    assert compared > 1000


REFUSED = ["(?=a)", "(?<!a)", r"(a)\1", "[a-z-[x]]", "a**", "(", ")", "[", "a{2", r"\q", "[]", "{", r"\p{Zz}", "a{3,1}"]


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused(pattern: str) -> None:
    assert check_pattern(pattern)


# Blocks that hold one script: the names of all their characters in Unicode begin with it.
SCRIPTS = """Armenian Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala
Thai Lao Tibetan Myanmar Georgian Ethiopic Cherokee Ogham Runic Khmer Mongolian Hiragana Katakana Bopomofo Gothic
Deseret"""


@pytest.mark.parametrize("script", SCRIPTS.split())
def test_a_block_holds_its_script(script: str) -> None:
    block = compile_pattern(rf"\p{{Is{script}}}")
    inside = [chr(code) for code in range(0x20000) if block.matches(chr(code))]
    names = [name for char in inside if (name := unicodedata.name(char, ""))]
    assert len(names) > 20
    assert sum(name.startswith(script.upper()) for name in names) >= 0.9 * len(names)
    assert (ord(inside[0]) % 16, ord(inside[-1]) % 16) == (0, 15), "a block is whole rows of sixteen"


def test_blocks_do_not_overlap() -> None:
    ends = sorted(set(BLOCKS.values()))
    assert all(high < low for (_, high), (low, _) in pairwise(ends))
    assert all(low < high for low, high in ends)


def test_flags_are_checked() -> None:
    assert check_pattern("a", "smix") is None
    assert "no flag" in (check_pattern("a", "g") or "")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){10}$", "(x+x+)+y"])
def test_time_grows_with_the_text_only(pattern: str) -> None:
    start = time.process_time()
    compile_pattern(pattern).matches("a" * 20_000 + "!")
    assert time.process_time() - start < 2
