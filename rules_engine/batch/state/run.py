"""A run that goes on from the states of the last one (`rules score --state DIR`).

New event files alone are read where that is enough. Leads with few events are scored from these, which are kept (see
`past`), and each other lead is brought forward by live scoring. Where a lead's past changed, or came late, that lead
alone is scored anew from its history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from rules_engine.batch.account_table import AccountTable
from rules_engine.batch.job import Done, Job, Output, Watch, outputs_of
from rules_engine.batch.places import check_places
from rules_engine.batch.population import Population
from rules_engine.batch.problem_lines import no_newest_event
from rules_engine.batch.score import Batch, BatchError, check_moment
from rules_engine.batch.series import series_of
from rules_engine.batch.sinks import write_table
from rules_engine.batch.sources import Mapping as DataMapping
from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.batch.sources.data import Data, Record
from rules_engine.batch.sources.events import UNKNOWN
from rules_engine.batch.state.advancing import Advanced, Asked, Stretch, at_of
from rules_engine.batch.state.events import (
    HASHING,
    EventFiles,
    event_files,
    mapping_digest,
    newest_of,
    sums_of_events,
    with_files,
)
from rules_engine.batch.state.file import Basis, StateError, States, StateWriter, is_of_past, read_states
from rules_engine.batch.state.kept import frame_of
from rules_engine.batch.state.past import Pasts
from rules_engine.batch.state.processes import bring_all_forward
from rules_engine.batch.state.together import (
    Leads,
    Together,
    first_together,
    leads_of_run,
    next_together,
    stretch_from,
    stretch_from_nothing,
)
from rules_engine.batch.tables import Wanted
from rules_engine.engine import Engine
from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.matching.history import read_instant
from rules_engine.model.types import Model

MANY = 2_000  # leads from which those that rest are read off together sooner than one by one


def run_with_state(
    job: Job,
    folder: Path,
    aside: Path,
    outputs: tuple[Output, ...],
    watch: Watch,
    *,
    rebuild: bool,
    rank: Callable[[Model], str],
    top: int,
) -> Done:
    """Scores and writes, and writes the new states to `aside`, which the caller renames when all outputs are in place.

    `rebuild` takes no notice of earlier states. Raises `StateError`, `ModelError`, `DataError`, `BatchError`.
    """
    if job.as_of is not None:
        check_moment(job.as_of)
    mapping = load_mapping(job.data)
    check_places(job.places, job.model, job.data, mapping)
    states = None if rebuild else read_states(folder)
    moment = job.as_of if job.as_of is not None or states is None else format_instant(states.basis.newest)
    engine = Engine.load(job.model, as_of=moment if job.model.is_dir() else None, version=job.version)
    if states is not None:
        _check_model(states, engine, folder)
    digest = mapping_digest(mapping, job.data)
    reading = _Reading(job, mapping, engine, states, digest)
    data, as_of = reading.data, reading.as_of
    if job.as_of is None and job.version is None and job.model.is_dir():
        then = Engine.load(job.model, as_of=format_instant(as_of))
        if then.model.hash != engine.model.hash:  # the new events reach into the time of another version
            job = replace(job, version=then.model.version)
            return run_with_state(job, folder, aside, outputs, watch, rebuild=rebuild, rank=rank, top=top)
    by = rank(engine.model)
    outputs = outputs_of(engine.model, job, outputs)
    batch = Batch(engine, data, as_of, newest=job.as_of is None)
    # enough for compiled code to pay; the next run has few events, and its work is in the leads
    large = batch.in_columns(batch.lead_count) or (reading.states is not None and batch.lead_count >= MANY)
    if large:
        engine = Engine(engine.model, using=engine.extensions, compiled=True)
    names_of_outputs = {output.table for output in outputs}
    names = names_of_outputs & {one.name for one in fields(Wanted)}
    wanted = Wanted(**{"outcomes": False} | dict.fromkeys(names, True))  # type: ignore[arg-type]
    watch.scoring(0, batch.lead_count)
    asked = Asked(
        as_of,
        reading.last,
        parts=reading.parts,
        nobodys=reading.parts and reading.states is not None and reading.states.basis.nobodys,
        wanted=wanted,
        next_due=job.next_due,
        accounts="accounts" in names_of_outputs,
    )

    def told(more: int) -> None:
        watch.scoring(more, batch.lead_count)

    def alone(stretch: Stretch) -> Advanced:
        return bring_all_forward(job.model, engine, stretch, reading.whole_history, told)

    leads, states = leads_of_run(engine, data, asked), reading.states
    pasts = Pasts(data, asked, states)
    if not large or job.next_due:
        found = _one_by_one(engine, data, asked, reading, pasts, alone, keeps_events=large)
    elif states is None:
        found = first_together(engine, data, asked, pasts, alone, lambda _: None)
    else:
        found = next_together(
            engine, data, asked, leads, pasts, states, reading.changed, reading.same_hashes, alone, told
        )
    tables = found.tables
    for output in outputs:
        shown = job.places.get(output.table, output.path)
        write_table(output.of(tables), output.path, output.ending, shown=shown)
    _write(aside, reading, engine, found, leads, pasts)
    population = batch.summary(tables, by=by, top=top)
    return Done(engine, _with_rebuilt(population, found.alone.anew.values()), batch.rejected_rows)


def _one_by_one(
    engine: Engine,
    data: Data,
    asked: Asked,
    reading: _Reading,
    pasts: Pasts,
    alone: Callable[[Stretch], Advanced],
    *,
    keeps_events: bool,
) -> Together:
    """All leads alone: where there is little to do, or where much is asked of each. `keeps_events`: of leads that have
    no state, and few events, these are kept."""
    if reading.states is None:
        stretch = stretch_from_nothing(asked, data)
    else:
        whole = pasts.added(~pasts.stated)
        stretch = stretch_from(reading.states, reading.changed, data.leads["lead_id"], asked, whole)
    advanced = alone(stretch)
    tables = advanced.tables
    if asked.accounts:
        accounts = AccountTable(engine, data, asked.as_of)
        accounts.members |= advanced.members
        tables = replace(tables, accounts=accounts.frame())
    short = pasts.short & np.bool_(keeps_events)
    for lead_id in data.leads["lead_id"].filter(series_of(short)):
        del advanced.kept[lead_id]
    return Together(tables, advanced, pl.Series(dtype=pl.String), short)


def _check_model(states: States, engine: Engine, folder: Path) -> None:
    basis, model = states.basis, engine.model
    if basis.model_hash != engine.prepared.state_hash:
        what = f"{basis.model} v{basis.version}"
        if (basis.model, basis.version) == (model.name, model.version):
            what += " as it was before the file changed, or a plugin that it calls"
        raise StateError(
            f"the state in {folder} is of {what}, and this run has {model.name} v{model.version}. Its numbers "
            "cannot go on from there: add --rebuild-state to score the whole history with it, or name another folder."
        )


class _Reading:
    """What is read for a run: data with the events that are needed, and the whole history if it comes to that."""

    def __init__(self, job: Job, mapping: DataMapping, engine: Engine, states: States | None, digest: str) -> None:
        self.job, self.mapping, self.engine, self.states, self.digest = job, mapping, engine, states, digest
        self.files: EventFiles = event_files(mapping, states.basis.files if states else {})
        basis = states.basis if states else None
        # only the events of new files, or all of them to be compared with what was there
        self.parts = basis is not None and self.files.whole and digest == basis.mapping
        if basis is not None and not self.parts and self.files.gone:
            raise StateError(
                f"{_some(self.files.gone)} went into the state and cannot be found any more, while other event files "
                f"or {job.data} changed: which leads that touches cannot be told. Bring the files back, or add "
                "--rebuild-state to start anew with the files that are there."
            )
        chosen = with_files(mapping, self.files.new) if self.parts else mapping
        found = read_data(chosen, engine.model, strict=job.strict, rejects=job.rejects)
        if self.parts:
            found = replace(found, findings=mapping.findings)  # that a type has no events says nothing about a part
        self.last = None if basis is None else basis.as_of
        self.read_newest = newest_of(found)
        self.as_of = self._moment(basis, found)
        self.lost = 0
        self.own_rows = self._leads_with_rows(found)
        self.data = self._with_kept_leads(found)
        self.nobodys = _unknown(found)
        self.same_hashes = basis is not None and basis.hashing == HASHING
        self.changed = self._changed()

    def _moment(self, basis: Basis | None, found: Data) -> int:
        known = [at for at in (self.read_newest, basis.newest if basis else None) if at is not None]
        if self.job.as_of is not None:
            as_of = read_instant(self.job.as_of, self.engine.zone, "call", "as_of")
        elif known:
            as_of = max(known)
        else:
            raise BatchError(no_newest_event(found.counts, self.engine.model.events))
        if basis is not None and as_of < basis.as_of:
            raise StateError(
                f"the state is of {format_instant(basis.as_of)}, later than {format_instant(as_of)}; give a later "
                "--as-of, or run without --state to look back."
            )
        return as_of

    def _leads_with_rows(self, found: Data) -> set[str]:
        return set() if not self.mapping.leads else set(self._table_ids(found))

    def _table_ids(self, found: Data) -> list[str]:
        """Leads of the lead table; those that come with events only stand after them and have no fields at all."""
        if all(table.unknown_leads == "reject" for table in self.mapping.events):
            return found.leads["lead_id"].to_list()
        nothing = with_files(self.mapping, frozenset())
        return read_data(nothing, self.engine.model).leads["lead_id"].to_list()

    def _with_kept_leads(self, found: Data) -> Data:
        """Adds the leads that earlier events brought and that have no row of their own."""
        if self.states is None:
            return found
        here = found.leads["lead_id"]
        gone = self.states.table.filter(~pl.col("lead_id").is_in(here.implode()))
        self.lost = int(gone["own_row"].sum())
        more = gone.filter(~pl.col("own_row")).select("lead_id")
        return replace(found, leads=pl.concat([found.leads, more], how="diagonal")) if more.height else found

    def _changed(self) -> frozenset[str]:
        """The leads whose past is another now."""
        if self.states is None or self.parts:
            return frozenset()
        table = self.states.table
        if not self.same_hashes:  # no telling what changed
            return frozenset(table.filter(pl.col("rests").is_not_null())["lead_id"].to_list())
        sums = self.with_ids(sums_of_events(self.data, self.states.basis.as_of))
        both = table.select("lead_id", "events", "digest").join(sums, on="lead_id", how="left", suffix="_now")
        differs = (pl.col("events") != pl.col("events_now").fill_null(0)) | (
            pl.col("digest") != pl.col("digest_now").fill_null(0)
        )
        return frozenset(both.filter(differs)["lead_id"].to_list())

    def with_ids(self, sums: pl.DataFrame, data: Data | None = None) -> pl.DataFrame:
        ids = (data or self.data).leads["lead_id"]
        return sums.with_columns(ids.gather(sums["row"]).alias("lead_id")).drop("row")

    @cached_property
    def history(self) -> Data:
        """All events there are. Raises `StateError` where files are gone that went into the state."""
        if not self.parts:
            return self.data
        if self.files.gone:
            raise StateError(
                "some leads must be scored anew from their history (late events, changed fields, or new leads that may "
                f"have a past), and {_some(self.files.gone)} cannot be found any more. Bring the files back, or add "
                "--rebuild-state to start anew with the files that are there."
            )
        return read_data(self.mapping, self.engine.model, strict=self.job.strict)

    def whole_history(self, lead_id: str) -> list[Record]:
        """All events of a lead up to the as-of time."""
        try:
            events = self.history.history(lead_id, to_datetime(self.as_of, self.engine.zone))[2]
        except KeyError:
            return []
        return [event for event in events if at_of(event) <= self.as_of]


def _write(aside: Path, reading: _Reading, engine: Engine, found: Together, leads: Leads, pasts: Pasts) -> None:
    """The new file of states: rows of leads that stay as they are, then those of states, then those of events."""
    own_row = pl.col("lead_id").is_in(pl.Series(list(reading.own_rows), dtype=pl.String).implode()).alias("own_row")
    hashes = pl.DataFrame({"lead_id": reading.data.leads["lead_id"], "fields": leads.hashes})
    writer = StateWriter(aside, _basis(reading, engine), engine.model)
    if reading.states is not None and len(found.staying):
        stays = pl.col("lead_id").is_in(found.staying.implode())
        for part in reading.states.parts([name for name in writer.schema if not is_of_past(name)]):
            writer.write(part.filter(stays).with_columns(own_row))
    told = hashes.join(_sums(reading, found.alone.anew), on="lead_id", how="left")
    told = told.with_columns(own_row, pl.col("events", "digest").fill_null(0))
    for rows in (frame_of(engine.model, found.alone.kept), *pasts.rows_to_keep(found.short)):
        writer.write(rows.join(told, on="lead_id", how="left", maintain_order="left"))
    writer.close()


def _sums(reading: _Reading, anew: Mapping[str, str]) -> pl.DataFrame:
    """How many events of each lead went in, and the sum of their hashes."""
    sums = reading.with_ids(sums_of_events(reading.data, reading.as_of)).select("events", "digest", "lead_id")
    if not reading.parts or reading.states is None:
        return sums
    # the digests of wrap-around sums add up
    sums = pl.concat([reading.states.table.select("events", "digest", "lead_id"), sums])
    sums = sums.group_by("lead_id").agg(pl.col("events").sum(), pl.col("digest").sum())
    known = set(reading.states.table["lead_id"].to_list())
    past = [name for name in anew if name not in known]
    if not past:
        return sums
    own = reading.with_ids(sums_of_events(reading.history, reading.as_of), reading.history)
    past_ids = pl.Series(past).implode()
    return pl.concat(
        [
            sums.filter(~pl.col("lead_id").is_in(past_ids)).select("events", "digest", "lead_id"),
            own.filter(pl.col("lead_id").is_in(past_ids)).select("events", "digest", "lead_id"),
        ]
    )


def _basis(reading: _Reading, engine: Engine) -> Basis:
    before = reading.states.basis if reading.states else None
    newest = [at for at in (reading.read_newest, before.newest if before else None) if at is not None]
    later = reading.read_newest is not None and reading.read_newest > reading.as_of
    read = reading.files.new if reading.parts else frozenset(reading.files.now)
    files = dict(before.files) if before is not None and reading.parts else {}
    files |= {name: replace(reading.files.now[name], later=later) for name in read}
    return Basis(
        model=engine.model.name,
        version=engine.model.version,
        model_hash=engine.prepared.state_hash,
        mapping=reading.digest,
        as_of=reading.as_of,
        newest=max(newest, default=reading.as_of),
        nobodys=reading.nobodys or reading.lost > 0 or (before is not None and reading.parts and before.nobodys),
        hashing=HASHING,
        files=files,
    )


def _with_rebuilt(population: Population, reasons: Iterable[str]) -> Population:
    """Says how many leads were scored from their history, and why."""
    lines = [
        f"{count:,} lead{'s' if count != 1 else ''} scored anew from the whole history: {why}"
        for why, count in sorted(Counter(reasons).items())
    ]
    return replace(population, problems=(*population.problems, *lines))


def _unknown(data: Data) -> bool:
    return any(reason == UNKNOWN for _, reason in data.counts.rejected)


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
