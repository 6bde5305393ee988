"""The CRM of docs/crm runs: its function counts, and its task is opened when a contact crosses the threshold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra [serve] is not installed")
from starlette.testclient import TestClient

CRM = Path(__file__).parents[2] / "docs" / "crm"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.syspath_prepend(str(CRM))
    import app  # type: ignore[import-not-found]

    made = app.create_app(tmp_path)
    yield TestClient(made)
    made.state.crm.close()
    for name in ("app", "plugin"):
        sys.modules.pop(name, None)


def add(page: TestClient, contact: str, title: str) -> str:
    return page.post("/contacts", json={"id": contact, "name": contact, "title": title, "company": "ACME"}).text


def did(page: TestClient, contact: str, what: str, **details: Any) -> str:
    return page.post(f"/contacts/{contact}/did", json={"type": what, **details}).text


def test_a_task_is_opened_when_a_contact_who_decides_becomes_hot(page: TestClient) -> None:
    assert "<td>0</td><td>cold</td><td>A</td>" in add(page, "ann", "VP Sales")
    add(page, "bob", "Painter")
    did(page, "ann", "page_view", path="/pricing")
    did(page, "bob", "demo_request")
    assert "Call today" not in did(page, "bob", "page_view", path="/pricing")  # hot, but decides nothing
    text = did(page, "ann", "demo_request")
    assert "<li>Call today: ann</li>" in text
    assert did(page, "ann", "demo_request").count("Call today") == 1
    assert text.index("ann") < text.index("bob")


def test_a_promotion_alone_can_open_the_task(page: TestClient) -> None:
    add(page, "bob", "Painter")
    did(page, "bob", "demo_request")
    did(page, "bob", "page_view", path="/pricing/teams")
    assert "<li>Call today: bob</li>" in add(page, "bob", "Head of Painting")


def test_a_delivery_that_comes_twice_opens_one_task(page: TestClient) -> None:
    add(page, "ann", "Director")
    did(page, "ann", "demo_request")
    did(page, "ann", "page_view", path="/pricing")
    crm = page.app.state.crm  # type: ignore[attr-defined]
    [owed] = crm.live.store.outbox("delivered")
    with crm.live.store._transaction():
        crm.live.store._write("update rules_outbox set state = 'waiting' where key = ?", [owed.key])
    assert crm.live.deliver().delivered == 1
    assert len(crm.tasks()) == 1


def test_the_page_says_why(page: TestClient) -> None:
    add(page, "ann", "Director")
    did(page, "ann", "demo_request")
    assert "rule demo: +50, fired 1 time" in page.get("/why/ann").text
    assert page.get("/why/nobody").status_code == 404
