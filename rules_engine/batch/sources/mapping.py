"""A `data.yaml` as typed, frozen values: which files hold leads, accounts, events and outcomes, and in which columns.

Takes nothing, gives classes; `load.py` makes them from YAML, the readers use them. Settings of a table (decimal sign,
missing markers, zone) are already copied into each of its columns.
"""

from __future__ import annotations

import re
from collections import abc
from dataclasses import field
from pathlib import Path
from typing import Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model.extensions import Reader
from rules_engine.records import dataclass

_URI = re.compile(r"([a-z][a-z0-9+.-]+)://")

Scalar: TypeAlias = str | float | bool
TRUE = ("true", "yes", "y", "t", "1")  # texts read as true, in any case
FALSE = ("false", "no", "n", "f", "0")
Format: TypeAlias = Literal["csv", "jsonl", "json", "parquet"]


def scheme_of(file: str) -> str | None:
    """The scheme of `sqlite:///crm.db`, which a plugin reads; None for the name of a file."""
    found = _URI.match(file)
    return None if found is None else found[1]


@dataclass(frozen=True, slots=True)
class Column:
    """`{column: closed, format: "%d-%m-%Y"}`: where a value lies and how to read it.

    `names`: the first of these columns that has a value in the row; () for a constant. A name with dots that is no
    column is a path into nested data. `formats` () reads ISO 8601. `values` replaces texts; None makes them missing.
    `timezone` None is the model's.
    """

    names: tuple[str, ...]
    span: Span
    constant: Scalar | None = None
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    decimal: str = "."
    thousands: str = ""
    split: str | None = None
    values: tuple[tuple[str, Scalar | None], ...] = ()
    missing: frozenset[str] = frozenset()
    lookup: str | None = None  # an entry of `lookups:` whose ids take the place of the texts


@dataclass(frozen=True, slots=True)
class RowNumber:
    """`id: {generate: row_number, prefix: bank-}`: the ids bank-1, bank-2, ... in file order."""

    prefix: str
    span: Span


@dataclass(frozen=True, slots=True)
class Filter:
    """`where: {status: [won, lost]}`: only rows whose column holds one of the texts. All filters must hold."""

    column: Column
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Table:
    """Files of one layout. `label` is the block's name in messages ("events 2").

    `columns` names the columns of a file without a header. `json` columns hold JSON text. `explode` is the path of a
    list whose items become rows of their own; paths that begin with it read the item.
    """

    label: str
    files: tuple[str, ...]
    span: Span
    format: Format | None = None
    delimiter: str | None = None
    quote: str | None = '"'
    encoding: str = "utf-8"
    header: bool = True
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    records: str | None = None
    json: tuple[str, ...] = ()
    explode: str | None = None
    where: tuple[Filter, ...] = ()
    match_names: bool = True
    plain: Column | None = None  # the table's settings, for columns found by name
    known_after_outcome: tuple[Column, ...] = ()  # one per name; a model that reads one knows the outcome beforehand
    readers: abc.Mapping[str, Reader] = field(default_factory=dict, compare=False)  # the plugins', by scheme

    @property
    def scheme(self) -> str | None:
        """The scheme of the first source that a plugin reads; None where all are files."""
        return next((scheme for file in self.files if (scheme := scheme_of(file)) is not None), None)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One entry of `lookups:`: ids for other texts, such as the contacts of a deal.

    `several`: a key with several values makes a row for each, or takes the last. `unknown`: rows whose text is no key.
    """

    name: str
    table: Table
    key: Column
    value: Column
    several: Literal["each", "last"] = "each"
    unknown: Literal["reject", "keep"] = "reject"


@dataclass(frozen=True, slots=True)
class LeadTable:
    """`leads:`. With `valid_from` a lead may have several rows, each the whole set of its fields from then on."""

    table: Table
    id: Column | RowNumber
    account: Column | None
    valid_from: Column | None
    duplicates: Literal["reject", "first", "last"]
    fields: abc.Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class AccountTable:
    """`accounts:`"""

    table: Table
    id: Column
    valid_from: Column | None
    duplicates: Literal["reject", "first", "last"]
    fields: abc.Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class EventTable:
    """One entry of `events:`. `attributes` are for every type that declares them, `attributes_of` for one type.

    With `flat`, the column `id` is the attribute of the types that declare one called so, and their events have no
    identity, as in the flat records of one lead.
    """

    table: Table
    lead: Column
    at: Column
    type: Column
    id: Column | None
    attributes: abc.Mapping[str, Column]
    attributes_of: abc.Mapping[str, abc.Mapping[str, Column]]
    unknown_leads: Literal["reject", "add"]
    flat: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """One entry of `outcomes:`. `outcome` gives the outcome's name; rows without one are left out.

    `repeats`: a lead can have these outcomes again and again (orders), so an earlier one decides nothing.
    """

    table: Table
    lead: Column | RowNumber
    outcome: Column
    at: Column | None
    value: Column | None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole `data.yaml`. File names are relative to `folder`. `findings` are its warnings and hints."""

    file: str
    folder: Path
    timezone: str | None
    leads: tuple[LeadTable, ...]
    accounts: tuple[AccountTable, ...]
    events: tuple[EventTable, ...]
    outcomes: tuple[OutcomeTable, ...]
    findings: tuple[Diagnostic, ...] = ()
    lookups: tuple[Lookup, ...] = ()
