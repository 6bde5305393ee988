"""What a live lead refuses, what it absorbs, and what its state is."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rules_engine.batch.score import open_batch
from rules_engine.engine import Engine, InputError, LeadState, NeedsHistory, StateOfAnotherModel, UnreadableState
from rules_engine.matching.calendar import to_datetime
from tests.live.same import assert_same

RULESETS = Path(__file__).parents[2] / "rulesets"
DAY = 86_400_000_000
T0 = 1_790_000_000_000_000

MODEL = """
schema: 1
model: living
version: 1
dedupe_window: 10 days
stages: [learn]
audience: lead.status = null or lead.status != "staff"
fields:
  lead: {country: string, title: string, status: string, nps: number}
events:
  visit: {path: string, seconds: number}
tallies:
  visits_7d: {event: visit, within: 7 days}
  learned: {stage: learn, within: 5 days}
  longest: {event: visit, max: event.seconds}
  pages: {event: visit, distinct: event.path, per: day}
scores:
  activity:
    decay: {half_life: 20 days}
    rules:
      page: {event: visit, stage: learn, points: 5, limit: {times: 2, within: 3 days, each: event.path}}
      home: {event: visit, when: 'lead.country = "FR"', points: 1}
    bands: {cold: any, warm: {from: 10, until: 6}}
  fit:
    rules:
      boss: {when: 'has word(lead.title, "vp")', points: 20}
      busy: {when: tally.visits_7d >= 3, points: 7}
    bands: {low: any, high: 20}
labels:
  who: {fan: lead.nps >= 9, other: otherwise}
  temperature:
    cold: last_increase.activity = null or now - last_increase.activity > duration("30 days")
    strong: score.activity > 12
    busy: tally.learned >= 2
    nurture: otherwise
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return load(tmp_path, MODEL)


def load(folder: Path, text: str) -> Engine:
    path = folder / "v1.yaml"
    path.write_text(text, encoding="utf-8")
    return Engine.load(path, discover=False)


def visit(day: float, path: str = "/a", id: str | None = None) -> dict[str, Any]:
    event = {"type": "visit", "at": T0 + int(day * DAY), "path": path, "seconds": 10 + day}
    return event if id is None else {**event, "id": id}


def day(n: float) -> int:
    return T0 + int(n * DAY)


LEAD = {"country": "FR", "title": "VP Sales", "nps": 9}


def test_many_small_steps_are_one_large_one(engine: Engine) -> None:
    events = [visit(n / 2, f"/{n % 3}") for n in range(40)]
    state = engine.start(LEAD)
    for event in events:
        state, result = engine.advance(state, [event], as_of=event["at"])
        assert_same(result, engine.score(LEAD, events=[e for e in events if e["at"] <= event["at"]], as_of=event["at"]))


def test_ledgers_of_all_advances_sum_to_the_score(engine: Engine) -> None:
    state, entries = engine.start(LEAD), 0
    for n in range(12):
        state, result = engine.advance(state, [visit(3 * n + 1)], as_of=day(3 * n + 2))
        entries += sum(entry.effective for entry in result.scores["activity"].ledger)
    assert entries == result.scores["activity"].activity


def test_a_lead_without_events_can_be_looked_at(engine: Engine) -> None:
    state, result = engine.advance(engine.start(LEAD), as_of=day(0))
    assert_same(result, engine.score(LEAD, as_of=day(0)))
    state, result = engine.advance(state, [visit(1)], as_of=day(2))
    assert_same(result, engine.score(LEAD, events=[visit(1)], as_of=day(2)))


def test_an_event_that_comes_late_needs_the_history(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    for at in (1.5, 2):
        with pytest.raises(NeedsHistory, match=r"event 2 .visit. is of") as raised:
            engine.advance(state, [visit(2.5), visit(at)], as_of=day(3))
        assert (raised.value.reason, raised.value.at, raised.value.state_at) == ("late event", day(at), day(2))


def test_a_look_before_the_state_needs_the_history(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    with pytest.raises(NeedsHistory, match="score the history for an earlier look"):
        engine.advance(state, as_of=day(1.5))


def test_an_event_after_the_look_is_refused(engine: Engine) -> None:
    with pytest.raises(InputError, match=r"event 1, at: .* lies after"):
        engine.advance(engine.start(LEAD), [visit(3)], as_of=day(2))


def test_a_known_id_is_absorbed_even_late(engine: Engine) -> None:
    events = [visit(1, id="a"), visit(2, id="b")]
    state, before = engine.advance(engine.start(LEAD), events, as_of=day(3))
    _, after = engine.advance(state, [*events, visit(4, id="b")], as_of=day(4))
    assert [problem.problem for problem in after.problems] == [
        'its id "b" came before; counted once',  # the second of this call
        'its id "a" came before; counted once',
        'its id "b" came before; counted once',
    ]
    assert after.scores["activity"].rules == before.scores["activity"].rules


def test_the_same_id_at_an_earlier_time_needs_the_history(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(2, id="a")], as_of=day(3))
    with pytest.raises(NeedsHistory):
        engine.advance(state, [visit(1, id="a")], as_of=day(4))


def test_ids_are_forgotten_after_the_dedupe_window(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1, id="a")], as_of=day(2))
    state, _ = engine.advance(state, as_of=day(11.5))
    state, result = engine.advance(state, [visit(12, id="a")], as_of=day(12))
    assert len(result.events) == 1


def test_the_given_state_stays_good(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    data = state.to_bytes()
    first = engine.advance(state, [visit(3), visit(3.5, "/b")], as_of=day(4))[1]
    again = engine.advance(state, [visit(3), visit(3.5, "/b")], as_of=day(4))[1]
    assert first == again
    assert state.to_bytes() == data


def test_results_that_nobody_read_are_the_same_later(engine: Engine) -> None:
    read = kept = engine.start(LEAD)
    later = []
    for n, looked_at in enumerate([1, 1.5, 9, 30, 30.5, 70, 71]):  # visits with long silences between
        events = [visit(looked_at, f"/{n}")] if n % 3 == 0 else []
        read, result = engine.advance(read, events, as_of=day(looked_at))
        told = copy.deepcopy([result.scores, result.transitions, result.labels])
        kept, unread = engine.advance(kept, events, as_of=day(looked_at))
        later.append((told, unread))
    for told, unread in reversed(later):
        assert [unread.scores, unread.transitions, unread.labels] == told
    assert kept.to_bytes() == read.to_bytes()


def test_ids_of_many_single_events_are_known_and_forgotten(engine: Engine) -> None:
    state = engine.start(LEAD)
    for n in range(150):
        state, _ = engine.advance(state, [visit(1 + n / 100, id=str(n))], as_of=day(1 + n / 100))
    visits = [visit(1 + n / 100, id=str(n)) for n in range(150)]
    whole, _ = engine.rebuild(LEAD, events=visits, as_of=day(1 + 149 / 100))
    assert state.to_bytes() == whole.to_bytes()
    state, result = engine.advance(state, [visit(3 + n, id=str(n * 149)) for n in (0, 1)], as_of=day(4))
    assert (len(result.problems), result.events) == (2, ())
    state, result = engine.advance(state, as_of=day(11.5))  # up to ten days back they are known
    state, result = engine.advance(state, [visit(11.6 + n, id=str(n * 149)) for n in (0, 1)], as_of=day(13))
    assert ([event.id for event in result.events], len(result.problems)) == (["0"], 1)


# --- fields ---------------------------------------------------------------------------------------------------------


def test_a_field_of_an_event_rule_needs_the_history(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    with pytest.raises(NeedsHistory, match=r"lead\.country changed") as raised:
        engine.advance(state, as_of=day(3), lead={**LEAD, "country": "DE"}, keep_past=True)
    assert (raised.value.reason, raised.value.fields) == ("changed fields", ("lead.country",))


def test_a_field_of_a_standing_rule_needs_the_history_for_its_past(engine: Engine) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    with pytest.raises(NeedsHistory, match=r"lead\.title changed"):
        engine.advance(state, as_of=day(3), lead={**LEAD, "title": "Intern"})


@pytest.mark.parametrize("at", [3, 2])
def test_a_standing_rule_may_change_from_now_on(engine: Engine, at: int) -> None:
    state, before = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    _, after = engine.advance(state, as_of=day(at), lead={**LEAD, "title": "Intern"}, keep_past=True)
    assert (before.scores["fit"].profile, after.scores["fit"].profile) == (20_000_000, 0)
    assert [(move.score, move.at, move.after, move.cause) for move in after.transitions] == [
        ("fit", day(at), "low", "boss")
    ]
    assert after.scores["fit"].peak == 20_000_000


def test_a_gate_on_a_field_may_begin_and_end_from_now_on(tmp_path: Path) -> None:
    engine = load(tmp_path, MODEL + "gates: {unhappy: {when: lead.nps < 5, cap: {activity: 3}}}\n")
    state, free = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    state, capped = engine.advance(state, as_of=day(2), lead={**LEAD, "nps": 2}, keep_past=True)
    _, freed = engine.advance(state, as_of=day(2), lead=LEAD, keep_past=True)
    told = [([gate.name for gate in one.gates], one.scores["activity"].reading) for one in (capped, freed)]
    assert told == [(["unhappy"], 3_000_000), ([], free.scores["activity"].reading)]


@pytest.mark.parametrize("change", [{"nps": 3}, {"status": "staff"}])
def test_a_field_that_the_past_does_not_hang_on_changes_freely(engine: Engine, change: dict[str, Any]) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    state, result = engine.advance(state, [visit(3)], as_of=day(4), lead=LEAD | change)
    assert_same(result, engine.score(LEAD | change, events=[visit(1), visit(3)], as_of=day(4)))


def test_a_lead_comes_back_into_the_audience(engine: Engine) -> None:
    state, result = engine.advance(engine.start(LEAD | {"status": "staff"}), [visit(1)], as_of=day(2))
    assert not result.scored
    _, result = engine.advance(state, [visit(3)], as_of=day(4), lead=LEAD)
    assert_same(result, engine.score(LEAD, events=[visit(1), visit(3)], as_of=day(4)))


# --- states ---------------------------------------------------------------------------------------------------------


def test_a_state_of_another_version_is_refused(engine: Engine, tmp_path: Path) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    (tmp_path / "other").mkdir()
    other = load(tmp_path / "other", MODEL.replace("points: 20}", "points: 25}"))
    with pytest.raises(StateOfAnotherModel, match=r"as it was before the file changed.*rebuild the lead"):
        other.advance(LeadState.from_bytes(state.to_bytes()), as_of=day(3))


def test_bytes_serve_another_engine_of_the_same_model(engine: Engine, tmp_path: Path) -> None:
    state, _ = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    twin = load(tmp_path, MODEL)
    for given in (LeadState.from_bytes(state.to_bytes()), state):
        _, result = twin.advance(given, [visit(3)], as_of=day(4))
        assert_same(result, engine.score(LEAD, events=[visit(1), visit(3)], as_of=day(4)))


def test_damaged_bytes_are_refused(engine: Engine) -> None:
    data = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))[0].to_bytes()
    for broken in (b"", b"PK\x03\x04", data[:4], data[:-9], data[:40] + b"\x00" + data[41:]):
        with pytest.raises(UnreadableState, match="rebuild the lead"):
            LeadState.from_bytes(broken)


def test_what_no_window_needs_leaves_the_state(engine: Engine) -> None:
    events = [visit(n, f"/{n}") for n in range(300)]
    state, _ = engine.rebuild(LEAD, events=events, as_of=day(299))
    assert len(state.to_bytes()) < 2000


def test_two_leads_become_one_by_their_histories(engine: Engine) -> None:
    one, two = [visit(1), visit(4)], [visit(2, "/b"), visit(3)]
    _, merged = engine.rebuild(LEAD, events=[*one, *two], as_of=day(5), lead_id="both")
    assert merged.scores == engine.score(LEAD, events=[*one, *two], as_of=day(5)).scores


# --- results --------------------------------------------------------------------------------------------------------


def test_a_state_travels_to_another_process_and_an_engine_does_not(engine: Engine) -> None:
    state, _ = engine.advance(engine.start({}), as_of=5)
    assert pickle.loads(pickle.dumps(state)).to_bytes() == state.to_bytes()
    with pytest.raises(TypeError, match="load it in each process"):
        pickle.dumps(engine)


def test_a_result_travels_to_another_process(engine: Engine) -> None:
    result = engine.score(LEAD, events=[visit(1), visit(3)], as_of=day(4))
    copied = pickle.loads(pickle.dumps(result))
    assert copied == result == copy.deepcopy(result)
    assert (copied.forecast, copied.next_due) == (result.forecast, result.next_due)
    with pytest.raises(ValueError, match="another process"):
        copied.explain()


def test_a_result_may_be_read_by_many_threads_at_once(engine: Engine) -> None:
    events = [visit(n / 3, f"/{n % 4}") for n in range(60)]
    state, result = engine.rebuild(LEAD, events=events, as_of=day(30))

    def look(n: int) -> tuple[object, ...]:
        later = engine.advance(state, [visit(31)], as_of=day(31 + n % 3))[1]
        return later.scores["activity"].reading, result.scores, result.labels, result.next_due, result.forecast

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(look, range(40)))
    assert together == [look(n) for n in range(40)]


@pytest.mark.parametrize("name", ["b2b_saas", "net_promoter"])
def test_leads_of_the_rulesets_live_as_they_are_scored(name: str) -> None:
    batch = open_batch(RULESETS / name, RULESETS / name / "data.yaml")
    engine, moment = batch.engine, to_datetime(batch.as_of, batch.engine.zone)
    for lead_id in batch.lead_ids()[:40]:
        lead, account, events = batch.data.history(lead_id, moment)
        whole = engine.score(lead, account, events, as_of=batch.as_of)
        cuts = sorted({event.at for event in whole.events})[::3]
        state, before = engine.start(lead, account), None
        for cut in [*cuts, batch.as_of]:
            new = [
                {"type": e.type, "at": e.at, "id": e.id, "attributes": e.attributes}
                for e in whole.events
                if e.at <= cut and (before is None or e.at > before)
            ]
            state, result = engine.advance(LeadState.from_bytes(state.to_bytes()), new, as_of=cut)
            before = cut
        assert_same(result, whole)


def test_an_explanation_tells_what_is_new_and_what_was_brought_forward(engine: Engine) -> None:
    state, before = engine.advance(engine.start(LEAD), [visit(1)], as_of=day(2))
    _, result = engine.advance(state, [{**visit(3), "path": "/b"}], as_of=day(4))
    part = result.explain().children[0].children[0]
    assert part.text.startswith("activity part")
    assert part.children[0].text.startswith("brought forward from")
    assert part.children[0].points == before.scores["activity"].activity
    assert sum(line.points or 0 for line in part.children) == part.points == result.scores["activity"].activity
