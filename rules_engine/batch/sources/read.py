"""Reads everything a mapping names, as a table of contents: accounts, leads, events, outcomes, then put together."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import people, reads
from rules_engine.batch.sources.check_model import after_reading, against_model
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.events import KnownLeads, read_events
from rules_engine.batch.sources.lookups import read_lookups
from rules_engine.batch.sources.mapping import Mapping
from rules_engine.batch.sources.outcomes import SCHEMA, read_outcomes
from rules_engine.batch.sources.people import read_people
from rules_engine.batch.sources.problems import Log
from rules_engine.batch.sources.rejects import RejectsFile
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.types import Field, Model
from rules_engine.records import dataclass

AT_ONCE = 2_500_000  # leads whose accounts are looked up together: each time costs time by the accounts, and memory


@dataclass(frozen=True, slots=True)
class People:
    """What a mapping says of leads and accounts, by which its events and outcomes are read."""

    leads: people.People
    accounts: people.People
    known: KnownLeads
    findings: tuple[Diagnostic, ...]
    no_outcomes: pl.DataFrame


def people_of(mapping: Mapping, model: Model, timezone: str, log: Log, *, lean: bool = False) -> People:
    """Reads accounts, lookups and leads. Raises `DataError` where mapping and model do not fit.

    `lean`: large files come in several parts, texts may be categories, and fields that no expression of the model reads
    are looked at and not kept.
    """
    findings = against_model(mapping, model)
    if any(finding.is_error for finding in findings):
        raise DataError(*findings)
    read = reads.paths(model)

    def kept(root: str, declared: AbstractMapping[str, Field]) -> AbstractSet[str] | None:
        named = reads.names(read, root)
        return None if not lean else frozenset(declared) if named is None else named

    accounts = read_people(
        mapping.accounts,
        "account",
        model.account_fields,
        mapping.folder,
        timezone,
        log,
        kept=kept("account", model.account_fields),
    )
    lookups = read_lookups(mapping.lookups, mapping.folder, log)
    leads = read_people(
        mapping.leads,
        "lead",
        model.lead_fields,
        mapping.folder,
        timezone,
        log,
        lookups,
        kept=kept("lead", model.lead_fields),
    )
    _unknown_accounts(leads.current, accounts.current, mapping, log)
    known = KnownLeads(
        leads.current["lead_id"],
        numbers=leads.numbers,
        table=bool(mapping.leads),
        needs_fields=any(field.required for field in model.lead_fields.values()),
        lookups=lookups,
    )
    leads = replace(leads, numbers=None)  # they have done their work, and may be many
    return People(leads, accounts, known, tuple(findings), pl.DataFrame(schema=SCHEMA))


def read_data(
    mapping: Mapping, model: Model, *, strict: bool = False, rejects: Path | None = None, of_lead: str | None = None
) -> Data:
    """The data that `mapping` names, in the types that `model` declares.

    Rows that cannot be used are counted and written to `rejects` (CSV, or JSON lines by its name); values that do not
    fit are counted and null. `strict` raises `DataError` at the first of either. A file or column that is missing
    raises in any case, and so do names that the model does not declare. `of_lead`: what of this lead's data is not used
    is told row by row.
    """
    timezone = mapping.timezone or model.timezone
    with RejectsFile(rejects) as out:
        log = Log(strict, out, of_lead)
        found = people_of(mapping, model, timezone, log)
        if log.watch is not None:
            log.watch.row_of = lambda lead_id: found.known.rows(pl.Series([lead_id]))[0]
        events = read_events(mapping.events, model, found.known, mapping.folder, timezone, log)
        all_leads = with_added(found.leads.current, found.known)
        outcomes = read_outcomes(mapping.outcomes, found.known, mapping.folder, timezone, log)
    met = {name for name, frame in events.items() if frame.height}
    return Data(
        leads=all_leads,
        accounts=found.accounts.current,
        by_type=sorted_events(events),
        outcomes=outcomes,
        counts=log.counts,
        lead_history=found.leads.history,
        account_history=found.accounts.history,
        findings=(
            *mapping.findings,
            *found.findings,
            *log.findings,
            *after_reading(mapping, model, log, met),
        ),
        problems_of_lead=() if log.watch is None else log.watch.lines(_account_of(all_leads, log.watch.lead_id)),
    )


def _account_of(leads: pl.DataFrame, lead_id: str) -> str | None:
    found = leads.filter(leads["lead_id"] == lead_id)["account_id"]
    return found[0] if len(found) else None


def _unknown_accounts(leads: pl.DataFrame, accounts: pl.DataFrame, mapping: Mapping, log: Log) -> None:
    """Counts leads that name an account which the account table does not have."""
    if not mapping.accounts:
        return
    known, what = accounts["account_id"].implode(), ("lead.account", "no such account")
    for part in leads["account_id"].to_frame().iter_slices(AT_ONCE):
        named = part.to_series().drop_nulls()
        unknown = named.filter(~named.is_in(known))
        if len(unknown):
            log.counts.missing[what] += len(unknown)
            log.counts.first.setdefault(what, f'"{unknown[0]}"')


def with_added(leads: pl.DataFrame, known: KnownLeads) -> pl.DataFrame:
    """Leads met in events only come after those of the table, without fields."""
    if not known.added:
        return leads
    added = pl.DataFrame({"lead_id": known.added}, schema={"lead_id": pl.String})
    return pl.concat([leads, added], how="diagonal")


def sorted_events(events: AbstractMapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Each type's frame by lead, time and id (missing first)."""
    order = ["lead_row", "at", "id"]
    return {name: frame.sort(order, nulls_last=False, maintain_order=True) for name, frame in events.items()}
