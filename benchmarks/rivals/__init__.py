"""The same data scored by other tools, each a program of its own: `python -m benchmarks.rivals.<tool> DATA OUT`.

They compute a part of what the engine computes, the part that a query says well; what is left out is in their favour.

All sides. In: points of event rules by type and condition (on the event, the lead, the account), the sheet of assets,
tables of bounds; each rule's decay by the age at the as-of time; caps of rules and groups on what remains then;
penalties; inactivity; standing rules on fields, counts and sums; the combined score; bands; two labels.
Out: limits, keep highest, tallies at events (`reaches`), visits, `set`, what happened before the as-of time (the floor
and caps as awards came, daily parts of penalties), hysteresis and instants of bands, gates, distinct counts, accounts,
the ledger, micropoint exactness.

Inactivity *apart* is taken once, from what is left at the as-of time. *Coupled*, each pause in the history takes its
tenth from all that was earned before it, which needs the events of a lead in order. Coupled *by blocks* gives the same
numbers without that order.

DuckDB *coupled, with limits* computes further: limits per day, week, month, visit, distinct value and in all; keep
highest; `reaches` of rolling counts and of counts per visit; `set: 0`; distinct counts and counts of the calendar
month; the three gates with their caps; the label that reads gates, the highest seats and touches. A test holds its sums
against the engine's. Still out: limits in a rolling window (`times: 2, within: 30 days`), because whether an award
counts depends on which ones counted before it, so that these rules are not limited; the floor and caps as awards came,
daily parts of penalties, hysteresis, peaks and instants of bands, the ledger. Roll-ups of accounts and tables of
tallies are not asked of the engine here, so they are asked of nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime

AS_OF = datetime(2026, 9, 1, tzinfo=UTC)
FAIR = (datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC))  # June in Paris
ASSETS = {
    "guide-crm": 6,
    "guide-analytics": 6,
    "guide-mail": 4,
    "guide-roi": 9,
    "checklist-migration": 8,
    "checklist-security": 5,
    "benchmark-analytics": 7,
    "benchmark-crm": 7,
    "datasheet-api": 8,
    "datasheet-security": 6,
    "template-roi": 10,
    "template-hiring": -2,
}
PRODUCTS = ("crm", "analytics", "mail")
READ = {
    "leads": ["lead_id", "account_id", "title", "email", "country", "status", "nps", "opted_out"],
    "accounts": ["account_id", "employees", "industry"],
    "events": [
        "lead_id",
        "at",
        "type",
        "path",
        "campaign",
        "asset",
        "watched",
        "length",
        "topic",
        "minutes",
        "seats",
        "outcome",
    ],
}
