"""CSV, JSON lines and Parquet files piece by piece: the same rows, numbers and rejects wherever a piece ends."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, localcontext
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rules_engine.batch.sources import DataError, csv_rows, events, read_csv, read_json
from rules_engine.batch.sources.events import Source
from rules_engine.batch.sources.mapping import Column, EventTable, Table
from rules_engine.batch.sources.read_csv import open_csv
from rules_engine.batch.sources.read_json import open_lines
from rules_engine.batch.sources.read_parquet import open_parquet
from rules_engine.batch.sources.table import Loaded
from tests.sources.models import NOWHERE

Write = Callable[[str, str | bytes], Path]
ROWS = 'a,b\n1,"x\ny"\n2\n3,"é ""q""\r\n"\n\n4,5,6\n7,\n'
LINES = '{"a": 1}\n{"a": "é", "b": 2}\n\n[3]\n{"a": \n{"l": [{"x": 1}, {"x": 2}]}\n{"l": 4}\n'


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def set_sizes(size: int) -> None:
        monkeypatch.setattr(csv_rows, "BLOCK", size)
        monkeypatch.setattr(csv_rows, "ROWS", 2)
        monkeypatch.setattr(read_json, "PIECE", size)

    return set_sizes


def everything(loaded: Loaded) -> tuple[object, ...]:
    rows = loaded.frame.rows(named=True)
    return rows, loaded.bad, loaded.rows, loaded.raw([row["#row"] for row in rows])


@pytest.mark.parametrize("coded", [1, 16], ids=["codes", "texts"])
@pytest.mark.parametrize(
    ("content", "settings"),
    [
        (ROWS.encode(), {}),
        (ROWS.removesuffix("\n").encode(), {}),
        (b"\xef\xbb\xbf" + ROWS.encode(), {}),
        (ROWS.replace("\n", "\r\n").encode(), {}),
        (ROWS.replace("\n", "\r").encode(), {}),
        (ROWS.encode() + b"8,\xe9\xff\n\xff,1,2\n9,\0\n", {}),
        (ROWS.encode() + b'8,"open\n9,1\n', {}),
        (ROWS.encode() + b'8,9,"open\n', {}),
        (ROWS.encode("cp1252") + b"8,\x81\n", {"encoding": "cp1252"}),
        (ROWS.encode("utf-16"), {"encoding": "utf-16"}),
        (gzip.compress(ROWS.encode(), mtime=0), {}),
        (b"a,b\n", {}),
        (b"a,b", {}),
        (ROWS.encode(), {"header": False, "skip_lines": 3}),
        (ROWS.replace('"', "").encode(), {"quote": None}),
    ],
)
def test_csv_in_pieces(
    write: Write,
    tiny: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    settings: dict[str, object],
    coded: int,
) -> None:
    monkeypatch.setattr(read_csv, "_FEW", coded)
    path = write("t.csv", content)
    table = Table("t", ("t.csv",), NOWHERE, **settings)
    at_once = open_csv(table, path, "t.csv")
    names = list(at_once.names)
    expected = everything(at_once.load(names))
    for size in (4, 7, 11, 30):
        tiny(size)
        opened = open_csv(table, path, "t.csv")
        assert everything(opened.load(names)) == expected
        assert opened.pieces is not None
        pieces = [piece.at_once() for piece in opened.pieces(names[-1:])]
        assert sum(piece.rows for piece in pieces) == expected[2]
        assert [row for piece in pieces for row in piece.frame["#row"]] == [row["#row"] for row in expected[0]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("explode", [None, "l"])
@pytest.mark.parametrize(
    ("content", "settings"),
    [
        (LINES.encode(), {}),
        (LINES.removesuffix("\n").encode(), {}),
        (b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode() + b'{"a": "\xff"}', {}),
        (gzip.compress(LINES.encode(), mtime=0), {}),
        (LINES.encode("cp1252"), {"encoding": "cp1252"}),
    ],
)
def test_json_lines_in_pieces(
    write: Write, tiny: Callable[[int], None], content: bytes, settings: dict[str, object], explode: str | None
) -> None:
    path = write("t.jsonl", content)
    table = Table("t", ("t.jsonl",), NOWHERE, explode=explode, **settings)
    names = ["a", "b", "l.x", "l.0.x", "never"]
    expected = everything(open_lines(table, path, "t.jsonl").load(names))
    for size in (3, 10, 40):
        tiny(size)
        assert everything(open_lines(table, path, "t.jsonl").load(names)) == expected


def test_a_row_larger_than_a_block(write: Write, tiny: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Larger blocks are tried, up to a bound: a quote that is never closed makes the rest of a file one row."""
    path = write("t.csv", "a,b\n1,2\n3\n4,5\n6," + "x" * 300 + '\n7,"' + "y\n" * 300)
    table = Table("t", ("t.csv",), NOWHERE)
    expected = everything(open_csv(table, path, "t.csv").load(["b"]))
    tiny(8)
    assert everything(open_csv(table, path, "t.csv").load(["b"])) == expected
    monkeypatch.setattr(csv_rows, "LONGEST", 400)
    pieces = open_csv(table, path, "t.csv").pieces
    assert pieces is not None
    with pytest.raises(DataError, match=r"behind row 4 a row is longer .* is a quote never closed\?"):
        list(pieces(["b"]))


@pytest.mark.parametrize("name", ["t.csv.gz", "t.jsonl.gz"])
def test_what_is_cut_short_is_told_where_it_ends(write: Write, name: str) -> None:
    line = '{{"a": {}}}' if "json" in name else "{}"
    lines = "\n".join(line.format(n) for n in range(100_000))
    path = write(name, gzip.compress(("" if "json" in name else "a\n").encode() + lines.encode())[:-9_000])
    table = Table("t", (name,), NOWHERE)
    opened = (open_lines if "json" in name else open_csv)(table, path, name)
    with pytest.raises(DataError, match="cut short"):
        opened.load(["a"])


def test_text_that_is_not_in_its_encoding(write: Write) -> None:
    path = write("t.csv", "a\n1\n".encode("utf-16") + b"\0")
    with pytest.raises(DataError, match=r"its bytes are not utf-16"):
        open_csv(Table("t", ("t.csv",), NOWHERE, encoding="utf-16"), path, "t.csv").load(["a"])


def test_parquet_without_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), tmp_path / "t.parquet")
    pieces = open_parquet(Table("t", ("t.parquet",), NOWHERE), tmp_path / "t.parquet", "t.parquet").pieces
    assert pieces is not None
    assert [everything(piece) for piece in pieces(["a"])] == [([], (), 0, [])]


def test_numbers_of_parquet_wider_than_those_of_polars(tmp_path: Path) -> None:
    """They come as texts, all digits kept, at once as well as in pieces, and stand among the rejects."""
    long = 10**45 + 7
    with localcontext(prec=76):
        numbers = pa.array([Decimal(long), None, Decimal("2.50")], pa.decimal256(76, 2))
    pq.write_table(pa.table({"b": ["x", "y", "z"], "a": numbers}), tmp_path / "t.parquet")
    opened = open_parquet(Table("t", ("t.parquet",), NOWHERE), tmp_path / "t.parquet", "t.parquet")
    assert opened.pieces is not None
    (piece,) = opened.pieces(["a", "b"])
    for loaded in (piece.at_once(), opened.load(["a", "b"])):
        assert loaded.frame["a"].to_list() == [f"{long}.00", None, "2.50"]
        assert loaded.frame["b"].to_list() == ["x", "y", "z"]
        assert loaded.raw([3]) == ['{"b": "z", "a": "2.50"}']


def test_columns_of_parquet_of_one_name(tmp_path: Path) -> None:
    doubled = pa.Table.from_arrays([pa.array(["1"]), pa.array([1]), pa.array([2])], names=["a", "b", "b"])
    pq.write_table(doubled, tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r'RE504: "t.parquet" has two columns called "b".*where it is exported'):
        open_parquet(Table("t", ("t.parquet",), NOWHERE), tmp_path / "t.parquet", "t.parquet")


def test_ctrl_c_while_the_thread_that_reads_begins(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The executor does not wait for such a thread, so it may be reading when all ends."""
    write("t.csv", "a\n1\n")
    wait, reading, threads = Event(), Event(), []

    def source() -> Source:
        reading.set()
        wait.wait()
        yield from ()

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *work: Callable[..., object]) -> None:  # type: ignore[override]
            threads.append(Thread(target=work[0], args=work[1:]))
            threads[0].start()
            reading.wait()
            raise KeyboardInterrupt

    monkeypatch.setattr(events, "ThreadPoolExecutor", Interrupted)
    column = Column(("a",), NOWHERE)
    table = EventTable(Table("t", ("t.csv",), NOWHERE), column, column, column, None, {}, {}, "add")
    with pytest.raises(KeyboardInterrupt), events.begun((table,), [source()], write("x", "").parent):
        pass
    wait.set()
    threads[0].join()
