"""The model, data and tests that `rules init` writes where there is no sample: small, and meant to be changed."""

from __future__ import annotations

MODEL = """\
# {model}: fit from the profile, readiness from what a lead does. Change the points, then: rules check, rules test.
schema: 1
model: {model}
version: 1
status: draft
effective: {day}
{owner}timezone: {timezone}
sales_ready: {sales_ready}
review: {{first: 60 days, then: 90 days}}
stages: [learn, compare, decide]
changes:
  - {{version: 1, date: {day}, note: "First model."}}

fields:
  lead:
    title: string
    country: {{type: string, one_of: [US, GB, FR, DE]}}
  account:
    employees: {{type: number, min: 0}}

events:
  page_view: {{path: string}}
  download: {{asset: string}}
  webinar: {{minutes: number}}
  demo_request: {{}}

scores:
  readiness:
    title: Readiness to talk to sales
    floor: 10%
    decay: {{half_life: 90 days}}
    rules:
      pricing_page:
        title: Looked at prices
        stage: compare
        event: page_view
        when: event.path = "/pricing"
        points: 10%
        limit: {{times: 3, within: 30 days}}
      download: {{stage: learn, event: download, points: 10%, limit: {{times: 1, each: event.asset, within: 365 days}}}}
      webinar: {{stage: compare, event: webinar, of: event.minutes, at_least: {{10: 5%, 30: 15%}}}}
      demo: {{stage: decide, event: demo_request, points: 60%, title: Asked for a demo}}
    bands: {{cold: any, warm: 40%, sales_ready: {{from: 100%, until: 80%}}}}
  fit:
    title: Fit
    rules:
      decision_maker:
        when: has word(lead.title, ["vp", "chief", "director"])
        points: 15%
      company_size:
        of: account.employees
        at_least: {{0: 0, 50: 10%, 500: 20%}}
        missing: 0
      market: {{of: lead.country, values: {{US: 10%, GB: 8%}}, otherwise: 0}}
    bands: {{C: any, B: 15%, A: 30%}}

labels:
  rating: band.fit + ":" + band.readiness
"""

MAPPING = """\
# Where leads and events lie. The files in data/ are invented; name your own.
schema: 1
leads: {file: data/leads.csv, id: lead_id, account: account_id}
accounts: {file: data/accounts.csv, id: account_id}
events: {file: data/events.csv, lead: lead_id, at: at, type: type}
"""

LEADS = """\
lead_id,account_id,title,country
ann,acme,VP Sales,US
bob,acme,Analyst,US
cho,birch,Chief of Staff,GB
dee,,Student,FR
"""

ACCOUNTS = """\
account_id,employees
acme,600
birch,80
"""

EVENTS = """\
lead_id,at,type,path,asset,minutes
ann,{day}T09:00:00,page_view,/pricing,,
ann,{day}T09:05:00,demo_request,,,
ann,{day}T09:30:00,webinar,,,45
ann,{day}T10:00:00,download,,guide,
ann,{day}T11:00:00,download,,prices,
bob,{day}T12:00:00,page_view,/,,
cho,{day}T13:00:00,webinar,,,12
cho,{day}T14:00:00,page_view,/pricing,,
"""

TESTS = """\
# Each example: what is known of a lead, and what must come out. Percents of sales_ready are points here.
tests:
  - name: nothing is known of a lead
    as_of: {day}
    expect:
      scores: {{readiness: 0, fit: 0}}
      bands: {{readiness: cold, fit: C}}
      labels: {{rating: "C:cold"}}
  - name: a vice president of a large company asks for a demo
    as_of: {day}
    lead: {{title: VP Sales, country: US}}
    account: {{employees: 600}}
    events:
      - {{type: demo_request, at: 0 days}}
    expect:
      scores: {{readiness: {p60}, fit: {p45}}}
      bands: {{readiness: warm, fit: A}}
      fired: [readiness.demo, fit.decision_maker]
  - name: the fourth look at prices in a month earns nothing
    as_of: {day}
    events:
      - {{type: page_view, path: /pricing, at: 0 days}}
      - {{type: page_view, path: /pricing, at: 0 days}}
      - {{type: page_view, path: /pricing, at: 0 days}}
      - {{type: page_view, path: /pricing, at: 0 days}}
      - {{type: page_view, path: /jobs, at: 0 days}}
    expect:
      scores: {{readiness: {p30}}}
  - name: a lead who did it all is ready for sales
    as_of: {day}
    events:
      - {{type: demo_request, at: 0 days}}
      - {{type: webinar, minutes: 45, at: 0 days}}
      - {{type: webinar, minutes: 10, at: 0 days}}
      - {{type: download, asset: guide, at: 0 days}}
      - {{type: download, asset: prices, at: 0 days}}
    expect:
      scores: {{readiness: {p100}}}
      bands: {{readiness: sales_ready}}
  - name: a company of middle size in Britain
    as_of: {day}
    lead: {{title: Analyst, country: GB}}
    account: {{employees: 80}}
    expect:
      scores: {{fit: {p18}}}
      bands: {{fit: B}}
      not_fired: [fit.decision_maker]
"""
