"""Many leads scored with their states: those that rest together, those with few events in columns (see `past`), and
only the others one by one.

A lead *rests* if no event has come, no field is another, and nothing in its walk changes by itself up to the as-of
time (see `result.resting`). Its row of the file of states stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.bucket import Bucket
from rules_engine.batch.columns.fields import Fields
from rules_engine.batch.columns.of_data import rows_of
from rules_engine.batch.columns.run import score_data
from rules_engine.batch.columns.score import ColumnScorer, RestingLeads, Scored
from rules_engine.batch.fold.accounts import Members, roll_up_columns
from rules_engine.batch.fold.accounts import joined as joined_members
from rules_engine.batch.series import series_of
from rules_engine.batch.sources.data import Data
from rules_engine.batch.state.advancing import PAST_CHANGED, Advanced, Asked, Stretch
from rules_engine.batch.state.file import States, tally_column
from rules_engine.batch.state.kept import Rests, rests_of, stands_of, values_of
from rules_engine.batch.state.parts import joined_tables, only
from rules_engine.batch.state.past import Pasts, rows_of_leads
from rules_engine.batch.tables import ScoreTables
from rules_engine.engine import Engine
from rules_engine.model.types import Model
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR

if TYPE_CHECKING:
    from rules_engine.batch.account_table import Members as MembersByAccount

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Alone: TypeAlias = Callable[[Stretch], Advanced]  # brings leads forward one by one


@dataclass(frozen=True, slots=True)
class Together:
    """What came of all leads: tables, what came of those that were brought forward alone, the rows of the earlier file
    of states that stay as they are, by id, and of which leads the events are kept."""

    tables: ScoreTables
    alone: Advanced
    staying: pl.Series
    short: Booleans


@dataclass(frozen=True, slots=True)
class Leads:
    """The leads of a run: their fields (`lead.*`, `account.*`) with a hash of each row, and which of them have events
    that no earlier run counted."""

    fields: pl.DataFrame
    hashes: pl.Series
    active: Booleans


def leads_of_run(engine: Engine, data: Data, asked: Asked) -> Leads:
    """Looks at fields and at new events."""
    height = data.leads.height
    fields = Fields(engine.model, data).at(data.leads, np.full(height, asked.as_of))
    active = np.zeros(height, dtype=np.bool_)
    for frame in data.by_type.values():
        at = frame["at"].to_numpy()
        new = at <= asked.as_of
        if not asked.parts and asked.last is not None:
            new &= at > asked.last
        active[frame["lead_row"].to_numpy()[new]] = True
    return Leads(fields, _hashes(fields, height), active)


def _hashes(fields: pl.DataFrame, height: int) -> pl.Series:
    if not fields.width:
        return pl.Series("fields", np.zeros(height, np.uint64))
    names = [name for name, kind in fields.schema.items() if isinstance(kind, (pl.Categorical, pl.Enum))]
    return fields.with_columns(pl.col(names).cast(pl.String)).hash_rows().alias("fields")


def stretch_from(states: States, changed: frozenset[str], lead_ids: pl.Series, asked: Asked, data: Data) -> Stretch:
    """Leads that go on from their states, but for those of whom the past is another now; the data has all events of
    those that have none."""
    known = {name: state for name, state in states.states_of(lead_ids).items() if name not in changed}
    whole = frozenset(states.table.filter(pl.col("rests").is_null())["lead_id"].to_list())
    return Stretch(asked, data, known, changed, whole)


def stretch_from_nothing(asked: Asked, data: Data) -> Stretch:
    """Leads of whom nothing is known."""
    return Stretch(asked, data, {}, frozenset(), frozenset())


def first_together(
    engine: Engine, data: Data, asked: Asked, pasts: Pasts, alone: Alone, advance: Callable[[int], None]
) -> Together:
    """A run that goes on from nothing: scored in columns; then states are made of the leads that have many events."""
    rows = np.arange(data.leads.height)
    tables = score_data(engine, data, rows, np.full(len(rows), asked.as_of), asked.wanted, advance)
    short = pasts.short
    stretch = stretch_from_nothing(replace(asked, tables=False, accounts=False), data)
    advanced = alone(only(stretch, data.leads["lead_id"].filter(series_of(~short)).to_list()))
    return Together(tables, advanced, pl.Series(dtype=pl.String), short)


def next_together(
    engine: Engine,
    data: Data,
    asked: Asked,
    leads: Leads,
    pasts: Pasts,
    states: States,
    changed: frozenset[str],
    same_hashes: bool,
    alone: Alone,
    advance: Callable[[int], None],
) -> Together:
    """A run that goes on from states."""
    scorer, ids = ColumnScorer(engine.prepared), data.leads["lead_id"]
    old = _Old(engine, data, asked, leads, pasts, states, changed, scorer.tallies_read, same_hashes=same_hashes)
    rest = ids.filter(series_of(old.alone))
    stretch = stretch_from(states, changed, rest, asked, pasts.added(old.alone & ~pasts.stated))
    advanced = alone(only(stretch, rest.to_list()))
    tables, members = [advanced.tables], _Members(scorer, leads.fields)
    if asked.accounts:
        members.add_alone(np.flatnonzero(old.alone), ids, advanced.members)

    def add(rows: Integers, scored: Scored) -> None:
        found = scored.tables
        if asked.last is not None:
            last = pl.lit(asked.last).cast(found.transitions.schema["at"])
            found = replace(found, transitions=found.transitions.filter(pl.col("at") > last))
        tables.append(found)
        members.add(rows, scored.members)
        advance(len(rows))

    for rows, events in pasts.parts(pasts.short):
        own = {name: rows_of(frame, frame["lead_row"].to_numpy()) for name, frame in events.items()}
        bucket = Bucket(leads.fields[rows], own, np.full(len(rows), asked.as_of))
        add(rows, scorer.score(bucket, ids.gather(rows), asked.wanted))
    for rows, resting in old.resting_parts():
        wanted = asked.wanted
        add(rows, scorer.look(resting, ids.gather(rows), transitions=wanted.transitions, tallies=wanted.tallies))
    whole = joined_tables(tables, ids)
    if asked.accounts:
        whole = replace(whole, accounts=members.rolled_up(engine, data))
    anew = dict.fromkeys(ids.filter(series_of(pasts.short & old.changed)).to_list(), PAST_CHANGED)
    advanced = replace(advanced, anew=advanced.anew | anew)
    return Together(whole, advanced, ids.filter(series_of(old.resting)), pasts.short)


class _Old:
    """The leads of a run that have more than a few events: which rest, and which are to be looked at alone; and of
    which leads the past is another now (`changed`)."""

    def __init__(
        self,
        engine: Engine,
        data: Data,
        asked: Asked,
        leads: Leads,
        pasts: Pasts,
        states: States,
        changed: frozenset[str],
        read: frozenset[str],
        *,
        same_hashes: bool,
    ) -> None:
        self._engine, self._asked, self._leads, self._states = engine, asked, leads, states
        ids, table = data.leads["lead_id"], states.table
        self._row = rows_of_leads(states, data)
        self.changed = ids.is_in(pl.Series(list(changed), dtype=pl.String).implode()).to_numpy()
        own = np.flatnonzero(table["rests"].is_not_null().to_numpy() & (self._row >= 0))
        rows = self._row[own]
        self.resting = np.zeros(len(ids), dtype=np.bool_)
        if same_hashes and not (asked.wanted.rules or asked.wanted.outcomes):
            rests = rests_of(engine.model, table["rests"].gather(own))
            same = table["fields"].to_numpy()[own] == leads.hashes.to_numpy()[rows]
            stays = ~(leads.active | self.changed)[rows]
            self.resting[rows] = stays & same & (self._until(rests, read) > asked.as_of)
        self.alone = ~(pasts.short | self.resting)

    def _until(self, rests: Rests, read: frozenset[str]) -> Integers:
        """The first instant at which something may change that is asked for."""
        model = self._engine.model
        needed = [n for n, name in enumerate(model.tallies) if name in read or self._asked.wanted.tallies]
        tallies: Integers = rests.tallies_until[:, needed].min(axis=1, initial=FAR)
        return np.minimum(rests.until, tallies)

    def resting_parts(self) -> Iterator[tuple[Integers, RestingLeads]]:
        """The leads that rest, with their rows, some at a time."""
        model, done = self._engine.model, 0
        for part in self._states.parts(("stand", "rests", *map(tally_column, model.tallies))):
            rows = self._row[done : done + part.height]
            done += part.height
            own = np.flatnonzero((rows >= 0) & self.resting[rows])
            if len(own):
                rows = rows[own]
                yield rows, resting_leads(model, self._leads.fields[rows], part[own], self._asked.as_of)


def resting_leads(model: Model, fields: pl.DataFrame, kept: pl.DataFrame, as_of: int) -> RestingLeads:
    """Leads that rest, by their fields and by their rows of the file of states."""
    rests = rests_of(model, kept["rests"])
    counting = {name: n for n, (name, tally) in enumerate(model.tallies.items()) if tally.stage is None}
    return RestingLeads(
        leads=fields,
        as_of=np.full(kept.height, as_of),
        stands=stands_of(kept["stand"]),
        gates=rests.gates,
        tallies={name: partial(values_of, kept[tally_column(name)]) for name in model.tallies},
        first={name: rests.first[:, n] for name, n in counting.items()},
        last={name: rests.last[:, n] for name, n in counting.items()},
    )


class _Members:
    """What leads add to account scores, gathered until all leads are scored."""

    def __init__(self, scorer: ColumnScorer, fields: pl.DataFrame) -> None:
        self._scorer, self._fields = scorer, fields
        self._rows: list[Integers] = []
        self._parts: list[tuple[Members, ...]] = []

    def add(self, rows: Integers, members: tuple[Members, ...]) -> None:
        """Leads that were scored in columns."""
        self._rows.append(rows)
        self._parts.append(members)

    def add_alone(self, rows: Integers, ids: pl.Series, members: MembersByAccount) -> None:
        """Leads that were scored one by one; who belongs to no account is not among the members."""
        names = list(self._scorer.prepared.model.scores)
        place = {lead_id: n for n, lead_id in enumerate(ids.gather(rows).to_list())}
        reading = np.zeros((len(rows), len(names)), np.int64)
        has_value = np.zeros((len(rows), len(names)), np.bool_)
        for some in members.values():
            for _, member in some:
                for s, name in enumerate(names):
                    if member.lead_id is not None and (found := member.scores.get(name)) is not None:
                        reading[place[member.lead_id], s] = found.reading
                        has_value[place[member.lead_id], s] = found.has_value
        self.add(rows, self._scorer.members(self._fields[rows], reading, has_value))

    def rolled_up(self, engine: Engine, data: Data) -> pl.DataFrame:
        """The table of accounts."""
        chosen = data.leads[np.concatenate(self._rows)]
        return roll_up_columns(
            engine.model,
            data.accounts["account_id"],
            chosen["lead_id"],
            chosen["account_id"],
            joined_members(self._parts),
            engine.extensions.rollups,
        ).frame
