"""Run by .ci/wheel-check with the installed package: `core`, `tables` (makes the data), `same` (compares)."""

import importlib.util
import json
import sys
from pathlib import Path

TABLES = ("polars", "pyarrow", "numpy", "numba", "pandas")


def reading() -> float:
    """The lead of lead.json, scored in this process."""
    from rules_engine import Engine

    given = json.loads(Path("lead.json").read_text(encoding="utf-8"))
    result = Engine.load("fifty_rules.yaml").score(
        given["lead"], given["account"], given["events"], as_of=given["as_of"]
    )
    return result.scores["readiness"].reading / 1e6


def core() -> None:
    """Without extras: the package comes from the environment, no table library is there, one lead is scored."""
    import rules_engine

    assert "site-packages" in str(rules_engine.__file__), rules_engine.__file__
    installed = [name for name in TABLES if importlib.util.find_spec(name)]
    assert not installed, f"the core pulled in {installed}"
    print(f"one lead scored: readiness {reading():g}")
    schema = json.loads(Path("model.schema.json").read_text(encoding="utf-8"))
    assert schema["type"] == "object"


def tables() -> None:
    """With [batch]: one-lead scoring still loads no table library; write the lead as files for `rules score`."""
    reading()
    loaded = [name for name in TABLES if name in sys.modules]
    assert not loaded, f"scoring one lead loaded {loaded}"
    given = json.loads(Path("lead.json").read_text(encoding="utf-8"))
    lead = {**given["lead"], "account": "acme"}
    Path("leads.jsonl").write_text(json.dumps(lead) + "\n", encoding="utf-8")
    Path("accounts.jsonl").write_text(json.dumps({"id": "acme", **given["account"]}) + "\n", encoding="utf-8")
    rows = []
    for event in given["events"]:
        attributes = event.pop("attributes", {})
        rows.append(json.dumps({"lead": lead["id"], "video": attributes.pop("id", None), **event, **attributes}) + "\n")
    Path("events.jsonl").write_text("".join(rows), encoding="utf-8")
    Path("data.yaml").write_text(DATA, encoding="utf-8")


DATA = """\
schema: 1
leads: {file: leads.jsonl, id: id, account: account}
accounts: {file: accounts.jsonl, id: id}
events:
  - file: events.jsonl
    lead: lead
    at: at
    type: type
    id: id
    attributes_of: {video: {id: video}}
"""


def same() -> None:
    """The table says what scoring the one lead says."""
    import polars as pl

    (row,) = pl.read_parquet("scores.parquet").to_dicts()
    assert row["readiness"] == reading(), row
    assert Path("ledger.csv").stat().st_size > 0


if __name__ == "__main__":
    {"core": core, "tables": tables, "same": same}[sys.argv[1]]()
