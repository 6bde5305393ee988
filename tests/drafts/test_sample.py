"""What `rules init --from` sees in a sample: types, markers, times, roles; what it writes checks and scores."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from rules_engine.analysis.drafts.drafted import DraftError, write
from rules_engine.analysis.drafts.roles import Role
from rules_engine.analysis.drafts.sample import Column, read_table
from rules_engine.analysis.drafts.scaffold import Wish, sample_files
from rules_engine.batch.score import open_batch

RULESETS = Path(__file__).parents[2] / "rulesets"


def column(tmp_path: Path, *values: str, name: str = "x") -> Column:
    (tmp_path / "x.csv").write_text("\n".join([f"{name},z", *(f'"{value}",1' for value in values)]))
    return read_table(tmp_path / "x.csv").columns[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("1", "-2.5", "3e4", ""), "number"),
        (("0012", "7"), "string"),
        (("yes", "No", "yes"), "boolean"),
        (("0", "1", "1"), "number"),
        (("2026-01-02", "2026-1-3"), "date"),
        (("2026-01-02T10:00:00Z", "2026-01-02"), "date and time"),
        (("02.01.2026", "31.12.2025"), "date"),
        (("a", "1"), "string"),
        (("", ""), "string"),
    ],
)
def test_types(values: tuple[str, ...], kind: str, tmp_path: Path) -> None:
    assert column(tmp_path, *values).kind == kind


def test_numbers_with_a_comma_and_times_since_1970(tmp_path: Path) -> None:
    assert column(tmp_path, "1,5", "2").decimal == ","
    assert column(tmp_path, "1777973400000", name="created_at").form == "epoch ms"
    assert column(tmp_path, "1777973400", name="phone").kind == "number"


def test_day_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    days, moments = (column(tmp_path, *own, name="Created Date") for own in (("45292", "46000"), ("45292", "45292.5")))
    assert (days.kind, days.form, moments.kind, moments.form) == ("date", "excel days", "date and time", "excel days")
    assert column(tmp_path, "45292", "45292,5", name="revenue").kind == "number"


def test_markers_of_missing_values(tmp_path: Path) -> None:
    assert column(tmp_path, "1", "N/A", "?", "unknown", "2").markers == ("?", "N/A", "unknown")
    found = column(tmp_path, "a", "unknown", "NULL")
    assert (found.markers, found.filled, found.distinct) == (("NULL",), 2, 2)


def test_the_order_of_day_and_month(tmp_path: Path) -> None:
    assert column(tmp_path, "13/01/2026", "01/02/2026").form == "%d/%m/%Y"
    assert column(tmp_path, "01/13/2026 10:00", "01/02/2026 11:00").form == "%m/%d/%Y %H:%M"
    assert column(tmp_path, "01/02/2026").ambiguous


def test_enumerations_are_few_repeated_texts(tmp_path: Path) -> None:
    assert column(tmp_path, *["US", "FR"] * 3).allowed == ("US", "FR")
    assert column(tmp_path, "US", "FR", "DE").allowed == ()


def drafted(folder: Path, *samples: tuple[Path, Role | None]) -> dict[str, str]:
    made = sample_files(Wish("m", date(2026, 11, 1)), samples, folder)
    write(folder, made.files)
    return dict(made.files)


def test_leads_accounts_and_events_in_csv_files(tmp_path: Path) -> None:
    data = RULESETS / "b2b_saas" / "data"
    files = drafted(tmp_path, *((data / f"{name}.csv", None) for name in ("leads", "accounts", "events")))
    mapping = yaml.safe_load(files["data.yaml"])
    assert (mapping["leads"]["id"], mapping["leads"]["account"]) == ("lead_id", "account_id")
    assert mapping["accounts"]["id"] == "account_id"
    assert {key: mapping["events"][key] for key in ("lead", "at", "type", "id")} == {
        "lead": "lead_id", "at": "at", "type": "type", "id": "event_id",
    }  # fmt: skip
    assert files["tests.yaml"].startswith("tests:\n")
    model = yaml.safe_load(files["v1.yaml"])
    assert model["fields"]["lead"]["opted_out"] == "boolean"
    assert model["events"]["page_view"] == {"path": "string"}
    batch = open_batch(tmp_path / "v1.yaml", tmp_path / "data.yaml")
    assert batch.rejected_rows == 0
    assert batch.run().scores["readiness"].sum() > 0


def test_a_log_of_nested_json_lines(tmp_path: Path) -> None:
    visits = [
        {"visitor": {"id": f"v{n % 2}"}, "pages": [{"ts": 1777973400000 + n, "url": {"path": "/a"}, "type": "View"}]}
        for n in range(4)
    ]
    path = tmp_path / "visits.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, visits)).encode()))
    mapping = yaml.safe_load(drafted(tmp_path, (path, None))["data.yaml"])["events"]
    assert mapping == {
        "file": "visits.jsonl.gz",
        "explode": "pages",
        "lead": "visitor.id",
        "at": {"column": "pages.ts", "format": "epoch ms"},
        "type": {"column": "pages.type", "values": {"View": "view"}},
        "attributes": {"url_path": "pages.url.path"},
    }
    assert open_batch(tmp_path / "v1.yaml", tmp_path / "data.yaml").lead_count == 2


def test_a_table_without_ids_in_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Company Size": [5, 5, 7], "Converted": [True, False, True], "Plan Type": ["a", "a", "a"]})
    frame.write_parquet(tmp_path / "leads.parquet")
    files = drafted(tmp_path, (tmp_path / "leads.parquet", None))
    mapping = yaml.safe_load(files["data.yaml"])["leads"]
    assert mapping["id"] == {"generate": "row_number", "prefix": "lead-"}
    assert mapping["fields"] == {"company_size": "Company Size", "plan_type": "Plan Type"}
    assert open_batch(tmp_path / "v1.yaml", tmp_path / "data.yaml", as_of="2026-11-01").run().scores.height == 3


def test_a_role_may_be_said(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("who_id,when_at\na,2026-01-01\nb,2026-01-02\n")
    with pytest.raises(DraftError, match="no column of it names the lead; call it lead_id"):
        drafted(tmp_path, (tmp_path / "log.csv", "events"))
    (tmp_path / "log.csv").write_text("user_id,when_at\na,2026-01-01\nb,2026-01-02\n")
    assert "events:" in drafted(tmp_path, (tmp_path / "log.csv", "events"))["data.yaml"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.xls", "a", "is a .csv"),
        ("x.csv", "a,b\n", "holds no rows"),
        ("x.csv", "a,a\n1,2\n", "a name of its own"),
        ("x.jsonl", "{\n", "line 1 is no JSON"),
        ("x.parquet", "a", "cannot be read as Parquet"),
        ("x.csv.gz", "\x1f\x8b", "cut short"),
    ],
)
def test_what_is_no_sample(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(DraftError, match=told):
        read_table(tmp_path / name)


def test_two_tables_of_leads_are_asked_about(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,x\n1,2\n2,3\n")
    with pytest.raises(DraftError, match="all look like leads; say which is what"):
        drafted(tmp_path, (tmp_path / "a.csv", None), (tmp_path / "b.csv", None))


def test_how_deals_ended_is_no_field(tmp_path: Path) -> None:
    rows = ("id,Stage,Reply", "1,Won,yes", "2,Lost,no", "3,Open,no", "4,Lost,yes", "5,Won,yes")
    (tmp_path / "deals.csv").write_text("\n".join(rows))
    files = drafted(tmp_path, (tmp_path / "deals.csv", "leads"))
    assert yaml.safe_load(files["data.yaml"])["leads"]["fields"] == {"reply": "Reply"}
