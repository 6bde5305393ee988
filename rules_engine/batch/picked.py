"""Which columns of the table of scores are written: those that names or patterns (`*_band`) ask for."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from rules_engine.batch.score import BatchError
from rules_engine.batch.tables import scores_schema
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.types import Model


def picked_columns(model: Model, asked: Sequence[str], *, next_due: bool) -> tuple[str, ...]:
    """The lead's id, then the columns of scores in the order asked for, each once; none where nothing is asked for.

    Raises `BatchError` for what fits no column.
    """
    there = tuple(scores_schema(model, next_due))
    found = dict.fromkeys(there[:1] if asked else ())
    for pattern in asked:
        fitting = [name for name in there if fnmatchcase(name, pattern)]
        if not fitting:
            hint = did_you_mean(pattern, there) or f" The columns are: {', '.join(there)}."
            raise BatchError(f'The table of scores has no column "{pattern}".{hint}')
        found |= dict.fromkeys(fitting)
    return tuple(found)
