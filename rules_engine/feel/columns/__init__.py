"""FEEL over tables: an expression, compiled once, evaluated for all rows of a Polars frame.

Takes a tree and the types of the names around it; gives a `ColumnProgram`. The interpreter is the reference, and the
results are its results, nulls included. Only what is certain to agree has a native form (`forms.py`, `native.py`);
every other part is *lifted* (`lift.py`): the interpreter's own closure runs once for each distinct combination of the
values that the part reads. The only package of the language that imports polars (the extra `[batch]`); nothing else
of `feel` imports it.
"""

from rules_engine.feel.columns.inputs import ColumnTypeError as ColumnTypeError
from rules_engine.feel.columns.program import ColumnProgram as ColumnProgram
from rules_engine.feel.columns.program import compile_columns as compile_columns
from rules_engine.feel.columns.program import evaluate_together as evaluate_together
