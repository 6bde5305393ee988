"""What is found out about the values of tallies is found out once."""

import numpy as np
import pytest

from rules_engine.batch.columns.counted import Counted
from rules_engine.batch.columns.table import Table

PATH = "tally.opens"


def test_a_value_stands_in_the_row_of_its_number():
    assert Counted().values(PATH, 3).column(PATH).to_list()[:4] == [0.0, 1.0, 2.0, 3.0]


def test_a_table_is_kept_as_long_as_it_is_large_enough():
    counted = Counted()
    small = counted.values(PATH, 3)
    assert counted.values(PATH, 1_000) is small
    assert counted.values(PATH, 5_000).height > 5_000


@pytest.mark.parametrize("rows", [[2, 0, 2], []], ids=["some", "none"])
def test_alone_a_table_has_only_the_values_that_its_rows_have(rows):
    table = Table(len(rows), {})
    table.code(PATH, np.array(rows, dtype=np.int32), Counted().values(PATH, 2))

    of_row, few = table.coded_alone((PATH,))

    assert few.column(PATH).gather(of_row).to_list() == rows
    assert few.height == len(set(rows))
