"""Limits and all else that SQL says well, for `python -m benchmarks.rivals.duckdb_sql DATA OUT --coupled --limits`.

Conditions are tested once, and what can earn is kept in a narrow table of which each rule takes its own: the first of
its kind is a `min` per group, the first five a row number over these events alone. Only visits need every event of a
lead in order, and carry nothing through that window but two flags. Pauses need no such window: two activities within
one block of 30 days have none of 30 days between them, so that the first and the last activity of each block tell all.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.rivals import AS_OF

LN2 = 0.6931471805599453
HALF = f"exp(-age * {LN2 / 90})"
BLOCK = "(moment // 2_592_000_000_000)::smallint"  # 30 days, the `after` of inactivity
LOCAL = "timezone('Europe/Paris', \"at\")"
WEEK, QUARTER = 7 * 86_400_000_000, 90 * 86_400_000_000

DATED = """
create view dated as
select *, epoch_us("at") as moment, (epoch_us($as_of) - epoch_us("at")) / 86400e6 as age
from read_parquet('$events') where "at" <= $as_of
"""
# Per lead and block: what remains of what was earned up to its last activity, and of what came after that.
STRETCHES = f"""
create temp table stretches as
with flagged as (
  select lead_id, moment, {BLOCK} as block, case type
      when 'page_view' then case when path like '/careers%' then 'careers' when path = '/unsubscribe' then 'passive' end
      when 'meeting' then case when outcome = 'lost' then 'lost' when outcome = 'no_show' then 'passive' end
      when 'demo_request' then 'demo' end as kind
  from dated
),
seen as (
  select lead_id, block, count(*) as anything,
    min(moment) filter (kind is null or kind = 'demo') as first_active,
    max(moment) filter (kind is null or kind = 'demo') as last_active,
    max(moment) filter (kind = 'careers') as careers_at, max(moment) filter (kind = 'demo') as demo_at,
    max(moment) filter (kind = 'lost') as lost_at
  from flagged group by lead_id, block
),
paused as (
  select *, (coalesce(lead(first_active ignore nulls) over later, epoch_us($as_of)) - last_active) / 86400e6 as pause
  from seen window later as (partition by lead_id order by block)
),
ticking as (select *, if(pause >= 30, 1 + floor((pause - 30) / 7), 0) as ticks from paused)
select *, pow($keep, sum(ticks) over later) as kept, pow($keep, sum(ticks) over later - ticks) as kept_after,
  max(lost_at) over (partition by lead_id) as set_at
from ticking window later as (partition by lead_id order by block rows between current row and unbounded following)
"""
SALES_PAGES = "('/pricing', '/pricing/enterprise', '/demo', '/customers')"
VISITS = f"""
create temp table visits as
with flagged as (
  select lead_id, moment, coalesce(path like '/pricing%', false) as pricing,
    coalesce(path in {SALES_PAGES}, false) as sales
  from dated
),
opened as (
  select *, coalesce(moment - lag(moment) over (partition by lead_id order by moment) > 1_800_000_000, true) as opens
  from flagged
),
numbered as (
  select *, sum(opens::int) over (partition by lead_id order by moment) as visit
  from opened where opens or pricing or sales
)
select lead_id, moment, (epoch_us($as_of) - moment) / 86400e6 as age, pricing, sales,
  count(*) filter (pricing) over so_far as pricing_pages, count(*) filter (sales) over so_far as sales_pages
from numbered where pricing or sales
window so_far as (partition by lead_id, visit order by moment rows unbounded preceding)
"""
# The event that takes a rolling count to n: the n-1 before it are in the window, the one before these is not.
REACHES = """
select lead_id, moment, age from {of} = '{type}'
window w as (partition by lead_id order by moment)
qualify lag(moment, {before}) over w > moment - {span} and (lag(moment, {n}) over w > moment - {span}) is not true
"""
# What can earn, found once; with the unit that its limit counts, or its amount.
EARNING = """
create temp table earning as
select * from (
  select lead_id, moment, age, "at",
    case when path is not null then case
        when path like '/blog/%' then 'blog' when path like '/docs/%' then 'docs'
        when path like '/customers/%' then 'story'
        when path like '/products/%' then if(age < 90, 'product', null)
        when path like '/integrations/%' then if(age < 90, 'integration', null)
        when path = '/security' then if(age < 60, 'security', null)
        when path in ('/compare/rival', '/compare/other', '/compare/spreadsheets') then 'comparison'
        when path like '%campaign/%' and path != '/campaign/20' then 'landing'
        when path like '/demo%' then 'demo_page' when path = '/pricing/enterprise' then 'enterprise'
        when path like '/careers%' then 'careers' when path = '/unsubscribe' then 'unsubscribed' end
      when type = 'email_open' then if(age < 62, 'opened', null)
      when type = 'email_click' then if(campaign like 'nurture%', 'nurtured', if(age < 60, 'clicked', null))
      when type = 'video' then if(watched >= 1200, 'long_video', 'video')
      when type = 'meeting' then outcome else type end as kind,
    coalesce(if(path like '/customers/%' or path like '/products/%', path, null), asset, video, topic) as unit,
    coalesce(20 * watched / length, minutes, seats) as amount
  from dated
) where kind not in ('lost', 'page_view')
"""
ONE_OF_PRODUCTS = """case when unit like '/products/crm%' then 'crm'
  when unit like '/products/analytics%' then 'analytics' when unit like '/products/mail%' then 'mail' end"""
AWARDS = f"""
create view awards as

select lead_id, moment, kind as part, case kind
    when 'blog' then 0.5 * {HALF} when 'demo_page' then 4 * {HALF} when 'enterprise' then 8 * {HALF}
    when 'security' then 3 when 'integration' then 2 * case when age < 14 then 1 when age < 45 then 0.7 else 0.3 end
    when 'comparison' then 6 * greatest(0.2, 1 - age / 120) when 'careers' then -20 when 'unsubscribed' then 1
    when 'clicked' then 3 * (1 - age / 60) when 'nurtured' then 2 * pow(0.5, floor(age / 30))
    when 'demo_request'
      then least(coalesce(amount, 0), 50) * 0.4 * greatest(0.2, 1 - 0.2 * greatest(0, floor((age - 14) / 30)))
    when 'held' then if("at" >= '2026-05-31 22:00:00+00' and "at" < '2026-06-30 22:00:00+00', 25 * {HALF}, null)
    when 'no_show' then -15 * greatest(0, 1 - 0.5 * floor(age / 30)) when 'won' then 50 * {HALF} end as value
from earning
where kind not in ('product', 'docs', 'story', 'landing', 'download', 'video', 'long_video', 'webinar', 'opened')

union all by name
select lead_id, moment, {ONE_OF_PRODUCTS} as product, if(age < 30, 5, 2.5) as interest
from earning where kind = 'product'

union all by name
select lead_id, moment, 'clicked' as part, 3 * (1 - age / 60) as value from earning where kind = 'nurtured' and age < 60

union all by name
select lead_id, moment, 'pricing' as part, 5 * {HALF} as value from visits where pricing and pricing_pages <= 3

union all by name
select lead_id, moment, 'other' as part, 10 * {HALF} as value from visits where sales and sales_pages = 3

union all by name
select lead_id, moment, 'other' as part, 6 * {HALF} as value
from ({REACHES.format(type="page_view", before=9, n=10, span=WEEK, of="dated where type")})

union all by name
select lead_id, moment, 'other' as part, 8 * exp(-greatest(0, age - 14) * {LN2 / 45}) as value
from ({REACHES.format(type="download", before=2, n=3, span=QUARTER, of="earning where kind")})

union all by name
select lead_id, min(moment) as moment, 'other' as part, min(2 * {HALF}) as value
from earning where kind = 'story' group by lead_id, unit

union all by name
select lead_id, min(moment) as moment, 'other' as part, min(3 * {HALF}) as value
from earning where kind = 'landing' group by lead_id

union all by name
select lead_id, moment, 'docs' as part, {HALF} as value
from earning where kind = 'docs' qualify row_number() over (partition by lead_id, {LOCAL}::date order by moment) <= 5

union all by name
select lead_id, min(moment) as moment, 'other' as part, min({HALF}) * case unit
    when 'guide-crm' then 6 when 'guide-analytics' then 6 when 'guide-mail' then 4 when 'guide-roi' then 9
    when 'checklist-migration' then 8 when 'checklist-security' then 5 when 'benchmark-analytics' then 7
    when 'benchmark-crm' then 7 when 'datasheet-api' then 8 when 'datasheet-security' then 6
    when 'template-roi' then 10 when 'template-hiring' then -2 end as value,
  case when unit like '%-crm' then 'crm' when unit like '%-analytics' then 'analytics'
    when unit like '%-mail' then 'mail' end as product, 6 as interest
from earning where kind = 'download' and unit is not null group by lead_id, unit

union all by name
select lead_id, moment, 'other' as part, -10 as value
from earning where kind = 'download' and unit = 'guide-hiring' and age < 90

union all by name
select lead_id, moment, 'other' as part, rise * {HALF} as value from (
  select lead_id, moment, age, amount - coalesce(max(amount) over (
    partition by lead_id, unit order by moment rows between unbounded preceding and 1 preceding), 0) as rise
  from earning where kind in ('video', 'long_video')) where rise > 0

union all by name
select lead_id, moment, 'other' as part, 3 * {HALF} as value from earning where kind = 'long_video'
qualify row_number() over (partition by lead_id, date_trunc('week', {LOCAL}) order by moment) <= 2

union all by name
select lead_id, moment, 'other' as part,
  case when amount is null then 1 when amount >= 45 then 15 when amount >= 20 then 8 when amount >= 5 then 2 end
    * case when age < 30 then 1 when age < 90 then 0.6 else 0.2 end as value,
  if(unit in ('crm', 'analytics', 'mail'), unit, null) as product,
  12 * greatest(0.1, exp(-age * {LN2 / 60})) as interest
from earning where kind = 'webinar'

union all by name
select lead_id, moment, 'in_market' as part, 4 * (1 - age / 90) as value
from earning where kind = 'webinar' and unit in ('roi', 'migration', 'security') and age < 90

union all by name
select lead_id, min(moment) as moment, 'opened' as part, min(greatest(0, 1 - age / 60)) as value
from earning where kind = 'opened' group by lead_id, {LOCAL}::date

union all by name
select lead_id, moment, 'other' as part, if(age < 30, 0.25, 0) as value
from dated where type in ('page_view', 'download', 'webinar') and "at" > $as_of - interval 38 days
qualify row_number() over (partition by lead_id, date_trunc('week', {LOCAL}) order by moment) <= 5

union all by name
select lead_id, min(moment) as moment, 'demo' as part, 60 as value
from earning where kind = 'demo_request' group by lead_id

union all by name
select lead_id, min(moment) as moment, 'large_demo' as part, min(30 * {HALF}) as value
from earning where kind = 'demo_request' group by lead_id, date_trunc('month', {LOCAL})
"""
CAPPED = "'blog', 'demo_page', 'pricing', 'docs', 'opened', 'clicked', 'enterprise', 'large_demo', 'in_market'"
SUMS = f"""
create view sums as
with lowered as (
  select a.lead_id, part, product, interest, a.moment, set_at is null or a.moment > set_at as counts,
    value * case when not counts then 0 when a.moment > last_active then kept_after else kept end as value
  from awards a left join stretches s on s.lead_id = a.lead_id and s.block = {BLOCK.replace("moment", "a.moment")}
),
earned as (
  select lead_id, count(*) filter (part = 'unsubscribed' and counts) as unsubscribed,
    sum(value) filter (part = 'blog') as blog, sum(value) filter (part in ('demo_page', 'pricing')) as web,
    sum(value) filter (part = 'docs') as docs, sum(value) filter (part in ('opened', 'clicked')) as mail,
    sum(value) filter (part = 'enterprise') as enterprise, sum(value) filter (part = 'large_demo') as large_demo,
    sum(value) filter (part = 'in_market') as in_market,
    sum(value) filter (part not in ({CAPPED}, 'unsubscribed')) as other,
    sum(interest) filter (product = 'crm') as interest_crm, sum(interest) filter (product = 'mail') as interest_mail,
    sum(interest) filter (product = 'analytics') as interest_analytics,
    count(*) filter (part in ('demo', 'won') and moment > epoch_us($as_of) - {QUARTER}) as decide_touches,
    count(*) filter (part = 'large_demo' and moment > epoch_us($as_of) - {QUARTER}) as large_demo_touches
  from lowered group by lead_id
),
ever as (
  select lead_id, sum(anything) as anything, make_timestamp(max(last_active)) as last_activity,
    max(careers_at) as careers_at, max(demo_at) as demo_at
  from stretches group by lead_id
),
lately as (
  select lead_id, count(*) filter (type = 'download') as downloads_90d, sum(minutes) as minutes_90d,
    count(distinct campaign) filter (age < 60) as campaigns_60d,
    count(*) filter (type = 'page_view' and {LOCAL} >= date_trunc('month', timezone('Europe/Paris', $as_of)))
      as pages_this_month
  from dated where "at" > $as_of - interval 90 days group by lead_id
),
asked as (select lead_id, max(amount) as most_seats from earning where kind = 'demo_request' group by lead_id)
select * from ever left join earned using (lead_id) left join lately using (lead_id) left join asked using (lead_id)
"""

# What goes into the query of scores of duckdb_sql.py: a further rule, and what gates and labels read.
FURTHER = {
    "fit": "+ if(campaigns_60d >= 3 and pages_this_month >= 2, 3, 0)",
    "more": f"""
    if(split_part(email, '@', 2) in ('rival.example', 'other.example'), 0, null) as competitor,
    careers_at > epoch_us($as_of) - {QUARTER // 3} and coalesce(careers_at > demo_at, true) as job_seeker,
    if(pages_this_month >= 60, 80, null) as reads_a_lot, most_seats,
    decide_touches + if(employees >= 1000, large_demo_touches, 0) as decide_touches,""",
    "readings": """,
readings as (
  select * replace (
    least(readiness, competitor, if(job_seeker, 40, null), reads_a_lot) as readiness,
    least(fit, competitor) as fit, least(interest_crm, competitor) as interest_crm,
    least(interest_analytics, competitor) as interest_analytics,
    least(interest_mail, competitor) as interest_mail, least(total, competitor) as total)
  from totals
)""",
    "last": "readings",
    "labels": """,
  case when label_temperature = 'hot' and job_seeker is not true then 'call' when most_seats >= 50 then 'send_prices'
    when crm_band != 'nothing' or decide_touches >= 1 then 'invite' else 'wait' end as label_next_step""",
}


def define(connection: duckdb.DuckDBPyConnection, events: Path, *, keep: float = 0.9) -> None:
    """Make the view `sums`, a row per lead; a tick of inactivity leaves the share `keep`."""
    for text in (DATED, STRETCHES, VISITS, EARNING, AWARDS, SUMS):
        connection.execute(query(text).replace("$events", str(events)).replace("$keep", str(keep)))


def query(text: str) -> str:
    return text.replace("$as_of", f"timestamptz '{AS_OF}'")
