"""What of each case a number of points stands for, as columns: the score is (nearly) points times columns, summed.

For an event rule the column of a number is how many full awards of it are left at the moment: each counted award of
that many points, cut by limits and caps as it was, times its decay. For a rule without event it is 1 where the case got
that many points. What no column tells (penalties, inactivity, floors, formulas, gates) is the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.analysis.backtest.scored import Scored, feeding_scores, lead_numbers
from rules_engine.analysis.calibrate.cells import MICRO, cells_of, key_of, rule_of
from rules_engine.analysis.versions.points import PointCell
from rules_engine.model.types import Decay, FormulaPoints, Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Level:
    """One number of points of one rule: all cells of the rule with this amount share it (they cannot be told apart)."""

    score: str
    rule: str
    amount: int
    addresses: tuple[str, ...]

    @property
    def today(self) -> float:
        return self.amount / MICRO


@dataclass(frozen=True, slots=True)
class Features:
    """`columns` has a row per decided case and a column per level, already times the weight of its score in the one
    judged; `rest` is what they do not tell. `whole`: groups of levels of which each case has exactly one."""

    levels: tuple[Level, ...]
    columns: NDArray[np.float64]
    rest: NDArray[np.float64]
    reading: NDArray[np.float64]
    won: NDArray[np.bool_]
    leads: NDArray[np.int64]
    whole: tuple[tuple[int, ...], ...]

    def scores(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The score of each case with other points for the levels."""
        result: NDArray[np.float64] = self.columns @ points + self.rest
        return result


def features(scored: Scored, ledger: pl.DataFrame, cells: Sequence[PointCell]) -> Features:
    """The columns of all decided cases. `ledger` has that of every case, with its number."""
    import numpy as np

    model = scored.model
    cases = scored.decided.select("case", "lead_id", "moment", "reading", "won").with_row_index("row")
    weights = feeding_scores(model, scored.score)
    values = pl.concat([_from_events(model, cases, ledger, weights), _from_standing(scored, cases, weights)])
    levels = tuple(_levels(model, weights, cells))
    numbered = values.join(_numbers(model, weights, levels), on=["score", "rule", "amount"], how="inner")
    columns = np.zeros((cases.height, len(levels)))
    np.add.at(columns, (numbered["row"].to_numpy(), numbered["number"].to_numpy()), numbered["value"].to_numpy())
    reading = cases["reading"].to_numpy()
    today = np.array([level.today for level in levels])
    return Features(
        levels=levels,
        columns=columns,
        rest=reading - columns @ today,
        reading=reading,
        won=cases["won"].to_numpy(),
        leads=lead_numbers(cases),
        whole=tuple(_whole(levels, columns)),
    )


def _levels(model: Model, weights: dict[str, float], cells: Sequence[PointCell]) -> list[Level]:
    """Numbers of points that a column can be made for: not 0, not computed, not beside a formula."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for cell in cells_of(cells, dict.fromkeys(key_of(model, name) for name in weights)):
        if cell.amount and cell.kind != "set":
            found.setdefault((cell.score, rule_of(cell), cell.amount), []).append(cell.address)
    computed = set()
    for name in weights:
        score = model.scores[name]
        points = [(rule.name, rule.points) for rule in score.event_rules]
        points += [(rule.name, rule.points) for rule in score.standing_rules]
        computed |= {(key_of(model, name), rule) for rule, each in points if isinstance(each, FormulaPoints)}
    return [Level(*key, tuple(addresses)) for key, addresses in found.items() if key[:2] not in computed]


def _numbers(model: Model, weights: dict[str, float], levels: Sequence[Level]) -> pl.DataFrame:
    """The level of each score, rule and amount; the scores of one `for_each` share theirs."""
    rows = [
        (name, level.rule, level.amount, number)
        for name in weights
        for number, level in enumerate(levels)
        if level.score == key_of(model, name)
    ]
    schema = {"score": pl.String, "rule": pl.String, "amount": pl.Int64, "number": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _from_events(model: Model, cases: pl.DataFrame, ledger: pl.DataFrame, weights: dict[str, float]) -> pl.DataFrame:
    """Full awards left, per case, rule and nominal points. A `set` entry ends what came before it."""
    entries = (
        ledger.filter(pl.col("score").is_in(list(weights)))
        .with_row_index("place")
        .join(cases.select("case", "row", "moment"), on="case", how="inner", maintain_order="left")
        .with_columns(
            pl.when(pl.col("kind") == "set").then("place").max().over("case", "score").alias("ended"),
        )
    )
    awards = entries.filter(
        (pl.col("kind") == "award")
        & (pl.col("nominal") != 0)
        & (pl.col("effective") != 0)
        & (pl.col("place") > pl.col("ended").max().over("case", "score").fill_null(-1))
    )
    parts = [_no_values()]
    for name, weight in weights.items():
        for rule in model.scores[name].event_rules:
            own = awards.filter((pl.col("score") == name) & (pl.col("rule") == rule.name))
            if own.height:
                age = (own["moment"] - own["at"].cast(pl.Int64)).to_numpy()
                share = own["effective"].cast(pl.Float64).to_numpy() / own["nominal"].cast(pl.Float64).to_numpy()
                left = share * remaining(rule.decay, age) * weight
                parts.append(
                    own.select(
                        "row",
                        "score",
                        "rule",
                        (pl.col("nominal") * MICRO).cast(pl.Float64).round().cast(pl.Int64).alias("amount"),
                        pl.Series("value", left, dtype=pl.Float64),
                    )
                )
    return pl.concat(parts)


def remaining(decay: Decay | None, age: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of an award that is left at an age in microseconds, by its law."""
    import numpy as np

    if decay is None:
        return np.ones(len(age))
    older = np.maximum(age - decay.delay, 0)
    if decay.kind == "half_life":
        return np.maximum(np.exp2(-older / decay.period), decay.keep)
    if decay.kind == "linear":
        return np.maximum(1 - older / decay.period, decay.keep)
    weights = np.array([1.0, *decay.weights])
    result: NDArray[np.float64] = weights[np.searchsorted(np.array(decay.ages), older, side="right")]
    return result


def _from_standing(scored: Scored, cases: pl.DataFrame, weights: dict[str, float]) -> pl.DataFrame:
    """One per case and rule without event that gives points, with the points it gives."""
    standing = scored.rules.filter((pl.col("kind") == "standing") & (pl.col("effective") != 0)).with_columns(
        pl.col("score").cast(pl.String), pl.col("rule").cast(pl.String)
    )
    weight = pl.DataFrame({"score": list(weights), "value": list(weights.values())})
    return (
        standing.join(cases.select("case", "row"), on="case", how="inner")
        .join(weight, on="score", how="inner")
        .select(
            "row",
            "score",
            "rule",
            (pl.col("effective") * MICRO).round().cast(pl.Int64).alias("amount"),
            pl.col("value").cast(pl.Float64),
        )
    )


def _no_values() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "row": pl.UInt32, "score": pl.String, "rule": pl.String, "amount": pl.Int64, "value": pl.Float64,
        }
    )  # fmt: skip


def _whole(levels: Sequence[Level], columns: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """Rules without event of which every case has exactly one level: their mean must not move the whole score."""
    rules: dict[tuple[str, str], list[int]] = {}
    for number, level in enumerate(levels):
        rules.setdefault((level.score, level.rule), []).append(number)
    return [
        tuple(numbers)
        for numbers in rules.values()
        if len(numbers) > 1 and bool(((columns[:, numbers] != 0).sum(axis=1) == 1).all())
    ]
