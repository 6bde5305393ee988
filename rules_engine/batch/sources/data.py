"""What reading gives: typed frames of leads, accounts, events and outcomes, and one lead's history as plain data.

Takes the frames of the readers, gives `Data`. Events are held in one frame per type, because rules are found by event
type and each type has attributes of its own; each frame is sorted by lead and time, so that a lead is a slice of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise, repeat
from typing import Any, Literal, TypeAlias

import numpy as np
import polars as pl

from rules_engine.batch.sources.people import VALID_FROM
from rules_engine.batch.sources.problems import Counts
from rules_engine.diagnostics.diagnostic import Diagnostic

Record: TypeAlias = dict[str, object]
History: TypeAlias = tuple[Record, Record | None, list[Record]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 5_000  # leads turned into plain data at a time


@dataclass(frozen=True)
class Data:
    """Typed data for one model.

    `leads`: lead_id, account_id and the declared fields as of now; one row per lead, in the order of the lead table.
    `accounts`: account_id and fields. `outcomes`: lead_id, outcome, at (Int64 microseconds UTC), value.
    `by_type`: per declared event type a frame of `lead_row` (row of `leads`), `at`, `id` (the event's identity) and
    one column `.name` per attribute, sorted by lead_row, at, id. `lead_history`, `account_history`: all rows with
    `valid_from`, sorted by id and time, or None. `findings`: warnings about mapping and data. `problems_of_lead`: what
    of the data of one lead, and of its account, was not used, if it was asked for.
    """

    leads: pl.DataFrame
    accounts: pl.DataFrame
    by_type: Mapping[str, pl.DataFrame]
    outcomes: pl.DataFrame
    counts: Counts
    lead_history: pl.DataFrame | None = None
    account_history: pl.DataFrame | None = None
    findings: tuple[Diagnostic, ...] = ()
    problems_of_lead: tuple[str, ...] = ()

    @property
    def fields(self) -> Literal["as_of", "current"]:
        """Whether fields are those of the as-of time (a history is given) or the current ones."""
        return "as_of" if self.lead_history is not None else "current"

    def events_of(self, event_type: str) -> pl.DataFrame:
        """The events of one declared type; KeyError for another name."""
        return self.by_type[event_type]

    @cached_property
    def events(self) -> pl.DataFrame:
        """All events in one wide frame by lead and time: lead_id, type, at, id, columns such as `page_view.path`."""
        ids = self.leads["lead_id"]
        parts = [
            frame.select(
                "lead_row",
                ids.gather(frame["lead_row"]).alias("lead_id"),
                pl.lit(name).alias("type"),
                "at",
                "id",
                *(pl.col(c).alias(name + c) for c in frame.columns if c.startswith(".")),
            )
            for name, frame in self.by_type.items()
        ]
        if not parts:
            return pl.DataFrame(schema={"lead_id": pl.String, "type": pl.String, "at": pl.Int64, "id": pl.String})
        wide = pl.concat(parts, how="diagonal")
        return wide.sort(["lead_row", "at", "type", "id"], nulls_last=False, maintain_order=True).drop("lead_row")

    @property
    def event_count(self) -> int:
        return sum(frame.height for frame in self.by_type.values())

    def history(self, lead_id: str, as_of: datetime | None = None) -> History:
        """Fields, account fields (or None) and events of one lead, in the form the engine takes.

        An event is `{"type", "at", "attributes"}` and "id" where it has one; `at` is microseconds UTC. What is missing
        has no key. With a history of fields, those valid at `as_of` (None: the latest). Events are all there are; the
        engine leaves out those after its as-of time. KeyError for an unknown lead.
        """
        row = self._rows[lead_id]
        lead = self.leads.slice(row, 1)
        if self.lead_history is not None and as_of is not None:
            past = _as_of(self.lead_history, "lead_id", lead_id, as_of)
            lead = past if past is not None else lead.select("lead_id", *(pl.lit(None, pl.String).alias("account_id"),))
        (_, record, account_id), *_ = _leads(lead)
        account: Record | None = None
        if account_id is not None:
            account = self.account_records.get(account_id)
            if self.account_history is not None and as_of is not None:
                found = _as_of(self.account_history, "account_id", account_id, as_of)
                account = None if found is None else next(iter(_accounts(found).values()))
        (events,) = self._events(row, row + 1)
        return record, account, events

    def leads_iter(self, as_of: datetime | None = None) -> Iterator[tuple[str, Record, Record | None, list[Record]]]:
        """(lead_id, fields, account fields, events) of every lead, in the order of `leads`; as `history` gives them."""
        leads, accounts = self.leads, self.account_records
        if as_of is not None and self.lead_history is not None:
            leads = _all_as_of(self.lead_history, leads, "lead_id", as_of)
        if as_of is not None and self.account_history is not None:
            accounts = _accounts(_all_as_of(self.account_history, None, "account_id", as_of))
        for start in range(0, leads.height, _CHUNK):
            chunk = leads.slice(start, _CHUNK)
            events = self._events(start, start + chunk.height)
            for (lead_id, record, account_id), history in zip(_leads(chunk), events, strict=True):
                account = accounts.get(account_id) if account_id is not None else None
                yield lead_id, record, account, history

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {lead_id: row for row, lead_id in enumerate(self.leads["lead_id"].to_list())}

    @cached_property
    def account_records(self) -> dict[str, Record]:
        """The fields of each account as they are now, by its id; what is missing has no key."""
        return _accounts(self.accounts)

    @cached_property
    def _order(self) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The place of each event of each type among all events by lead, time and type, and where each lead begins.

        One sort for all leads; a lead's events are then a slice. Exact ties are put in order by the engine.
        """
        names = sorted(self.by_type)
        rows = [self.by_type[name]["lead_row"].to_numpy() for name in names]
        ats = [self.by_type[name]["at"].to_numpy() for name in names]
        kinds = [np.full(len(part), kind, dtype=np.uint16) for kind, part in enumerate(rows)]
        if not names:
            return {}, np.zeros(self.leads.height + 1, dtype=np.int64)
        all_rows = np.concatenate(rows)
        order = np.lexsort((np.concatenate(kinds), np.concatenate(ats), all_rows))
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.arange(len(order))
        ends = np.cumsum([len(part) for part in rows])
        starts = np.zeros(self.leads.height + 1, dtype=np.int64)
        np.cumsum(np.bincount(all_rows, minlength=self.leads.height), out=starts[1:])
        return dict(zip(names, np.split(places, ends[:-1]), strict=True)), starts

    def _events(self, start: int, end: int) -> list[list[Record]]:
        """The events of the leads in rows [start, end), each lead's by time and type."""
        places, starts = self._order
        first = int(starts[start])
        found: list[Record] = [{}] * (int(starts[end]) - first)
        for name, frame in self.by_type.items():
            rows = frame["lead_row"]
            low, high = int(rows.search_sorted(start, "left")), int(rows.search_sorted(end, "left"))
            if low < high:
                _fill(found, name, frame.slice(low, high - low), (places[name][low:high] - first).tolist())
        bounds = (starts[start : end + 1] - first).tolist()
        return [found[a:b] for a, b in pairwise(bounds)]


def _fill(found: list[Record], name: str, part: pl.DataFrame, places: list[int]) -> None:
    """Puts the events of one type into their places."""
    names = [column[1:] for column in part.columns if column.startswith(".")]
    columns = [part["." + attribute] for attribute in names]
    cells: Iterator[tuple[object, ...]] = zip(*(c.to_list() for c in columns), strict=True)
    if not names:
        cells = repeat((), part.height)
    gaps = any(column.null_count() for column in columns)
    for place, at, event_id, values in zip(places, part["at"].to_list(), part["id"].to_list(), cells, strict=True):
        attributes = dict(zip(names, values, strict=True))
        if gaps:
            attributes = {key: value for key, value in attributes.items() if value is not None}
        if event_id is None:
            found[place] = {"type": name, "at": at, "attributes": attributes}
        else:
            found[place] = {"type": name, "at": at, "id": event_id, "attributes": attributes}


def _leads(frame: pl.DataFrame) -> Iterator[tuple[str, Record, str | None]]:
    names = [name for name in frame.columns if name not in ("lead_id", "account_id", VALID_FROM)]
    for lead_id, account_id, *values in frame.select("lead_id", "account_id", *names).iter_rows():
        yield lead_id, _record(lead_id, names, values), account_id


def _accounts(frame: pl.DataFrame) -> dict[str, Record]:
    names = [name for name in frame.columns if name not in ("account_id", VALID_FROM)]
    return {
        account_id: _record(account_id, names, values)
        for account_id, *values in frame.select("account_id", *names).iter_rows()
    }


def _record(identity: str, names: list[str], values: list[Any]) -> Record:
    """What is known, and the identity as `id`; where the model declares a field of that name, `id` is that field."""
    known = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    return known if "id" in names else {"id": identity, **known}


def _as_of(history: pl.DataFrame, key: str, value: str, as_of: datetime) -> pl.DataFrame | None:
    """The row of `value` valid at `as_of`; None before its first."""
    moment = _micros(as_of)
    ids = history[key]
    first, last = ids.search_sorted(value, "left"), ids.search_sorted(value, "right")
    rows = history.slice(int(first), int(last - first))
    rows = rows.filter(rows[VALID_FROM].is_null() | (rows[VALID_FROM] <= moment))
    return rows.tail(1) if rows.height else None


def _all_as_of(history: pl.DataFrame, current: pl.DataFrame | None, key: str, as_of: datetime) -> pl.DataFrame:
    """Each id's row valid at `as_of`. With `current`, in its order, and without values where there is no such row."""
    rows = history.filter(history[VALID_FROM].is_null() | (history[VALID_FROM] <= _micros(as_of)))
    rows = rows.unique(key, keep="last", maintain_order=True)
    return rows if current is None else current.select(key).join(rows, on=key, how="left", maintain_order="left")


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
