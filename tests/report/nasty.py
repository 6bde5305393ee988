"""A data set whose texts try to become markup: every one that a page shows must stay text."""

from __future__ import annotations

import csv
from pathlib import Path

SCRIPT = "</script><script>document.title='owned'</script>"
IMAGE = "<img src=x onerror=\"document.title='owned'\">"
QUOTES = "\" onmouseover=\"document.title='owned'\" x='"
COMMENT = "--><script>document.title='owned'</script><!--"
NASTY = (SCRIPT, IMAGE, QUOTES, COMMENT)

MODEL = """\
schema: 1
model: nasty
version: 1
status: draft
timezone: Europe/Paris
stages: [learn, decide]
changes:
  - {version: 1, date: 2026-01-01, note: "<script>document.title='owned'</script>"}
fields:
  lead: {title: string}
events:
  visit: {page: string}
  demo: {}
scores:
  readiness:
    title: "Ready <b>now</b>"
    decay: {half_life: 30 days}
    rules:
      visit: {title: "</script><script>document.title='owned'</script>", stage: learn, event: visit, points: 5}
      demo: {stage: decide, event: demo, points: 40}
    bands: {cold: any, warm: 20, hot: 60}
  fit:
    rules:
      titled: {when: lead.title != null, points: 10}
  total: {combine: {readiness: 1, fit: 0.5}, bands: {low: any, high: 30}}
labels:
  shown: lead.title
accounts:
  readiness: {of: readiness, combine: sum, bands: {quiet: any, loud: 50}}
segments:
  everybody: {where: score.readiness >= 0, highest: score.total}
"""

DATA = """\
schema: 1
leads: {file: leads.csv, id: lead, account: account, fields: {title: title}}
accounts: {file: accounts.csv, id: account}
events:
  - {file: events.csv, lead: lead, at: at, type: type, attributes: {page: page}}
"""


def write(folder: Path) -> tuple[Path, Path]:
    """The model and the mapping."""
    (folder / "v1.yaml").write_text(MODEL, encoding="utf-8")
    (folder / "data.yaml").write_text(DATA, encoding="utf-8")
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("lead", "account", "title"))
        rows.writerows((text, f"account {text}", f"title {text}") for text in NASTY)
    with (folder / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("account",))
        rows.writerows((f"account {text}",) for text in NASTY)
    with (folder / "events.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("lead", "at", "type", "page"))
        for number, text in enumerate(NASTY):
            rows.writerow((text, f"2026-03-0{number + 1}T10:00:00", "visit", text))
            rows.writerow((text, f"2026-03-1{number + 1}T10:00:00", "demo", ""))
            rows.writerow((text, f"2026-03-2{number + 1}T10:00:00", text, ""))  # no type of the model: ignored
        rows.writerow((f"nobody {SCRIPT}", "2026-03-01T10:00:00", "demo", ""))  # no lead of the data: rejected
    return folder / "v1.yaml", folder / "data.yaml"
