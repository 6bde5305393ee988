"""Distinct values of columns: found once, kept for the next tables that have the same ones."""

import numpy as np
import polars as pl
import pytest

pytest.importorskip("numba")

from rules_engine.batch.columns.distinct import distinct
from rules_engine.batch.columns.table import Compiler, Table
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.functions import all_functions
from rules_engine.model.extensions import PluginError

KIND = pl.Categorical(pl.Categories.random("texts"))


def column(*values: str | None, times: int = 200) -> pl.Series:
    return pl.Series(list(values) * times, dtype=KIND)


def rows(columns: list[pl.Series], found) -> list[tuple[object, ...]]:
    of_row, known = found
    return list(zip(*(one.gather(of_row).to_list() for one in known.columns), strict=True))


@pytest.mark.parametrize(
    "columns",
    [
        [column("a", None, "b")],
        [column("a", "b", "b"), pl.Series([True, None, False] * 200)],
        [pl.Series(["x", None, "y"] * 200, dtype=pl.Enum(["y", "x"]))],
        [pl.Series(["x", None, "y"] * 200)],
    ],
    ids=["categories", "with truth", "an enumeration", "texts"],
)
def test_each_row_has_its_combination(columns):
    given = list(zip(*(one.to_list() for one in columns), strict=True))
    first = distinct(columns, None)
    assert rows(columns, first) == given
    assert rows(columns, distinct(columns, first[1])) == given


def test_the_same_combinations_are_the_same_again():
    _, known = distinct([column("a", "b")], None)
    _, again = distinct([column("b", "a", "a")], known)
    assert again is known


@pytest.mark.parametrize("before", [["a", "b"], ["c", "a", "b"], ["a"]], ids=["known", "more known", "one new"])
def test_of_chosen_rows_each_has_its_combination(before):
    columns = [column("a", "b", "c")]
    chosen = np.array([row for row in range(599, -1, -1) if row % 3 < 2], dtype=np.int32)  # no "c"
    _, known = distinct([column(*before)], None)
    for kept in (None, known):
        found = distinct(columns, kept, chosen)
        assert [row[0] for row in rows(columns, found)] == columns[0].gather(chosen).to_list()


def test_new_combinations_come_beside_those_before():
    _, known = distinct([column("a", "b")], None)
    found = distinct([column("c", "b", None)], known)
    assert rows([], found) == [("c",), ("b",), (None,)] * 200
    assert set(found[1].columns[0].to_list()) == {"a", "b", "c", None}


def test_combinations_before_that_are_many_more_are_let_go():
    _, known = distinct([column(*map(str, range(50)))], None)
    _, found = distinct([column("new", "1")], known)
    assert sorted(found.columns[0].to_list()) == ["1", "new"]


def test_values_that_nearly_all_differ_have_no_combinations():
    assert distinct([pl.Series(map(str, range(1_000)), dtype=KIND)], None) is None


def test_values_that_come_after_ones_of_higher_numbers():
    kind = pl.Categorical(pl.Categories.random("numbered"))
    texts = pl.Series(map(str, range(1_000)), dtype=kind)  # alive, so that they keep their numbers

    def of(*values: str) -> list[pl.Series]:
        return [pl.Series(list(values) * 200, dtype=kind)]

    _, before = distinct(of("0", "999"), None)
    found = distinct(of("0", "1"), before)
    assert rows(of("0", "1"), found) == [("0",), ("1",)] * 200
    assert sorted(found[1].columns[0].to_list()) == ["0", "1", "999"]
    assert len(texts) == 1_000


def test_a_formula_fails_for_values_of_its_own_table_alone():
    kept: dict = {}
    compiler = Compiler({}, all_functions(), {})
    program = type("P", (), {"reads": ("lead.title",)})()

    def find(small: Table) -> list[object]:
        if "bad" in small.column("lead.title").to_list():
            raise FeelLimitError("too large")
        return small.column("lead.title").to_list()

    bad = Table(400, {"lead.title": column("a", "bad")}, distinct=kept)
    with pytest.raises(FeelLimitError):
        compiler._on_smallest(program, bad, find)
    bad = Table(400, {"lead.title": column("a", "bad")}, distinct=kept)
    bad.coded(program.reads)  # kept for the next table
    good = Table(400, {"lead.title": column("a", "c")}, distinct=kept)
    found, take = compiler._on_smallest(program, good, find)
    assert np.array(found)[take].tolist() == ["a", "c"] * 200


@pytest.mark.parametrize("fault", [PluginError("own", "function f", "no"), pl.exceptions.ComputeError("no")])
def test_what_values_make_an_expression_raise_is_tried_without_those_of_earlier_tables(fault: Exception):
    kept: dict = {}
    compiler = Compiler({}, all_functions(), {})
    program = type("P", (), {"reads": ("lead.title",)})()
    Table(400, {"lead.title": column("a", "bad")}, distinct=kept).coded(program.reads)

    def find(small: Table) -> list[object]:
        if "bad" in small.column("lead.title").to_list():
            raise fault
        return small.column("lead.title").to_list()

    found, take = compiler._on_smallest(program, Table(400, {"lead.title": column("a", "c")}, distinct=kept), find)
    assert np.array(found)[take].tolist() == ["a", "c"] * 200


def test_a_fault_of_ours_is_not_tried_again():
    compiler, tried = Compiler({}, all_functions(), {}), []
    program = type("P", (), {"reads": ("lead.title",)})()

    def find(small: Table) -> None:
        tried.append(small)
        raise AssertionError

    with pytest.raises(AssertionError):
        compiler._on_smallest(program, Table(400, {"lead.title": column("a", "c")}, distinct={}), find)
    assert len(tried) == 1
