"""Fields that know the outcome. A model that reads one looks good in a backtest and cannot work in life.

Declared: `known_after_outcome` in data.yaml. Suspected: one field, or the number of events of one type, that orders
won and lost cases better than a single fact plausibly can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from rules_engine.analysis.backtest.intervals import quick_auc
from rules_engine.analysis.backtest.scored import Scored, lead_numbers
from rules_engine.analysis.backtest.types import Estimate, Leak
from rules_engine.batch.score import Batch
from rules_engine.batch.sources import reads
from rules_engine.batch.sources.mapping import Column, Mapping, Table
from rules_engine.matching.calendar import to_datetime
from rules_engine.model.types import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUSPICIOUS = 0.8  # an area under the curve that whole models rarely reach
FOLDS = 5
PARTS = 20  # parts into which numbers are cut
FREQUENT = 50  # texts that are a part of their own; rarer ones go together


def leaks(batch: Batch, scored: Scored, mapping: Mapping, seed: int, min_count: int) -> tuple[Leak, ...]:
    """Declared leaks that the model reads, then suspicions, strongest first.

    With fewer than `min_count` won or lost cases nothing is suspected: there any fact may look strong.
    """
    areas = _areas(batch, scored, seed)
    declared = [
        Leak(leak.name, True, areas.get(leak.name), leak.read_by, leak.place)
        for leak in declared_leaks(mapping, scored.model)
    ]
    won = int(scored.decided["won"].sum())
    if min(won, scored.decided.height - won) < min_count:
        return tuple(declared)
    known = {leak.name for leak in declared}
    suspected = [
        Leak(name, False, area, _read_by(scored.model, name))
        for name, area in areas.items()
        if area.value >= SUSPICIOUS and name not in known
    ]
    return (*declared, *sorted(suspected, key=lambda leak: (-(leak.auc.value if leak.auc else 0.0), leak.name)))


def declared_leaks(mapping: Mapping, model: Model) -> Iterator[Leak]:
    """Fields and attributes that the model reads from a column declared `known_after_outcome`."""
    read = reads.paths(model)
    for kind, tables, fields in (
        ("lead", mapping.leads, model.lead_fields),
        ("account", mapping.accounts, model.account_fields),
    ):
        for people in tables:
            late = _late(people.table)
            for name in fields:
                column = _column_of(people.fields.get(name), name, people.table)
                if (kind, name) in read and column in late:
                    yield Leak(f"{kind}.{name}", True, None, readers(model, (kind, name)), str(late[column].span))
    for events in mapping.events:
        late = _late(events.table)
        attributes = dict.fromkeys(name for event in model.events.values() for name in event.attributes)
        own = {name: column for group in events.attributes_of.values() for name, column in group.items()}
        for name in attributes:
            column = _column_of(own.get(name) or events.attributes.get(name), name, events.table)
            if ("event", name) in read and column in late:
                yield Leak(f"event.{name}", True, None, readers(model, ("event", name)), str(late[column].span))


def _late(table: Table) -> dict[str, Column]:
    return {column.names[0]: column for column in table.known_after_outcome}


def _column_of(column: Column | None, name: str, table: Table) -> str | None:
    if column is None:
        return name if table.match_names else None
    late = _late(table)
    return next((each for each in column.names if each in late), column.names[0] if column.names else None)


def readers(model: Model, path: tuple[str, str]) -> tuple[str, ...]:
    """What of the model reads a field: "fit.job", "gate competitor", "audience"."""
    found = []
    for score in model.scores.values():
        for rule in (*score.event_rules, *score.standing_rules, *score.penalties):
            if path in reads.paths(rule):
                found.append(f"{score.name}.{rule.name}")
        if path in reads.paths(score.needs):
            found.append(f"{score.name}.needs")
    for kind, parts in (("gate", model.gates), ("label", model.labels), ("tally", model.tallies)):
        found += [f"{kind} {name}" for name, part in parts.items() if path in reads.paths(part)]
    if path in reads.paths(model.audience):
        found.append("audience")
    return tuple(dict.fromkeys(found))


# --- suspicion ------------------------------------------------------------------------------------------------------


def _read_by(model: Model, name: str) -> tuple[str, ...]:
    kind, _, rest = name.partition(".")
    if kind in ("lead", "account"):
        return readers(model, (kind, rest))
    found = []
    for score in model.scores.values():
        triggers = [(rule.name, rule.events) for rule in score.event_rules]
        triggers += [(penalty.name, penalty.events) for penalty in score.penalties]
        found += [f"{score.name}.{name}" for name, events in triggers if events is None or rest in events]
    return tuple(found)


def _areas(batch: Batch, scored: Scored, seed: int) -> dict[str, Estimate]:
    """How well each thing that the model reads tells won from lost alone, on cases it was not fitted to."""
    decided = scored.decided
    won, leads = decided["won"].to_numpy(), lead_numbers(decided)
    found = {}
    for name, values in _facts(batch, scored.model, decided):
        area = quick_auc(_shares(values, won, seed), won, leads)
        if area is not None:
            found[name] = area
    return found


def _facts(batch: Batch, model: Model, decided: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    read = reads.paths(model)
    fields = _fields(batch, decided)
    for kind, declared in (("lead", model.lead_fields), ("account", model.account_fields)):
        for name in declared:
            if (kind, name) in read and f"{kind}.{name}" in fields.columns:
                yield f"{kind}.{name}", fields[f"{kind}.{name}"]
    rows = decided.join(
        batch.data.leads.select("lead_id", pl.int_range(pl.len(), dtype=pl.UInt32).alias("lead_row")),
        on="lead_id", how="left", maintain_order="left",
    )  # fmt: skip
    for name, events in batch.data.by_type.items():
        if events.height:
            met = rows.join(events.select("lead_row", "at"), on="lead_row", how="inner")
            counts = met.filter(pl.col("at") <= pl.col("moment")).group_by("case").len()
            joined = rows.select("case").join(counts, on="case", how="left", maintain_order="left")
            yield f"event.{name}", joined["len"].fill_null(0).cast(pl.Float64)


def _fields(batch: Batch, decided: pl.DataFrame) -> pl.DataFrame:
    """Lead and account fields of each case, as of its moment where a history is given."""
    data = batch.data
    if data.lead_history is None and data.account_history is None:
        leads = data.leads.rename(lambda name: name if name in ("lead_id", "account_id") else f"lead.{name}")
        accounts = data.accounts.rename(lambda name: name if name == "account_id" else f"account.{name}")
        joined = decided.select("lead_id").join(leads, on="lead_id", how="left", maintain_order="left")
        return joined.join(accounts, on="account_id", how="left", maintain_order="left")
    rows = []
    for lead_id, moment in decided.select("lead_id", "moment").iter_rows():
        lead, account, _ = data.history(lead_id, to_datetime(moment, batch.engine.zone))
        rows.append(
            {f"lead.{name}": value for name, value in lead.items() if name != "id"}
            | {f"account.{name}": value for name, value in (account or {}).items() if name != "id"}
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _shares(values: pl.Series, won: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """For each case the share of won among the cases of other folds with a value like its own; missing is a value."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    parts = _parted(values)
    count = int(parts.max()) + 1
    shares = np.zeros(len(won))
    smallest = min(int(won.sum()), int((~won).sum()))
    if smallest < 2:
        return shares
    folds = StratifiedKFold(min(FOLDS, smallest), shuffle=True, random_state=seed)
    for fitted, judged in folds.split(parts.reshape(-1, 1), won):
        hits = np.bincount(parts[fitted], weights=won[fitted], minlength=count)
        cases = np.bincount(parts[fitted], minlength=count)
        prior = won[fitted].mean()
        shares[judged] = ((hits + prior) / (cases + 1))[parts[judged]]
    return shares


def _parted(values: pl.Series) -> NDArray[np.int64]:
    """Each value's part: stretches of numbers and times with about as many cases, the most frequent texts, missing."""
    import numpy as np

    kind = values.dtype
    if kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean:
        numbers = values.to_physical().cast(pl.Float64).to_numpy()
        missing = np.isnan(numbers)
        given = numbers[~missing]
        edges = np.unique(np.quantile(given, np.arange(1, PARTS) / PARTS)) if len(given) else given
        return np.where(missing, len(edges) + 1, np.searchsorted(edges, numbers, side="left")).astype(np.int64)
    texts = values.cast(pl.List(pl.String)).list.join(";") if kind == pl.List else values.cast(pl.String)
    frequent = texts.drop_nulls().value_counts(sort=True).head(FREQUENT)[texts.name].to_list()
    places = {text: place for place, text in enumerate(frequent, 2)}
    return np.array([0 if text is None else places.get(text, 1) for text in texts.to_list()], dtype=np.int64)
