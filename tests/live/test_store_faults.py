"""Stores that are damaged, locked, full, not to be written, or of another release: each says so, and nothing else."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rules_engine.engine import Engine
from rules_engine.live import Live, Store, StoreError, open_store
from rules_engine.live.store import Change, LeadRow
from tests.live.living import DAY, T0, ask, living, model_text, visit

Opening = Callable[..., Store]
REPOSITORY = Path(__file__).parents[2]


def live_at(folder: Path, store: Store) -> Live:
    return Live(living(folder), store, clock=lambda: T0 + 100 * DAY)


def fed_store(folder: Path, leads: int = 40) -> Path:
    """A store file with leads, events and deliveries, closed."""
    path = folder / "leads.db"
    live = live_at(folder, open_store(str(path), "living"))
    live.feed([kind(f"lead{n}", T0 + k, id=f"{n}-{k}") for n in range(leads) for k, kind in enumerate((ask, ask))])
    live.store.close()
    return path


def use_all(path: Path, engine: Engine) -> None:
    store = open_store(str(path), "living")
    try:
        live = Live(engine, store, clock=lambda: T0 + 100 * DAY)
        for _, result in live.results():
            assert result.scored
        for lead in store.lead_ids():
            store.history(lead)
        store.outbox()
        live.feed([visit(f"lead{n}", T0 + 3, id="new") for n in range(40)])
    finally:
        store.close()


# --- of a newer release -----------------------------------------------------------------------------------------------


def change_layout(address: str) -> Callable[[], list[Any]]:
    """Makes of a store one of a newer layout, whose columns and indexes are others; gives what tells its indexes."""
    changes = (
        "update rules_meta set value = '2' where name = 'layout'",
        "drop index rules_leads_due",
        "drop index rules_accounts_stale",
        "alter table rules_leads rename column due to due_at",
    )
    if address.startswith("sqlite:"):
        lite = sqlite3.connect(address.removeprefix("sqlite:"), isolation_level=None)
        for change in changes:
            lite.execute(change)
        return lambda: lite.execute("select name from sqlite_master order by name").fetchall()
    import psycopg

    server = psycopg.connect(address, autocommit=True)
    for change in changes:
        server.execute(change.encode())
    return lambda: server.execute("select indexname from pg_indexes where schemaname = 'public' order by 1").fetchall()


def test_a_store_of_a_newer_release_is_refused_as_it_is(shared_address: str, store_at: Opening) -> None:
    store_at(shared_address).close()
    indexes = change_layout(shared_address)
    before = indexes()
    with pytest.raises(StoreError, match="has layout 2, this program reads layout 1: use the release that made it"):
        open_store(shared_address, "living")
    assert indexes() == before


# --- damaged ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_off_says_that_it_is_damaged(share: float, tmp_path: Path) -> None:
    path = fed_store(tmp_path)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(StoreError, match=r"leads\.db is damaged or no store .*: restore a copy of it, or fill a new"):
        use_all(path, living(tmp_path))


def damage(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 5, 40])):
        start, length = chance.randrange(100, len(data)), chance.choice([1, 30, 3000])
        data[start : start + length] = chance.randbytes(len(data[start : start + length]))
    path.write_bytes(data)


def say_or_work(folder: Path, seeds: range) -> None:
    whole = fed_store(folder)
    engine = living(folder)
    told = 0
    for seed in seeds:
        path = folder / f"damaged{seed}.db"
        shutil.copy(whole, path)
        damage(path, seed)
        try:
            use_all(path, engine)
        except StoreError:
            told += 1
    assert told > len(seeds) // 4


def test_a_damaged_file_works_or_says_so(tmp_path: Path) -> None:
    say_or_work(tmp_path, range(12))


@pytest.mark.long
def test_many_damaged_files_work_or_say_so(tmp_path: Path) -> None:
    say_or_work(tmp_path, range(12, 300))


# --- locked -----------------------------------------------------------------------------------------------------------


def test_a_store_that_is_locked_for_too_long_says_so_and_works_after_it(
    shared_address: str, store_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "sqlite" if shared_address.startswith("sqlite:") else "postgres"
    first = store_at(shared_address)
    monkeypatch.setattr(f"rules_engine.live.{kind}.WAIT", 1)
    second = store_at(shared_address)
    first.save([Change(LeadRow("ann"))])

    def events() -> Iterator[Any]:
        with pytest.raises(StoreError, match=r"cannot be used now: another .* locked for 1 seconds"):
            second.save([Change(LeadRow("ann", version=1, fields={"title": "VP"}))])
        yield from ()

    first.save([Change(LeadRow("ann", version=1), events())])  # while its transaction lasts
    assert second.save([Change(LeadRow("ann", version=2, fields={"title": "VP"}))]) == ()


def test_a_transaction_that_is_interrupted_as_it_begins_is_not_left_open(
    shared_address: str, store_at: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Any = store_at(shared_address)
    begin = store._database.begin

    def interrupted() -> None:
        begin()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "begin", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.save([Change(LeadRow("ann"))])
    assert store.save([Change(LeadRow("ann"))]) == ()


# --- not to be written ------------------------------------------------------------------------------------------------


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    """A folder that may be read only, by a process that is not root while the test runs."""
    folder = Path(tempfile.mkdtemp(prefix="rules-readonly-"))
    user = os.geteuid()
    try:
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("there", [True, False], ids=["a store", "no store"])
def test_a_folder_that_may_only_be_read_says_so(there: bool, nobodys_folder: Path) -> None:
    path = nobodys_folder / "leads.db"
    if there:
        open_store(str(path), "living").close()
        path.chmod(0o444)
    nobodys_folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)
    with pytest.raises(StoreError, match=r"leads\.db cannot be written .*: this user needs to write the file and its"):
        open_store(str(path), "living")
    assert [one.name for one in nobodys_folder.iterdir()] == (["leads.db"] if there else [])


# --- no room ----------------------------------------------------------------------------------------------------------


def run(folder: Path, largest: int | None) -> subprocess.CompletedProcess[str]:
    """`rules run`, with files that grow to so many bytes at most, as on a disk that is full then."""

    def limit() -> None:
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    words = ["run", "v1.yaml", "--store", "leads.db", "--events", "events.jsonl", "--no-deliver"]
    return subprocess.run(
        [sys.executable, "-m", "rules_engine", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=limit,
        check=False,
    )


@pytest.mark.parametrize("largest", [20_000, 100_000, 400_000])
def test_a_disk_that_is_full_says_so_and_what_was_saved_is_whole(largest: int, tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(model_text().partition("automations:")[0], encoding="utf-8")
    events = [visit(f"lead{n}", T0 + n - 400 * DAY, id=f"e{n}") for n in range(3000)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    full = run(tmp_path, largest)
    assert (full.returncode, full.stderr.startswith("Error: the store leads.db cannot be ")) == (2, True), full.stderr
    assert len(full.stderr.splitlines()) == 1
    again = run(tmp_path, None)
    assert again.returncode == 0, again.stderr
    store = open_store(str(tmp_path / "leads.db"), "living")
    assert [len(store.history(f"lead{n}")) for n in range(3000)] == [1] * 3000
    store.close()
