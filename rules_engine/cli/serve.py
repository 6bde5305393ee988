"""`rules serve`: the HTTP service over a store of live leads."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

import click

from rules_engine.cli.faults import CommandError
from rules_engine.cli.options import FILE, model_argument, version_option
from rules_engine.cli.wrong_file import no_file

TOKEN = "RULES_SERVE_TOKEN"
SHORTEST_TOKEN = 16
LIBRARIES = frozenset({"starlette", "uvicorn", "prometheus_client", "anyio"})


@click.command(short_help="Answer over HTTP: scores, explanations, events.")
@model_argument
@click.option(
    "--store", metavar="URL", required=True, help="Where the leads live: leads.db, postgresql://host/name or memory:."
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", metavar="N", type=click.IntRange(0, 65535), default=8321, show_default=True, help="The port.")
@click.option("--token-file", metavar="FILE", type=FILE, help=f"The token to ask for. Default: ${TOKEN}.")
@click.option("--no-auth", is_flag=True, help="Ask for no token; only on an address of this machine (127.0.0.1).")
@click.option(
    "--max-bytes", metavar="N", type=click.IntRange(min=1000), default=1_000_000, show_default=True,
    help="The longest body of a request.",
)  # fmt: skip
@click.option(
    "--tick-every", metavar="SECONDS", type=click.FloatRange(min=0), default=60.0, show_default=True,
    help="How often to do what time brings; 0 where another process does.",
)  # fmt: skip
@version_option
def serve(
    model: Path,
    store: str,
    host: str,
    port: int,
    token_file: Path | None,
    no_auth: bool,
    max_bytes: int,
    tick_every: float,
    version: int | None,
) -> None:
    """Score leads, take in events, tell scores and why, over HTTP with a bearer token; /docs describes it.

    Logs are lines of JSON on standard error without personal data. On SIGTERM requests that came are answered first.
    """
    token = _token(token_file, host, no_auth=no_auth)
    try:
        from rules_engine.serve.app import create_app
        from rules_engine.serve.process import listen, log_as_lines, run
        from rules_engine.serve.settings import Settings
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise CommandError(
            f"the service needs {error.name}, which is not installed. Install it with\n"
            "  pip install 'lead-rules-engine[serve]'"
        ) from error
    from rules_engine.engine import Engine
    from rules_engine.live import Live, open_store
    from rules_engine.live.live import microseconds_now

    if not model.exists():
        raise CommandError(no_file(model))
    engine = Engine.load(model, as_of=microseconds_now(), version=version)
    with contextlib.ExitStack() as closing:
        try:
            sockets = [closing.enter_context(one) for one in listen(host, port)]
        except OSError as error:
            why = (error.strerror or str(error)).partition(" (")[0]
            raise CommandError(f"cannot listen at {host}, port {port}: {why}.") from error
        opened = open_store(store, engine.model.name)
        closing.callback(opened.close)
        live = Live(engine, opened)
        taken = live.take_over()
        log_as_lines()
        settings = Settings(token, most_bytes=max_bytes, tick_every=tick_every)
        click.echo(
            f"{engine.model.name} version {engine.model.version}"
            f"{f', {taken.rebuilt:,} leads told anew' if taken.rebuilt else ''}; {_address(host, sockets)}/docs"
        )
        if not run(create_app(live, settings), sockets):
            raise CommandError("the service could not begin.")


def _address(host: str, sockets: list[socket.socket]) -> str:
    port = sockets[0].getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _token(token_file: Path | None, host: str, *, no_auth: bool) -> str | None:
    from rules_engine.serve.settings import is_loopback

    if no_auth:
        if not is_loopback(host):
            raise CommandError(f"--no-auth is for this machine alone, and others can reach {host}; set a token.")
        return None
    if token_file is not None:
        token = token_file.read_text(encoding="utf-8").strip()
    else:
        token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise CommandError(
            f"there is no token: put one into ${TOKEN} or a file that --token-file names, for example by\n"
            "  openssl rand -hex 32 > token\nOn this machine alone, --no-auth asks for none."
        )
    if len(token) < SHORTEST_TOKEN:
        raise CommandError(f"the token has {len(token)} characters; {SHORTEST_TOKEN} are the least.")
    return token
