"""With `RULES_ENGINE_CHECKED=1` an index that leaves its array, or its column, is a fault that names its place."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rules_engine.machine.checked import CHECKED, BoundsError
from rules_engine.machine.checking import CheckError
from rules_engine.machine.flatten import Place, flatten
from rules_engine.machine.library import Function, Inlined, Library
from rules_engine.machine.text import header
from tests.machine import dirty_memory

PROGRAMS = [
    "tests/machine/planted_faults.py",
    "tests/batch/columns/test_order.py",
    "tests/batch/columns/test_rich.py",
    "tests/batch/columns/test_score.py",
    "tests/batch/fold",
    "tests/batch/state/test_state.py",
    "tests/batch/stream/test_stream.py",
    "tests/live/test_compiled.py",
    "tests/scoring",
]


@Inlined
def below(table: Any, n: int) -> Any:
    return table[n, 1]


def pass_of(values: Any, table: Any, at: int, row: int) -> int:
    values[at] += 1
    return int(below(table, row))


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Function:
    monkeypatch.setenv("RULES_ENGINE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "checked"))
    monkeypatch.setenv(CHECKED, "1")
    library = Library("planted", ["machine/kept.py"])
    return library.compiled("i4[] values, u1[,] table, i8 at, i8 row -> i8")(pass_of)


def test_what_stays_within_is_as_it_was(planted: Function) -> None:
    values = np.zeros(3, np.int32)
    assert planted(values, np.full((4, 2), 7, np.uint8), 2, 3) == 7
    assert values.tolist() == [0, 0, 1]


@pytest.mark.parametrize("at", [3, 2**40, -1, -3, -(2**63)])
def test_an_index_of_a_pass_that_leaves_its_array(planted: Function, at: int) -> None:
    room = np.zeros(9, np.int32)
    with pytest.raises(BoundsError, match=r"the compiled pass_of: pass_of, line \d+: values\[at\] leaves its array"):
        planted(room[3:6], np.zeros((4, 2), np.uint8), at, 0)
    assert not room.any()


@pytest.mark.parametrize("row", [4, -1])
def test_an_index_of_a_function_that_is_written_out(planted: Function, row: int) -> None:
    with pytest.raises(BoundsError, match=r"the compiled pass_of: below, line \d+: table\[n, 1\]"):
        planted(np.zeros(1, np.int32), np.zeros((4, 2), np.uint8), 0, row)


def test_the_narrower_side_of_a_table_is_asked_too(planted: Function) -> None:
    with pytest.raises(BoundsError, match="table"):
        planted(np.zeros(1, np.int32), np.zeros((4, 1), np.uint8), 0, 0)


def test_checked_and_unchecked_code_are_kept_apart(planted: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Library("planted", ["machine/kept.py"]).path
    monkeypatch.delenv(CHECKED)
    plain = Library("planted", ["machine/kept.py"]).path
    monkeypatch.setenv(CHECKED, "0")
    assert Library("planted", ["machine/kept.py"]).path == plain != checked


def test_a_form_that_cannot_be_checked_is_refused(planted: Function) -> None:
    def slices(values: Any) -> int:
        return int(values[1:][0])

    with pytest.raises(CheckError, match="slices"):
        Library("slices", []).compiled("i8[] values -> i8")(slices)(np.zeros(2, np.int64))


# --- the fold: columns in one array ---------------------------------------------------------------------------------

PLACES = {
    ("Plan", "s_max"): Place("cells", 20, 21, is_fixed=True),
    ("State", "s_sum"): Place("cells", 21, None, end=22),
    ("Inputs", "m_at"): Place("m_at", 0, 1, is_length=True),
}
FOLD = """
def root(cells: Cells, reals: Reals, plan: Plan, state: State, inputs: Inputs, rule: int, score: int, mark: int) -> int:
    return plan.s_max[rule] + deeper(state, score) + inputs.m_at[mark]
def deeper(state: State, score: int) -> int:
    sums = state.s_sum
    sums[score] += 1
    return sums[score]
"""


@pytest.fixture
def fold(planted: Function) -> Any:
    """A fold of two rules, two scores and the three marks in the midst of five, by their numbers."""
    functions = {node.name: node for node in ast.parse(FOLD).body if isinstance(node, ast.FunctionDef)}
    functions["deeper"].decorator_list = [ast.Name("compiled", ast.Load())]
    functions = dict(reversed(functions.items()))
    names: dict[str, Any] = {"__name__": "planted"}
    exec(header(checked=True) + flatten(functions, ["root"], PLACES, checked=True), names)
    signature = "i8[] cells_array, f8[] reals_array, i8[] m_at_array, i8 rule, i8 score, i8 mark -> i8"
    root = Library("planted-fold", ["machine/kept.py"]).declare(signature, "root", make=lambda: names["root"])
    cells = np.zeros(40, np.int64)
    cells[:2] = 1, 3
    cells[20:23] = 30, 32, 34
    cells[30:34] = 100, 200, 10, 20
    return lambda *numbers: root(cells, np.zeros(1), np.arange(5) * 1000, *numbers)


def test_a_fold_that_stays_within(fold: Any) -> None:
    assert fold(1, 0, 2) == 200 + 11 + 3000


@pytest.mark.parametrize(
    ("numbers", "place"),
    [
        ((2, 0, 0), r"root, line 3: plan.s_max\[rule\]"),
        ((-1, 0, 0), r"root, line 3: plan.s_max\[rule\]"),
        ((0, 2, 0), r"deeper, line 6: sums\[score\]"),
        ((0, -1, 0), r"deeper, line 6: sums\[score\]"),
        ((0, 0, 3), r"root, line 3: inputs.m_at\[mark\]"),
        ((0, 0, -1), r"root, line 3: inputs.m_at\[mark\]"),
    ],
)
def test_an_index_that_leaves_its_column_but_not_the_array(fold: Any, numbers: tuple[int, ...], place: str) -> None:
    with pytest.raises(BoundsError, match=f"the compiled root: {place} leaves its column"):
        fold(*numbers)


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.bool_, np.uint8])
def test_dirty_memory_has_any_values(kind: type) -> None:
    found = np.zeros((40, 25), kind)
    dirty_memory.fill(found)
    assert len(np.unique(found)) == 2 if kind is np.bool_ else len(np.unique(found)) > 200


@pytest.mark.long
def test_random_models_stay_within_their_arrays_and_read_only_what_was_written(tmp_path: Path) -> None:
    plugins = ["-p", "no:cacheprovider", "-p", dirty_memory.__name__]
    command = [sys.executable, "-m", "pytest", "-q", "-x", *plugins, "-m", "not long", *PROGRAMS]
    own = {**os.environ, CHECKED: "1", "RULES_ENGINE_CACHE_DIR": str(tmp_path)}
    own = {name: value for name, value in own.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(command, env=own, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
