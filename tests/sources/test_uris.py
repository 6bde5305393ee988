"""Tables that a plugin reads: `file: scheme://...`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import get_ident

import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from rules_engine.batch.sources import DataError, load_mapping, read_data, read_uri
from rules_engine.batch.sources.data import Data
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.table import whole
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.hooks import PluginError, Reader, Source, SourceError
from rules_engine.model.extensions import Extensions
from rules_engine.plugins import guard
from tests.sources.models import model

Read = Callable[[str], Data]

MODEL = model({"country": "string", "size": "number"}, events={"click": {"asset": "string"}})
LEADS: list[dict[str, object]] = [
    {"id": 1, "country": "US", "size": Decimal("2.5")},
    {"id": 2, "country": None, "size": None},
    {"id": 3, "country": "FR", "size": Decimal(40)},
]
EVENTS = [{"who": 1, "at": datetime(2026, 1, 1, tzinfo=UTC), "asset": "a"}]
MAPPING = """
leads: {file: memory://leads, id: id}
events: {file: memory://events, lead: who, at: at, type: {value: click}, attributes: {asset: asset}}
"""


def open_memory(uri: str, folder: Path) -> Source:
    rows = {"memory://leads": LEADS, "memory://events": EVENTS}.get(uri.partition("?")[0])
    if rows is None:
        raise SourceError(f"there is no {uri.rpartition('/')[2]}.")

    def read(wanted: Sequence[str]) -> object:
        cut: list[Mapping[str, object]] = [{name: row[name] for name in wanted} for row in rows]
        if uri.endswith("?arrow"):
            return pa.Table.from_pylist([dict(row) for row in cut])
        return {"?none": None, "?wrong": [1, 2]}.get(uri[uri.find("?") :], iter(cut))

    return Source(tuple(rows[0]), read)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(mapping: str) -> Data:
        (tmp_path / "data.yaml").write_text("schema: 1\n" + mapping, encoding="utf-8")
        readers = {"memory": guard.reader("keeper", Reader("memory", open_memory))}
        return read_data(load_mapping(tmp_path / "data.yaml", using=Extensions(readers=readers)), MODEL)

    return read_text


@pytest.mark.parametrize("form", ["", "?arrow"])
def test_rows_and_arrow_are_read_alike(read: Read, form: str) -> None:
    data = read(MAPPING.replace("//leads", "//leads" + form).replace("//events", "//events" + form))
    assert data.leads.rows() == [("1", None, "US", 2.5), ("2", None, None, None), ("3", None, "FR", 40.0)]
    assert data.history("1")[2] == [{"type": "click", "at": 1767225600000000, "attributes": {"asset": "a"}}]


def finding_of(read: Read, mapping: str) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        read(mapping)
    [finding] = caught.value.findings
    return finding.code, finding.message


def test_a_scheme_that_nobody_reads(read: Read) -> None:
    assert finding_of(read, MAPPING.replace("memory://leads", "memry://leads")) == (
        "RE544",
        'No installed plugin reads "memry://". Did you mean "memory"?',
    )


def test_what_the_reader_says_is_shown_without_the_password(read: Read) -> None:
    assert finding_of(read, MAPPING.replace("memory://leads", "memory://ann:secret@host/lead")) == (
        "RE545",
        '"memory://ann:***@host/lead" cannot be read: there is no lead.',
    )


def test_settings_of_files_are_refused(read: Read) -> None:
    code, _ = finding_of(read, MAPPING.replace("id: id", "id: id, format: csv"))
    assert code == "RE519"


@pytest.mark.parametrize("form", ["?none", "?wrong"])
def test_what_is_no_table_is_told_as_the_plugins_slip(read: Read, form: str) -> None:
    with pytest.raises(PluginError, match="plugin keeper, reader of memory://: what it gave is no table"):
        read(MAPPING.replace("//leads", "//leads" + form))


def test_values_of_several_kinds_are_read_as_texts(tmp_path: Path) -> None:
    def open_mixed(uri: str, folder: Path) -> Source:
        rows: Iterable[Mapping[str, object]] = [{"id": 1, "size": "12"}, {"id": "b", "size": 3.5}]
        return Source(("id", "size"), lambda wanted: rows)

    (tmp_path / "data.yaml").write_text("schema: 1\nleads: {file: mixed://x, id: id}\n", encoding="utf-8")
    using = Extensions(readers={"mixed": Reader("mixed", open_mixed)})
    data = read_data(load_mapping(tmp_path / "data.yaml", using=using), MODEL)
    assert data.leads.select("lead_id", "size").rows() == [("1", 12.0), ("b", 3.5)]


GIVEN = pl.DataFrame(
    {
        "id": [*range(6), None],
        "type": ["click", "click", "view", "click", None, "view", "view"],
        "text": ["a", "b", "c", "d", "e", "f", "g"],
        "size": [1.5, None, 3.0, 4.0, 5.0, 6.0, 7.0],
    },
    schema_overrides={"size": pl.Decimal(10, 2)},
)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda: GIVEN, id="Polars"),
        pytest.param(lambda: GIVEN.to_arrow(), id="one batch"),
        pytest.param(
            lambda: pl.concat([GIVEN[:1], GIVEN[1:6], GIVEN[6:]], rechunk=False).to_arrow(), id="many batches"
        ),
        pytest.param(lambda: GIVEN.to_arrow().to_reader(max_chunksize=2), id="a stream"),
    ],
)
def test_arrow_comes_in_pieces(form: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    def open_given(uri: str, folder: Path) -> Source:
        names = list(GIVEN.columns)
        return Source(tuple(names), lambda wanted: form())

    monkeypatch.setattr(read_uri, "PIECE", 3)
    monkeypatch.setattr(read_uri, "FEW", 0.7)
    span = Span("", 0, 0, 1, 1, 1, 1)
    readers = {"given": Reader("given", open_given)}
    opened = read_uri.open_uri(Table("events", ("given://",), span, readers=readers), "given://", Path())
    wanted = ["type", "size", "id", "text"]
    assert opened.pieces is not None
    pieces = list(opened.pieces(wanted))
    at_once = opened.load(wanted)
    assert len(pieces) > 1
    both = whole(pieces, wanted)
    assert_frame_equal(both.frame, at_once.frame.select(both.frame.columns))
    assert both.rows == at_once.rows == 7
    assert both.raw([2, 7]) == at_once.raw([2, 7])


def test_arrow_without_rows_is_one_piece() -> None:
    readers = {"given": Reader("given", lambda uri, folder: Source(("id",), lambda wanted: GIVEN[:0].to_arrow()))}
    span = Span("", 0, 0, 1, 1, 1, 1)
    opened = read_uri.open_uri(Table("leads", ("given://",), span, readers=readers), "given://", Path())
    assert opened.pieces is not None
    assert [piece.rows for piece in opened.pieces(["id"])] == [0]


def test_a_reader_stays_on_the_thread_that_opened_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a connection to SQLite must."""
    here, met = get_ident(), set[int]()

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in GIVEN.to_arrow().to_batches(max_chunksize=2):
            met.add(get_ident())
            yield batch

    def read(wanted: Sequence[str]) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(GIVEN.to_arrow().schema, batches())

    monkeypatch.setattr(read_uri, "PIECE", 2)
    monkeypatch.setattr(read_uri, "FEW", 1)
    readers = {"given": Reader("given", lambda uri, folder: Source(tuple(GIVEN.columns), read))}
    span = Span("", 0, 0, 1, 1, 1, 1)
    opened = read_uri.open_uri(Table("events", ("given://",), span, readers=readers), "given://", Path())
    assert opened.pieces is not None
    assert sum(piece.frame.height for piece in opened.pieces(["type", "text"])) == GIVEN.height
    assert met == {here}
