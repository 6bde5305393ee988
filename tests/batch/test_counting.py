"""A population counted part by part is the one counted at once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from rules_engine.batch import population
from rules_engine.batch.population import Counting, Population
from rules_engine.batch.score import open_batch
from rules_engine.model.types import Model

B2B = Path("rulesets/b2b_saas")


@pytest.fixture(scope="module")
def scored() -> tuple[Model, pl.DataFrame]:
    batch = open_batch(B2B, B2B / "data.yaml", as_of="2026-09-01")
    # many equals, and leads without a value
    found = batch.run().scores.head(60)
    return batch.model, found.with_columns(
        (pl.col("total") / 10).floor(), pl.col("scored") & (pl.int_range(60) % 7 != 0)
    )


def counted(model: Model, parts: list[pl.DataFrame], top: int) -> Population:
    counting = Counting(model, "total", top)
    for part in parts:
        counting.add(part)
    return counting.population(version=1, as_of=0, timezone="UTC", newest=False, problems=())


@pytest.mark.parametrize("top", [0, 1, 4, 25, 100])
@pytest.mark.parametrize("size", [1, 7, 30])
def test_parts(scored: tuple[Model, pl.DataFrame], top: int, size: int) -> None:
    model, whole = scored
    parts = [whole.slice(start, size) for start in range(0, whole.height, size)]
    assert counted(model, parts, top) == counted(model, [whole], top)
    ranked = counted(model, parts, top).ranked
    best = whole.filter(pl.col("total").is_not_null()).sort("total", "lead_id", descending=[True, False]).head(top)
    assert [row["lead_id"] for row in ranked] == best["lead_id"].to_list()


def test_a_label_of_many_values_is_not_counted(
    scored: tuple[Model, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, whole = scored
    few = counted(model, [whole], 0)
    label = next(iter(few.labels))
    monkeypatch.setattr(population, "VALUES", 10)
    various = whole.with_columns(pl.format("{}", pl.int_range(60)).alias(f"label_{label}"))
    found = counted(model, [various.head(8), various.tail(52)], 0)
    assert found.various == (label,)
    assert found.labels == {name: values for name, values in few.labels.items() if name != label}
