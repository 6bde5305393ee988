"""Every command that loads a model has the installed plugins: each is run on a model that needs one."""

from __future__ import annotations

import ast
import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

import rules_engine
from rules_engine import Engine
from rules_engine.cli.main import app
from tests.plugins.making import HEAD, packaged

DOUBLE = """
from rules_engine.hooks import Functions, hookimpl

functions = Functions()

@functions.function("twice(n: number) -> number", doc="Two of it.")
def twice(n):
    return 2 * n

@hookimpl
def rules_functions():
    return functions
"""
VERSION = (
    HEAD
    + """
status: active
effective: 2026-01-0VERSION
requires: {plugins: {doubles: ">=1,<2"}}
scores:
  s:
    title: Size
    rules:
      big: {when: twice(lead.size) > 10, points: 1VERSION}
    bands: {cold: any, hot: 5}
segments: {big: {where: band.s = "hot"}}
"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packaged(tmp_path_factory.mktemp("site"), "doubles", DOUBLE)


@pytest.fixture
def folder(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(site)
    for number in ("1", "2"):
        text = VERSION.replace("VERSION", number).replace("version: 1\n", f"version: {number}\n")
        (tmp_path / f"v{number}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "data.yaml").write_text("schema: 1\nleads: {file: leads.csv, id: id}\n", encoding="utf-8")
    (tmp_path / "leads.csv").write_text("id,name,born,size\n1,ann,2001-01-01,6\n2,bo,,3\n", encoding="utf-8")
    (tmp_path / "tests.yaml").write_text(
        "tests:\n  - {name: a, as_of: 2026-01-05, lead: {size: 6}, expect: {scores: {s: 12}}}\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("check .", 0),
        ("test .", 0),
        ("score . --data data.yaml --as-of 2026-01-05", 0),
        ("explain . --data data.yaml --lead 1 --as-of 2026-01-05", 0),
        ("segments . --data data.yaml --as-of 2026-01-05", 0),
        ("diff v1.yaml v2.yaml", 0),
        ("diff v1.yaml v2.yaml --data data.yaml --as-of 2026-01-05", 0),
        ("lock .", 0),
        ("history .", 0),
        ("schema", 0),
        ("plugins", 0),
    ],
)
def test_command(folder: Path, line: str, code: int) -> None:
    done = CliRunner().invoke(app, line.split(), catch_exceptions=False)
    assert "RE403" not in done.output
    assert "RE322" not in done.output
    assert done.exit_code == code, done.output


def test_a_table_says_what_one_lead_says(folder: Path) -> None:
    line = "score . --data data.yaml --as-of 2026-01-05 --out scores.csv"
    CliRunner().invoke(app, line.split(), catch_exceptions=False)
    with (folder / "scores.csv").open(encoding="utf-8") as file:
        found = {row["lead_id"]: float(row["s"]) for row in csv.DictReader(file)}
    engine = Engine.load(folder, as_of="2026-01-05")
    for lead, size in (("1", 6), ("2", 3)):
        result = engine.score({"size": size}, as_of="2026-01-05")
        assert found[lead] == result.scores["s"].reading / 1_000_000


def test_who_loads_a_model_says_with_which_plugins() -> None:
    """Without its second argument, `load_model` knows no plugins: right for tests, wrong for a command."""
    loaders = {"load_model", "load_version", "load_all", "lock_folder"}
    package = Path(rules_engine.__file__).parent
    missing = [
        f"{file.relative_to(package)}:{node.lineno}"
        for part in ("cli", "analysis", "batch")
        for file in (package / part).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in loaders
        if len(node.args) < 2 and not any(keyword.arg == "using" for keyword in node.keywords)
        if not {"drafts"} & {*file.parts}  # what is drafted uses no plugin
    ]
    assert missing == []
