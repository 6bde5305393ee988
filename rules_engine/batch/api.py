"""Tables of a host scored without files: `score_batch(engine, leads, events, accounts, as_of=…)`.

Takes anything that exports Arrow (`__arrow_c_stream__`: Polars, pyarrow, DuckDB relations, pandas 2.2 and later, ADBC
readers); gives Polars frames, which export Arrow too. Read as data files are, with the same checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from rules_engine.batch.given import SPAN, frame_of
from rules_engine.batch.problem_lines import told
from rules_engine.batch.score import Batch, is_large, newest_event
from rules_engine.batch.sources import read_data
from rules_engine.batch.sources.mapping import AccountTable, Column, EventTable, LeadTable, Mapping, Table
from rules_engine.batch.sources.problems import Counts
from rules_engine.batch.tables import ScoreTables, Wanted
from rules_engine.engine import Engine, Moment
from rules_engine.matching.history import read_instant
from rules_engine.model.extensions import Reader, Source
from rules_engine.model.types import Model
from rules_engine.records import dataclass

_NEEDED: Final = {"leads": ("lead_id",), "events": ("lead_id", "type", "at"), "accounts": ("account_id",)}


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The tables of a batch, what was wrong with the data in lines for people and as counts, and the as-of time in
    microseconds UTC."""

    tables: ScoreTables
    as_of: int
    problems: tuple[str, ...]
    counts: Counts

    @property
    def scores(self) -> pl.DataFrame:
        return self.tables.scores


def score_batch(
    engine: Engine,
    leads: Any,
    events: Any,
    accounts: Any = None,
    *,
    as_of: Moment | None = None,
    ledger: bool = False,
    transitions: bool = False,
    rules: bool = False,
    tallies: bool = False,
    snapshots: Sequence[Moment] = (),
    strict: bool = False,
) -> BatchResult:
    """Scores all leads of a table.

    `leads` has `lead_id`, maybe `account_id`, and a column per declared field; `events` has `lead_id`, `type`, `at`,
    maybe `id`, and a column per attribute (null where a type has none); `accounts` has `account_id` and fields. For
    types that declare an attribute `id` the column is that, as in an event of `Engine.score`. Other columns are not
    looked at. Without `as_of` it is the instant of the newest event. Events of leads that are not in `leads` are left
    out and counted; `strict` raises instead.

    Raises `DataError` for a table without the columns that it needs, or with one that cannot be read, `BatchError`
    where there is neither an as-of time nor an event, `TypeError` for what exports no Arrow, and what scoring raises.
    """
    named = {"leads": leads, "events": events} | ({} if accounts is None else {"accounts": accounts})
    looked_at = _looked_at(engine.model)
    given = {name: frame_of(name, table, _NEEDED[name], looked_at[name]) for name, table in named.items()}
    mapping, instant = mapping_of_frames(given), None
    if as_of is not None:
        instant = read_instant(as_of, engine.zone, "call", "as_of")
    looks = sorted(read_instant(moment, engine.zone, "call", "snapshots") for moment in snapshots)
    if is_large(given["leads"].height, given["events"].height):
        from rules_engine.batch.stream.whole import score_whole  # late: small data needs no compiler

        wanted = Wanted(ledger, transitions, rules, tallies, snapshots=tuple(looks))
        whole = score_whole(engine, mapping, given["events"].height, instant, wanted, strict=strict)
        data, tables, instant = whole.data, whole.tables, whole.as_of
    else:
        data = read_data(mapping, engine.model, strict=strict)
        instant = newest_event(data, engine.model.events) if instant is None else instant
        batch = Batch(engine, data, instant, newest=as_of is None)
        tables = batch.run(ledger=ledger, transitions=transitions, rules=rules, tallies=tallies, snapshots=looks)
    return BatchResult(tables, instant, told(data, engine.model), data.counts)


def _looked_at(model: Model) -> dict[str, set[str]]:
    """The columns of each table that are read where they are there."""
    attributes = {name for event in model.events.values() for name in event.attributes}
    return {
        "leads": {"account_id", *model.lead_fields},
        "events": {"id", *attributes},
        "accounts": set(model.account_fields),
    }


def mapping_of_frames(given: dict[str, pl.DataFrame]) -> Mapping:
    """A mapping that reads these frames as if each were a file: `leads`, `events` and maybe `accounts`."""

    def open_table(uri: str, _: Path) -> Source:
        frame = given[uri.removeprefix("table://")]
        return Source(tuple(frame.columns), lambda wanted: frame.select(wanted))

    readers = {"table": Reader("table", open_table)}

    def table(name: str) -> Table:
        return Table(label=name, files=(f"table://{name}",), span=SPAN, plain=Column((), SPAN), readers=readers)

    def optional(frame: str, name: str) -> Column | None:
        return _column(name) if name in given[frame].columns else None

    leads = LeadTable(
        table("leads"), _column("lead_id"), optional("leads", "account_id"), None, duplicates="reject", fields={}
    )
    events = EventTable(
        table=table("events"),
        lead=_column("lead_id"),
        at=_column("at"),
        type=_column("type"),
        id=optional("events", "id"),
        attributes={},
        attributes_of={},
        unknown_leads="reject",
        flat=True,
    )
    people: Iterable[AccountTable] = ()
    if "accounts" in given:
        people = (AccountTable(table("accounts"), _column("account_id"), None, duplicates="reject", fields={}),)
    return Mapping("tables", Path(), None, (leads,), tuple(people), (events,), ())


def _column(name: str) -> Column:
    return Column((name,), SPAN)
