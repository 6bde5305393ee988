"""A whole data set in columns: bucket after bucket, the tables put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.fields import Fields
from rules_engine.batch.columns.of_data import bucket_of, bucket_rows
from rules_engine.batch.columns.score import ColumnScorer, Scored
from rules_engine.batch.fold.accounts import joined, roll_up_columns
from rules_engine.batch.sources.data import Data
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.engine import Engine

Integers = NDArray[np.int64]


def score_data(
    engine: Engine, data: Data, rows: Integers, as_of: Integers, wanted: Wanted, advance: Callable[[int], None]
) -> ScoreTables:
    """Scores the leads in `rows` of the data, each as of its own instant. `advance` is told of leads done.

    Accounts are rolled up where the model has them and all leads have one instant.
    """
    scorer, known = ColumnScorer(engine.prepared), Fields(engine.model, data)
    parts: list[Scored] = []
    done = 0
    for own in bucket_rows(data, rows):
        moments = as_of[done : done + len(own)]
        ids = data.leads["lead_id"].gather(own)
        parts.append(scorer.score(bucket_of(known, data, own, moments), ids, wanted))
        done += len(own)
        advance(len(own))
    whole = together([part.tables for part in parts])
    if not engine.model.accounts or wanted.as_of:
        return whole
    chosen = data.leads[rows]
    rolled = roll_up_columns(
        engine.model,
        data.accounts["account_id"],
        chosen["lead_id"],
        chosen["account_id"],
        joined([part.members for part in parts]),
        engine.extensions.rollups,
    )
    return replace(whole, accounts=rolled.frame)


def together(parts: Sequence[ScoreTables]) -> ScoreTables:
    """The tables of several buckets as one. Snapshots come instant by instant, as in each part."""
    if len(parts) == 1:
        return parts[0]
    names = [column.name for column in fields(ScoreTables) if column.name != "accounts"]
    whole = {name: pl.concat([getattr(part, name) for part in parts]) for name in names}
    whole["snapshots"] = whole["snapshots"].sort("as_of", maintain_order=True)
    whole["outcomes"] = whole["outcomes"].group_by("score", "rule", "kind", maintain_order=True).sum()
    return ScoreTables(**whole)
