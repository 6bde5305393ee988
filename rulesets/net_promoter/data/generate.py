"""Makes the invented data beside this file: 40 respondents of 8 accounts and a quarter of their use.

Same seed, same files.

    python rulesets/net_promoter/data/generate.py
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


def main() -> None:
    chance = random.Random(20260701)
    accounts = [{"account": f"A{n}", "seats": chance.choice([3, 10, 25, 80])} for n in range(1, 9)]
    people: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    for number in range(1, 41):
        lead, eager = f"R{number:02d}", chance.random()
        answer = "" if chance.random() < 0.25 else min(10, max(0, round(chance.gauss(4 + 6 * eager, 2))))
        role = chance.choices(["user", "admin", "buyer"], [70, 20, 10])[0]
        people.append({"lead": lead, "account": chance.choice(accounts)["account"], "role": role, "answer": answer})
        for day in range(100):
            at = AS_OF - timedelta(days=day, minutes=chance.randint(0, 1439))
            row = {"lead": lead, "at": at.isoformat().replace("+00:00", "Z"), "feature": "", "severity": ""}
            if chance.random() < 0.25 * eager:
                events.append({**row, "type": "login"})
                if chance.random() < 0.5:
                    events.append(
                        {**row, "type": "feature_used", "feature": chance.choice(["export", "import", "report"])}
                    )
            if chance.random() < 0.004:
                events.append({**row, "type": "ticket", "severity": chance.choice(["low", "high"])})
    events.sort(key=lambda row: (str(row["at"]), str(row["lead"]), str(row["type"])))
    write("accounts.csv", ["account", "seats"], accounts)
    write("respondents.csv", ["lead", "account", "role", "answer"], people)
    write("events.csv", ["lead", "at", "type", "feature", "severity"], events)


def write(name: str, columns: list[str], rows: list[dict[str, object]]) -> None:
    with (HERE / name).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
