"""The rewriting of the kernel's source refuses what it does not know."""

from __future__ import annotations

import ast

import pytest

from rules_engine.machine.flatten import FlattenError, Place, flatten

PLACES = {
    ("Plan", "s_max"): Place("cells", 20, 21, is_fixed=True),
    ("State", "s_sum"): Place("cells", 22, None),
    ("State", "i_pool"): Place("reals", 23, None),
    ("Inputs", "m_item"): Place("m_item", 0, 1, is_length=True, narrow=True),
}


def flat(body: str, parameters: str = "plan: Plan, state: State, inputs: Inputs, n: int") -> str:
    text = f"def root({parameters}) -> int:\n    {body}\n"
    functions = {"root": ast.parse(text).body[0]}
    lines = flatten(functions, ["root"], PLACES).splitlines()  # type: ignore[arg-type]
    return "; ".join(line.strip() for line in lines[1:] if "= pointer(" not in line)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("return plan.s_max[n]", "return unchanging(cells, unchanging(cells, 20) + n)"),
        ("state.s_sum[n] += 1", "cells[unchanging(cells, 22) + n] += 1"),
        ("return len(plan.s_max)", "return unchanging(cells, 21) - unchanging(cells, 20)"),
        ("return inputs.m_item[n]", "return int64(m_item[cells[0] + n])"),
        ("return len(inputs.m_item)", "return cells[1]"),
        ("pool = state.i_pool; return pool[n]", "pool = unchanging(cells, 23); return reals[pool + n]"),
    ],
)
def test_columns_become_places(source: str, expected: str) -> None:
    assert flat(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "return plan.s_min[n]",
        "return plan.s_max[-1]",
        "return plan.s_max[1:2]",
        "return len(state.s_sum)",
        "return sum(plan.s_max)",
        "return plan",
        "pool = state.i_pool; pool = state.s_sum",
        "return root(plan, state)",
    ],
)
def test_unknown_forms_are_refused(source: str) -> None:
    with pytest.raises(FlattenError):
        flat(source)


def test_a_list_without_a_buffer_is_refused() -> None:
    with pytest.raises(FlattenError, match="others"):
        flat("others.extend((1, 2))", "state: State, others: list[int]")
