"""A PostgreSQL of the tests' own: the one that RULES_TEST_POSTGRES names, else a new one in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules_engine.live import Store, open_store

USER = "postgres"  # the server refuses to run as root; Debian's package makes this user


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(places[-1]) if places else shutil.which(name)


def _run(*words: str) -> None:
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_user, *words], capture_output=True, encoding="utf-8", cwd="/", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server with a database that nobody else uses."""
    given = os.environ.get("RULES_TEST_POSTGRES")
    if given:
        yield given
        return
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip(
            "there is no PostgreSQL server here (Debian: apt-get install postgresql); RULES_TEST_POSTGRES is not set"
        )
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("a PostgreSQL server does not run as root, and there is no runuser on PATH to start one with")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="rules-live-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        data = str(folder / "data")
        _run(initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run(pg_ctl, "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            _run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The address of the database, without the tables of earlier tests."""
    import psycopg

    names = "rules_meta, rules_leads, rules_events, rules_outbox, rules_accounts"
    with psycopg.connect(postgres_server) as connection:
        connection.execute(f"drop table if exists {names}")
    return postgres_server


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be made; a test runs once for each kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres"))
    return "memory:" if request.param == "memory" else f"sqlite:{tmp_path}/leads.db"


@pytest.fixture(params=["sqlite", "postgres"])
def shared_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new store may be made that several processes can open."""
    return str(request.getfixturevalue("postgres")) if request.param == "postgres" else f"sqlite:{tmp_path}/leads.db"


@pytest.fixture
def store_at() -> Iterator[Callable[..., Store]]:
    """Opens stores, and closes them at the end."""
    opened: list[Store] = []

    def opening(address: str, model: str = "living", **more: bool) -> Store:
        opened.append(open_store(address, model, **more))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()
