"""Reading and writing, each test on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rules_sql as plugin
import sqlalchemy as sa
from rules_sql.address import Address, engine_of, read_address
from rules_sql.command import run
from rules_sql.writing import SqlError, write_table

from rules_engine import Engine
from rules_engine.batch.sources import DataError, load_mapping, read_data
from rules_engine.hooks import Delivery, PluginError, SourceError
from rules_engine.plugins import extensions_of

MODEL = """
schema: 1
model: crm
version: 1
fields: {lead: {country: string, size: number, joined: date, vip: boolean}}
events: {demo: {source: string}}
scores:
  fit:
    rules:
      big: {when: lead.size > 10, points: 5}
      here: {when: 'lead.country in ("FR", "DE")', points: 3}
      vip: {when: lead.vip, points: 1}
      new: {when: 'lead.joined > @"2026-01-01"', points: 2}
  interest:
    rules:
      demo: {event: demo, when: 'event.source = "ads"', points: 7}
"""
TABLES = """
CREATE TABLE leads (id INTEGER PRIMARY KEY, country VARCHAR(2), size NUMERIC(10, 2), joined DATE, vip BOOLEAN);
INSERT INTO leads VALUES (2, 'FR', 12.5, '2026-02-01', true), (1, 'US', NULL, '2025-02-01', false),
  (3, NULL, 10.00, NULL, NULL);
CREATE TABLE log (lead_id INTEGER, happened TIMESTAMP, kind TEXT, details TEXT);
INSERT INTO log VALUES (2, '2026-03-01 10:00:00', 'demo', '{"source": "ads"}'),
  (1, '2026-03-01 09:00:00', 'demo', '{"source": "mail"}');
CREATE VIEW demos AS SELECT lead_id, happened, kind, details FROM log WHERE kind = 'demo';
"""
MAPPING = """
schema: 1
leads: {file: "HERE#leads", id: id}
events:
  file: "HERE#demos"
  lead: lead_id
  at: happened
  type: kind
  json: [details]
  attributes: {source: details.source}
"""


@dataclass(frozen=True)
class Database:
    """`address` is without the table; `folder` that of the mapping."""

    address: str
    folder: Path

    def engine(self) -> sa.Engine:
        return engine_of(read_address(f"{self.address}#x", self.folder), writing=True)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine().connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        found = Database("sqlite:///crm.db", tmp_path)
    else:
        found = Database(request.getfixturevalue("postgres"), tmp_path)
        with found.engine().begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    with found.engine().begin() as connection:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.execute(sa.text(statement.replace(":00", r"\:00")))
    return found


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_leads_and_events_are_scored(database: Database) -> None:
    using = extensions_of([plugin], discover=False)
    engine = Engine.load(write(database.folder, "v1.yaml", MODEL), using=using)
    mapping = write(database.folder, "data.yaml", MAPPING.replace("HERE", database.address))
    data = read_data(load_mapping(mapping, using=using), engine.model)
    found = {}
    for lead_id, lead, account, events in data.leads_iter():
        result = engine.score(lead, account, events, as_of="2026-04-01", lead_id=lead_id)
        found[lead_id] = tuple(result.scores[name].reading // 1_000_000 for name in ("fit", "interest"))
    assert found == {"1": (0, 0), "2": (11, 7), "3": (0, 0)}
    assert data.leads["lead_id"].to_list() == ["1", "2", "3"]  # by the primary key, not as they were written


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("lead", "there is no table or view lead. There are demos, leads, log."),
        ("", "name the table or view after a #"),
    ],
)
def test_what_is_not_there_is_said(database: Database, table: str, said: str) -> None:
    using = extensions_of([plugin], discover=False)
    mapping = write(database.folder, "data.yaml", f'schema: 1\nleads: {{file: "{database.address}#{table}", id: id}}\n')
    model = Engine.load(write(database.folder, "v1.yaml", MODEL), using=using).model
    with pytest.raises(DataError) as caught:
        read_data(load_mapping(mapping, using=using), model)
    (found,) = caught.value.findings
    assert found.code == "RE545"
    assert said in found.message


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("sqlite:///none.db#x", "there is no file none.db"),
        ("sqlite://crm.db#x", "with three strokes"),
        ("postgresql://$NOT_SET_HERE#x", "set the environment variable NOT_SET_HERE"),
        ("postgresql://host:port/x#x", "it is no address"),
        ("postgresql://127.0.0.1:9/x#x", "onnection refused"),
    ],
)
def test_addresses_that_lead_nowhere(tmp_path: Path, uri: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        plugin.open_source(uri, tmp_path)


def test_an_address_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRM_DATABASE", "sqlite:////data/crm.db")
    assert read_address("sqlite://$CRM_DATABASE#a.b", tmp_path) == Address("a", "b", file=Path("/data/crm.db"))
    with pytest.raises(SourceError, match="does not hold an address that begins postgresql://"):
        read_address("postgresql://$CRM_DATABASE#b", tmp_path)


def test_reading_a_sqlite_file_cannot_change_it(tmp_path: Path) -> None:
    database = Database("sqlite:///crm.db", tmp_path)
    with database.engine().begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (x)"))
    engine = engine_of(read_address("sqlite:///crm.db#t", tmp_path))
    with pytest.raises(sa.exc.OperationalError, match="readonly"), engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO t VALUES (1)"))


# --- writing


@pytest.fixture
def deliver(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[Delivery], None]:
    monkeypatch.chdir(database.folder)
    monkeypatch.setenv("RULES_SQL_CRM_URL", database.address + "#automations")
    (action,) = (extensions_of([plugin], discover=False).actions or {}).values()
    return action.deliver


DELIVERY = Delivery(
    key="k1",
    automation="hand_over",
    lead_id="ann",
    at=datetime(2026, 1, 1, tzinfo=UTC),
    parameters={"to": "crm", "data": {"queue": "sales"}},
    result={"scores": {"fit": {"reading": 20.0}}},
)


def test_a_delivery_that_comes_twice_is_one_row(database: Database, deliver: Callable[[Delivery], None]) -> None:
    for key in ("k1", "k1", "k2"):
        deliver(replace(DELIVERY, key=key))
    rows = database.rows("SELECT key, automation, lead, at, data, result FROM automations ORDER BY key")
    assert [row[0] for row in rows] == ["k1", "k2"]
    assert rows[0][1:4] == ("hand_over", "ann", "2026-01-01T00:00:00+00:00")
    assert json.loads(str(rows[0][4])) == {"queue": "sales"}
    assert json.loads(str(rows[0][5])) == DELIVERY.result


def test_a_database_that_is_not_named(deliver: Callable[[Delivery], None]) -> None:
    with pytest.raises(PluginError, match="set RULES_SQL_SALES_URL"):
        deliver(replace(DELIVERY, parameters={"to": "sales"}))


def test_a_table_of_scores_is_replaced(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    pl = pytest.importorskip("polars")
    monkeypatch.chdir(database.folder)
    for leads in (["a", "b", "c"], ["b", "d"]):
        frame = pl.DataFrame({"lead_id": leads, "fit": [1.5] * len(leads), "scored": [True] * len(leads)})
        frame.write_parquet("scores.parquet")
        assert run(["scores.parquet", database.address + "#lead_scores"]) == 0
    rows = database.rows("SELECT lead_id, fit, scored FROM lead_scores ORDER BY lead_id")
    assert [tuple(row) for row in rows] == [("b", 1.5, True), ("d", 1.5, True)]


def test_what_fails_on_the_way_changes_nothing(database: Database) -> None:
    columns: dict[str, sa.types.TypeEngine[object]] = {"n": sa.BigInteger()}  # type: ignore[dict-item]
    uri = database.address + "#numbers"
    write_table(uri, columns, [(1,), (2,)], database.folder)
    with pytest.raises(ZeroDivisionError):
        write_table(uri, columns, ((1 // n,) for n in (1, 0)), database.folder)
    with pytest.raises(SqlError, match=r"the table numbers has other columns \(n\)"):
        write_table(uri, {"m": sa.Text()}, [], database.folder)
    assert database.rows("SELECT n FROM numbers ORDER BY n") == [(1,), (2,)]


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run([os.fspath(tmp_path / "scores.xls"), "sqlite:///x.db#t"]) == 2
    assert "ends in none of .parquet, .csv, .jsonl" in capsys.readouterr().err
