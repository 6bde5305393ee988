"""`rules report --format json`: the numbers of the page, and that they are those of `rules score` and its tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rules_engine.batch.score import open_batch
from rules_engine.cli.main import run

SMALL = Path(__file__).parents[1] / "cli" / "models" / "small"


def test_numbers_are_those_of_the_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(SMALL), "--data", str(SMALL / "data.yaml"), "--as-of", "2026-04-01", "--out", str(tmp_path / "r.html")]
    with pytest.raises(SystemExit) as left:
        run(["report", *words, "--format", "json", "--weeks", "2", "--by", "fit"])
    assert left.value.code == 0
    told = json.loads(capsys.readouterr().out)
    scores = open_batch(SMALL, SMALL / "data.yaml", as_of="2026-04-01").run().scores.filter("scored")
    assert told["leads_scored"] == scores.height
    assert {band: count for band, count in told["bands"]["fit"].items() if count} == dict(
        scores.group_by("fit_band").len().iter_rows()
    )
    assert told["highest"][0]["fit"] == scores["fit"].max()
    assert [len(found["weeks"]) for found in told["moves"]] == [2, 2]
    assert told["file"] == str(tmp_path / "r.html")
    assert (tmp_path / "r.html").stat().st_size < 2_000_000


def test_without_the_chart_libraries_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    for name in [name for name in sys.modules if name.startswith("rules_engine.report.html.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as left:
        run(["report", str(SMALL), "--data", str(SMALL / "data.yaml"), "--out", str(tmp_path / "r.html")])
    assert left.value.code == 2
    assert "pip install 'lead-rules-engine[report]'" in capsys.readouterr().err


EDGES = """\
schema: 1
model: edges
version: 1
status: draft
stages: [one, two]
audience: lead.kind = null or lead.kind != "outside"
fields: {lead: {kind: string}}
events: {visit: {}}
scores:
  visits: {rules: {visit: {stage: one, event: visit, points: 1}}, bands: {none: any, some: 1}}
  plain: {rules: {kind: {when: lead.kind = "x", points: 1}}}
accounts: {sum: {of: visits, combine: sum}}
segments: {some: {where: score.visits > 0}}
"""


@pytest.mark.parametrize(
    "leads", ["", "a,,\n", "a,outside,\n", "a,x,acme\nb,,acme\n"], ids=["none", "one", "outside", "two"]
)
def test_populations_of_hardly_anybody(tmp_path: Path, leads: str) -> None:
    (tmp_path / "v1.yaml").write_text(EDGES, encoding="utf-8")
    (tmp_path / "leads.csv").write_text("lead,kind,account\n" + leads, encoding="utf-8")
    (tmp_path / "events.csv").write_text("lead,at,type\n", encoding="utf-8")
    (tmp_path / "data.yaml").write_text(
        "schema: 1\nleads: {file: leads.csv, id: lead, account: account, fields: {kind: kind}}\n"
        "events: {file: events.csv, lead: lead, at: at, type: type}\n",
        encoding="utf-8",
    )
    page = tmp_path / "r.html"
    words = [str(tmp_path / "v1.yaml"), "--data", str(tmp_path / "data.yaml"), "--as-of", "2026-01-01"]
    with pytest.raises(SystemExit) as left:
        run(["report", *words, "--out", str(page)])
    assert left.value.code == 0
    assert page.read_text(encoding="utf-8").rstrip().endswith("</html>")
