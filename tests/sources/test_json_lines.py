"""Lines of JSON mean what `json` makes of each, whoever reads them: lines that are plain, odd, broken or hostile."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from rules_engine.batch.sources import json_arrow, nested, read_json
from rules_engine.batch.sources.mapping import Table
from rules_engine.batch.sources.read_json import open_lines
from rules_engine.batch.sources.table import ROW
from rules_engine.matching.json_text import Decoder
from tests.sources.models import NOWHERE

Write = Callable[[str, str | bytes], Path]

WANTED = ["s", "i", "f", "b", "rare", "o.s", "o.i", "o.o.f", "d.t", "never"]
VALUES = {
    "s": [b'"a"', b'"b c"', b'""', b"null", b'"\\u00e9\\n"', '"é😀"'.encode(), b'"\\ud83d\\ude00"', b'" 5 "'],
    "i": [b"1", b"-5", b"0", b"-0", b"9007199254740993", b"null", b"1234567890123456789"],
    "f": [b"0.1", b"1", b"1.0", b"-2.50", b"1e3", b"1E-7", b"-0.0", b"99999999999999.5", b"5e-324", b"0.3000000000004"],
    "b": [b"true", b"false", b"null"],
}  # fmt: skip
STRANGE = [
    b'"\\ud800"', b'"\\udc00x"', b'"a\tb"', b'"\\u0000"', b'"\x7f"', b'"\xff"', b'"\xed\xa0\x80"', b'"\\x"', b'"\\/"',
    b"1e400", b"1e-400", b"1e15", b"1e16", b"9007199254740993.0", b"1234567890123456.0",
    b"123456789012345678901234567890", b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"Inf", b"-Inf", b" Inf ", b"nan",
    b"01", b"1.", b".5", b"+1", b"1e", b"-", b'"x Inf y"', b'"-NaN"', b"[]", b"{}", b'[1, "a", {"x": 1.0}]',
    b'{"z": [1, 2], "\xc3\xa9": null}', b"[null]", b"[{}]", b"tru", b"True", b"undefined", b"'a'", b'"a', b"9" * 700,
    b"9" * 5000, b"0." + b"3" * 800, b"[" * 150 + b"]" * 150, b"[" * 400 + b"]" * 400,
    b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, b"", b"1 2", b"/**/1",
    b'{"s": "a", "s": "b"}', b'{"s": 1, "i": "x"}', b'{"\\u0073": "q"}', b'{"o": {"f": "x"}}', b'{"o": 5}', b"\x001",
]  # fmt: skip
LINES = [
    b"", b" ", b"\t \r", b"\x0b\x0c", b"\xc2\xa0", b"null", b"5", b"[]", b'"s"', b"{broken", b'{"s": "a"}{"s": "b"}',
    b"{}{}", b'{"s": "a"},{"s": "b"}', b'{"s": "a"} null {"s": "b"}', b"{} null {}", b'{"s": "a"} x', b'{"s": "a"},',
    b'{"o": [{}', b"{}]}", b'{"o": [{},', b'{"s": "a}', b'b"}', b'{"s": "a"}\x00', b'{}\x00}',
    b'\xef\xbb\xbf{"s": "a"}', b'  {"s": "a"}  ', b'{"s":\r"a"}', b'{}\r{}', b'{"s": "a"}\r',
    b'\xc2\xa0{"s": "a"}\xc2\xa0', b'{"s": "a", }', b"{'s': 1}", b"{,}", b"{", b"}", b'{"d.t": "x"}',
    b'{"d.t": null, "d": {"t": "y"}}', b'{"d": {"t": "y"}, "d.t": "x"}', b'{"d\\u002et": "x"}', b"{}",
    b'{"d": {"t": "y"}, "\\u0064.t": 1}', b'{"o": {"s": "a"}, "o": {"i": 3}}', b'{"o": null, "o": {"s": "a"}}',
    b'{"": 1}', b'{"q": "\\"d.t\\": 1", "s": "a"}', b'{"q": {"s": 1, "s": 2, "o": {"s": []}}, "s": "a"}',
    b'{"q": {"s": 1, "s": 2}, "s": {"x": 1, "x": 2}}', b'{"s": "a", "\\u0073": "b"}', b'{"rare": 1, "rare": 1}',
    b'{"never": 1, "never": null}', b'{"l": [{"x": 1, "x": 2}, {"x": 3}], "s": "a"}', b'{"d.t": 1, "d.t": 2}',
    b'{"l": [{"q": 1, "q": 2}], "s": "a"}', b'{"d.t": 1, "d": 3, "d": 4}',
    b'{"l": [{"x.z": 1, "x.z": 2, "x": 5}, {"x": {"z": 1, "z": 1}}]}',
    b'{"s": "a"}//', b'{"\xff": 1}', b'{"l": 4, "s": "a"}',
    b'{"l": [{"x": "a"}, null, {"x": "b", "y": 2}], "s": "q"}', b'{"l": [], "s": "a"}', b'{"l": [[]]}',
    b'{"l": null}', b'{"l": [1, "x"]}', b'{"l": [{"x": 1}], "l": [{"x": 2}]}', b'{"l": {"x": 1}}',
    b'{"l": [{"x": {"y": 1}}]}', b'{"l": [{"y": 1.5, "x.z": 3}, {"x": {"z": 4}}]}', b'{"l.x": 5}',
]  # fmt: skip


def record(chance: random.Random, strange: float) -> bytes:
    """An object as an export has it, or one with a key twice, a value of another kind, or one that is none."""

    def value(kind: str) -> bytes:
        return chance.choice(STRANGE if chance.random() < strange else VALUES[kind])

    pairs = [b'"%s": %s' % (key.encode(), value(key)) for key in "sifb" if chance.random() < 0.8]
    if chance.random() < 0.7:
        inner = [b'"%s": %s' % (key.encode(), value(key)) for key in "si" if chance.random() < 0.8]
        inner += [b'"o": {"f": %s}' % value("f")] if chance.random() < 0.5 else []
        pairs.append(b'"o": {%s}' % b", ".join(inner))
    pairs += [b'"rare": %s' % value(chance.choice("sifb"))] if chance.random() < 0.03 else []
    pairs += [b'"other": %s' % value("s")] if chance.random() < 0.3 else []
    pairs += [b'"d": {"t": %s}' % value("f")] if chance.random() < 0.5 else []
    pairs += [b'"l": [{"x": %s}, {"y": %s}]' % (value("s"), value("f"))] if chance.random() < 0.5 else []
    pairs += [chance.choice(pairs)] if pairs and chance.random() < strange / 5 else []
    chance.shuffle(pairs)
    return b"{%s}" % b", ".join(pairs)


def some_lines(chance: random.Random, count: int, strange: float) -> list[bytes]:
    return [chance.choice(LINES) if chance.random() < strange else record(chance, strange / 4) for _ in range(count)]


class Pairs(list):  # type: ignore[type-arg]
    """An object as its pairs."""


def ambiguous(start: object, wanted: Sequence[str], explode: str | None) -> bool:
    """Whether on the way to a wanted value, or in it, a key stands twice."""

    def found(start: object, steps: Sequence[str], *, whole: bool) -> bool:
        if not steps:
            below = [start] if whole else []
            while below:
                value = below.pop()
                if isinstance(value, Pairs) and len(dict(value)) < len(value):
                    return True
                if isinstance(value, list):
                    below += [own for _, own in value] if isinstance(value, Pairs) else value
            return False
        if not isinstance(start, Pairs):
            return False
        own = [value for key, value in start if key == steps[0]]
        return len(own) > 1 or any(found(value, steps[1:], whole=whole) for value in own)

    def asked(name: str, *, whole: bool) -> bool:
        spelled = isinstance(start, Pairs) and name in dict(start)
        return found(start, [name] if spelled else name.split("."), whole=whole)

    return any(asked(name, whole=True) for name in wanted) or (explode is not None and asked(explode, whole=False))


def listed(pairs: object, explode: str) -> list[object]:
    """The items of the list that is exploded."""
    held = dict(pairs).get(explode) if isinstance(pairs, Pairs) else None
    return held if isinstance(held, list) and not isinstance(held, Pairs) else []


def meaning(lines: Sequence[bytes], wanted: Sequence[str], explode: str | None) -> tuple[pl.DataFrame, list[int]]:
    """What the page on data files says: the columns, and the numbers of the rows that are none."""
    held = [line for line in lines if line.strip()]
    records: list[object] = []
    numbers: list[int] = []
    bad: list[int] = []
    all_pairs: list[object] = []
    for number, line in enumerate(held, 1):
        try:
            found = json.loads(line.decode("utf-8").strip())
            pairs = json.loads(line.decode("utf-8").strip(), object_pairs_hook=Pairs)
        except (ValueError, RecursionError):
            found = pairs = None
        outer = [name for name in wanted if explode is None or not name.startswith(f"{explode}.")]
        if pairs is not None and ambiguous(pairs, outer, explode):
            bad.append(number)
        elif isinstance(found, dict):
            records.append(found)
            numbers.append(number)
            all_pairs.append(pairs)
        else:
            bad.append(number)
    if explode is None:
        return pl.DataFrame([pl.Series(ROW, numbers, dtype=pl.Int64), *nested.columns(records, wanted)]), bad
    places, items, without = nested.explode(records, explode)
    bad += [numbers[place] for place in without]
    held_twice = [
        ambiguous(item, [name.removeprefix(f"{explode}.") for name in wanted if name.startswith(f"{explode}.")], None)
        for own in all_pairs
        for item in listed(own, explode)
    ]
    bad += [numbers[place] for place, twice in zip(places, held_twice, strict=True) if twice]
    places = [place for place, twice in zip(places, held_twice, strict=True) if not twice]
    items = [item for item, twice in zip(items, held_twice, strict=True) if not twice]
    columns = []
    for name in wanted:
        within = nested.inside(name, explode)
        start = items if within is not None else [records[place] for place in places]
        columns += [column.alias(name) for column in nested.columns(start, [within or name])]
    return pl.DataFrame([pl.Series(ROW, [numbers[p] for p in places], dtype=pl.Int64), *columns]), sorted(bad)


def check(path: Path, lines: Sequence[bytes], wanted: list[str], explode: str | None) -> None:
    path.write_bytes(b"\n".join(lines))
    expected, bad = meaning(lines, wanted, explode)
    opened = open_lines(Table("t", (path.name,), NOWHERE, explode=explode), path, path.name)
    assert opened.pieces is not None
    pieces = list(opened.pieces(wanted))
    found = [row for piece in pieces for row in piece.bad]
    held = [line.strip().decode("utf-8", "surrogateescape") for line in lines if line.strip()]
    assert [row.row for row in found] == bad
    assert [row.text for row in found] == [held[row - 1] for row in bad]
    assert sum(piece.rows for piece in pieces) == len(held)
    assert [text for piece in pieces for text in piece.raw(piece.frame[ROW])] == [held[n - 1] for n in expected[ROW]]
    frames = [piece.at_once().frame.select(ROW, pl.col(wanted).cast(pl.String)) for piece in pieces]
    assert_frame_equal(pl.concat(frames), expected)
    assert_frame_equal(opened.load(wanted).frame.select(ROW, *wanted), expected)


def cases() -> list[bytes]:
    """Each strange value where a text, a number, a record or nothing that is wanted stands, and each line."""
    keys = ["s", "f", "o", "q"]
    return [b'{"%s": %s}' % (key.encode(), value) for value in STRANGE for key in keys] + LINES


@pytest.mark.parametrize("explode", [None, "l"])
def test_each_among_plain_lines(write: Write, monkeypatch: pytest.MonkeyPatch, explode: str | None) -> None:
    """Every line stands between two that Arrow reads, and is tried by it alone."""
    monkeypatch.setattr(json_arrow, "_PATIENCE", 10_000)
    wanted = WANTED if explode is None else [*WANTED, "l.x", "l.y"]
    chance = random.Random(1)
    plain = some_lines(chance, 300, 0)
    check(write("t.jsonl", ""), [line for case in cases() for line in (case, chance.choice(plain))], wanted, explode)


@pytest.mark.parametrize("strange", [0, 0.01, 0.05, 0.3])
@pytest.mark.parametrize(("few", "piece"), [(1, 2_000), (2, 50_000), (30, 500)])
@pytest.mark.parametrize("inner", [(), ("l.x", "l.y"), ("l.x.z",)], ids=["records", "items", "records in items"])
def test_many_at_random(
    write: Write, monkeypatch: pytest.MonkeyPatch, strange: float, few: int, piece: int, inner: tuple[str, ...]
) -> None:
    monkeypatch.setattr(json_arrow, "FEW", few)
    monkeypatch.setattr(read_json, "PIECE", piece)
    lines = some_lines(random.Random(few), 200, strange)
    check(write("t.jsonl", ""), lines, [*WANTED, *inner], "l" if inner else None)


def by_json(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The lines that `json` reads from now on."""
    seen: list[bytes] = []
    read = read_json._record

    def record(line: bytes, decoder: Decoder) -> object:
        seen.append(line)
        return read(line, decoder)

    monkeypatch.setattr(read_json, "_record", record)
    return seen


def test_plain_lines_are_read_by_arrow_alone(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b'{"a": %d, "b": {"c.d": "\\u00e9", "e": [1, {}]}, "f": 0.5}' % n for n in range(1_000)]
    opened = open_lines(Table("t", ("t.jsonl",), NOWHERE), write("t.jsonl", b"\r\n".join(lines)), "t.jsonl")
    seen = by_json(monkeypatch)
    assert opened.load(["a", "b.x", "f"]).frame.height == 1_000
    assert seen == []


def test_a_line_of_another_shape_takes_few_with_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b'{"a": %d}' % n for n in range(20_000)]
    lines[11_111] = b'{"a": "2"}'
    opened = open_lines(Table("t", ("t.jsonl",), NOWHERE), write("t.jsonl", b"\n".join(lines)), "t.jsonl")
    seen = by_json(monkeypatch)
    assert opened.load(["a"]).frame["a"][11_111] == "2"
    assert lines[11_111] in seen
    assert len(seen) < 2_000


@pytest.mark.parametrize("later", [b'"x"', b"0.5", b"true", b'"2"'])
def test_another_shape_further_down_is_learnt(write: Write, monkeypatch: pytest.MonkeyPatch, later: bytes) -> None:
    monkeypatch.setattr(read_json, "PIECE", 20_000)
    lines = [b'{"a": 1, "b": %s}' % (later if n > 5_000 else b"null") for n in range(10_000)]
    lines += [b'{"a": %s, "b": %s}' % (later, later) for n in range(10_000)]
    seen = by_json(monkeypatch)
    check(write("t.jsonl", b""), lines, ["a", "b"], None)
    assert len(seen) < 10_000  # of 40,000: `check` reads them twice


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(2**50), 2**50).map(float), min_size=1))
def test_numbers_are_written_as_python_writes_them(numbers: list[float]) -> None:
    plain = [number for number in numbers if abs(number) < 1e15]
    assert json_arrow.texts(pa.array(plain, pa.float64())).to_list() == list(map(nested.text, plain))
