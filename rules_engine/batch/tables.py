"""Results as tables: one row per lead, per ledger entry, per band change, per account.

Takes `Result`s one by one; gives Polars frames. Points of the ledger and exact totals are decimals with six places,
so that a sum in any tool is exact; readings are numbers with two. Instants are UTC.

On their way from columns to a file tables are *coded*: exact amounts are integer micropoints, names (of bands, rules,
kinds) are `Enum`s, and what lies in memory under a null may be anything. `decoded` gives the tables of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any

from rules_engine.feel.types import plain
from rules_engine.feel.values import from_feel
from rules_engine.model.types import Model, Score
from rules_engine.records import dataclass
from rules_engine.result.types import Result, ScoreResult

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tables a run gives besides that of scores.

    `outcomes` off saves time lead by lead; in columns they are counted in any case. `as_of`: each row of scores tells
    its instant. `snapshots`: rising instants, microseconds UTC, not after the as-of time.
    """

    ledger: bool = False
    transitions: bool = False
    rules: bool = False
    tallies: bool = False
    as_of: bool = False
    outcomes: bool = True
    snapshots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreTables:
    """What a batch gives. `accounts` is None where nothing is rolled up; a table that was not asked for is empty.

    `outcomes` counts, over all scored leads, how often each rule and penalty fired, was false, was unknown.
    """

    scores: pl.DataFrame
    ledger: pl.DataFrame
    transitions: pl.DataFrame
    rules: pl.DataFrame
    tallies: pl.DataFrame
    snapshots: pl.DataFrame
    outcomes: pl.DataFrame
    accounts: pl.DataFrame | None = None


def no_tables(model: Model) -> ScoreTables:
    """The tables of no leads."""
    import polars as pl

    return ScoreTables(
        scores=in_points(pl.DataFrame(schema=scores_schema(model)), exact_columns(model)),
        ledger=exact_frame(ledger_schema()),
        transitions=pl.DataFrame(schema=transitions_schema()),
        rules=exact_frame(rules_schema()),
        tallies=pl.DataFrame(schema=tallies_schema(model)),
        snapshots=pl.DataFrame(schema=snapshots_schema(model)),
        outcomes=pl.DataFrame(schema=outcomes_schema()),
    )


def in_points(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """Turn columns of integer micropoints into exact decimals of points."""
    from rules_engine.batch.series import column_of

    return frame.with_columns(column_of(points(frame[name].to_arrow()), name) for name in columns)


def points(amounts: pa.Array, room: NDArray[np.int64] | None = None) -> pa.Array:
    """Integer micropoints as decimals of points: the same bits, so nothing is computed; the upper half is the sign.

    `room`, two numbers for each amount, holds the result where it is given.
    """
    import numpy as np
    import pyarrow as pa

    own = pa.concat_arrays([amounts]) if amounts.offset else amounts
    valid, values = own.buffers()
    numbers = np.frombuffer(values, dtype=np.int64, count=len(own)) if len(own) else np.zeros(0, dtype=np.int64)
    halves = np.empty((len(own), 2), dtype=np.int64) if room is None else room[: 2 * len(own)].reshape(-1, 2)
    halves[:, 0] = numbers
    np.right_shift(numbers, 63, out=halves[:, 1])
    return pa.Array.from_buffers(pa.decimal128(38, 6), len(own), [valid, pa.py_buffer(halves)])


def decoded(coded: ScoreTables, model: Model) -> ScoreTables:
    """Coded tables as a batch gives them."""
    frames: dict[str, Any] = {field.name: getattr(coded, field.name) for field in fields(ScoreTables)}
    there = {name: frame for name, frame in frames.items() if frame is not None}
    return ScoreTables(**{name: decoded_frame(frame, exact_of(name, model)) for name, frame in there.items()})


def decoded_frame(frame: pl.DataFrame, exact: Iterable[str]) -> pl.DataFrame:
    """A coded table as a batch gives it; one that is so already stays as it is."""
    import polars as pl

    amounts = [name for name in exact if frame.schema.get(name) == pl.Int64]
    names = [_text(column) for column in frame if isinstance(column.dtype, pl.Enum)]
    moments = [_moments(column) for column in frame if isinstance(column.dtype, pl.Datetime) and column.null_count()]
    return in_points(frame, amounts).with_columns(*names, *moments)


def _text(column: pl.Series) -> pl.Series:
    """Much faster than Polars casts it."""
    import polars as pl

    names = column.dtype.categories  # type: ignore[attr-defined]
    number = column.to_physical().cast(pl.UInt32).fill_null(len(names))
    return pl.Series(column.name, [*names, None], dtype=pl.String)[number]


def _moments(column: pl.Series) -> pl.Series:
    """The same with zero under its nulls: Polars looks at some of these when it computes with times."""
    there = column.is_not_null()
    return column.to_physical().fill_null(0).cast(column.dtype).set(~there, None)


def exact_frame(schema: dict[str, Any]) -> pl.DataFrame:
    """A table without rows, amounts in points."""
    import polars as pl

    return in_points(pl.DataFrame(schema=schema), [n for n in ("nominal", "effective") if n in schema])


def exact_of(table: str, model: Model) -> list[str]:
    """The columns of a table (as `ScoreTables` has it) that hold exact amounts."""
    found = {"ledger": ["nominal", "effective"], "rules": ["effective"]}
    return exact_columns(model) if table == "scores" else found.get(table, [])


def exact_columns(model: Model) -> list[str]:
    """The columns of the table of scores that hold exact amounts."""
    return [f"{name}_{part}" for name, score in model.scores.items() for part in _exact_parts(score)]


def _exact_parts(score: Score) -> tuple[str, ...]:
    """A combined score has no parts of its own."""
    return ("total",) if score.combine else ("activity", "profile", "total")


def scores_schema(model: Model, next_due: bool = False, as_of: bool = False) -> dict[str, Any]:
    """The columns of the table of scores: for a score `fit` they are `fit` (its reading), `fit_band`, and so on.

    `as_of` adds the instant of each row, where leads are scored as of different ones.
    Exact amounts are collected as integer micropoints and turned into points by `in_points`.
    """
    import polars as pl

    instant, exact = pl.Datetime("us", "UTC"), pl.Int64
    columns: dict[str, Any] = {"lead_id": pl.String}
    if as_of:
        columns["as_of"] = instant
    columns["scored"] = pl.Boolean
    for name, score in model.scores.items():
        columns[name] = pl.Float64
        columns |= {f"{name}_{part}": exact for part in _exact_parts(score)}
        if score.bands:
            columns |= {f"{name}_band": pl.String, f"{name}_since": instant}
        columns |= {f"{name}_peak": pl.Float64, f"{name}_last_increase": instant}
    for name in model.labels:
        columns[f"label_{name}"] = pl.String
    columns["gates"] = pl.List(pl.String)
    return columns | {"next_due": instant} if next_due else columns


def scores_row(model: Model, result: Result, next_due: bool = False) -> dict[str, object]:
    """One lead's row. A score without a value, or a lead outside the audience, has nulls.

    `next_due` looks ahead and costs more than all the rest.
    """
    row: dict[str, object] = {"lead_id": result.lead_id, "scored": result.scored}
    for name, score in model.scores.items():
        outcome = result.scores.get(name)
        if outcome is None or not outcome.has_value:
            continue
        _put_cells(row, score, outcome)
    for name in model.labels:
        row[f"label_{name}"] = _label(result.labels.get(name))
    row["gates"] = [gate.name for gate in result.gates]
    if next_due:
        row["next_due"] = result.next_due
    return row


def _put_cells(row: dict[str, object], score: Score, outcome: ScoreResult) -> None:
    name, peak = score.name, outcome.peak  # with which the rest comes
    row[name] = outcome.reading / 1e6
    if not score.combine:
        row[name + "_activity"], row[name + "_profile"] = outcome.activity, outcome.profile
    row[name + "_total"] = outcome.total
    if score.bands:
        row[name + "_band"], row[name + "_since"] = outcome.band, outcome.band_since
    row[name + "_peak"], row[name + "_last_increase"] = peak / 1e6, outcome.last_increase


def _label(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value + 0.0 if isinstance(value, float) else value)  # nobody is to see a negative zero


def ledger_schema() -> dict[str, Any]:
    """The columns of the ledger table."""
    import polars as pl

    return {
        "lead_id": pl.String,
        "score": pl.String,
        "at": pl.Datetime("us", "UTC"),
        "kind": pl.String,
        "rule": pl.String,
        "event_type": pl.String,
        "event_id": pl.String,
        "nominal": pl.Int64,
        "effective": pl.Int64,
        "reason": pl.String,
    }


def ledger_rows(result: Result) -> Iterable[tuple[object, ...]]:
    """A lead's ledger entries, score by score, in time order."""
    for name, outcome in result.scores.items():
        for entry in outcome.ledger:
            event = None if entry.event is None else result.events[entry.event]
            yield (
                result.lead_id,
                name,
                entry.at,
                entry.kind,
                entry.rule,
                None if event is None else event.type,
                None if event is None else event.id,
                entry.nominal,
                entry.effective,
                entry.reason,
            )


def transitions_schema() -> dict[str, Any]:
    """The columns of the table of band changes."""
    import polars as pl

    text = pl.String
    return {
        "lead_id": text,
        "score": text,
        "at": pl.Datetime("us", "UTC"),
        "before": text,
        "after": text,
        "cause": text,
    }


def transition_rows(result: Result, after: int | None = None) -> Iterable[tuple[object, ...]]:
    """A lead's band changes, in time order; those after an instant where one is given."""
    for change in result.transitions:
        if after is None or change.at > after:
            yield (result.lead_id, change.score, change.at, change.before, change.after, change.cause)


def rules_schema() -> dict[str, Any]:
    """The columns of the table of rules: how each rule and penalty did for each lead (see `RuleOutcome`)."""
    import polars as pl

    text, count = pl.String, pl.Int64
    return {
        "lead_id": text,
        "score": text,
        "rule": text,
        "kind": text,
        "outcome": text,
        "fired": count,
        "not_fired": count,
        "unknown": count,
        "effective": pl.Int64,
    }


def tallies_schema(model: Model) -> dict[str, Any]:
    """The columns of the table of tallies; values that are no text, number, truth or time are text."""
    import polars as pl

    kinds: dict[str, Any] = {"string": pl.String, "number": pl.Float64, "boolean": pl.Boolean, "date": pl.Date}
    found: dict[str, Any] = {"lead_id": pl.String}
    for name, tally in model.tallies.items():
        counts = tally.of is None or tally.measure in ("count", "sum", "distinct")
        kind = "number" if counts or tally.of is None else str(plain(tally.of.type))
        found[name] = kinds.get(kind, pl.Datetime("us", "UTC") if kind == "date and time" else pl.String)
    return found


def tallies_row(model: Model, result: Result) -> dict[str, object]:
    """A lead's tallies at its as-of time; nulls outside the audience."""
    if not result.scored:
        return {"lead_id": result.lead_id}
    plain_kinds = (str, float, bool, type(None))
    values = {name: from_feel(value) for name, value in result.tallies.items()}
    return {"lead_id": result.lead_id} | {
        name: value if isinstance(value, (*plain_kinds, date)) else str(result.tallies[name])
        for name, value in values.items()
    }


def snapshots_schema(model: Model) -> dict[str, Any]:
    """The columns of the table of snapshots: a reading and a band per score."""
    import polars as pl

    columns: dict[str, Any] = {"lead_id": pl.String, "as_of": pl.Datetime("us", "UTC")}
    for name, score in model.scores.items():
        columns[name] = pl.Float64
        if score.bands:
            columns[f"{name}_band"] = pl.String
    return columns


def snapshots_row(model: Model, result: Result) -> dict[str, object]:
    """One lead at one instant."""
    row: dict[str, object] = {"lead_id": result.lead_id, "as_of": result.as_of}
    for name, score in result.scores.items():
        if score.has_value:
            row[name] = score.reading / 1e6
            if model.scores[name].bands:
                row[f"{name}_band"] = score.band
    return row


def outcomes_schema() -> dict[str, Any]:
    """The columns of the table of outcomes: how each rule did among all scored leads."""

    return {name: kind for name, kind in rules_schema().items() if name not in ("lead_id", "outcome", "effective")}


def summed_outcomes(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The outcomes of parts of the leads as those of all."""
    import polars as pl

    none = pl.DataFrame(schema=outcomes_schema())
    summed: pl.DataFrame = pl.concat([none, *parts]).group_by("score", "rule", "kind", maintain_order=True).sum()
    return summed


def rules_rows(result: Result) -> Iterable[tuple[object, ...]]:
    """A lead's rules and penalties, score by score, in file order."""
    for name, outcome in result.scores.items():
        for rule in outcome.rules:
            yield (
                result.lead_id,
                name,
                rule.rule,
                rule.kind,
                rule.outcome,
                rule.fired,
                rule.not_fired,
                rule.unknown,
                rule.effective,
            )
