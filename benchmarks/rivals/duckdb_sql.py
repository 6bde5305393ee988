"""DuckDB, as experts write it: `python -m benchmarks.rivals.duckdb_sql DATA OUT [--coupled] [--blocks|--limits]`.

One pass over the events into a dozen conditional sums per lead; conditions on leads and accounts are applied after
the sums, so the events are joined with nothing. `--coupled` needs the activity of each lead in order: a window.
`--blocks` gives the same from the first and last activity of each lead in every 30 days, and no window over events.
`--limits` is a program of its own up to the sums per lead: duckdb_limits.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.rivals import duckdb_limits
from benchmarks.rivals.duckdb_limits import BLOCK, STRETCHES, query

LN2 = 0.6931471805599453
HALF = f"exp(-age * {LN2 / 90})"
EVENTS = f"""
select
  lead_id,
  count(*) as anything,
  count(*) filter (type = 'download' and age < 90) as downloads_90d,
  sum(minutes) filter (type = 'webinar' and age < 90) as minutes_90d,
  count(*) filter (path = '/unsubscribe') as unsubscribed,
  max("at") filter (active) as last_activity,
  sum(case when path like '/blog/%' then 0.5 * {HALF} * kept end) as blog,
  sum(case when path like '/pricing%' then 5 * {HALF} * kept when path like '/demo%' then 4 * {HALF} * kept end) as web,
  sum(case when path like '/docs/%' then {HALF} * kept end) as docs,
  sum(case type when 'email_open' then 1 when 'email_click' then 3 end * greatest(0, 1 - age / 60) * kept) as mail,
  sum(case when path = '/pricing/enterprise' then 8 * {HALF} * kept end) as enterprise,
  sum(case when type = 'demo_request' then 30 * {HALF} * kept end) as large_demo,
  sum(case when topic in ('roi', 'migration', 'security') then 4 * greatest(0, 1 - age / 90) * kept end) as in_market,
  sum(kept * case type
    when 'page_view' then case
        when path like '/customers/%' then 2 * {HALF}
        when path = '/security' then if(age < 60, 3, 0)
        when path like '/integrations/%'
          then 2 * case when age < 14 then 1 when age < 45 then 0.7 when age < 90 then 0.3 else 0 end
        when path in ('/compare/rival', '/compare/other', '/compare/spreadsheets')
          then 6 * greatest(0.2, 1 - age / 120)
        when path like '%campaign/%' and path != '/campaign/20' then 3 * {HALF}
        when path like '/careers%' then -20
        else 0 end + if(age < 30, 0.25, 0)
    when 'download' then case asset
        when 'guide-crm' then 6 when 'guide-analytics' then 6 when 'guide-mail' then 4 when 'guide-roi' then 9
        when 'checklist-migration' then 8 when 'checklist-security' then 5 when 'benchmark-analytics' then 7
        when 'benchmark-crm' then 7 when 'datasheet-api' then 8 when 'datasheet-security' then 6
        when 'template-roi' then 10 when 'template-hiring' then -2 else 0 end * {HALF}
        + if(age < 30, 0.25, 0) - if(asset = 'guide-hiring' and age < 90, 10, 0)
    when 'video' then (20 * coalesce(watched / length, 0) + if(watched >= 1200, 3, 0)) * {HALF}
    when 'webinar' then case
          when minutes is null then 1 when minutes >= 45 then 15 when minutes >= 20 then 8 when minutes >= 5 then 2
          else 0 end
        * case when age < 30 then 1 when age < 90 then 0.6 else 0.2 end + if(age < 30, 0.25, 0)
    when 'email_click' then if(campaign like 'nurture%', 2 * pow(0.5, floor(age / 30)), 0)
    when 'demo_request' then 60
        + least(coalesce(seats, 0), 50) * 0.4 * greatest(0.2, 1 - 0.2 * greatest(0, floor((age - 14) / 30)))
    when 'meeting' then case outcome
        when 'held' then if("at" >= '2026-05-31 22:00:00+00' and "at" < '2026-06-30 22:00:00+00', 25, 0) * {HALF}
        when 'no_show' then -15 * greatest(0, 1 - 0.5 * floor(age / 30))
        when 'won' then 50 * {HALF} else 0 end
    else 0 end) as other,
  PRODUCTS
from active_events
group by lead_id
"""
PRODUCT = """
  sum(case
    when path like '/products/{0}%' then 5 * case when age < 30 then 1 when age < 90 then 0.5 else 0 end
    when topic = '{0}' then 12 * greatest(0.1, exp(-age * {1}))
    when asset like '%-{0}' then 6 end) as interest_{0}"""
ACTIVE = """
create view dated as
select *, epoch_us("at") as moment, (epoch_us($as_of) - moment) / 86400e6 as age,
  coalesce(case type when 'page_view' then path not like '/careers%' and path != '/unsubscribe'
       when 'meeting' then outcome in ('held', 'won') else true end, true) as active
from read_parquet('{events}') where "at" <= $as_of
"""
# Ticks of the pause after an activity: one at 30 days, then one every 7.
TICKS = "case when {pause} >= 30 then 1 + floor(({pause} - 30) / 7) else 0 end"
APART = "create view active_events as select *, 1.0 as kept from dated"
COUPLED = f"""
create view active_events as
with paused as (
  select *, age - lead(if(active, age, null), 1, 0 ignore nulls) over (partition by lead_id order by "at") as pause
  from dated
),
ticking as (select *, if(active, {TICKS.format(pause="pause")}, 0) as ticks from paused)
select *, pow(0.9, sum(ticks) over later) as kept
from ticking window later as (partition by lead_id order by "at" rows between current row and unbounded following)
"""
BY_BLOCKS = f"""
{STRETCHES.replace("create temp table", "create view").replace("$keep", "0.9")};
create view active_events as
select d.*, if(moment > last_active, kept_after, kept) as kept
from dated d left join stretches s on s.lead_id = d.lead_id and s.block = {BLOCK}
"""
SCORES = """
with sums as ({events}),
scored as (
  select l.lead_id,
    (coalesce(least(60, least(10, coalesce(blog, 0)) + coalesce(web, 0)), 0) + least(15, coalesce(docs, 0))
      + least(25, coalesce(mail, 0)) + if(employees >= 500, coalesce(enterprise, 0), 0)
      + if(employees >= 1000, coalesce(large_demo, 0), 0)
      + if(country in ('US', 'GB', 'DE'), coalesce(in_market, 0), 0) + coalesce(other, 0))
      * pow(0.75, coalesce(unsubscribed, 0)) as earned,
    (epoch_us($as_of) - epoch_us(last_activity)) / 86400e6 as pause,
    case when employees >= 1000 then 20 when employees >= 200 then 10 when employees >= 50 then 5 else 0 end
    + case when title is null then 0
        when regexp_matches(title, '\\b(vp|chief|director|head|owner|founder)\\b', 'i') then 15 else -5 end
    + if(regexp_matches(title, '\\b(student|intern)\\b', 'i'), -15, 0)
    + case country when 'US' then 10 when 'GB' then 8 when 'DE' then 6 when 'FR' then 6 else 0 end
    + if(split_part(email, '@', 2) not in ('gmail.com', 'outlook.com', 'yahoo.com', 'gmx.de'), 5, 0)
    + if(industry in ('software', 'internet', 'banking'), 6, 0) + if(nps >= 9, 5, 0) + if(nps <= 6, -5, 0)
    + if(not opted_out or anything >= 20, 2, 0) + if(downloads_90d >= 3, 5, 0) + if(minutes_90d >= 60, 5, 0)
    {fit} as fit,{more}
    coalesce(interest_crm, 0) as interest_crm, coalesce(interest_analytics, 0) as interest_analytics,
    coalesce(interest_mail, 0) as interest_mail
  from read_parquet('{leads}') l left join read_parquet('{accounts}') a using (account_id)
    left join sums using (lead_id)
  where l.status is distinct from 'customer'
),
lowered as (
  select *, least(300, case when earned <= 10 then greatest(earned, 0) else greatest(10, earned * {factor}) end)
    as readiness
  from scored
),
totals as (select *, least(150, fit + 0.5 * readiness) as total from lowered){readings}
select lead_id, readiness, fit, interest_crm, interest_analytics, interest_mail, total,
  case when readiness >= 100 then 'sales_ready' when readiness >= 40 then 'warm' else 'cold' end as readiness_band,
  case when fit >= 30 then 'A' when fit >= 15 then 'B' else 'C' end as fit_band,
  case when interest_crm >= 25 then 'keen' when interest_crm >= 10 then 'interested' else 'nothing' end as crm_band,
  case when total >= 70 then 'high' when total >= 30 then 'middle' else 'low' end as total_band,
  fit_band || ':' || readiness_band as label_rating,
  case when fit >= 15 and readiness >= 100 then 'hot' when pause is null or pause > 60 then 'cold' else 'nurture' end
    as label_temperature{labels}
from {last}
"""


def score(data: Path, out: Path, *, coupled: bool, blocks: bool = False, limits: bool = False) -> None:
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false; set timezone = 'UTC'")
    further = dict.fromkeys(("fit", "more", "readings", "labels"), "") | {"last": "totals"}
    if limits:
        duckdb_limits.define(connection, data / "events.parquet")
        sums, further = "from main.sums", duckdb_limits.FURTHER
    else:
        connection.execute(query(ACTIVE.format(events=data / "events.parquet")))
        connection.execute(query(BY_BLOCKS if blocks else COUPLED if coupled else APART))
        products = ",".join(PRODUCT.format(name, LN2 / 60) for name in ("crm", "analytics", "mail"))
        sums = EVENTS.replace("PRODUCTS", products)
    ticks = TICKS.format(pause="pause")
    scores = SCORES.format(
        events=sums,
        leads=data / "leads.parquet",
        accounts=data / "accounts.parquet",
        factor="1" if coupled else f"pow(0.9, coalesce({ticks}, 0))",
        **further,
    )
    connection.execute(query(f"copy ({scores}) to '{out}' (format parquet, compression zstd)"))


if __name__ == "__main__":
    asked = {name: f"--{name}" in sys.argv for name in ("coupled", "blocks", "limits")}
    score(Path(sys.argv[1]), Path(sys.argv[2]), **asked)
