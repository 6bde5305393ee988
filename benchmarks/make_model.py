"""Write the 50-rule model and the 50-event lead that the benchmarks use: `python -m benchmarks.make_model`.

Both are committed; this script only says how they came to be. No randomness, so it writes the same bytes each time.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
SECTIONS = [
    "pricing",
    "demo",
    "customers",
    "docs",
    "blog",
    "security",
    "integrations",
    "changelog",
    "partners",
    "about",
]
ASSETS = ["roi-guide", "buyer-guide", "checklist", "benchmark", "case-study", "whitepaper", "datasheet", "template"]
MAILS = ["newsletter", "nurture", "product", "webinar", "renewal", "survey", "offer"]
COUNTRIES = ["US", "GB", "FR", "DE", "NL"]
TITLES = ["vp", "chief", "director", "head", "manager", "founder", "owner"]

HEAD = """\
# Written by benchmarks/make_model.py: 50 rules of the kinds that real models have.
schema: 1
model: fifty_rules
version: 1
status: draft
timezone: Europe/Paris
sales_ready: 100
fields:
  lead:
    title: string
    email: string
    country: {type: string, one_of: [US, GB, FR, DE, NL]}
    nps: {type: number, min: 0, max: 10}
  account:
    employees: number
    industry: string
events:
  page_view: {path: string}
  download: {asset: string}
  mail_click: {campaign: string}
  video: {id: string, watched: number, length: number}
  demo_request: {}
constants:
  sales_pages: ["/pricing", "/demo", "/customers"]
tallies:
  sales_pages_in_visit:
    event: page_view
    when: event.path in constants.sales_pages
    per: visit
  downloads_90d: {event: download, within: 90 days}
  minutes_30d: {event: video, sum: event.watched / 60, within: 30 days}
  mails_30d: {event: mail_click, distinct: event.campaign, within: 30 days}
scores:
  readiness:
    max: 300
    floor: 20%
    decay: {half_life: 90 days}
    groups:
      pages: {max: 60}
      mail: {max: 20}
    rules:
"""

TAIL = """\
    penalties:
      careers_page:
        event: page_view
        when: starts with(event.path, "/careers")
        remove: 20
        over: 10 days
        limit: {times: 1, within: 30 days}
    inactivity:
      - {after: 30 days, every: 7 days, remove: 10% of score}
    bands: {cold: any, warm: 40, sales_ready: {from: 100%, until: 80%}}
  fit:
    rules:
FIT
    bands: {C: any, B: 15, A: 30}
  total:
    combine: {fit: 1, readiness: 0.5}
gates:
  competitor:
    when: email domain(lead.email) in ("rival.example", "other.example")
    cap: 0
labels:
  rating: band.fit + ":" + band.readiness
"""


def event_rules() -> list[str]:
    """Thirty-five rules on events."""
    rules = []
    for number, section in enumerate(SECTIONS):
        rules.append(
            f"      page_{section}:\n        event: page_view\n"
            f'        when: starts with(event.path, "/{section}")\n'
            f"        points: {2 + number % 4}\n        group: pages\n"
            f"        limit: {{times: 5, within: 30 days}}\n"
        )
    for number, asset in enumerate(ASSETS):
        rules.append(
            f"      download_{asset.replace('-', '_')}:\n        event: download\n"
            f'        when: event.asset = "{asset}"\n'
            f"        points: {5 + number}\n        limit: 1\n"
        )
    for number, mail in enumerate(MAILS):
        rules.append(
            f'      mail_{mail}:\n        event: mail_click\n        when: event.campaign = "{mail}"\n'
            f"        points: {1 + number % 3}\n        group: mail\n"
            f"        decay: {{expires: {30 + 10 * number} days}}\n"
        )
    rules.append(
        "      watched_video:\n        event: video\n        points: 20 * event.watched / event.length\n"
        "        limit: {times: 1, each: event.id, keep: highest}\n"
    )
    rules.append("      deep_visit:\n        reaches: {sales_pages_in_visit: 3}\n        points: 10\n")
    rules.append(
        "      demo:\n        event: demo_request\n        points: 60%\n        decay: none\n        limit: 1\n"
    )
    for country in COUNTRIES:
        rules.append(
            f"      pricing_{country.lower()}:\n        event: page_view\n"
            f'        when:\n          - event.path = "/pricing"\n'
            f'          - lead.country = "{country}"\n        points: 1\n        decay: {{linear: 60 days}}\n'
        )
    rules.append(
        "      big_account_demo:\n        event: demo_request\n"
        "        when: account.employees >= 500\n        points: 10\n"
    )
    rules.append(
        "      customers_after_download:\n        event: page_view\n        when:\n"
        '          - event.path = "/customers"\n          - tally.downloads_90d >= 1\n        points: 4\n'
    )
    return rules


def fit_rules() -> list[str]:
    """Fifteen rules on fields and tallies."""
    rules = [
        f'      title_{title}:\n        when: has word(lead.title, "{title}")\n        points: {3 + number}\n'
        for number, title in enumerate(TITLES)
    ]
    rules.append(
        "      size:\n        of: account.employees\n"
        "        at_least: {0: 0, 50: 5, 500: 10, 5000: 15}\n        missing: 0\n"
    )
    rules.append("      market: {of: lead.country, values: {US: 10, GB: 8, FR: 6}, otherwise: 0}\n")
    rules.append("      promoter: {when: lead.nps >= 9, points: 5}\n")
    rules.append("      detractor: {when: lead.nps <= 6, points: -5}\n")
    rules.append('      software:\n        when: account.industry in ("software", "internet")\n        points: 5\n')
    rules.append("      downloader: {when: tally.downloads_90d >= 3, points: 5}\n")
    rules.append("      viewer: {when: tally.minutes_30d >= 10, points: 5}\n")
    rules.append("      reader: {when: tally.mails_30d >= 3, points: 3}\n")
    return rules


def model_text() -> str:
    """The whole model file."""
    events, fit = event_rules(), fit_rules()
    if len(events) + len(fit) != 50:
        raise ValueError(f"{len(events)} + {len(fit)} rules are not 50")
    return HEAD + "".join(events) + TAIL.replace("FIT\n", "".join(fit))


def lead() -> dict[str, object]:
    """One lead with 50 events over ten weeks."""
    start = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
    events: list[dict[str, object]] = []
    for number in range(50):
        at = (start + timedelta(hours=34 * number, minutes=7 * (number % 5))).isoformat()
        match number % 5:
            case 0 | 1:
                event: dict[str, object] = {"type": "page_view", "path": f"/{SECTIONS[number % len(SECTIONS)]}"}
            case 2:
                event = {"type": "download", "asset": ASSETS[number % len(ASSETS)]}
            case 3:
                event = {"type": "mail_click", "campaign": MAILS[number % len(MAILS)]}
            case _:
                event = {"type": "video", "attributes": {"id": f"v{number % 3}", "watched": 60 + number, "length": 300}}
        events.append({"at": at, "id": f"e{number}", **event})
    events[-1] = {"at": events[-1]["at"], "id": "e49", "type": "demo_request"}
    return {
        "as_of": "2026-09-01T00:00:00+00:00",
        "lead": {"id": "lead-1", "title": "VP of Sales", "email": "vp@buyer.example", "country": "US", "nps": 9},
        "account": {"employees": 700, "industry": "software"},
        "events": events,
    }


if __name__ == "__main__":
    (HERE / "fifty_rules.yaml").write_text(model_text(), encoding="utf-8")
    (HERE / "lead.json").write_text(json.dumps(lead(), indent=1) + "\n", encoding="utf-8")
