"""`next_due` against looks at many instants: random models whose labels compute with scores that time moves."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules_engine import Engine
from rules_engine.result.types import Result

DAY = 86_400_000_000
BEGIN = 1_767_225_600_000_000  # 2026-01-01
LAST = BEGIN + 420 * DAY
LAWS = [
    "{half_life: 9 days}",
    "{half_life: 60 days, keep: 0.25}",
    "{linear: 50 days}",
    "{linear: 30 days, delay: 5 days}",
    "{expires: 21 days}",
    "{every: 7 days, lose: 0.2}",
    "{steps: {3 days: 0.6, 40 days: 0.1}}",
]
CONDITIONS = [
    "score.a - score.b > {n}",
    "score.a > score.b",
    "score.b / (score.a + score.b + 1) >= 0.{n}",
    "score.a > lead.limit",
    "abs(score.a - 2 * score.b) < {n}",
    "max(score.a, score.b) - min(score.a, score.b, {n}) > 4",
    "floor(score.a / 10) = floor(score.b / 10)",
    "score.total * 0.1 in [1..{n}]",
    "if tally.bigs > 1 then score.a < score.b + {n} else score.b > 2 * score.a",
    "score.a between score.b and score.b + {n}",
    "score.a ** 2 - 10 * score.b > {n}",
    "modulo(score.a, 7) < 0.{n}",
    "score.total > score.a + {n} or tally.smalls_7d = 1",
    "last.bigs != null and now - last.bigs > duration(\"1 day\") * score.b",
    "now.day > score.a - score.b",
    "some x in [5, {n}] satisfies score.a - x > score.b",
]  # fmt: skip
MODEL = """
schema: 1
model: random
version: 1
fields: {{lead: {{limit: number}}}}
events: {{big: {{}}, small: {{}}, bad: {{}}}}
tallies:
  bigs: {{event: big, within: 20 days}}
  smalls_7d: {{event: small, within: 7 days}}
scores:
  a:
    decay: {laws[0]}
    rules:
      big: {{event: big, points: 31}}
      few: {{when: tally.smalls_7d < 2, points: 6}}
    penalties:
      bad: {{event: bad, remove: 9, over: 6 days, decay: {{expires: 33 days}}}}
  b:
    decay: {laws[1]}
    rules:
      small: {{event: small, points: 17, decay: {laws[2]}}}
      big: {{event: big, points: 11}}
    inactivity: {{after: 30 days, every: 20 days, remove: 10% of score}}
  total: {{combine: {{a: 0.5, b: 1.5}}}}
labels:
  mark:
    "yes": '{first}'
    "no": otherwise
  size:
    large:
      any: ['{second}', score.b < 0]
    small: otherwise
  room: 'if score.a + score.b > 25 then "full" else "free"'
"""


def outcome(result: Result) -> object:
    return result.labels, {name: (score.band, score.cap) for name, score in result.scores.items()}


def grid(now: int, due: int | None, whole: Result) -> list[int]:
    """Instants after `now` and before `due`, close where something happens."""
    end = LAST if due is None else due
    turning = {entry.at for score in whole.scores.values() for entry in score.ledger}
    turning |= {event + days * DAY for event in turning for days in (7, 20)}
    found = {at + step for at in turning for step in (-1, 0, 1, 3_600_000_000)}
    found |= {now + (end - now) * n // 150 for n in range(150)} | {now + 2**n for n in range(50)} | {end - 1}
    return sorted(at for at in found if now < at < end)


@given(
    laws=st.lists(st.sampled_from(LAWS), min_size=3, max_size=3),
    conditions=st.lists(st.sampled_from(CONDITIONS), min_size=2, max_size=2, unique=True),
    n=st.integers(1, 25),
    limit=st.sampled_from([None, 0.0, 7.31, 25.0]),
    events=st.lists(
        st.tuples(st.sampled_from(["big", "big", "small", "small", "bad"]), st.integers(0, 40 * DAY)),
        min_size=1,
        max_size=7,
    ),
    wait=st.integers(0, 30 * DAY),
)
@example(  # a turn that is undone within a day of its own
    laws=["{linear: 50 days}", "{expires: 21 days}", "{linear: 50 days}"],
    conditions=["floor(score.a / 10) = floor(score.b / 10)", "score.a > score.b"],
    n=3,
    limit=None,
    events=[("big", 0), ("small", DAY)],
    wait=0,
)
@settings(deadline=None, max_examples=60, derandomize=True)  # ties can use up the looks: a new draw may be inexact
def test_nothing_changes_before_it_and_something_does_at_it(
    laws: list[str], conditions: list[str], n: int, limit: float | None, events: list[tuple[str, int]], wait: int
) -> None:
    first, second = (one.format(n=n) for one in conditions)
    with TemporaryDirectory() as folder:
        path = Path(folder, "v1.yaml")
        path.write_text(MODEL.format(laws=laws, first=first, second=second))
        engine = Engine.load(path)
    rows: list[dict[str, Any]] = [{"type": kind, "at": BEGIN + after} for kind, after in events]
    now = max(row["at"] for row in rows) + wait

    def at(instant: int) -> Result:
        return engine.score({"limit": limit}, None, rows, as_of=instant)

    today = at(now)
    due = today.next_due
    assert due is None or now < due
    differ = [instant - now for instant in grid(now, due, at(LAST)) if outcome(at(instant)) != outcome(today)]
    assert not differ, (differ[0], due and due - now, first, second)
    # days are tried for so long only, and of turns without number (`modulo`) the looks are used up: then it is a time
    # to look again
    is_exact = not any("now.day" in one or "modulo" in one for one in conditions)
    if due is not None and is_exact:
        assert outcome(at(due)) != outcome(today), (due - now, first, second)
