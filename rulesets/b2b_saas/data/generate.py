"""Makes the invented data beside this file: 60 leads of 12 accounts and about 700 events. Same seed, same files.

python rulesets/b2b_saas/data/generate.py
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = ["Ada", "Ben", "Cleo", "Dov", "Eva", "Finn", "Gita", "Hugo", "Ines", "Jan", "Kim", "Lea", "Max", "Nora", "Oto"]
LAST = ["Abel", "Braun", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Hill"]
TITLES = [
    "VP Sales", "Chief Revenue Officer", "Director of Marketing", "Marketing Manager", "Sales Operations", "Analyst",
    "Developer", "Student", "",
]  # fmt: skip
ASSETS = ["whitepaper", "checklist", "benchmark", "webinar_recording", "comparison", "roi_calculator", "security_sheet"]
PAGES = [
    "/", "/blog/scoring", "/pricing", "/demo", "/customers", "/products/crm", "/products/analytics", "/login",
    "/products/crm/import",
]  # fmt: skip
ATTRIBUTES = (
    "path", "video", "watched", "length", "asset", "topic", "minutes", "campaign", "seats", "outcome",
)  # fmt: skip


def accounts(chance: random.Random) -> list[dict[str, object]]:
    names = [
        "acme",
        "borealis",
        "cobalt",
        "dune",
        "ember",
        "fjord",
        "granite",
        "harbor",
        "iris",
        "juniper",
        "krill",
        "lumen",
    ]
    return [
        {"account_id": name, "employees": chance.choice([12, 35, 60, 140, 320, 700, 2500]), "industry": chance.choice(
            ["software", "retail", "health", "finance"])}
        for name in names
    ]  # fmt: skip


def leads(chance: random.Random, homes: list[dict[str, object]]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for number in range(1, 61):
        home = str(chance.choice(homes)["account_id"])
        first, last = chance.choice(FIRST), chance.choice(LAST)
        domain = chance.choices([f"{home}.example", "gmail.com", "rival.example"], [85, 10, 5])[0]
        found.append(
            {
                "lead_id": f"L{number:03d}",
                "account_id": home,
                "name": f"{first} {last}",
                "title": chance.choice(TITLES),
                "email": f"{first.lower()}.{last.lower()}{number}@{domain}",
                "status": chance.choices(["", "open", "customer", "staff"], [50, 38, 9, 3])[0],
                "country": chance.choices(["US", "GB", "FR", "DE", ""], [30, 20, 20, 20, 10])[0],
                "nps": chance.choice(["", "", "", chance.randint(0, 10)]),
                "opted_out": chance.choices(["", "false", "true"], [40, 50, 10])[0],
            }
        )
    return found


def visit(chance: random.Random, start: datetime, eager: float) -> list[tuple[datetime, str, dict[str, object]]]:
    """A run of page views a few minutes apart, with what grows out of it."""
    at, out = start, []
    for _ in range(chance.randint(1, 3 + int(5 * eager))):
        path = "/careers" if chance.random() < 0.03 else chance.choice(PAGES)
        out.append((at, "page_view", {"path": path}))
        at += timedelta(seconds=chance.randint(20, 600))
    if chance.random() < 0.3 * eager:
        out.append((at, "download", {"asset": chance.choice(ASSETS)}))
    if chance.random() < 0.2:
        length = chance.choice([2, 10, 45])
        watched = round(length * chance.random(), 1)
        out.append((at, "video", {"video": f"film{length}", "watched": watched, "length": length}))
    if chance.random() < 0.12 * eager:
        out.append((at, "trial", {"seats": chance.choice([1, 3, 5, 10, 25])}))
    if chance.random() < 0.1 * eager:
        out.append((at, "demo_request", {}))
    return out


def mails(chance: random.Random, start: datetime, eager: float) -> list[tuple[datetime, str, dict[str, object]]]:
    campaign = {"campaign": f"c{chance.randint(1, 6)}"}
    roll = chance.random()
    if roll < 0.03:
        return [(start, "bounce", {})]
    if roll < 0.05:
        return [(start, "unsubscribe", {})]
    out = [(start, "email_open", campaign)]
    if chance.random() < 0.4 * eager:
        out.append((start + timedelta(minutes=chance.randint(1, 30)), "email_click", campaign))
    return out


def events(chance: random.Random, people: list[dict[str, object]]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for person in people:
        eager = chance.random()
        happened: list[tuple[datetime, str, dict[str, object]]] = []
        for _ in range(chance.randint(0, 3 + int(10 * eager))):
            start = AS_OF - timedelta(minutes=int(chance.triangular(0, 200 * 1440, 30 * 1440)))
            happened += visit(chance, start, eager) if chance.random() < 0.7 else mails(chance, start, eager)
        if chance.random() < 0.35:
            day = AS_OF - timedelta(days=chance.randint(5, 120))
            topic = {"topic": chance.choice(["crm", "analytics"]), "minutes": chance.choice([5, 20, 45, 60])}
            happened.append((day, "webinar", topic))
        if chance.random() < 0.2:
            day = AS_OF - timedelta(days=chance.randint(1, 50), hours=3)
            happened.append((day, "meeting", {"outcome": chance.choice(["good", "fair", "no_show"])}))
        if chance.random() < 0.06:
            happened.append((AS_OF - timedelta(days=chance.randint(1, 60)), "support_complaint", {}))
        if chance.random() < 0.05:
            happened.append((AS_OF - timedelta(days=chance.randint(1, 60)), "closed_lost", {}))
        for at, kind, attributes in happened:
            rows.append(
                {"lead_id": person["lead_id"], "at": at.isoformat().replace("+00:00", "Z"), "type": kind, **attributes}
            )
    rows.sort(key=lambda row: (str(row["at"]), str(row["lead_id"])))
    for number, row in enumerate(rows, 1):
        row["event_id"] = f"e{number:04d}"
    return rows


def write(name: str, columns: list[str], rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    chance = random.Random(20261101)
    homes = accounts(chance)
    people = leads(chance, homes)
    write("accounts.csv", list(homes[0]), homes)
    write("leads.csv", list(people[0]), people)
    write("events.csv", ["event_id", "lead_id", "at", "type", *ATTRIBUTES], events(chance, people))


if __name__ == "__main__":
    main()
