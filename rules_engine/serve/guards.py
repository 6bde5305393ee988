"""What stands before every request: the token, the size, the time to send it, faults, a log line and the counters."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
import uuid

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rules_engine.serve.metrics import Metrics
from rules_engine.serve.settings import Settings

OPEN = frozenset({"/health", "/openapi.json", "/docs"})  # say nothing about anybody
RETRY_AFTER = 5  # seconds, where the store is away: about what a database takes to change over
GONE = 499  # what the log and the counters have for a client that hung up before it was answered; no one is sent it
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    408: {"Connection": "close"},
    503: {"Retry-After": str(RETRY_AFTER)},
}
log = logging.getLogger("rules_engine.serve")


class TooLarge(Exception):  # noqa: N818 - what the body is
    """The body of a request is longer than allowed."""


class TooSlow(Exception):  # noqa: N818 - what the client is
    """The body of a request did not arrive in time."""


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
        status = GONE
        sent = False

        async def noting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status, sent = message["status"], True
            await send(message)

        async def instead(answer: Response) -> None:
            if not sent:  # what has begun to go out cannot be taken back
                await answer(scope, receive, noting)

        try:
            answer = self._refusal(Request(scope))
            if answer is not None:
                await answer(scope, receive, noting)
            else:
                await self._app(scope, self._counted(receive), noting)
        except ClientDisconnect:
            pass
        except TooLarge:
            await instead(self._too_large())
        except TooSlow:
            await instead(refused(408, f"the body did not arrive within {self._settings.body_within:g} seconds"))
        except asyncio.CancelledError:  # the service ends, and cannot wait any longer
            await instead(refused(503, "the service ends; send the request again"))
            raise
        except Exception as error:  # noqa: BLE001 - nothing of it goes out or into a log: it may hold a person's data
            log.error(json.dumps({"event": "fault", "error": type(error).__name__}))
            await instead(refused(500, "something failed in the service"))
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a request that goes no further."""
        if self._settings.token is not None and _path(request.scope) not in OPEN:
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
        """The body as it comes, stopped where it grows too long or takes too long: not each says its length."""
        taken, whole = 0, False
        end = anyio.current_time() + self._settings.body_within

        async def counting() -> Message:
            nonlocal taken, whole
            if whole:  # what comes now is that the client has hung up
                return await receive()
            try:
                with anyio.fail_after(max(0.0, end - anyio.current_time())):
                    message = await receive()
            except TimeoutError:
                raise TooSlow from None
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > self._settings.most_bytes:
                raise TooLarge
            return message

        return counting

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts and logs by the route, never by the path: a path has the id of a person."""
        route = getattr(scope.get("route"), "path", None) or "none"
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


def _path(scope: Scope) -> str:
    """The path within the service, which a host may have mounted below another."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
