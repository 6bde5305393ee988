"""Plugins that are installed: found by their entry point, by every command; a process without any imports nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.transcripts import REPOSITORY
from tests.plugins.making import HEAD, packaged, with_rule

GRADES = '''
"""Grades of names."""
from rules_engine.hooks import Action, Check, Content, Finding, Functions, Law, Rollup, Section, hookimpl

functions = Functions()

@functions.function("grade(name: string) -> number", doc="Letters of a name.", examples={'grade("ann")': "3"})
def grade(name):
    return float(len(name))

@hookimpl
def rules_functions():
    return functions

@hookimpl
def rules_laws():
    schema = {"type": "object", "required": ["weeks"], "properties": {"weeks": {"type": "integer"}}}
    return [Law("fortnight", schema, lambda p: [(p["weeks"] * 604_800_000_000, 0.0)], "Gone after some weeks.")]

@hookimpl
def rules_actions():
    schema = {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}}}
    return [Action("call", schema, print, "Calls somebody.")]

@hookimpl
def rules_rollups():
    return [Rollup("widest", lambda members: None, "Nothing.")]

@hookimpl
def rules_checks():
    return [Check("titles", lambda model: [Finding("no title", s.span) for s in model.scores.values() if not s.title])]

@hookimpl
def rules_sections():
    return [Section("names", "Names", "lead", lambda facts: Content(text=(f"lead {facts['lead']}",)))]
'''
MODEL = with_rule("grade(lead.name) = 3") + 'requires: {plugins: {grades: ">=1,<2"}}\n'


def rules(*words: str, paths: list[Path], folder: Path) -> tuple[int, str]:
    """Run a command that imports from `paths`, too; its exit code and what it printed."""
    places = os.pathsep.join(map(str, [REPOSITORY, *paths]))
    done = subprocess.run(
        [sys.executable, "-m", "rules_engine", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": places, "COLUMNS": "110", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that needs the plugin, with tests and data."""
    made = tmp_path_factory.mktemp("models")
    (made / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (made / "tests.yaml").write_text(
        "tests:\n  - {name: ann, as_of: 2026-01-01, lead: {name: ann}, expect: {scores: {s: 5}}}\n", encoding="utf-8"
    )
    (made / "data.yaml").write_text("schema: 1\nleads: {file: leads.csv, id: id}\n", encoding="utf-8")
    (made / "leads.csv").write_text("id,name\n1,ann\n2,bert\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packaged(tmp_path_factory.mktemp("site"), "grades", GRADES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "."], "3 files checked: 1 warning"),
        (["test", "."], "1 passed"),
        (["explain", "v1.yaml", "--data", "data.yaml", "--lead", "1", "--as-of", "2026-01-01"], "Names\n  lead 1\n"),
        (["score", "v1.yaml", "--data", "data.yaml", "--as-of", "2026-01-01"], "2 leads scored"),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_commands_know_the_plugin(folder: Path, grades: Path, words: list[str], said: str) -> None:
    code, printed = rules(*words, paths=[grades], folder=folder)
    assert said in printed
    assert code == 0


def test_a_model_says_what_it_needs(folder: Path) -> None:
    code, printed = rules("check", "v1.yaml", "--format", "concise", paths=[], folder=folder)
    assert code == 1
    assert "RE403" in printed


def test_the_list_and_the_page(grades: Path, folder: Path) -> None:
    code, printed = rules("plugins", "--format", "json", paths=[grades], folder=folder)
    assert code == 0
    assert json.loads(printed) == {
        "plugins": [
            {
                "name": "grades",
                "version": "1.0",
                "source": "grades-package 1.0 (grades_package)",
                "provides": {
                    "function": ["grade"],
                    "law": ["fortnight"],
                    "check": ["titles"],
                    "roll-up": ["widest"],
                    "action": ["call"],
                    "section": ["names"],
                },
            }
        ],
        "faults": [],
    }
    _, page = rules("plugins", "--reference", paths=[grades], folder=folder)
    for part in (
        "## grades 1.0",
        "### grade\n",
        "Letters of a name.",
        "### Law of decay `fortnight`",
        "Calls somebody.",
    ):
        assert part in page


def test_the_schema_knows_names_and_settings(grades: Path, folder: Path) -> None:
    from jsonschema import Draft202012Validator

    _, printed = rules("schema", paths=[grades], folder=folder)
    schema = Draft202012Validator(json.loads(printed))
    good = {
        "schema": 1,
        "model": "m",
        "version": 1,
        "requires": {"plugins": {"grades": ">=1"}},
        "events": {"demo": {}},
        "scores": {"s": {"rules": {"a": {"event": "demo", "points": 1, "decay": {"law": "fortnight", "weeks": 2}}}}},
        "accounts": {"a": {"of": "s", "combine": "widest"}},
        "automations": {"x": {"when": "true", "do": [{"action": "call", "to": "ann"}, {"action": "other", "to": 1}]}},
    }
    assert list(schema.iter_errors(good)) == []
    for path, wrong in (
        (("scores", "s", "rules", "a", "decay"), {"law": "fortnite", "weeks": 2}),
        (("scores", "s", "rules", "a", "decay"), {"law": "fortnight", "weeks": "two"}),
        (("scores", "s", "rules", "a", "decay"), {"law": "fortnight"}),
        (("accounts", "a", "combine"), "wider"),
        (("automations", "x", "do"), [{"action": "call", "to": 1}]),
    ):
        document = json.loads(json.dumps(good))
        place = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = wrong
        assert list(schema.iter_errors(document)) != [], wrong
    assert json.loads(printed)["x-functions"] == [
        {"name": "grade", "signatures": ["grade(name: string) -> number"], "description": "Letters of a name."}
    ]
    assert json.loads(printed)["$defs"]["condition"]["defaultSnippets"].count(
        {
            "label": "grade(name)",
            "description": "grade(name: string) -> number\n\nLetters of a name.",
            "body": "grade(${1:name})",
        }
    )


def test_without_plugins_the_schema_is_the_shipped_one_with_the_functions(folder: Path) -> None:
    _, printed = rules("schema", paths=[], folder=folder)
    schema = json.loads(printed)
    offered = {place: schema["$defs"][place].pop("defaultSnippets") for place in ("expression", "condition")}
    assert schema == json.loads((REPOSITORY / "grammar" / "model.schema.json").read_text(encoding="utf-8"))
    assert offered["expression"] == offered["condition"]
    assert "has word(s, word)" in {one["label"] for one in offered["expression"]}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('half installed')", "plugin broken, loading it: RuntimeError: half installed"),
        ("import no_such_thing", "plugin broken, loading it: ModuleNotFoundError"),
        (GRADES, 'plugin grades, function "grade": the plugin broken declares one of this name, too'),
    ],
    ids=["raises", "import", "duplicate"],
)
def test_a_plugin_that_fails_is_named(tmp_path: Path, folder: Path, grades: Path, code: str, said: str) -> None:
    paths = [grades, packaged(tmp_path, "broken", code)]
    exit_code, printed = rules("check", ".", paths=paths, folder=folder)
    assert (exit_code, printed.partition(said)[0]) == (2, "Error: ")
    exit_code, printed = rules("plugins", paths=paths, folder=folder)
    assert exit_code == 1
    assert "grades 1.0" in printed
    assert f"cannot be used: {said}" in printed


def test_one_that_cannot_be_imported_says_how_to_get_rid_of_it(tmp_path: Path, folder: Path) -> None:
    _, printed = rules("check", ".", paths=[packaged(tmp_path, "broken", "import no_such_thing")], folder=folder)
    assert "reinstall that (pip install --force-reinstall broken-package)" in " ".join(printed.split())
    assert "uninstall it (pip uninstall broken-package)" in " ".join(printed.split())


def test_a_zip_file_on_the_path_is_searched_too(tmp_path: Path, folder: Path, grades: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "site"), "zip", grades)
    assert rules("check", ".", paths=[Path(archive)], folder=folder)[0] == 0


def test_without_plugins_nothing_is_imported_for_them(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(HEAD + "scores: {s: {rules: {a: {event: demo, points: 5}}}}\n", encoding="utf-8")
    program = (
        "import sys\n"
        "from rules_engine.cli.main import run\n"
        "try: run(['check', 'v1.yaml'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert {"pluggy", "importlib.metadata", "rules_engine.hooks"} & set(done.stdout.split()) == set()
