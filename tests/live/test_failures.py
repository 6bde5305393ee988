"""A plugin that fails on one lead: the others are saved, nothing of that one is lost, and it is tried again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from rules_engine import Engine
from rules_engine.hooks import hookimpl
from rules_engine.live import Live, Store
from rules_engine.live.store import Change
from tests.live.living import DAY, T0, Notes, ask, model_text, visit
from tests.plugins.making import functions, packaged

Opening = Callable[..., Store]
NOW = T0 + 20 * DAY
RULE = "      french: {event: visit, when: 'grade(event.path) > 5 and lead.country = \"FR\"', points: 1}"


class House(Notes):
    """A plugin whose function fails on the path /boom while `failing`."""

    plugin_name = "house"

    def __init__(self, version: str = "1.0", *, failing: bool = True) -> None:
        super().__init__()
        self.__version__ = version
        self.failing = failing

    @hookimpl
    def rules_functions(self) -> object:
        def grade(path: str) -> float:
            if self.failing and path == "/boom":
                raise KeyError("boom")
            return 7.0

        return functions(("grade(path: string) -> number", grade))


def engine_of(folder: Path, house: House) -> Engine:
    path = folder / "house.yaml"
    old = "      french: {event: visit, when: 'lead.country = \"FR\"', points: 1}"
    assert old in model_text()
    path.write_text(model_text().replace(old, RULE), encoding="utf-8")
    return Engine.load(path, plugins=[house], discover=False)


def live_of(folder: Path, house: House, store: Store) -> Live:
    return Live(engine_of(folder, house), store, clock=lambda: NOW)


GIVEN: list[dict[str, Any]] = [
    {"lead": "ann", "fields": {"title": "VP", "country": "FR"}, "account": "acme"},
    {"lead": "ben", "fields": {"title": "VP", "country": "FR"}, "account": "acme"},
    visit("ann", T0, id="1"),
    visit("ann", T0 + 1, id="2", path="/boom"),
    ask("ann", T0 + 2, id="3"),
    visit("ann", T0 + 3),
    visit("ben", T0, id="1"),
]


def events_of(given: list[dict[str, Any]], lead: str) -> list[dict[str, Any]]:
    """The events of a lead, as the engine takes them."""
    return [
        {name: value for name, value in one.items() if name != "lead"}
        for one in given
        if one["lead"] == lead and "type" in one
    ]


def as_whole(live: Live, lead: str) -> None:
    """What the store has of the lead is what its history says."""
    given = events_of(GIVEN, lead)
    fields = next(one["fields"] for one in GIVEN if one.get("lead") == lead and "fields" in one)
    whole = live.engine.score(fields, {}, given, as_of=NOW, lead_id=lead)
    told = live.score(lead, as_of=NOW, whole=True)
    assert told == whole


def test_the_others_are_saved_and_the_one_is_told_with_its_place(
    address: str, store_at: Opening, tmp_path: Path
) -> None:
    live = live_of(tmp_path, House(), store_at(address))
    fed = live.feed(GIVEN)
    assert fed.rejected == []
    (failure,) = fed.failures
    assert (failure.lead_id, failure.plugin, failure.part, failure.kept) == ("ann", "house", "function grade()", True)
    assert failure.owner == 'rule "french" of score "heat"'
    line = next(n for n, line in enumerate(Path(live.engine.model.file).read_text().splitlines(), 1) if "grade" in line)
    assert failure.place is not None
    assert f"house.yaml:{line}:" in failure.place
    assert failure.problem == "KeyError: 'boom'"
    assert fed.leads == 1
    assert fed.events == 5
    assert len(live.store.history("ann")) == 4
    as_whole(live, "ben")


def test_it_is_tried_again_and_fires_and_counts_once(address: str, store_at: Opening, tmp_path: Path) -> None:
    house = House()
    live = live_of(tmp_path, house, store_at(address))
    live.feed(GIVEN)
    version = live.lead("ann").version
    ticked = live.tick()
    assert [one.lead_id for one in ticked.failures] == ["ann"]
    assert live.lead("ann").version == version, "what nothing came for is not written again"
    assert [one.events for one in (live.feed(GIVEN), live.feed([ask("ann", T0 + 2, id="3")]))] == [1, 0]
    house.failing = False
    live.tick()
    firings = {(row.automation, row.at) for row in live.store.outbox() if row.lead_id == "ann"}
    other = Live(engine_of(tmp_path, House(failing=False)), store_at("memory:"), clock=lambda: NOW)
    other.feed(GIVEN)
    other.feed(GIVEN)
    other.tick()
    assert firings == {(row.automation, row.at) for row in other.store.outbox() if row.lead_id == "ann"}
    assert firings
    assert live.score("ann", as_of=NOW, whole=True) == other.score("ann", as_of=NOW, whole=True)
    assert live.tick().failures == []
    assert live.lead("ann").model_hash == live.engine.prepared.state_hash


@pytest.mark.parametrize(
    "then", [visit("ann", T0 - 1, id="9", path="/boom"), visit("ann", T0 + DAY, id="9", path="/boom")]
)
def test_a_lead_that_was_scored_before_goes_on_from_there(
    then: dict[str, Any], store_at: Opening, tmp_path: Path
) -> None:
    house = House()
    live = live_of(tmp_path, house, store_at("memory:"))
    good = [one for one in GIVEN if one.get("path") != "/boom"]
    live.feed(good)
    before = live.lead("ann")
    fed = live.feed([then, {"lead": "ann", "fields": {"country": "FR"}}, ask("ann", T0 + 2 * DAY, id="10")])
    assert [one.lead_id for one in fed.failures] == ["ann"]
    assert (live.lead("ann").state_at, live.lead("ann").fields) == (before.state_at, {"country": "FR"})
    house.failing = False
    assert live.tick().failures == []
    events = sorted(events_of([*good, then, ask("ann", T0 + 2 * DAY, id="10")], "ann"), key=itemgetter("at"))
    whole = live.engine.score({"country": "FR"}, {}, events, as_of=NOW, lead_id="ann")
    assert live.score("ann", as_of=NOW, whole=True) == whole


def test_without_history_its_records_come_back(store_at: Opening, tmp_path: Path) -> None:
    house = House()
    live = live_of(tmp_path, house, store_at("memory:", keep_history=False))
    fed = live.feed(GIVEN)
    assert len(fed.rejected) == 5
    assert all("send it again" in one.reason for one in fed.rejected)
    assert [one.kept for one in fed.failures] == [False]
    assert live.store.load(["ann", "ben"]).keys() == {"ben"}
    house.failing = False
    assert live.feed([one.record for one in fed.rejected]).events == 4
    as_of = {"ann": live.score("ann", as_of=NOW).scores["heat"].reading}
    whole = live.engine.score({"title": "VP", "country": "FR"}, {}, events_of(GIVEN, "ann"), as_of=NOW)
    assert as_of["ann"] == whole.scores["heat"].reading


def test_a_new_version_of_the_plugin_tells_it_at_its_start(store_at: Opening, tmp_path: Path) -> None:
    store = store_at("memory:")
    live_of(tmp_path, House(), store).feed(GIVEN)
    mended = live_of(tmp_path, House("1.1", failing=False), store)
    assert mended.take_over().failures == []
    as_whole(mended, "ann")
    as_whole(mended, "ben")


def test_nothing_is_saved_in_a_dry_run(store_at: Opening, tmp_path: Path) -> None:
    live = live_of(tmp_path, House(), store_at("memory:"))
    assert [one.lead_id for one in live.feed(GIVEN, dry_run=True).failures] == ["ann"]
    assert live.store.lead_ids() == []


def test_an_expression_that_asks_for_too_much_is_the_same(store_at: Opening, tmp_path: Path) -> None:
    path = tmp_path / "much.yaml"
    when = "count(for i in 1..string length(event.path)*500 return for j in 1..1000 return 1) > 5"
    old = 'lead.country = "FR"\''
    path.write_text(model_text().replace(old, f"{when}'"), encoding="utf-8")
    live = Live(Engine.load(path, plugins=[Notes()], discover=False), store_at("memory:"), clock=lambda: NOW)
    fed = live.feed([visit("ann", T0, path="/" * 100), ask("ben", T0)])
    assert [(one.lead_id, one.plugin) for one in fed.failures] == [("ann", None)]
    assert "ann" in str(fed.failures[0])
    assert live.store.lead_ids() == ["ann", "ben"]
    assert fed.leads == 1


def test_a_lead_of_events_that_nobody_declared_is_told_by_the_version_that_does(
    store_at: Opening, tmp_path: Path
) -> None:
    store = store_at("memory:")
    engine = engine_of(tmp_path, House(failing=False))
    Live(engine, store, clock=lambda: NOW).feed([{"lead": "ann", "type": "call", "at": T0}])
    text = model_text(2).replace("  ask: {}", "  ask: {}\n  call: {}").replace("event: ask,", "event: [ask, call],")
    (tmp_path / "v2.yaml").write_text(text, encoding="utf-8")
    newer = Live(Engine.load(tmp_path / "v2.yaml", plugins=[Notes()], discover=False), store, clock=lambda: NOW)
    newer.take_over()
    assert newer.score("ann", as_of=T0).scores["heat"].reading == 20_000_000
    assert newer.lead("ann").state_at == T0


def test_states_of_an_earlier_layout_are_told_from_the_history(store_at: Opening, tmp_path: Path) -> None:
    store = store_at("memory:")
    live = live_of(tmp_path, House(failing=False), store)
    live.feed(GIVEN)
    before, row = live.score("ann", as_of=NOW).scores["heat"].reading, live.lead("ann")
    assert row.state is not None
    store.save([Change(replace(row, state=b"LRS1" + row.state[4:]))])
    assert live.score("ann", as_of=NOW).scores["heat"].reading == before
    as_whole(live, "ann")
    live.tick()
    live.feed([ask("ann", NOW, id="last")])
    events = events_of([*GIVEN, ask("ann", NOW, id="last")], "ann")
    whole = live.engine.score({"title": "VP", "country": "FR"}, {}, events, as_of=NOW, lead_id="ann")
    assert live.score("ann", as_of=NOW, whole=True).scores == whole.scores


CODE = """
import os
from rules_engine.hooks import Functions, hookimpl

functions = Functions()

@functions.function("grade(path: string) -> number", doc="How good a path is.")
def grade(path):
    if path == "/boom" and "MENDED" not in os.environ:
        raise KeyError("boom")
    return 7.0

@hookimpl
def rules_functions():
    return functions
"""


def test_the_command_tells_it_and_the_next_run_tries_again(tmp_path: Path) -> None:
    site = packaged(tmp_path, "house", CODE)
    rule = "{event: visit, when: 'grade(event.path) > 5', points: 1}"
    head = "schema: 1\nmodel: m\nversion: 1\nevents: {visit: {path: string}}\nscores:\n  s:\n    rules:\n      a: "
    (tmp_path / "m.yaml").write_text(head + rule + "\n", encoding="utf-8")
    lines = [visit("ann", T0, id="1", path="/boom"), visit("ben", T0, id="1")]
    (tmp_path / "e.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        repository = Path(__file__).parents[2]
        paths = os.pathsep.join([str(repository), str(site)])
        return subprocess.run(
            [sys.executable, "-m", "rules_engine", "run", "m.yaml", "--store", "leads.db", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": paths, **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    done = run("--events", "e.jsonl")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[1:] == [
        "2 lines: 2 new events",
        "0 band changes",
        "1 lead could not be told",
        '  lead ann: plugin house, function grade(), called at m.yaml:8:31 by rule "a" of score "s": '
        "KeyError: 'boom'; what came is kept, and tried again",
    ]
    again = run("--events", "e.jsonl", "--format", "json")
    assert again.returncode == 1
    document = json.loads(again.stdout)
    assert [(one["lead_id"], one["kept"]) for one in document["failed"]] == [("ann", True)]
    assert (document["events"], document["known"]) == (0, 2)
    mended = run("--tick", MENDED="1")
    assert (mended.returncode, mended.stderr) == (0, "")
    assert "1 lead told anew by this version" in mended.stdout
