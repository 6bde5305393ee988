"""Read data goes into the engine as it is: a model file, its data, one lead after the other, no problems found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.engine import Engine

Write = Callable[[str, str | bytes], Path]

MODEL = """
schema: 1
model: types
version: 1
status: draft
timezone: Europe/Paris
fields:
  lead:
    plan: {type: string, one_of: [gold, free], required: true}
    age: {type: number, min: 0, max: 150}
    vip: boolean
    born: date
    signed_up: date and time
    trial: days and time duration
    tags: list<string>
    visits: list<number>
  account:
    employees: number
events:
  purchase: {amount: number, at_shop: date and time, items: list<string>, id: string}
scores:
  fit:
    rules:
      gold: {when: lead.plan = "gold", points: 1}
      adult: {when: lead.age >= 18, points: 2}
      vip: {when: lead.vip, points: 4}
      born: {when: lead.born < date("2000-01-01"), points: 8}
      signed_up: {when: lead.signed_up < @"2026-01-01T00:00:00@Europe/Paris", points: 16}
      trial: {when: lead.trial > duration("7 days"), points: 32}
      tags: {when: '"a" in lead.tags', points: 64}
      visits: {when: sum(lead.visits) = 3, points: 128}
      size: {when: account.employees > 10, points: 256}
  spend:
    rules:
      bought: {event: purchase, when: count(event.items) = 2 and event.id = "shop-1", points: event.amount}
"""
DATA = """
schema: 1
leads: {file: leads.csv, id: id, account: company, fields: {tags: {column: tags, split: "|"}}}
accounts: {file: accounts.csv, id: id}
events:
  file: log.csv
  lead: lead
  at: at
  id: number
  type: {value: purchase}
  attributes: {id: id, at_shop: at}
"""


def test_every_type_reaches_its_rule(write: Write) -> None:
    engine = Engine.load(write("types/v1.yaml", MODEL))
    write(
        "leads.csv",
        "id,company,plan,age,vip,born,signed_up,trial,tags,visits\n"
        '1,acme,gold,18,yes,1999-12-31,2025-12-31 23:59:59,14 days,a|b,"[1, 2]"\n2,,free,,,,,,,\n3,,silver,,,,,,,\n',
    )
    write("accounts.csv", "id,employees\nacme,11\n")
    write(
        "log.csv",
        'lead,at,number,amount,items,id\n1,2026-03-01 10:00,n1,100,"[""x"", ""y""]",shop-1\n'
        '1,2026-03-01 10:00,n1,100,"[""x"", ""y""]",shop-1\n',
    )
    data = read_data(load_mapping(write("data.yaml", DATA)), engine.model)
    assert data.counts.missing == {("lead.plan", "not in one_of"): 1}
    assert data.counts.rejected == {("leads", "required but missing"): 1}
    assert data.findings == ()
    assert data.leads.schema["signed_up"] == pl.Datetime("us", "UTC")
    results = {}
    for lead_id, lead, account, events in data.leads_iter():
        results[lead_id] = engine.score(lead, account, events, as_of="2026-04-01", lead_id=lead_id)
    assert set(results) == {"1", "2"}
    assert results["2"].problems == ()
    assert [problem.problem for problem in results["1"].problems] == ['its id "n1" came before; counted once']
    assert results["1"].scores["fit"].total == 511_000_000
    assert results["1"].scores["spend"].total == 100_000_000  # the same event twice counts once
    assert results["2"].scores["fit"].total == 0
