"""`python -m benchmarks.n_rules --rules 200 --out model.yaml`: models of any size for the generator's data.

Rules that can match earn points by page, mail, asset or topic, with the decays, limits and conditions of real models;
`--idle` rules are on event types that the data does not have. No randomness: the same size gives the same model.
"""

from __future__ import annotations

import argparse
from itertools import cycle
from pathlib import Path

from benchmarks import company

HEAD = """\
# Written by benchmarks/n_rules.py.
schema: 1
model: n_rules
version: 1
status: draft
sales_ready: 100
fields:
  lead: {country: string}
  account: {employees: number}
events:
  page_view: {path: string}
  email_open: {campaign: string}
  email_click: {campaign: string}
  download: {asset: string}
  video: {video: string, watched: number}
  webinar: {topic: string, minutes: number}
  demo_request: {seats: number}
  meeting: {outcome: string}
"""
SHAPES = ("", "limit: {times: 3, within: 30 days}", "decay: {expires: 60 days}", "limit: {times: 2, per: visit}", "")


def conditions(number: int) -> tuple[str, str]:
    """Event type and condition of the rule of that number; seven of ten are on pages, as in the data."""
    pages = company.pages()
    match number % 10:
        case 7:
            return "email_click", f'event.campaign = "{company.CAMPAIGNS[number // 10 % len(company.CAMPAIGNS)]}"'
        case 8:
            return "download", f'event.asset = "{company.ASSETS[number // 10 % len(company.ASSETS)]}"'
        case 9:
            return "webinar", f'event.topic = "{company.TOPICS[number // 10 % len(company.TOPICS)]}"'
        case 3:
            country = company.COUNTRIES[number // 10 % len(company.COUNTRIES)]
            return "page_view", f'event.path = "{pages[number % len(pages)]}" and lead.country = "{country}"'
        case _:
            return "page_view", f'starts with(event.path, "{pages[number % len(pages)]}")'


def model_text(rules: int, idle: int = 0) -> str:
    """A model of `rules` rules that can match and `idle` rules that cannot."""
    idle_types = [f"never_{number}" for number in range((idle + 9) // 10)]
    shapes = cycle(SHAPES)
    lines = [HEAD, *(f"  {name}: {{path: string}}\n" for name in idle_types)]
    lines.append("scores:\n  readiness:\n    max: 500\n    decay: {half_life: 90 days}\n    rules:\n")
    for number in range(rules):
        event, when = conditions(number)
        shape = next(shapes)
        lines.append(f"      rule_{number}:\n        event: {event}\n        when: {when}\n")
        lines.append(f"        points: {1 + number % 5}\n" + (f"        {shape}\n" if shape else ""))
    for number in range(idle):
        lines.append(f"      idle_{number}:\n        event: never_{number // 10}\n")
        lines.append(f'        when: starts with(event.path, "/{number}")\n        points: 1\n')
    lines.append("    inactivity: {after: 60 days, every: 30 days, remove: 10% of score}\n")
    lines.append("    bands: {cold: any, warm: 40, sales_ready: 100}\n")
    return "".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.n_rules")
    parser.add_argument("--rules", type=int, required=True)
    parser.add_argument("--idle", type=int, default=0, help="further rules that cannot match")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.write_text(model_text(given.rules, given.idle), encoding="utf-8")


if __name__ == "__main__":
    main()
