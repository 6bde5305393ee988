"""What stands before every request: the token, the size, a log line and the counters."""

from __future__ import annotations

import hmac
import json
import logging
import time
import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rules_engine.serve.metrics import Metrics
from rules_engine.serve.settings import Settings

OPEN = frozenset({"/health", "/openapi.json", "/docs"})  # say nothing about anybody
RETRY_AFTER = 5  # seconds, where the store is away: about what a database takes to change over
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": str(RETRY_AFTER)}}
log = logging.getLogger("rules_engine.serve")


class TooLarge(Exception):  # noqa: N818 - what the body is
    """The body of a request is longer than allowed."""


def refused(status: int, message: str) -> JSONResponse:
    """An answer that says what is wrong."""
    return JSONResponse({"error": message}, status_code=status, headers=_HEADERS.get(status))


class Guards:
    """An ASGI application before another one."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        sent = False

        async def noting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status, sent = message["status"], True
            await send(message)

        try:
            answer = self._refusal(Request(scope))
            if answer is not None:
                await answer(scope, receive, noting)
            else:
                await self._app(scope, self._counted(receive), noting)
        except TooLarge:
            if sent:
                raise
            await self._too_large()(scope, receive, noting)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a request that goes no further."""
        if self._settings.token is not None and request.url.path not in OPEN:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            wanted = self._settings.token.encode()
            if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), wanted):
                return refused(401, "send the token of this service: Authorization: Bearer …")
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._settings.most_bytes:
            return self._too_large()
        return None

    def _too_large(self) -> JSONResponse:
        return refused(413, f"a request may have {self._settings.most_bytes:,} bytes; send fewer records at a time")

    def _counted(self, receive: Receive) -> Receive:
        """The body as it comes, stopped where it grows too long: a chunked one does not say its length."""
        taken = 0

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._settings.most_bytes:
                raise TooLarge
            return message

        return counting

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts and logs by the route, never by the path: a path has the id of a person."""
        route = getattr(scope.get("route"), "path", None) or (scope["path"] if scope["path"] in OPEN else "none")
        self._metrics.request(scope["method"], route, status, seconds)
        line = {
            "event": "request",
            "id": uuid.uuid4().hex[:12],
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        log.info(json.dumps(line))
