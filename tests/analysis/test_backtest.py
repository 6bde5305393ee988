"""Backtests of small made-up data, where every number can be counted by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.run import Question, backtest, compare
from rules_engine.analysis.backtest.types import Backtest
from rules_engine.cli.main import run as command
from rules_engine.report.backtest import backtest_document

MODEL = """schema: 1
model: small
version: 1
sales_ready: 20
fields:
  lead: {title: string, notes: string}
events:
  visit: {}
  demo: {}
  invoice: {}
scores:
  interest:
    rules:
      visit: {event: visit, points: 5}
      demo: {event: demo, points: 20}
      chief:
        when: has word(lead.title, "chief")
        points: 5
      never: {event: invoice, points: 100}
    bands: {cold: any, sales_ready: 100%}
"""
CHIEFS_ONLY = MODEL.replace("sales_ready: 20\n", 'sales_ready: 20\naudience: lead.title = "chief"\n')
DATA = """schema: 1
leads: {file: leads.csv, id: lead}
events: {file: events.csv, lead: lead, at: at, type: type}
outcomes: {file: outcomes.csv, lead: lead, outcome: outcome, at: at}
"""
LEADS = "lead,title,notes\n" + "".join(f"l{n},{'chief' if n % 2 else 'clerk'},\n" for n in range(12))
# l0 to l3 saw a demo in January, l4 to l9 only visited, l10 and l11 came in March
EVENTS = "lead,at,type\n" + "".join(
    [f"l{n},2026-01-10,demo\n" for n in range(4)]
    + [f"l{n},2026-01-10,visit\n" for n in range(4, 10)]
    + [f"l{n},2026-03-10,visit\n" for n in (10, 11)]
    + ["l0,2026-02-20,invoice\n"]
)
# won: l0, l1, l2 (after the invoice even) and l4; lost: l3, l5, l6; an opportunity of l7; l8 to l11 are open
OUTCOMES = """lead,outcome,at
l0,opportunity,2026-02-05
l0,won,2026-02-15
l1,won,2026-02-15
l2,won,2026-02-25
l4,won,2026-02-25
l3,lost,2026-02-10
l5,lost,2026-02-10
l6,lost,2026-02-10
l7,opportunity,2026-02-12
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Backtest]:
    """A backtest of the data above; keyword arguments replace files, `question` says how."""

    def run_with(question: Question | None = None, **files: str) -> Backtest:
        texts = {"model": MODEL, "data": DATA, "leads": LEADS, "events": EVENTS, "outcomes": OUTCOMES, **files}
        names = {"model": "v1.yaml", "data": "data.yaml"}
        for name, text in texts.items():
            (tmp_path / names.get(name, f"{name}.csv")).write_text(text, encoding="utf-8")
        return backtest(tmp_path / "v1.yaml", tmp_path / "data.yaml", question or Question())

    return run_with


def conversions(done: Backtest) -> dict[str, tuple[int, int]]:
    return {row.band: (row.won.count, row.won.total) for row in done.bands}


def test_before_the_outcome_open_cases_are_censored(run: Callable[..., Backtest]) -> None:
    done = run()
    people = done.population
    assert (people.cases, people.won, people.lost, people.open) == (8, 4, 3, 1)
    assert [(left.reason, left.count) for left in people.left_out] == [("no outcome yet (open)", 4)]
    assert conversions(done) == {"sales_ready": (3, 4), "cold": (1, 3)}


def test_what_comes_after_the_outcome_is_not_seen(run: Callable[..., Backtest]) -> None:
    [invoice] = [row for row in run().rules if row.rule == "never"]
    assert invoice.fired_won.count == 0
    assert invoice.verdict == "never fires"


def test_a_cut_looks_at_what_comes_within_the_horizon(run: Callable[..., Backtest]) -> None:
    done = run(Question(cuts=("2026-02-01",), within="20 days"))
    # l2 and l4 win after 24 days; l10 and l11 are not known yet; who has no outcome in time is not won
    assert (done.population.cases, done.population.won, done.population.open) == (10, 2, 0)
    assert conversions(done) == {"sales_ready": (2, 4), "cold": (0, 6)}
    assert [left.count for left in done.population.left_out] == [2]


def test_without_a_horizon_a_case_is_open_until_it_is_decided(run: Callable[..., Backtest]) -> None:
    done = run(Question(cuts=("2026-02-01",)))
    assert (done.population.won, done.population.lost, done.population.open) == (4, 3, 3)


def test_who_is_decided_before_the_cut_is_no_case(run: Callable[..., Backtest]) -> None:
    done = run(Question(cuts=("2026-02-20",), within="10 days"))
    assert conversions(done) == {"sales_ready": (1, 1), "cold": (1, 4)}
    assert ("decided before the cut", 5) in [(left.reason, left.count) for left in done.population.left_out]


def test_outcomes_that_repeat_decide_nothing_before_the_cut(run: Callable[..., Backtest]) -> None:
    repeating = DATA.replace("at: at}\n", "at: at, repeats: true}\n").replace(
        "events: {file: events.csv, lead: lead, at: at, type: type, repeats: true}",
        "events: {file: events.csv, lead: lead, at: at, type: type}",
    )
    done = run(Question(cuts=("2026-02-20",), within="10 days"), data=repeating)
    assert done.population.cases == 10


def test_opportunities_of_the_sales_ready(run: Callable[..., Backtest]) -> None:
    opportunities = run().opportunities
    # l0 to l3 are sales-ready: three won, which are opportunities too; l3 was lost without one
    assert opportunities is not None
    assert (opportunities.count, opportunities.total) == (3, 4)


def test_an_open_case_that_is_no_opportunity_yet_counts_as_one_that_is(run: Callable[..., Backtest]) -> None:
    leads = LEADS + "l12,clerk,\nl13,clerk,\n"
    events = EVENTS + "l12,2026-01-10,demo\nl13,2026-01-10,demo\n"
    done = run(
        Question(cuts=("2026-02-01",)), leads=leads, events=events, outcomes=OUTCOMES + "l13,opportunity,2026-02-12\n"
    )
    # six are sales-ready: l0 to l2 and l13 became opportunities, l3 was lost, l12 is open like l13, and none
    assert done.opportunities is not None
    assert (done.opportunities.count, done.opportunities.total) == (4, 6)


def test_who_is_an_opportunity_at_the_cut_cannot_become_one(run: Callable[..., Backtest]) -> None:
    opportunities = run(Question(cuts=("2026-02-06",), within="20 days")).opportunities
    # of l0 to l3, l0 is one since 5 February; l1 and l2 win, l3 is lost
    assert opportunities is not None
    assert (opportunities.count, opportunities.total) == (2, 3)


def test_fields_are_those_of_the_moment_where_a_history_is_given(run: Callable[..., Backtest]) -> None:
    # everybody became a chief in March, after the outcomes
    since = [line.rstrip(",") for line in LEADS.splitlines()[1:]]
    leads = "lead,title,since\n" + "".join(f"{line},\n{line.split(',')[0]},chief,2026-03-01\n" for line in since)
    data = DATA.replace("id: lead}", "id: lead, valid_from: since}")
    done = run(data=data, leads=leads)
    [chief] = [row for row in done.rules if row.rule == "chief"]
    assert (chief.fired_won.count, chief.fired_lost.count) == (1, 2)  # l1; l3 and l5
    assert not any("current" in note for note in done.notes)


def test_lead_time_runs_from_the_band_to_the_win(run: Callable[..., Backtest]) -> None:
    time = run().lead_time
    assert time is not None
    # from 10 January: l0 and l1 on 15 February, l2 on 25 February
    assert (time.cases, time.unknown, time.median) == (3, 0, 36.0)


def test_area_under_the_curve_counts_pairs(run: Callable[..., Backtest]) -> None:
    done = run()
    # readings of the won: l0 20, l1 25, l2 20, l4 5; of the lost: l3 25, l5 10, l6 5.
    # pairs won: l0 and l2 beat two each, l1 two and a tie, l4 a tie: 2 + 2 + 2.5 + 0.5 = 7 of 12
    assert done.auc is not None
    assert done.auc.value == pytest.approx(7 / 12)
    assert done.auc.low <= done.auc.value <= done.auc.high


def test_equal_scores_are_shared_out_in_the_gains(run: Callable[..., Backtest]) -> None:
    gains = {row.share: row.won for row in run().gains}
    # the best 20 % are 1.4 of 7 cases: of the two at 25 points one is won
    assert gains[0.2] == pytest.approx(0.7)
    assert gains[1.0] == 4


def test_the_same_seed_gives_the_same_interval(run: Callable[..., Backtest]) -> None:
    assert run(Question(seed=7)).auc == run(Question(seed=7)).auc


def test_another_name_for_a_win(run: Callable[..., Backtest]) -> None:
    outcomes = OUTCOMES.replace(",won,", ",signed,").replace(",lost,", ",gone,")
    done = run(Question(won=("signed",), lost=("gone",)), outcomes=outcomes)
    assert (done.population.won, done.population.lost) == (4, 3)


def test_one_outcome_of_another_name_is_the_win(run: Callable[..., Backtest]) -> None:
    outcomes = "lead,outcome,at\nl0,ordered,2026-02-15\nl1,ordered,2026-03-01\n"
    done = run(Question(cuts=("2026-02-01",)), outcomes=outcomes)
    assert done.setup.won == ("ordered",)
    # without lost ones named, who has no outcome by the end of the data is not won
    assert (done.population.won, done.population.lost, done.population.open) == (2, 8, 0)


def test_outcomes_without_times(run: Callable[..., Backtest]) -> None:
    done = run(Question(as_of="2026-02-01"), outcomes="lead,outcome,at\nl0,won,\nl5,lost,\n")
    assert done.setup.kind == "one row each"
    assert (done.population.won, done.population.lost, done.population.open) == (1, 1, 10)


def test_leads_outside_the_audience_are_no_cases(run: Callable[..., Backtest]) -> None:
    done = run(model=CHIEFS_ONLY)
    assert done.population.cases == 4  # l1, l3, l5, l7
    assert [left.count for left in done.population.left_out] == [4, 4]


def test_a_rule_that_sets_few_apart_is_not_judged(run: Callable[..., Backtest]) -> None:
    assert {row.rule: row.verdict for row in run(Question(min_count=4)).rules}["demo"] == "too few"
    assert {row.rule: row.verdict for row in run(Question(min_count=3)).rules}["demo"] == "no difference"


@pytest.mark.parametrize(("ready", "found", "mark"), [(20, "3 of 4", "good"), (25, "1 of 4", "look")])
def test_to_miss_most_winners_is_not_good(run: Callable[..., Backtest], ready: int, found: str, mark: str) -> None:
    # with 25 points only chiefs who saw a demo are sales-ready: l1, who won, and l3
    done = run(Question(min_count=3), model=MODEL.replace("sales_ready: 20\n", f"sales_ready: {ready}\n"))
    (line,) = (line for line in done.checklist if line.question == "How many winners did it find?")
    assert (line.mark, line.answer[:6]) == (mark, found)
    assert ("Most winners were not sales-ready" in line.answer) == (mark == "look")


def test_periods_compare_earlier_with_later_cases(run: Callable[..., Backtest]) -> None:
    first, second = run().periods
    assert (first.won.total, second.won.total) == (4, 3)
    assert first.psi is None
    assert second.psi is not None


def test_several_cuts_are_the_periods(run: Callable[..., Backtest]) -> None:
    done = run(Question(cuts=("2026-02-01", "2026-02-12"), within="10 days"))
    assert [(period.won.count, period.won.total) for period in done.periods] == [(0, 10), (2, 7)]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(won=("wun",)), 'no such outcome. Did you mean "won"?'),
        (Question(within="90 days"), "give a --cut as well"),
        (Question(cuts=("2026-02-01",), within="200 days"), "take --within '37 days'"),
        (Question(cuts=("2026-02-01",), within="0 days"), "is no duration"),
        (Question(cuts=("2027-02-01",)), "before the cut"),
        (Question(cuts=("soon",)), '"soon" is not a time'),
        (Question(cuts=("2026-02-01",), within="soon"), "is no duration"),
        (Question(score="interst"), 'Did you mean "interest"?'),
        (Question(band="sales_redy"), 'Did you mean "sales_ready"?'),
        (Question(won=("won",), lost=("won",)), "an outcome has one meaning"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_asked(run: Callable[..., Backtest], question: Question, said: str) -> None:
    with pytest.raises(Exception, match=said.replace("?", r"\?").replace("(", r"\(")):
        run(question)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ("lead,outcome,at\n", "nothing to compare with"),
        ("lead,outcome,at\nl0,a,2026-02-15\nl1,b,2026-02-15\n", "which outcome is a win"),
        ("lead,outcome,at\nl0,won,2026-02-15\n", "nobody to compare the won with"),
    ],
)
def test_outcomes_that_cannot_be_judged(run: Callable[..., Backtest], outcomes: str, said: str) -> None:
    with pytest.raises(BacktestError, match=said):
        run(outcomes=outcomes)


def test_all_open_is_nothing_to_compare_with(run: Callable[..., Backtest]) -> None:
    decided_long_ago = "lead,outcome,at\nl0,opportunity,2026-02-15\nl1,won,2026-01-01\nl2,lost,2026-01-01\n"
    with pytest.raises(BacktestError, match="none of 8 cases is won or lost"):
        run(Question(cuts=("2026-02-01",)), outcomes=decided_long_ago)


def test_a_cut_needs_times(run: Callable[..., Backtest]) -> None:
    with pytest.raises(BacktestError, match="have no times"):
        run(Question(cuts=("2026-02-01",)), outcomes="lead,outcome,at\nl0,won,\n")


def test_two_versions_are_judged_on_the_same_cases(run: Callable[..., Backtest], tmp_path: Path) -> None:
    run()
    other = MODEL.replace("version: 1", "version: 2").replace(
        "sales_ready: 20\n", 'sales_ready: 20\naudience: lead.title = "chief"\n'
    )
    (tmp_path / "v2.yaml").write_text(other, encoding="utf-8")
    found = compare(tmp_path / "v2.yaml", tmp_path / "data.yaml", Question(), tmp_path / "v1.yaml")
    assert (found.first.version, found.second.version) == (1, 2)
    assert found.first.population.cases == found.second.population.cases == 4
    assert found.difference is not None
    assert found.difference.value == 0


# --- leaks ----------------------------------------------------------------------------------------------------------


def reading(value: str) -> str:
    """The model with a rule that reads the field `notes`."""
    rule = f'      signed:\n        when: lead.notes = "{value}"\n        points: 5\n'
    return MODEL.replace("      never:", rule + "      never:")


LATE = DATA.replace("id: lead}", "id: lead, known_after_outcome: notes}")


def test_a_field_known_after_the_outcome_is_flagged_when_a_rule_reads_it(run: Callable[..., Backtest]) -> None:
    model = MODEL.replace(
        "      never:", '      signed:\n        when: lead.notes = "signed"\n        points: 5\n      never:'
    )
    [leak] = run(model=model, data=LATE).leaks
    assert (leak.name, leak.declared, leak.read_by) == ("lead.notes", True, ("interest.signed",))
    assert leak.place is not None
    assert leak.place.endswith("data.yaml:2:57")


def test_it_is_not_flagged_when_nothing_reads_it(run: Callable[..., Backtest]) -> None:
    assert run(data=LATE).leaks == ()


def test_a_column_that_is_not_there_is_no_guard(run: Callable[..., Backtest]) -> None:
    with pytest.raises(Exception, match="notez"):
        run(data=LATE.replace("notes", "notez"))


def test_a_gate_that_reads_it_counts(run: Callable[..., Backtest]) -> None:
    model = MODEL + 'gates:\n  signed:\n    when: lead.notes = "signed"\n    cap: 0\n'
    [leak] = run(model=model, data=LATE).leaks
    assert leak.read_by == ("gate signed",)


def test_a_field_that_tells_too_much_is_suspected(run: Callable[..., Backtest]) -> None:
    count = 200
    leads = "lead,title,notes\n" + "".join(f"l{n},clerk,{'signed' if n % 2 else ''}\n" for n in range(count))
    events = "lead,at,type\n" + "".join(f"l{n},2026-01-10,visit\n" for n in range(count))
    outcomes = "lead,outcome,at\n" + "".join(f"l{n},{'won' if n % 2 else 'lost'},2026-02-15\n" for n in range(count))
    model = MODEL.replace(
        "      never:", '      signed:\n        when: lead.notes = "signed"\n        points: 5\n      never:'
    )
    done = run(model=model, leads=leads, events=events, outcomes=outcomes)
    assert [(leak.name, leak.declared) for leak in done.leaks] == [("lead.notes", False)]
    assert done.leaks[0].auc is not None
    assert done.leaks[0].auc.value == 1.0


def test_noise_is_not_suspected(run: Callable[..., Backtest]) -> None:
    count = 200
    leads = "lead,title,notes\n" + "".join(f"l{n},clerk,{'a' if n % 3 else ''}\n" for n in range(count))
    outcomes = "lead,outcome,at\n" + "".join(f"l{n},{'won' if n % 2 else 'lost'},2026-02-15\n" for n in range(count))
    model = MODEL.replace(
        "      never:", '      signed:\n        when: lead.notes = "a"\n        points: 5\n      never:'
    )
    assert run(model=model, leads=leads, events="lead,at,type\nl0,2026-01-10,visit\n", outcomes=outcomes).leaks == ()


# --- as JSON --------------------------------------------------------------------------------------------------------


def test_the_document_is_json_with_times_as_text(run: Callable[..., Backtest]) -> None:
    done = run(Question(cuts=("2026-02-01", "2026-02-12"), within="10 days"))
    document = json.loads(json.dumps(backtest_document(done)))
    assert document["setup"]["cuts"] == ["2026-02-01T00:00:00Z", "2026-02-12T00:00:00Z"]
    assert document["setup"]["within_days"] == 10
    assert document["bands"][0]["won"]["total"] == done.bands[0].won.total
    assert document["periods"][1]["start"] == "2026-02-12T00:00:00Z"


def test_the_command_prints_the_document(
    run: Callable[..., Backtest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run()
    with pytest.raises(SystemExit) as leaving:
        command(["backtest", str(tmp_path / "v1.yaml"), "--data", str(tmp_path / "data.yaml"), "--format", "json"])
    assert leaving.value.code == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(backtest_document(done)))
