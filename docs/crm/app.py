"""A CRM on one page: contacts by score, what they did, why they stand where they do, and the tasks that follow.

    uvicorn app:app

`create_app(folder)` keeps two files in a folder: the CRM's own `crm.db`, and `scores.db`, the engine's store.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from plugin import CrmPlugin
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from rules_engine import Engine
from rules_engine.live import Live, open_store

MODEL = Path(__file__).with_name("model.yaml")
TABLES = """
create table if not exists contacts (id text primary key, name text not null, title text, company text);
create table if not exists tasks (key text primary key, contact text not null, text text not null, opened text);
"""


class Crm:
    """The CRM: its own tables, and the engine beside them."""

    def __init__(self, folder: Path) -> None:
        self.database = sqlite3.connect(folder / "crm.db", check_same_thread=False)
        self.database.executescript(TABLES)
        engine = Engine.load(MODEL, plugins=[CrmPlugin(self.database)])
        self.live = Live(engine, open_store(f"sqlite:{folder / 'scores.db'}", engine.model.name))

    def add(self, contact: str, name: str, title: str, company: str) -> None:
        """A new contact, or new data of one."""
        with self.database:
            self.database.execute(
                "insert into contacts values (?, ?, ?, ?) on conflict (id) do update "
                "set name = excluded.name, title = excluded.title, company = excluded.company",
                [contact, name, title, company],
            )
        self._happened({"lead": contact, "fields": {"title": title, "company": company}})

    def did(self, contact: str, what: str, **details: Any) -> None:
        """A contact did something now."""
        at = datetime.now(UTC).isoformat()
        self._happened({"lead": contact, "type": what, "at": at, "attributes": details})

    def _happened(self, record: dict[str, Any]) -> None:
        fed = self.live.feed([record])
        if fed.rejected:
            raise ValueError(fed.rejected[0].reason)
        self.live.deliver()

    def contacts(self) -> list[tuple[str, str, str, float, str, str]]:
        """Id, name, title, interest and both bands, the most interested first."""
        told = {row.lead_id: result.scores for row, result in self.live.results()}
        rows = []
        for contact, name, title in self.database.execute("select id, name, title from contacts"):
            scores = told[contact]
            interest, fit = scores["interest"], scores["fit"]
            rows.append((contact, name, title, interest.reading / 1_000_000, str(interest.band), str(fit.band)))
        return sorted(rows, key=lambda row: (-row[3], row[0]))

    def tasks(self) -> list[tuple[str, str]]:
        """The contact and the text of each open task."""
        return self.database.execute("select contact, text from tasks order by opened, key").fetchall()

    def close(self) -> None:
        """Lets go of both files."""
        self.live.store.close()
        self.database.close()


def create_app(folder: Path) -> Starlette:
    """The page over a CRM in this folder."""
    crm = Crm(folder)

    async def home(_: Request) -> Response:
        contacts, tasks = await run_in_threadpool(lambda: (crm.contacts(), crm.tasks()))
        rows = "".join(
            f'<tr><td><a href="/why/{escape(contact)}">{escape(name)}</a></td><td>{escape(title)}</td>'
            f"<td>{interest:.0f}</td><td>{band}</td><td>{fit}</td></tr>"
            for contact, name, title, interest, band, fit in contacts
        )
        items = "".join(f"<li>{escape(text)}: {escape(contact)}</li>" for contact, text in tasks)
        head = "<tr><th>contact</th><th>title</th><th>interest</th><th>band</th><th>fit</th></tr>"
        return HTMLResponse(f"<h1>Contacts</h1><table>{head}{rows}</table><h2>Tasks</h2><ul>{items}</ul>")

    async def why(request: Request) -> Response:
        try:
            told = await run_in_threadpool(crm.live.explain, request.path_params["contact"])
        except KeyError:
            return HTMLResponse("<p>There is no such contact.</p>", status_code=404)
        return HTMLResponse(f"<pre>{escape(str(told))}</pre>")

    async def add(request: Request) -> Response:
        given = await request.json()
        await run_in_threadpool(crm.add, given["id"], given["name"], given["title"], given["company"])
        return RedirectResponse("/", status_code=303)

    async def did(request: Request) -> Response:
        given = await request.json()
        what = given.pop("type")
        await run_in_threadpool(lambda: crm.did(request.path_params["contact"], what, **given))
        return RedirectResponse("/", status_code=303)

    routes = [
        Route("/", home),
        Route("/why/{contact}", why),
        Route("/contacts", add, methods=["POST"]),
        Route("/contacts/{contact}/did", did, methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    app.state.crm = crm
    return app


def __getattr__(name: str) -> Starlette:
    """`app`, made when a server asks for it."""
    if name == "app":
        return create_app(Path.cwd())
    raise AttributeError(name)
