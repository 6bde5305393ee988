"""A `data.yaml` -> `Mapping`: read, composed, checked for shape, turned into typed values with their places.

Takes a path, gives a `Mapping`; raises `DataError` with all findings when the file has mistakes.
"""

from __future__ import annotations

import codecs
from collections import abc
from dataclasses import replace
from pathlib import Path

from rules_engine.batch.sources import messages as say
from rules_engine.batch.sources import shape
from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.load_columns import Settings, column, columns, identity, settings_of, texts
from rules_engine.batch.sources.mapping import (
    FALSE,
    TRUE,
    AccountTable,
    Column,
    EventTable,
    Filter,
    LeadTable,
    Lookup,
    Mapping,
    OutcomeTable,
    RowNumber,
    Table,
    scheme_of,
)  # fmt: skip
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.model import yaml_compose, yaml_read
from rules_engine.model.extensions import Extensions, Reader
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode
from rules_engine.plugins import installed
from rules_engine.records import dataclass

# Settings that say how a file is laid out.
_OF_FILES = (
    "format", "delimiter", "quote", "encoding", "header", "columns", "skip_lines", "records", "explode"
)  # fmt: skip


def load_mapping(path: Path | str, *, folder: Path | str | None = None, using: Extensions | None = None) -> Mapping:
    """The mapping file at `path`. Its file names are relative to `folder`, by default its own folder.

    Sources such as `sqlite://...` are read by the readers in `using`, by default those of the installed plugins.
    """
    readers = (installed() if using is None else using).readers
    path = Path(path)
    read = yaml_read.read_file(path, str(path))
    findings = list(read.findings)
    root: Node | None = None
    if read.source is not None:
        composed = yaml_compose.compose(read.source)
        findings += composed.findings
        root = composed.root
        if root is None and not any(f.is_error for f in findings):
            findings.append(say.wrong_value(read.source.span(0, 0), "", "settings (key: value); the file is empty"))
    if root is not None:
        findings += shape.check(root)
    if root is None or not isinstance(root, MapNode) or any(f.is_error for f in findings):
        raise DataError(*findings, file=str(path))
    mapping = _Builder(findings, readers).mapping(root, str(path), Path(folder) if folder is not None else path.parent)
    findings += _lookups_named(mapping)
    if any(f.is_error for f in findings):
        raise DataError(*findings, file=str(path))
    return replace(mapping, findings=tuple(findings))


@dataclass(slots=True)
class _Builder:
    """Builds the typed mapping from a tree of the right shape; `findings` takes what a schema cannot say."""

    findings: list[Diagnostic]
    readers: abc.Mapping[str, Reader]

    def mapping(self, root: MapNode, file: str, folder: Path) -> Mapping:
        base = settings_of(root, Settings(), self.findings)
        return Mapping(
            file=file,
            folder=folder,
            timezone=base.timezone,
            leads=tuple(self.leads(*each, base) for each in _tables(root.get("leads"), "leads")),
            accounts=tuple(self.accounts(*each, base) for each in _tables(root.get("accounts"), "accounts")),
            events=tuple(self.events(*each, base) for each in _tables(root.get("events"), "events")),
            outcomes=tuple(self.outcomes(*each, base) for each in _tables(root.get("outcomes"), "outcomes")),
            lookups=tuple(self.lookup(entry, base) for entry in _entries(root.get("lookups"))),
        )

    def leads(self, label: str, node: MapNode, base: Settings) -> LeadTable:
        own = settings_of(node, base, self.findings)
        return LeadTable(
            table=self.table(node, label, own),
            id=identity(node.get("id"), own, self.findings),
            account=self.optional(node, "account", own),
            valid_from=self.optional(node, "valid_from", own),
            duplicates=_word(node, "duplicates", "reject"),  # type: ignore[arg-type]
            fields=columns(node.get("fields"), own, self.findings),
        )

    def accounts(self, label: str, node: MapNode, base: Settings) -> AccountTable:
        own = settings_of(node, base, self.findings)
        return AccountTable(
            table=self.table(node, label, own),
            id=self.needed(node, "id", own),
            valid_from=self.optional(node, "valid_from", own),
            duplicates=_word(node, "duplicates", "reject"),  # type: ignore[arg-type]
            fields=columns(node.get("fields"), own, self.findings),
        )

    def events(self, label: str, node: MapNode, base: Settings) -> EventTable:
        own = settings_of(node, base, self.findings)
        return EventTable(
            table=self.table(node, label, own),
            lead=self.needed(node, "lead", own),
            at=self.needed(node, "at", own),
            type=self.needed(node, "type", own),
            id=self.optional(node, "id", own),
            attributes=columns(node.get("attributes"), own, self.findings),
            attributes_of={
                entry.key.text: columns(entry.value, own, self.findings)
                for entry in _entries(node.get("attributes_of"))
            },
            unknown_leads=_word(node, "unknown_leads", "reject"),  # type: ignore[arg-type]
        )

    def outcomes(self, label: str, node: MapNode, base: Settings) -> OutcomeTable:
        own = settings_of(node, base, self.findings)
        return OutcomeTable(
            table=self.table(node, label, own),
            lead=identity(node.get("lead"), own, self.findings),
            outcome=self.needed(node, "outcome", own),
            at=self.optional(node, "at", own),
            value=self.optional(node, "value", own),
            repeats=_flag(node, "repeats", default=False),
        )

    def lookup(self, entry: Entry, base: Settings) -> Lookup:
        node = entry.value
        assert isinstance(node, MapNode)  # the schema has seen to it
        own = settings_of(node, base, self.findings)
        name = entry.key.text
        key, value = self.needed(node, "key", own), self.needed(node, "value", own)
        return Lookup(
            name,
            self.table(node, f"lookup {name}", own),
            key,
            value,
            several=_word(node, "several", "each"),  # type: ignore[arg-type]
            unknown=_word(node, "unknown", "reject"),  # type: ignore[arg-type]
        )

    def needed(self, node: MapNode, key: str, own: Settings) -> Column:
        value = node.get(key)
        assert value is not None  # the schema has seen to it
        return column(value, own, self.findings)

    def optional(self, node: MapNode, key: str, own: Settings) -> Column | None:
        value = node.get(key)
        return column(value, own, self.findings) if value is not None else None

    def table(self, node: MapNode, label: str, own: Settings) -> Table:
        file = node.entry("file")
        assert file is not None
        encoding = _word(node, "encoding", "utf-8")
        try:
            codecs.lookup(encoding)
        except LookupError:
            self.findings.append(say.unknown_encoding(_span(node, "encoding"), encoding))
        header = _flag(node, "header", default="columns" not in node)
        names = texts(node.get("columns"))
        if "columns" in node and header:
            why = "a file with a header names its columns itself"
            self.findings.append(say.not_together(_span(node, "columns"), "columns", "header", why))
        quote = _word(node, "quote", '"')
        delimiter = _word(node, "delimiter", "") or None
        self.sources(node, file.value)
        return Table(
            label=label,
            files=texts(file.value),
            span=file.value.span,
            format=_word(node, "format", "") or None,  # type: ignore[arg-type]
            delimiter="\t" if delimiter == "tab" else delimiter,
            quote=None if quote == "none" else quote,
            encoding=encoding,
            header=header,
            columns=names,
            skip_lines=int(_word(node, "skip_lines", "0")),
            records=_word(node, "records", "") or None,
            json=texts(node.get("json")),
            explode=_word(node, "explode", "") or None,
            where=tuple(
                Filter(replace(own.column, names=(entry.key.text,), span=entry.key.span), _held(entry.value))
                for entry in _entries(node.get("where"))
            ),
            match_names=_flag(node, "match_names", default=True),
            plain=replace(own.column, span=file.value.span),
            known_after_outcome=tuple(
                replace(own.column, names=(item.text,), span=item.span)
                for item in _scalars(node.get("known_after_outcome"))
            ),
            readers=self.readers,
        )

    def sources(self, node: MapNode, files: Node) -> None:
        """What a plugin reads needs a plugin that reads it, and no setting that is for files."""
        uris = [(item, scheme) for item in _scalars(files) if (scheme := scheme_of(item.text)) is not None]
        for item, scheme in uris:
            if scheme not in self.readers:
                self.findings.append(say.unknown_scheme(item.span, scheme, tuple(self.readers)))
        for key in _OF_FILES:
            if uris and key in node:
                why = "it is for files, and what a plugin reads has columns of its own"
                self.findings.append(say.not_together(_span(node, key), key, "file", why))


def _lookups_named(mapping: Mapping) -> list[Diagnostic]:
    """Findings on columns that name a lookup which the file does not have."""
    known = [lookup.name for lookup in mapping.lookups]
    named: list[Column | RowNumber | None] = [leads.account for leads in mapping.leads]
    named += [events.lead for events in mapping.events]
    named += [outcomes.lead for outcomes in mapping.outcomes]
    return [
        say.unknown_lookup(column.span, column.lookup, known)
        for column in named
        if isinstance(column, Column) and column.lookup is not None and column.lookup not in known
    ]


def _tables(node: Node | None, key: str) -> list[tuple[str, MapNode]]:
    """One table, or a list of them, with their names in messages."""
    items = node.items if isinstance(node, ListNode) else (node,) if node is not None else ()
    tables = [item for item in items if isinstance(item, MapNode)]
    return [(f"{key} {i}" if len(tables) > 1 else key, table) for i, table in enumerate(tables, 1)]


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, MapNode) else ()


def _scalars(node: Node | None) -> tuple[ScalarNode, ...]:
    items = node.items if isinstance(node, ListNode) else (node,)
    return tuple(item for item in items if isinstance(item, ScalarNode))


def _held(node: Node) -> frozenset[str]:
    """The texts a column of `where:` must hold; `true` stands for every way of writing it."""
    held: set[str] = set()
    for item in node.items if isinstance(node, ListNode) else (node,):
        if isinstance(item, ScalarNode) and isinstance(item.value, bool):
            words = TRUE if item.value else FALSE
            held.update(way for word in words for way in (word, word.upper(), word.title()))
        else:
            held.update(texts(item))
    return frozenset(held)


def _flag(node: MapNode, key: str, *, default: bool) -> bool:
    value = node.get(key)
    return bool(value.value) if isinstance(value, ScalarNode) else default


def _word(node: MapNode, key: str, default: str) -> str:
    value = node.get(key)
    return value.text if isinstance(value, ScalarNode) else default


def _span(node: MapNode, key: str) -> Span:
    entry = node.entry(key)
    return entry.value.span if entry is not None else node.span
