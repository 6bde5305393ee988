"""Reads what a mapping names, events piece by piece into a store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from rules_engine.batch.sources import files
from rules_engine.batch.sources.check_model import after_reading
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.events import empty_events, event_parts, loaded_attributes
from rules_engine.batch.sources.mapping import Mapping, scheme_of
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.read import people_of, with_added
from rules_engine.batch.sources.rejects import RejectsFile
from rules_engine.batch.stream.store import EventStore, bytes_of, sweep
from rules_engine.model.types import Model

BUCKET = 500_000  # events in a range of leads, about
SHARE = 0.9  # of the memory that leads leave, what waiting events may take
LEADS_SHARE = 0.25  # of the memory allowed that leads may take before their fields wait in files
IDS = ("lead_id", "account_id")


@dataclass(frozen=True)
class Stream:
    """Leads and accounts as `Data` without events, and the events in a store, sometimes with the fields of leads."""

    data: Data
    store: EventStore

    @property
    def leads(self) -> int:
        return self.data.leads.height

    def leads_of(self, number: int, first: int, size: int) -> pl.DataFrame:
        """The leads of a range with their fields."""
        own = self.data.leads.slice(first, size).rechunk()
        fields = self.store.leads(number)
        return own if fields is None else pl.concat([own, fields], how="horizontal")  # leads of events only have none


def expected_events(mapping: Mapping) -> int:
    """How many rows the event tables have, about: exactly where files tell, else by their size."""
    total = 0
    for table in mapping.events:
        local = replace(table.table, files=tuple(f for f in table.table.files if scheme_of(f) is None))
        for path in files.find(local, mapping.folder) if local.files else ():
            if files.kind(table.table, path) == "parquet":
                try:
                    total += pq.read_metadata(path).num_rows
                except (OSError, ValueError):  # the reader tells what is wrong with it
                    continue
            else:
                packed = path.suffix == ".gz"
                total += path.stat().st_size // (12 if packed else 80)
    return total


@contextmanager
def open_stream(
    mapping: Mapping,
    model: Model,
    *,
    strict: bool,
    rejects: Path | None,
    memory: int,
    advance: Callable[[int], None],
) -> Iterator[Stream]:
    """Reads everything; raises `DataError` as `read_data` does, and `SpillError`. `advance` is told of events read."""
    folder = Path(tempfile.gettempdir())
    sweep(folder)
    timezone = mapping.timezone or model.timezone
    with RejectsFile(rejects) as out:
        log = Log(strict, out)
        people = people_of(mapping, model, timezone, log, lean=True)
        declared = loaded_attributes(mapping.events, model)
        expected = max(expected_events(mapping), 1)
        per_bucket = max(people.leads.current.height * BUCKET // expected, 1)
        taken = bytes_of(people.leads.current)
        aside = people.leads.history is None and taken > memory * LEADS_SHARE
        left = memory if aside else max(memory - taken, memory // 10)
        with EventStore(
            {n: empty_events(d) for n, d in declared.items()}, per_bucket, int(left * SHARE), folder
        ) as store:
            if aside:
                store.put_leads_aside(people.leads.current.drop(*IDS))
                people = replace(people, leads=replace(people.leads, current=people.leads.current.select(IDS)))
            parts = event_parts(mapping.events, declared, people.known, mapping.folder, timezone, log, in_pieces=True)
            for name, frame in parts:
                store.add(name, frame)
                advance(frame.height)
            store.finish()
            data = Data(
                leads=with_added(people.leads.current, people.known),
                accounts=people.accounts.current,
                by_type={},
                outcomes=people.no_outcomes,
                counts=log.counts,
                lead_history=people.leads.history,
                account_history=people.accounts.history,
                findings=(
                    *mapping.findings,
                    *people.findings,
                    *log.findings,
                    *after_reading(mapping, model, log, store.met),
                ),
            )
            yield Stream(data, store)
