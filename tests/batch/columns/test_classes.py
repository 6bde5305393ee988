"""What rules can tell apart of the values of a tally, and that leads get the same where it is used."""

from pathlib import Path

import pytest

pytest.importorskip("numba")

from rules_engine.batch.columns.prepare import prepare_columns
from rules_engine.engine import Engine

MODEL = """
schema: 1
model: classes
version: 1
timezone: UTC
fields: {lead: {staff: number}}
events: {open: {campaign: string, minutes: number}}
tallies:
  opens: {event: open}
  campaigns: {event: open, distinct: event.campaign}
  compared: {event: open}
  minutes: {event: open, sum: event.minutes}
  unread: {event: open}
scores:
  interest:
    rules:
      some: {when: tally.opens >= 3, points: 5}
      many: {when: tally.opens > 10 and lead.staff > 2, points: 5}
      steps: {of: tally.campaigns, at_least: {2: 1, 4: 7}}
      more: {when: tally.compared > lead.staff, points: 1}
      long: {when: tally.minutes > 30, points: 1}
"""


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory):
    path = Path(tmp_path_factory.mktemp("classes")) / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return prepare_columns(Engine.load(path).prepared).classes


@pytest.mark.parametrize(
    ("tally", "turns"), [("opens", [3, 11]), ("campaigns", [2, 4])], ids=["a condition", "points by steps"]
)
def test_a_class_begins_where_a_rule_turns(classes, tally, turns):
    found = classes[tally].up_to(20).tolist()
    assert [n for n in range(1, len(found)) if found[n] != found[n - 1]] == turns


def test_values_beyond_those_looked_at_first_are_looked_at_when_they_come(classes):
    assert len(classes["opens"].up_to(5_000)) > 5_000


@pytest.mark.parametrize(
    "tally", ["compared", "minutes", "unread"], ids=["read with a field", "no whole number", "of no rule"]
)
def test_other_tallies_have_no_classes(classes, tally):
    assert tally not in classes
