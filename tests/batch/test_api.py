"""Tables handed over by a host: from Polars, pyarrow, DuckDB, and what happens to tables that do not fit."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from benchmarks import generate
from rules_engine import Engine
from rules_engine.batch import score
from rules_engine.batch.score import BatchError
from rules_engine.batch.sources import DataError, read_uri
from rules_engine.batch.stream import read
from rules_engine.batch.tables import ScoreTables
from rules_engine.live import Live, open_store

MODEL = """
schema: 1
model: host
version: 1
fields:
  lead: {title: string}
  account: {employees: number}
events:
  visit: {path: string}
  demo: {seats: number}
scores:
  interest:
    rules:
      pricing: {event: visit, when: 'event.path = "/pricing"', points: 5}
      demo: {event: demo, points: 2 * event.seats}
      large: {of: account.employees, at_least: {0: 0, 100: 3}}
    bands: {cold: any, warm: 10}
accounts:
  all: {of: interest, combine: sum}
"""
LEADS = pl.DataFrame({"lead_id": ["a", "b"], "account_id": ["x", "x"], "title": ["VP", None], "hair": ["red", "grey"]})
ACCOUNTS = pl.DataFrame({"account_id": ["x"], "employees": [120.0]})
EVENTS = pl.DataFrame(
    {
        "lead_id": ["a", "a", "b", "nobody"],
        "type": ["visit", "demo", "visit", "visit"],
        "at": ["2026-09-01T10:00:00Z", "2026-09-02", "2026-09-03", "2026-09-04"],
        "path": ["/pricing", None, "/", "/"],
        "seats": [None, 4.0, None, None],
    }
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = Path(tmp_path_factory.mktemp("model")) / "v1.yaml"
    path.write_text(MODEL)
    return Engine.load(path)


def test_frames_of_polars(engine: Engine) -> None:
    found = engine.score_batch(LEADS, EVENTS, ACCOUNTS, as_of="2026-09-10")
    assert found.scores.select("lead_id", "interest", "interest_band").rows() == [("a", 16, "warm"), ("b", 3, "cold")]
    assert found.tables.accounts is not None
    assert found.tables.accounts.select("account_id", "all").rows() == [("x", 19)]
    assert any("unknown lead" in line for line in found.problems)


def test_tables_of_arrow_and_lazy_frames(engine: Engine) -> None:
    found = engine.score_batch(LEADS.to_arrow(), EVENTS.lazy(), ACCOUNTS.to_arrow(), as_of="2026-09-10")
    assert_frame_equal(found.scores, engine.score_batch(LEADS, EVENTS, ACCOUNTS, as_of="2026-09-10").scores)


def test_ids_longer_than_64_bits(engine: Engine) -> None:
    ids = pl.Series([2**100, 2**100 + 1], dtype=pl.Int128)
    leads, events = LEADS.with_columns(ids.alias("lead_id")), EVENTS.head(2).with_columns(ids.alias("lead_id"))
    found = engine.score_batch(leads, events, as_of="2026-09-10")
    assert found.scores.select("lead_id", "interest").rows() == [(str(2**100), 5), (str(2**100 + 1), 8)]


def test_the_time_of_the_newest_event_where_none_is_given(engine: Engine) -> None:
    found = engine.score_batch(LEADS, EVENTS.head(3))
    assert found.as_of == 1_788_393_600_000_000


def test_every_other_table_on_demand(engine: Engine) -> None:
    found = engine.score_batch(
        LEADS,
        EVENTS,
        as_of="2026-09-10",
        ledger=True,
        transitions=True,
        rules=True,
        snapshots=["2026-09-01", "2026-09-03"],
    ).tables
    assert [found.ledger.height, found.transitions.height, found.rules.height] == [2, 1, 6]
    assert found.snapshots["interest"].to_list() == [0, 0, 13, 0]


@pytest.mark.parametrize("moment", ["2026-08-01T12:00:00Z", None])
def test_many_events_give_what_few_do(moment: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many are scored as a stream, in pieces and ranges of leads."""
    generate.generate(tmp_path, 400, 4_000, seed=3, text_ids=True, event_ids=True)
    tables = {name: pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("leads", "events", "accounts")}
    tables["events"] = tables["events"].rename({"event_id": "id"})
    stranger = tables["events"].head(1).with_columns(lead_id=pl.lit("stranger"), id=pl.lit(-1, pl.Int64))
    tables["events"] = pl.concat([tables["events"], stranger])
    engine = Engine.load(Path(generate.__file__).parent / "population" / "model.yaml")
    asked = dict.fromkeys(("ledger", "transitions", "rules", "tallies"), True)
    given = {"as_of": moment, "snapshots": ["2026-03-01", "2026-06-01"], **asked}
    few = engine.score_batch(**tables, **given)
    monkeypatch.setattr(score, "ENOUGH", 0)
    monkeypatch.setattr(read, "BUCKET", 700)
    monkeypatch.setattr(read_uri, "PIECE", 900)
    many = engine.score_batch(**tables, **given)
    for table in fields(ScoreTables):
        assert_frame_equal(getattr(many.tables, table.name), getattr(few.tables, table.name))
    assert (many.as_of, many.problems, many.counts) == (few.as_of, few.problems, few.counts)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"leads": LEADS.drop("lead_id")}, DataError, "lead_id"),
        ({"events": EVENTS.drop("type")}, DataError, "type"),
        (
            {"events": EVENTS.rename({"at": "when", "lead_id": "leadid"})},
            DataError,
            'no column "lead_id". Did you mean "leadid"[?] The table events needs the columns lead_id, type, at; '
            "it has leadid, type, when, path, seats. Rename or add: lead_id, at.",
        ),
        ({"leads": pl.DataFrame()}, DataError, '^RE503: "leads" has no column "lead_id"'),
        (
            {"events": EVENTS.with_columns(pl.Series("path", [None, object(), "/", 3], dtype=pl.Object))},
            DataError,
            '^RE546: "events", row 2, column "path": <object object at .*> cannot be read: Arrow has no type',
        ),
        (
            {"events": EVENTS.with_columns(pl.Series("path", [None, 3, 4, "/"], dtype=pl.Object))},
            DataError,
            '^RE546: "events", row 4, column "path": \'/\' cannot be read: values above it are of the type int, '
            "this one is str",
        ),
        (
            {"leads": LEADS.to_arrow().append_column("title", pa.array(["a", "b"]))},
            DataError,
            '^RE504: "leads" has two columns called "title"',
        ),
        ({"events": EVENTS.head(0)}, BatchError, "no events"),
        ({"leads": [{"lead_id": "a"}]}, TypeError, "leads must be a table that exports Arrow"),
        ({"strict": True}, DataError, "unknown lead"),
    ],
)
@pytest.mark.parametrize("enough", [0, 60_000])
def test_tables_that_do_not_fit(
    engine: Engine,
    change: dict[str, Any],
    error: type[Exception],
    words: str,
    enough: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(score, "ENOUGH", enough)
    given: dict[str, Any] = {"leads": LEADS, "events": EVENTS} | change
    with pytest.raises(error, match=words):
        engine.score_batch(**given)


def test_columns_that_nobody_looks_at_are_not_in_the_way(engine: Engine) -> None:
    objects = EVENTS.with_columns(pl.Series("x", [object()] * 4), pl.Series("path", [None] * 4, dtype=pl.Object))
    doubled = LEADS.to_arrow().append_column("hair", pa.array(["a", "b"]))
    found = engine.score_batch(doubled, objects, as_of="2026-09-10")
    assert found.scores["interest"].to_list() == [8, 0]


def test_decimals_wider_than_those_of_polars(engine: Engine) -> None:
    """BigQuery has such numbers; an id of more digits than a double has stays what it is."""
    with localcontext(prec=76):
        seats = pa.array([None, Decimal("4.5"), None, Decimal(9) ** 70], pa.decimal256(76, 8))
        ids = pa.array([Decimal(10**39 + n) for n in (1, 1, 2, 3)], pa.decimal256(60, 0))
    events = EVENTS.to_arrow().set_column(4, "seats", seats).set_column(0, "lead_id", ids)
    leads = LEADS.with_columns(lead_id=pl.Series([str(10**39 + 1), str(10**39 + 2)]))
    found = engine.score_batch(leads, events, as_of="2026-09-10")
    assert found.scores.select("lead_id", "interest").rows() == [(str(10**39 + 1), 14), (str(10**39 + 2), 0)]


@pytest.mark.parametrize(
    ("column", "make", "words"),
    [
        ("seats", lambda pandas: [None, "4", 5, None], 'row 3, column "seats": 5 cannot be read: values above it are'),
        ("lead_id", lambda pandas: ["a", "a", 7, "b"], 'row 3, column "lead_id": 7 cannot be read'),
        ("path", lambda pandas: pandas.Categorical(["/", 1, None, "/"]), 'row 2, column "path": 1 cannot be read'),
        ("path", lambda pandas: ["/", "/", "\ud800", None], "row 3, column \"path\": '.ud800' cannot be read"),
        ("seats", lambda pandas: [1, 2, 3, 2**70], 'row 4, column "seats": 1180591620717411303424 cannot be read'),
        ("at", lambda pandas: pandas.period_range("2026-09", periods=4, freq="D"), "[.]dt[.]to_timestamp"),
        (
            "path",
            lambda pandas: [None, object(), "/", 3],
            'row 2, column "path": <object .* cannot be read: Arrow has',
        ),
    ],
)
def test_columns_of_pandas_that_arrow_has_no_type_for(engine: Engine, column: str, make: Any, words: str) -> None:
    pandas = pytest.importorskip("pandas")
    events = pandas.DataFrame(EVENTS.to_dict(as_series=False))
    events[column] = make(pandas)
    with pytest.raises(DataError, match=f'^RE546: "events",.*{words}'):
        engine.score_batch(LEADS, events, as_of="2026-09-10")
    events = pandas.DataFrame(EVENTS.to_dict(as_series=False)).assign(other=make(pandas))
    expected = engine.score_batch(LEADS, EVENTS, as_of="2026-09-10").scores
    assert_frame_equal(engine.score_batch(LEADS, events, as_of="2026-09-10").scores, expected)


def test_from_duckdb_and_back(engine: Engine) -> None:
    warehouse = duckdb.connect()
    for name, frame in {"leads": LEADS, "events": EVENTS}.items():
        warehouse.register(name, frame.to_arrow())
    leads, events = warehouse.sql("select * from leads"), warehouse.sql("select * from events")
    warehouse.register("scores", engine.score_batch(leads, events, as_of="2026-09-10").scores.to_arrow())
    warehouse.execute("create table scored as select * from scores")
    assert warehouse.sql("select lead_id, interest from scored order by 1").fetchall() == [("a", 13.0), ("b", 0.0)]


@pytest.mark.parametrize("enough", [0, 10**9], ids=["columns", "lead by lead"])
def test_a_negative_zero_is_a_zero_in_labels(tmp_path: Path, enough: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "ENOUGH", enough)
    path = tmp_path / "v1.yaml"
    path.write_text(
        "schema: 1\nmodel: zero\nversion: 1\nevents: {visit: {seats: number}}\n"
        "tallies: {last: {event: visit, latest: event.seats}}\n"
        "scores: {s: {rules: {r: {event: visit, points: 1}}}}\nlabels: {a: tally.last, b: '-score.s * 0'}\n"
    )
    events = EVENTS.head(1).with_columns(seats=pl.lit(-0.0))
    found = Engine.load(path).score_batch(LEADS.head(1), events, as_of="2026-09-10")
    assert found.scores.select("label_a", "label_b").rows() == [("0.0", "0.0")]


@pytest.mark.skipif(not hasattr(pa, "opaque"), reason="pyarrow makes such types from 18 on")
@pytest.mark.parametrize("enough", [0, 1_000])
def test_numbers_of_a_database_in_a_type_of_its_own(
    enough: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "ENOUGH", enough)
    seats = EVENTS["seats"].cast(pl.String).to_arrow()
    numeric = pa.opaque(seats.type, "numeric", "PostgreSQL")  # as ADBC gives it
    events = EVENTS.to_arrow().set_column(4, "seats", pa.ExtensionArray.from_storage(numeric, seats))
    found = engine.score_batch(LEADS, events, ACCOUNTS, as_of="2026-10-01")
    assert_frame_equal(found.scores, engine.score_batch(LEADS, EVENTS, ACCOUNTS, as_of="2026-10-01").scores)


@pytest.mark.parametrize("enough", [0, 1_000], ids=["columns", "lead by lead"])
def test_an_attribute_called_id_is_no_identity(enough: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "ENOUGH", enough)
    path = tmp_path / "v1.yaml"
    path.write_text(
        "schema: 1\nmodel: films\nversion: 1\nevents: {video: {id: string, share: number}, visit: {}}\n"
        "scores: {s: {rules: {film: {event: video, points: 20 * event.share, "
        "limit: {times: 1, each: event.id, keep: highest}}, visit: {event: visit, points: 1}}}}\n"
    )
    engine = Engine.load(path)
    rows: list[dict[str, Any]] = [
        {"type": "video", "at": "2026-09-01T10:00:00Z", "id": "v", "share": 0.5},
        {"type": "video", "at": "2026-09-02T10:00:00Z", "id": "v", "share": 0.75},
        {"type": "visit", "at": "2026-09-03T10:00:00Z", "id": "v"},
        {"type": "visit", "at": "2026-09-04T10:00:00Z", "id": "v"},
    ]
    found = engine.score_batch(
        LEADS.head(1), pl.DataFrame([{"lead_id": "a", **row} for row in rows]), as_of="2026-10-01"
    )
    # the film: 10, then 5 more; the visit: 1, as the second has the id of the first
    assert found.scores["s"].to_list() == [16.0]
    assert engine.score({}, None, rows, as_of="2026-10-01").scores["s"].total == 16_000_000


@pytest.mark.parametrize("enough", [0, 1_000], ids=["columns", "lead by lead"])
def test_a_field_called_id_is_not_filled_with_the_identity(
    enough: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score, "ENOUGH", enough)
    path = tmp_path / "v1.yaml"
    path.write_text(
        "schema: 1\nmodel: m\nversion: 1\nfields: {lead: {id: string}, account: {id: string}}\nevents: {visit: {}}\n"
        "scores: {s: {rules: {known: {when: lead.id != null, points: 1}, "
        "of_known: {when: account.id != null, points: 2}}}}\naccounts: {all: {of: s, combine: sum, weight: 'if "
        "account.id = null then 1 else 10'}}\n"
    )
    engine = Engine.load(path)
    leads, accounts = LEADS.drop("title", "hair"), ACCOUNTS.drop("employees")
    with_id = [frame.with_columns(id=pl.lit("i")) for frame in (leads, accounts)]
    none, own = (
        engine.score_batch(of_leads, EVENTS.head(0), of_accounts, as_of="2026-10-01")
        for of_leads, of_accounts in ((leads, accounts), with_id)
    )
    assert [found.scores["s"].to_list() for found in (none, own)] == [[0, 0], [3, 3]]
    assert [found.tables.accounts["all"].to_list() for found in (none, own)] == [[0], [60]]
    assert engine.score({}, {}, as_of="2026-10-01", lead_id="a").scores["s"].total == 0


@pytest.mark.parametrize(("text", "points"), [("P1DT1S", 1), ("PT24H", 2), ("-P2D", 2), ("P1Y", 4), ("soon", 4)])
def test_a_duration_as_iso_text_is_the_same_alone_live_and_in_a_table(text: str, points: int, tmp_path: Path) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text(
        "schema: 1\nmodel: m\nversion: 1\nfields: {lead: {trial: days and time duration}}\n"
        "scores: {s: {rules: {long: {when: 'lead.trial > duration(\"1 day\")', points: 1, otherwise: 2}, "
        "none: {when: lead.trial = null, points: 4}}}}\n"
    )
    engine = Engine.load(path)
    assert engine.score({"trial": text}, as_of="2026-10-01").scores["s"].total == points * 1_000_000
    live = Live(engine, open_store("memory:", "m"), clock=lambda: 0)
    live.feed([{"lead": "a", "fields": {"trial": text}}])
    assert live.score("a", as_of="2026-10-01").scores["s"].total == points * 1_000_000
    leads = pl.DataFrame({"lead_id": ["a"], "trial": [text]})
    assert engine.score_batch(leads, EVENTS.head(0), as_of="2026-10-01").scores["s"].to_list() == [points]
