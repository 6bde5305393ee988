"""Reads what a mapping names, events piece by piece into a store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from rules_engine.batch.sources import files
from rules_engine.batch.sources.check_model import after_reading
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.events import begun, declared_attributes, empty_events, event_parts, event_sources
from rules_engine.batch.sources.mapping import Mapping, scheme_of
from rules_engine.batch.sources.people import joined
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.read import people_of, with_added
from rules_engine.batch.sources.rejects import RejectsFile
from rules_engine.batch.stream.files import sweep
from rules_engine.batch.stream.store import EventStore, bytes_of
from rules_engine.model.types import Model

BUCKET = 350_000  # events in a range of leads, about, at most
ADDED = 10_000  # leads in a range, at least, where leads are met that no table has: nobody knows how many
SHARE = 0.9  # of the memory that leads leave, what waiting events may take
LEADS_SHARE = 0.25  # of the memory allowed that leads may take before they wait in files


@dataclass(frozen=True)
class Stream:
    """Leads and accounts as `Data` without events, and the events in a store.

    Of very many leads the first `aside` are in the store as well, and `data` has only those that came with events.
    Their columns of categories in `data`, even if no lead is there, keep the texts of the codes that wait.
    """

    data: Data
    store: EventStore
    aside: int

    @property
    def leads(self) -> int:
        return self.aside + self.data.leads.height

    def leads_of(self, number: int, first: int, size: int) -> pl.DataFrame:
        """The leads of a range."""
        waiting = self.store.leads(number)
        if waiting is None:
            return self.data.leads.slice(first - self.aside, size).rechunk()
        more = self.data.leads.head(size - waiting.height)
        return joined([waiting, more]).rechunk() if more.height else waiting

    def column(self, name: str) -> pl.Series:
        """A column of all leads."""
        return pl.concat([*self.store.column_put_aside(name), self.data.leads[name]])


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
                packed = path.suffix.lower() in files.PACKED
                total += path.stat().st_size // (12 if packed else 80)
    return total


def _leads_in_range(leads: int, events: int, threads: int, *, grows: bool) -> int:
    """How many leads a range has, so that all threads have as many ranges to score. `grows`: events add leads."""
    ranges = threads * max(ceil(events / (BUCKET * threads)), 1)
    return max(ceil(leads / ranges), ADDED if grows else 1)


@contextmanager
def open_stream(
    mapping: Mapping,
    model: Model,
    *,
    strict: bool,
    rejects: Path | None,
    expected: int,
    memory: int,
    threads: int,
    until: int | None,
    advance: Callable[[int], None],
) -> Iterator[Stream]:
    """Reads everything; raises `DataError` as `read_data` does, and `SpillError`. `advance` is told of events read.

    About so many events are `expected`; `memory` is for leads and events that wait; `threads` will score.
    Events later than `until` may be left out.
    """
    folder = Path(tempfile.gettempdir())
    sweep(folder)
    timezone = mapping.timezone or model.timezone
    declared = declared_attributes(model)
    sources = event_sources(
        mapping.events, declared, mapping.folder, in_pieces=True, until=until, has_leads=bool(mapping.leads)
    )
    with RejectsFile(rejects) as out, begun(mapping.events, sources, mapping.folder) as sources:
        log = Log(strict, out)
        people = people_of(mapping, model, timezone, log, lean=True)
        leads = people.leads.current
        grows = any(map(people.known.takes, mapping.events))
        per_bucket = _leads_in_range(leads.height, expected, threads, grows=grows)
        taken = bytes_of(leads)
        aside = leads.height if people.leads.history is None and taken > memory * LEADS_SHARE else 0
        left = max(memory - (0 if aside else taken), memory // 10)
        with EventStore(
            {n: empty_events(d) for n, d in declared.items()}, per_bucket, int(left * SHARE), folder
        ) as store:
            if aside:
                store.put_leads_aside(leads)
                leads = leads.clear()
                people = replace(people, leads=replace(people.leads, current=leads))
            parts = event_parts(
                mapping.events,
                sources,
                declared,
                people.known,
                timezone,
                log,
                range_of_leads=per_bucket,
                texts=store.texts,
            )
            for name, frame in parts:
                store.add(name, frame)
                advance(frame.height)
            store.finish()
            data = Data(
                leads=with_added(leads, people.known),
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
            del people, parts  # the ids of leads are needed no more
            yield Stream(data, store, aside)
