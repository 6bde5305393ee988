"""One delivery as an HTTPS call: tried again where the other side may recover, given up where it says no."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx
import tenacity

from rules_engine.hooks import Delivery, UndeliverableError
from rules_webhook.signature import sign

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Answers after which a later try can succeed: time-out, too early, too many, and faults of the other side.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
MOST_WAIT = 30.0  # seconds; what a receiver asks for beyond that is left to the next delivery


class WebhookError(Exception):
    """A delivery that did not succeed this time, or settings that are missing."""


class _Passing(Exception):  # noqa: N818  not for callers
    """An answer after which trying again can help. `wait` is what the receiver asked for, in seconds."""

    def __init__(self, said: str, wait: float | None = None) -> None:
        super().__init__(said)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a receiver is and how patient to be. Times in seconds."""

    url: str
    secret: str
    timeout: float = 10.0
    tries: int = 4
    first_wait: float = 0.5

    @classmethod
    def of(cls, name: str, environment: Mapping[str, str]) -> Settings:
        """Those of RULES_WEBHOOK_<NAME>_URL, _SECRET, _TIMEOUT and _TRIES. Raises `WebhookError`."""
        prefix = f"RULES_WEBHOOK_{name.upper()}_"
        url, secret = environment.get(prefix + "URL", ""), environment.get(prefix + "SECRET", "")
        if not url or not secret:
            raise WebhookError(f"set {prefix}URL and {prefix}SECRET where automations run")
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise WebhookError(f"{prefix}URL must begin with https://")
        try:
            timeout, tries = float(environment.get(prefix + "TIMEOUT", 10)), int(environment.get(prefix + "TRIES", 4))
        except ValueError as error:
            raise WebhookError(f"{prefix}TIMEOUT is in seconds, {prefix}TRIES a whole number") from error
        if not timeout > 0 or tries < 1:
            raise WebhookError(f"{prefix}TIMEOUT must be more than 0, {prefix}TRIES at least 1")
        return cls(url, secret, timeout, tries)


def body_of(delivery: Delivery) -> bytes:
    """What is posted: the same bytes for every try of a delivery."""
    document = {
        "key": delivery.key,
        "automation": delivery.automation,
        "lead": delivery.lead_id,
        "at": delivery.at.isoformat(),
        "data": delivery.parameters.get("data", {}),
        "result": delivery.result,
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def post(delivery: Delivery, settings: Settings | None = None) -> None:
    """Posts until the receiver has it. Raises `UndeliverableError` where it refuses for good, else `WebhookError`.

    Redirections are not followed, and certificates are always checked.
    """
    if settings is None:
        settings = Settings.of(delivery.parameters["to"], os.environ)
    body = body_of(delivery)
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((_Passing, httpx.TransportError)),
        stop=tenacity.stop_after_attempt(settings.tries),
        wait=_wait(settings.first_wait),
        reraise=True,
    )
    try:
        with httpx.Client(timeout=settings.timeout, follow_redirects=False) as client:
            retrying(_once, client, settings, delivery.key, body)
    except (_Passing, httpx.TransportError) as error:
        kind = "" if isinstance(error, _Passing) else f"{type(error).__name__}: "
        raise WebhookError(f"{_place(settings)}: {kind}{error} ({settings.tries} tries)") from error


def _once(client: httpx.Client, settings: Settings, key: str, body: bytes) -> None:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": quote(key, safe="/:"),  # the id of a lead may hold what a header may not
        "X-Rules-Signature": sign(settings.secret, body, int(time.time())),
    }
    answer = client.post(settings.url, content=body, headers=headers)
    if answer.is_success:
        return
    said = f"it answered {answer.status_code}"
    if answer.status_code in PASSING:
        raise _Passing(said, _asked_to_wait(answer))
    raise UndeliverableError(f"{_place(settings)}: {said}")


def _place(settings: Settings) -> str:
    """The receiver without the path, which may hold a token."""
    return urlsplit(settings.url).hostname or "the receiver"


def _asked_to_wait(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _wait(first: float) -> tenacity.wait.WaitBaseT:
    """Twice as long each time, with chance so that many workers do not come back at once; or what was asked for."""
    backing_off = tenacity.wait_exponential(multiplier=first, max=MOST_WAIT) + tenacity.wait_random(0, first)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.wait if isinstance(error, _Passing) else None
        return backing_off(state) if asked is None else min(asked, MOST_WAIT)

    return wait
