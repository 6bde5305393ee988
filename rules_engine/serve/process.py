"""The process of `rules serve`: the sockets that it listens at, what it logs, and how it ends."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp

BACKLOG = 2048
REQUESTS_END = 12  # seconds that requests which came may still take after the signal
END = 25  # seconds after which whatever is left is cut off; Kubernetes and others kill after 30


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets at each address that a name has. Raises `OSError`.

    Made before a store is opened: a second service that finds its port taken must not have touched anything.
    """
    found: list[socket.socket] = []
    missing: OSError | None = None
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        try:
            found.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # "localhost" where there is no IPv6
                for one in found:
                    one.close()
                raise
            missing = error
        if found and port == 0:  # another address would get another port
            break
    if not found and missing is not None:
        raise missing
    return found


def run(app: ASGIApp, sockets: list[socket.socket]) -> bool:
    """Serves until the process is told to end. Whether it was not: it could not begin."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=REQUESTS_END
    )
    server = _Server(config)
    before = signal.signal(signal.SIGTERM, _end)  # uvicorn raises the signal again when all is done
    try:
        server.run(sockets)
    except (KeyboardInterrupt, SystemExit):
        if not server.started:
            raise
    finally:
        signal.signal(signal.SIGTERM, before)
    return server.started


class _Server(uvicorn.Server):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            _cut_off_later()
        super().handle_exit(sig, frame)


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


def _cut_off_later() -> None:
    """Lets the process end as a crash would, which a store withstands, if threads are still busy then."""
    timer = threading.Timer(END, _cut_off)
    timer.daemon = True
    timer.start()


def _cut_off() -> None:
    logging.getLogger("rules_engine.serve").error(json.dumps({"event": "cut off", "after": END}))
    sys.stdout.flush()
    os._exit(1)


def log_as_lines() -> None:
    """One line of JSON per request, as the service makes them, and what the server itself says."""
    ours, servers = logging.StreamHandler(sys.stderr), logging.StreamHandler(sys.stderr)
    ours.setFormatter(logging.Formatter("%(message)s"))
    servers.setFormatter(_ServersLine())
    for name, handler, level in (
        ("rules_engine.serve", ours, logging.INFO),
        ("uvicorn", servers, logging.WARNING),
        ("asyncio", servers, logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False


class _ServersLine(logging.Formatter):
    """What the server says, without the traceback: what was raised may hold a person's data."""

    def format(self, record: logging.LogRecord) -> str:
        said = {"event": "server", "says": record.getMessage().partition("\n")[0]}
        kind = record.exc_info[0] if record.exc_info else None
        return json.dumps(said if kind is None else {**said, "error": kind.__name__})
