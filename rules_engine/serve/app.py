"""The service: routes, and what each of them does."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from rules_engine.engine import InputError, PluginError, ScoringError
from rules_engine.feel.errors import FeelLimitError
from rules_engine.live import Fed, LateWithoutHistory, Live, StoreError
from rules_engine.live.deliver import TOGETHER
from rules_engine.live.incoming import jsonable, refuse_constant, refuse_twice
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.history import read_instant
from rules_engine.matching.json_text import Decoder
from rules_engine.result.plain import account_to_dict, explanation_to_dict, result_to_dict, transition_to_dict
from rules_engine.scoring.amounts import to_points
from rules_engine.serve.guards import RETRY_AFTER, Guards, refused
from rules_engine.serve.metrics import Metrics
from rules_engine.serve.openapi import document, page
from rules_engine.serve.settings import Settings

log = logging.getLogger("rules_engine.serve")

MOST_LISTED = 1000  # leads of a segment in one answer

# Threads at a time. Those that feed are few: they meet at the same leads, and one that was too late begins again. What
# watches the service has its own, so that it is answered while all others are busy.
FEEDING, TELLING, WATCHING = 4, 32, 2


def create_app(live: Live, settings: Settings) -> Starlette:
    """The ASGI application over an engine and its store. It looks after time and deliveries while it runs."""
    service = _Service(live, settings, Metrics(live.store))
    routes = [
        Route("/health", service.health),
        Route("/metrics", service.metrics_page),
        Route("/openapi.json", service.openapi),
        Route("/docs", service.docs),
        Route("/score", service.score, methods=["POST"]),
        Route("/events", service.events, methods=["POST"]),
        _Part("/leads/{lead_id:path}/explanation", service.explanation),
        Route("/leads/{lead_id:path}", service.lead),
        _Part("/accounts/{account_id:path}/explanation", service.account_explanation),
        Route("/accounts/{account_id:path}", service.account),
        Route("/segments/{name}", service.segment),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guards, settings=settings, metrics=service.metrics)],
        exception_handlers={HTTPException: _http_error, InputError: _unusable, ScoringError: _unusable,
                            FeelLimitError: _unusable, LateWithoutHistory: _late, StoreError: _away,
                            PluginError: _plugin_failed},
        lifespan=service.lifespan,
    )  # fmt: skip
    app.router.redirect_slashes = False  # a lead's id may end in one; and a redirection would quote any Host it is sent
    return app


class _Part(Route):
    """A route that ends in the name of a part, after an id that may hold slashes. A slash written as `%2F` is the
    id's: `/leads/x%2Fexplanation` is the lead of that id, and no part of the lead `x`."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        raw = scope.get("raw_path")  # servers may leave it out; then all slashes are alike
        if raw is not None and unquote(raw.rpartition(b"/")[2].decode("latin-1")) != self.path.rpartition("/")[2]:
            return Match.NONE, {}
        return super().matches(scope)


class _Service:
    def __init__(self, live: Live, settings: Settings, metrics: Metrics) -> None:
        self._live, self._settings, self.metrics = live, settings, metrics
        self._openapi = document(live.engine.model, settings)
        self._feeding, self._telling, self._watching = map(CapacityLimiter, (FEEDING, TELLING, WATCHING))

    # --- open to all ------------------------------------------------------------------------------------------------

    async def health(self, _: Request) -> Response:
        """Whether requests can be answered: the store is asked, too."""
        model = self._live.engine.model
        told = {"status": "ok", "model": model.name, "version": model.version}
        try:
            await to_thread.run_sync(lambda: self._live.store.lead_ids(limit=1), limiter=self._watching)
        except StoreError:
            return JSONResponse({**told, "status": "store away"}, 503, {"Retry-After": str(RETRY_AFTER)})
        return JSONResponse(told)

    async def openapi(self, _: Request) -> Response:
        return JSONResponse(self._openapi)

    async def docs(self, _: Request) -> Response:
        return HTMLResponse(page(self._openapi))

    # --- with the token ---------------------------------------------------------------------------------------------

    async def metrics_page(self, _: Request) -> Response:
        text = await to_thread.run_sync(self.metrics.text, limiter=self._watching)
        return Response(text, media_type=self.metrics.content_type)

    async def score(self, request: Request) -> Response:
        """Scores what is sent; nothing is kept."""
        given, doubled = await self._body(request)
        return await self._told(lambda: self._score(given, doubled))

    def _score(self, given: Any, doubled: bool) -> dict[str, object]:
        if doubled:
            refuse_twice("body", given)
        if not isinstance(given, Mapping):
            raise InputError("body", "record", "must be a JSON object")
        given = jsonable(given, "body")
        strange = sorted(set(given) - {"lead", "account", "events", "as_of", "lead_id"})
        if strange:
            raise InputError("body", strange[0], "is not known; a body has lead, account, events, as_of, lead_id")
        lead, account, events = given.get("lead", {}), given.get("account"), given.get("events", [])
        if not isinstance(events, list):
            raise InputError("body", "events", "must be a list")
        if not isinstance(account, Mapping | None) or not isinstance(lead, Mapping):
            raise InputError("body", "account" if isinstance(lead, Mapping) else "lead", "must be an object")
        lead_id = given.get("lead_id")
        if lead_id is not None and not isinstance(lead_id, str):
            raise InputError("body", "lead_id", "must be text")
        return result_to_dict(self._live.engine.score(lead, account, events, as_of=given.get("as_of"), lead_id=lead_id))

    async def events(self, request: Request) -> Response:
        """Takes in records; the answer says of each that was not used why."""
        given, doubled = await self._body(request)
        records = given if isinstance(given, list) else [given]
        if len(records) > self._settings.most_records:
            return refused(413, f"a request may have {self._settings.most_records:,} records; send fewer at a time")
        return await to_thread.run_sync(self._take, records, doubled, limiter=self._feeding)

    def _take(self, records: list[Any], doubled: bool) -> Response:
        from rules_engine.live import Rejected
        from rules_engine.live.incoming import Record, read_mapping

        read: dict[int, Record] = {}
        unused: dict[int, str] = {}
        for number, one in enumerate(records):
            try:
                if doubled:
                    refuse_twice("record", one)
                read[number] = read_mapping(self._live.engine, one)
            except InputError as error:
                unused[number] = str(error)
        fed = self._live.feed(read.values())
        numbers = {id(record): number for number, record in read.items()}
        others = [one.reason for one in fed.rejected if id(one.record) not in numbers]  # members, accounts
        fed.rejected += [Rejected({}, reason) for reason in unused.values()]
        unused |= {numbers[id(one.record)]: one.reason for one in fed.rejected if id(one.record) in numbers}
        self._note(fed)
        answer = {
            "events": fed.events,
            "known": fed.absorbed,
            "rejected": [
                *({"record": number, "reason": unused[number]} for number in sorted(unused)),
                *({"record": None, "reason": reason} for reason in others),
            ],
            "problems": [
                {"record": number, "where": one.where, "problem": one.problem}
                for number, record in read.items()
                if number not in unused
                for one in record.problems
            ],
            "failed": [
                {"lead": one.lead_id, "reason": str(one), "kept": one.kept, "plugin": one.plugin, "place": one.place}
                for one in fed.failures
            ],
            "band_changes": [{"lead": lead, **transition_to_dict(move)} for lead, move in fed.moves],
            "fired": [
                {"automation": one.automation.name, "lead": one.lead_id, "at": format_instant(one.at)}
                for one in fed.firings
            ],
        }
        return JSONResponse(answer, status_code=422 if records and len(unused) == len(records) else 200)

    async def lead(self, request: Request) -> Response:
        lead_id, as_of = _identity(request, "lead"), self._as_of(request)

        def told() -> dict[str, object]:
            try:
                result = self._live.score(lead_id, as_of=as_of, whole=True)
            except KeyError:
                raise HTTPException(404, "there is no lead of this id") from None
            return result_to_dict(result)

        return await self._told(told)

    async def explanation(self, request: Request) -> Response:
        lead_id, as_of = _identity(request, "lead"), self._as_of(request)

        def told() -> dict[str, object]:
            try:
                return explanation_to_dict(self._live.explain(lead_id, as_of=as_of))
            except KeyError:
                raise HTTPException(404, "there is no lead of this id") from None

        return await self._told(told)

    async def account(self, request: Request) -> Response:
        account_id, as_of = _identity(request, "account"), self._as_of(request)

        def told() -> dict[str, object]:
            try:
                return account_to_dict(self._live.account(account_id, as_of=as_of))
            except KeyError:
                raise HTTPException(404, "there is no account of this id") from None

        return await self._told(told)

    async def account_explanation(self, request: Request) -> Response:
        account_id, as_of = _identity(request, "account"), self._as_of(request)

        def told() -> dict[str, object]:
            try:
                return explanation_to_dict(self._live.explain_account(account_id, as_of=as_of))
            except KeyError:
                raise HTTPException(404, "there is no account of this id") from None

        return await self._told(told)

    async def segment(self, request: Request) -> Response:
        name, as_of = request.path_params["name"], self._as_of(request)
        limit = _limit(request)

        def told() -> dict[str, object]:
            if name not in self._live.engine.model.segments:
                known = ", ".join(self._live.engine.model.segments) or "none"
                raise HTTPException(404, f"the model has no segment of this name; it has: {known}")
            now = self._live.segment(name, as_of=as_of)
            return {
                "segment": name,
                "found": now.found,
                "leads": [
                    {
                        "rank": rank,
                        "lead": one.lead_id,
                        "value": one.value,
                        "scores": {
                            score: {"reading": to_points(told.reading), "band": told.band} if told.has_value else None
                            for score, told in one.result.scores.items()
                        },
                    }
                    for rank, one in enumerate(now.members[:limit], 1)
                ],
                "failed": [{"lead": one.lead_id, "plugin": one.plugin, "place": one.place} for one in now.failures],
            }

        return await self._told(told)

    # --- parts of requests ------------------------------------------------------------------------------------------

    async def _told(self, tell: Callable[[], dict[str, object]]) -> JSONResponse:
        """The answer, made in a thread: scoring keeps the processor busy."""
        return await to_thread.run_sync(lambda: JSONResponse(tell()), limiter=self._telling)

    async def _body(self, request: Request) -> tuple[Any, bool]:
        """What a body says, and whether a key may stand twice in it."""
        # A page of somebody else's can make a browser send any other type here without asking first.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "send JSON, and say so: Content-Type: application/json")
        if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise HTTPException(415, "send the body as it is, without a Content-Encoding")
        decoder = Decoder(refuse_constant)
        try:
            return decoder.loads((await request.body()).decode("utf-8-sig")), decoder.met
        except json.JSONDecodeError as error:
            raise HTTPException(400, f"the body is not JSON: {error.msg}, at character {error.pos + 1}") from None
        except UnicodeDecodeError:
            raise HTTPException(400, "the body is not JSON: it is not UTF-8") from None
        except RecursionError:
            raise HTTPException(400, "the body is not JSON that can be read: it is nested too deep") from None
        except ValueError as error:  # a constant such as NaN, or a number with thousands of digits
            raise HTTPException(400, f"the body is not JSON that can be read: {str(error).partition(';')[0]}") from None

    def _as_of(self, request: Request) -> int | None:
        given = request.query_params.get("as_of")
        return None if given is None else read_instant(given, self._live.engine.zone, "query", "as_of")

    # --- while it runs ----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Looks after time and deliveries in a thread of its own; at the end it finishes its round."""
        stopping = threading.Event()
        rounds = [
            (self._settings.tick_every, self._tick),
            (self._settings.deliver_every, partial(self._deliver, stopping)),
        ]
        threads = [
            threading.Thread(target=self._every, args=(seconds, act, stopping))
            for seconds, act in rounds
            if seconds > 0
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopping.set()
            for thread in threads:
                await to_thread.run_sync(thread.join)

    def _every(self, seconds: float, act: Callable[[], None], stopping: threading.Event) -> None:
        while not stopping.wait(seconds):
            try:
                act()
            except Exception as error:  # noqa: BLE001 - a round that fails must not end all later ones
                self.metrics.failed()
                log.error(json.dumps({"event": "background", "error": type(error).__name__}))

    def _tick(self) -> None:
        self._note(self._live.tick())

    def _note(self, fed: Fed) -> None:
        """Counts; of plugins that failed the log has the place, and how many leads, but no lead and no value."""
        self.metrics.fed(fed)
        places = Counter((one.plugin, one.part, one.place) for one in fed.failures)
        for (plugin, part, place), leads in places.items():
            log.error(json.dumps({"event": "plugin", "plugin": plugin, "part": part, "place": place, "leads": leads}))
        if fed.plugin_problems:
            log.error(json.dumps({"event": "plugin", "problems": len(fed.plugin_problems)}))

    def _deliver(self, stopping: threading.Event) -> None:
        """A few at a time: a service that ends does not wait for all that a slow receiver is owed."""
        while not stopping.is_set():
            done = self._live.deliver(limit=TOGETHER)
            self.metrics.delivered(done)
            if done.delivered + done.waiting + done.given_up < TOGETHER:
                return


def _identity(request: Request, kind: str) -> str:
    """The id in the path. PostgreSQL does not look for texts with zero characters, and nobody has such an id."""
    found = str(request.path_params[f"{kind}_id"])
    if "\0" in found:
        raise HTTPException(404, f"there is no {kind} of this id")
    return found


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", "100")
    if not given.isdecimal() or not 1 <= int(given[:9]) <= MOST_LISTED:
        raise HTTPException(422, f"limit must be a whole number from 1 to {MOST_LISTED}")
    return int(given)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = refused(error.status_code, error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _unusable(_: Request, error: Exception) -> Response:
    return refused(422, str(error))


async def _late(_: Request, error: Exception) -> Response:
    return refused(409, str(error))


async def _away(_: Request, error: Exception) -> Response:
    """Nothing of a request was done, or all of it: its events have ids, so the client sends it again."""
    log.error(json.dumps({"event": "store", "error": type(error).__name__}))
    return refused(503, "the store cannot be used now; send the request again")


async def _plugin_failed(_: Request, error: Exception) -> Response:
    """What it raised may hold a person's data: its name and place go out, its words do not."""
    assert isinstance(error, PluginError)
    place = None if error.span is None else str(error.span)
    log.error(json.dumps({"event": "plugin", "plugin": error.plugin, "part": error.part, "place": place}))
    return refused(500, f"the plugin {error.plugin} failed in its {error.part}")
