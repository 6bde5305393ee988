"""Functions as machine code: what they are given, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba.core.errors import TypingError

from rules_engine.machine.compiler import CompileError
from rules_engine.machine.library import Inlined, Library
from rules_engine.machine.signature import SignatureError, parse_signature

PAIR = np.dtype([("key", "u4"), ("value", "i8")])
LIBRARY = Library("tests", ["machine/compiler.py"])


@Inlined
def twice(x: Any) -> Any:
    return 2 * x


@LIBRARY.compiled("i8[] numbers, f8[,] table, i8[,,] cube, i8 by, b1 wanted, Pair[] pairs -> i8", {"Pair": PAIR})
def all_forms(numbers: Any, table: Any, cube: Any, by: int, wanted: bool, pairs: Any) -> int:
    total = 0
    for n in range(len(numbers)):
        total += twice(numbers[n]) + cube[1, n, 2]
        pairs[n].key = n
        pairs[n].value = by
        if wanted:
            table[n, 1] = numbers[n] ** 0.5
    return total


@LIBRARY.compiled("u2[] numbers, i4[] sums")
def nothing_back(numbers: Any, sums: Any) -> None:
    for n in range(len(numbers)):
        sums[n] = numbers[n] - 1


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("RULES_ENGINE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


def test_arrays_of_all_forms() -> None:
    numbers, table, pairs = np.array([4, 9]), np.zeros((2, 3)), np.zeros(2, PAIR)
    cube = np.arange(12).reshape(2, 2, 3)
    assert all_forms(numbers, table, cube, 7, True, pairs) == 26 + 8 + 11
    assert table.tolist() == [[0, 2, 0], [0, 3, 0]]
    assert pairs.tolist() == [(0, 7), (1, 7)]


def test_arguments_by_name() -> None:
    sums = np.zeros(1, np.int32)
    assert nothing_back(sums=sums, numbers=np.zeros(1, np.uint16)) == 0
    assert sums.tolist() == [-1]


def test_empty_arrays() -> None:
    nothing_back(np.zeros(0, np.uint16), np.zeros(0, np.int32))


@pytest.mark.parametrize(
    "wrong",
    [np.zeros(1, np.int16), np.zeros((1, 1), np.uint16), np.zeros(4, np.uint16)[::2], np.zeros(1, ">u2")],
    ids=["type", "dimensions", "steps", "order of bytes"],
)
def test_another_array_than_declared_is_refused(wrong: Any) -> None:
    with pytest.raises(SignatureError, match="numbers of nothing_back"):
        nothing_back(wrong, np.zeros(4, np.int32))


def test_another_number_of_arguments_is_refused() -> None:
    with pytest.raises(SignatureError, match="takes 2 arguments"):
        nothing_back(np.zeros(1, np.uint16), np.zeros(1, np.int32), 3)


def test_what_would_allocate_is_not_compiled() -> None:
    def allocates(n: int) -> int:
        return int(np.zeros(n)[0])

    function = Library("allocates", []).declare("i8 n -> i8", "allocates", make=lambda: allocates)
    with pytest.raises(TypingError, match="Only accept returning of array"):
        function(1)


def test_names_that_differ_from_the_declared_ones_are_refused() -> None:
    def other(n: int) -> int:
        return n

    function = Library("other", []).declare("i8 x -> i8", "other", make=lambda: other)
    with pytest.raises(CompileError, match="takes n where x"):
        function(1)


@pytest.mark.parametrize("text", ["i8", "float x", "u4 x", "i8[ x", "i8 x -> f8", "i8 x,, i8 y"])
def test_signatures_that_cannot_be_read(text: str) -> None:
    with pytest.raises(SignatureError):
        parse_signature(text)
