"""Plugins are asked once, named when they fail, and never share a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine import Engine
from rules_engine.engine import ModelError
from rules_engine.hooks import (
    Action,
    Check,
    Content,
    Law,
    Observer,
    PluginError,
    Reader,
    Rollup,
    Section,
    Source,
)
from rules_engine.model.extensions import Extensions
from rules_engine.plugins import extensions_of
from tests.plugins.making import engine, functions, plugin, with_rule

NOTHING = {"type": "object"}
ONE_OF_EACH: dict[str, object] = {
    "functions": functions(("double(n: number) -> number", lambda n: 2 * n)),
    "laws": [Law("slow", NOTHING, lambda _: [(1, 0.0)])],
    "checks": [Check("tidy", lambda _: [])],
    "readers": [Reader("memory", lambda uri, folder: Source((), lambda _: []))],
    "rollups": [Rollup("widest", lambda _: None)],
    "actions": [Action("call", NOTHING, lambda _: None)],
    "observers": [Observer("log")],
    "sections": [Section("extra", "Extra", "lead", lambda _: Content())],
}


def gathered(*plugins: object) -> Extensions:
    return extensions_of(plugins, discover=False)


def test_one_of_each() -> None:
    (loaded,) = gathered(plugin(**ONE_OF_EACH)).loaded
    assert (loaded.name, loaded.version, loaded.source) == ("house", "1.0", "registered by the host")
    assert dict(loaded.provides) == {
        "function": ("double",),
        "law": ("slow",),
        "check": ("tidy",),
        "reader": ("memory",),
        "roll-up": ("widest",),
        "action": ("call",),
        "observer": ("log",),
        "section": ("extra",),
    }


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_two_plugins_with_one_name(kind: str) -> None:
    given = {kind: ONE_OF_EACH[kind]}
    with pytest.raises(PluginError, match="the plugin house declares one of this name, too"):
        gathered(plugin(**given), plugin("garden", **given))


@pytest.mark.parametrize("kind", [kind for kind in ONE_OF_EACH if kind != "functions"])
def test_one_plugin_with_a_name_twice(kind: str) -> None:
    one = ONE_OF_EACH[kind]
    assert isinstance(one, list)
    with pytest.raises(PluginError, match="of this name in it"):
        gathered(plugin(**{kind: [*one, *one]}))


def test_two_plugins_of_one_name() -> None:
    with pytest.raises(PluginError, match='plugin house, plugin "house"'):
        gathered(plugin(laws=[]), plugin(checks=[]))


@pytest.mark.parametrize(
    "given",
    [
        {"functions": functions(("substring(s: string) -> string", str))},
        {"functions": functions(("email_domain(s: string) -> string", str), ("floor(n: number) -> number", abs))},
        {"rollups": [Rollup("mean", lambda _: None)]},
        {"rollups": [Rollup("top", lambda _: None)]},
        {"readers": [Reader("file", lambda uri, folder: Source((), lambda _: []))]},
    ],
    ids=["substring", "floor", "mean", "top", "file"],
)
def test_names_of_the_engine(given: dict[str, object]) -> None:
    with pytest.raises(PluginError, match="the engine itself has one of this name"):
        gathered(plugin(**given))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"laws": RuntimeError("oh")}, "plugin house, rules_laws: RuntimeError: oh"),
        ({"laws": ["slow"]}, "it gave a value of type str where Law objects belong"),
        ({"laws": 5}, "rules_laws: TypeError"),
        ({"laws": [Law("Not a name", NOTHING, lambda _: [])]}, "a name has letters, digits and _"),
        ({"laws": [Law("x", {"properties": {"delay": {}}}, lambda _: [])]}, "`delay` is a key of every decay"),
        ({"laws": [Law("x", None, lambda _: [])]}, "its parameters are nothing, not a JSON Schema"),  # type: ignore[arg-type]
        ({"sections": [Section("x", "X", "cheese", lambda _: None)]}, "it is about 'cheese'"),  # type: ignore[arg-type]
        ({"functions": functions(("has spaces(s: string) -> string", str))}, "its name is no plain word"),
        ({"functions": functions(("f() -> number", lambda: 1), ambient=True)}, "it reads the clock"),
    ],
)
def test_declarations_that_cannot_stand(given: dict[str, object], said: str) -> None:
    with pytest.raises(PluginError) as caught:
        gathered(plugin(**given))
    assert caught.value.plugin == "house"
    assert said in str(caught.value)


def test_a_hook_that_there_is_not() -> None:
    with pytest.raises(PluginError, match="rules_lows"):
        gathered(plugin(lows=[]))


def test_an_object_without_hooks() -> None:
    with pytest.raises(PluginError, match="plugin pathlib, loading it: it has no function marked with hookimpl"):
        gathered(__import__("pathlib"))


def test_functions_without_a_word_on_what_they_do() -> None:
    silent = functions()
    silent.function("double(n: number) -> number")(lambda n: 2 * n)
    with pytest.raises(PluginError, match="it has no doc"):
        gathered(plugin(functions=silent))


# --- engines


def test_two_engines_do_not_see_each_others_plugins(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    text = with_rule("grade(lead.name) = 1")
    first = functions(("grade(s: string) -> number", lambda s: 1))
    second = functions(("grade(s: string) -> number", lambda s: 2))
    one, two = engine(tmp_path / "one", [plugin(functions=first)], text), None
    two = engine(tmp_path / "two", [plugin(functions=second)], text)
    readings = [each.score({"name": "x"}, as_of="2026-01-01").scores["s"].reading for each in (one, two, one)]
    assert readings == [5_000_000, 0, 5_000_000]
    with pytest.raises(ModelError, match='There is no function called "grade"'):
        engine(tmp_path, [], text)


def test_a_plugin_cannot_add_later(tmp_path: Path) -> None:
    declared = functions(("grade(s: string) -> number", lambda s: 1))
    made = engine(tmp_path, [plugin(functions=declared)], with_rule("grade(lead.name) = 1"))
    declared.function("later(s: string) -> number", doc="Too late.")(lambda s: 2)
    assert "later" not in made.extensions.functions
    with pytest.raises(TypeError):
        made.extensions.laws["x"] = None  # type: ignore[index]


@pytest.mark.parametrize(
    ("version", "wanted", "code"), [("1.4", ">=1.2,<2", None), ("2.0", ">=1.2,<2", "RE403"), (None, ">=1", "RE403")]
)
def test_required_plugins(tmp_path: Path, version: str | None, wanted: str, code: str | None) -> None:
    text = with_rule("true").replace("version: 1\n", f'version: 1\nrequires: {{plugins: {{house: "{wanted}"}}}}\n')
    text = text.replace("when: 'true', ", "")
    plugins = [] if version is None else [plugin(version=version, laws=[])]
    try:
        found = [finding.code for finding in engine(tmp_path, plugins, text).diagnostics]
    except ModelError as error:
        found = [finding.code for finding in error.diagnostics]
    assert found == ([] if code is None else [code])


def test_the_extensions_of_an_engine_serve_another(tmp_path: Path) -> None:
    text = with_rule("grade(lead.name) = 1")
    one = engine(tmp_path, [plugin(functions=functions(("grade(s: string) -> number", lambda s: 1)))], text)
    again = Engine.load(tmp_path / "v1.yaml", using=one.extensions)
    assert again.score({"name": "x"}, as_of="2026-01-01").scores["s"].reading == 5_000_000
