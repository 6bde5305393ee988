"""The service against its own description: whatever fits the document is answered as the document says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from rules_engine.live import Live, open_store
from tests.live.living import T0, ask, living

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
pytest.importorskip("starlette", reason="the extra [serve] is not installed")

from schemathesis.specs.openapi import checks as openapi_checks  # noqa: E402

from rules_engine.serve.app import create_app  # noqa: E402
from rules_engine.serve.settings import Settings  # noqa: E402

TOKEN = "a-token-of-the-tests"

with tempfile.TemporaryDirectory(prefix="rules-serve-") as _folder:  # the model is read once
    _live = Live(living(Path(_folder)), open_store("memory:", "living"))
_live.feed([{"lead": "ann", "fields": {"title": "VP"}, "account": "acme"}, ask("ann", T0)])
_app = create_app(_live, Settings(TOKEN, tick_every=0, deliver_every=0))
schema = schemathesis.openapi.from_asgi("/openapi.json", _app)
CHECKS = (
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
)


def _answers_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=list(CHECKS), headers={"Authorization": f"Bearer {TOKEN}"})


@schema.parametrize()
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_answers_as_its_document_says(case: schemathesis.Case) -> None:
    _answers_as_described(case)


@pytest.mark.long
@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_answers_as_its_document_says_long(case: schemathesis.Case) -> None:
    _answers_as_described(case)
