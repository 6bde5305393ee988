"""The reference against sums done by hand from section 5, each with its arithmetic."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.model.types import Limit, Model, Reaches, StandingRule, Tally
from tests.reference.build import (
    DAY,
    HERE,
    HOUR,
    band,
    gate,
    group,
    half_life,
    inactivity,
    linear,
    model,
    penalty,
    points,
    rule,
    score,
    steps,
)
from tests.reference.reference import score_reference


def at(kind: str, day: float, **attributes: object) -> dict[str, object]:
    return {"type": kind, "at": round(day * DAY), "attributes": attributes}


def result(given: Model, events: list[dict[str, object]], day: float, name: str = "s") -> dict[str, object]:
    found = score_reference(given, {}, {}, events, round(day * DAY))["scores"][name]  # type: ignore[index]
    assert found["start"] + sum(entry[4] for entry in found["ledger"]) == found["activity"]
    return found


def activity(given: Model, events: list[dict[str, object]], day: float) -> int:
    return result(given, events, day)["activity"]  # type: ignore[return-value]


def entries(found: dict[str, object]) -> list[tuple[object, ...]]:
    """(day, kind, rule, nominal points, effective points, reason)"""
    ledger: list[tuple[int, str, str, int, int, str]] = found["ledger"]  # type: ignore[assignment]
    return [(when / DAY, kind, who, n / 1e6, e / 1e6, why) for when, kind, who, n, e, why in ledger]


def changes(found: dict[str, object]) -> list[tuple[object, ...]]:
    return [(t.at, t.before, t.after, t.causes[0]) for t in found["transitions"]]  # type: ignore[attr-defined]


# --- decay ----------------------------------------------------------------------------------------------------------


def test_half_life_halves() -> None:
    given = model(score("s", rule("buy", 8, decay=half_life(10))), events=["buy"])
    assert activity(given, [at("buy", 0)], 10) == points(4)
    assert activity(given, [at("buy", 0)], 30) == points(1)
    # 8 * 2^(-1/2) = 4 * sqrt(2) = 5.656854|249... rounds to 5.656854
    assert activity(given, [at("buy", 0)], 5) == 5_656_854


def test_half_life_rounds_once_over_the_awards_of_a_rule() -> None:
    given = model(score("s", rule("buy", 0.000003, decay=half_life(10))), events=["buy"])
    # two awards of 3 millionths, both halved: 1.5 + 1.5 = 3, where 2 + 2 would be 4
    assert activity(given, [at("buy", 0), at("buy", 0)], 10) == 3


def test_half_life_keeps_and_waits() -> None:
    given = model(score("s", rule("buy", 8, decay=half_life(10, keep=0.25, delay=5 * DAY))), events=["buy"])
    assert activity(given, [at("buy", 0)], 5) == points(8)
    assert activity(given, [at("buy", 0)], 15) == points(4)
    assert activity(given, [at("buy", 0)], 100) == points(2)


def test_linear_falls_evenly_to_what_it_keeps() -> None:
    given = model(score("s", rule("buy", 10, decay=linear(10, keep=0.25))), events=["buy"])
    assert activity(given, [at("buy", 0)], 3) == points(7)
    assert activity(given, [at("buy", 0)], 8) == points(2.5)  # 0.2 would be below 0.25


def test_steps_are_reached_from_their_age_on() -> None:
    given = model(score("s", rule("buy", 10, decay=steps({30: 0.5, 90: 0.0}))), events=["buy"])
    assert [activity(given, [at("buy", 0)], day) for day in (29.999, 30, 89, 90)] == [points(p) for p in (10, 5, 5, 0)]


def test_one_decay_entry_before_the_others_and_one_at_the_as_of_time() -> None:
    a, b = rule("a", 10, decay=linear(10)), rule("b", 20, decay=linear(10))
    found = result(model(score("s", a, b), events=["a", "b"]), [at("a", 0), at("b", 0), at("a", 5)], 6)
    assert entries(found) == [
        (0, "award", "a", 10, 10, None),
        (0, "award", "b", 20, 20, None),
        (5, "decay", None, -15, -15, None),  # 10 * 0.5 + 20 * 0.5
        (5, "award", "a", 10, 10, None),
        (6, "decay", None, -4, -4, None),  # 1 + 2 + 1
    ]


# --- floor ----------------------------------------------------------------------------------------------------------


def test_decay_stops_at_the_floor_but_awards_go_on_fading() -> None:
    given = model(score("s", rule("buy", 100, decay=linear(10)), floor=points(50)), events=["buy"])
    # at day 8 the first award is worth 20, A is held at 50; + 100 = 150.
    # at day 9: the first loses 10, the second 10: 130
    assert activity(given, [at("buy", 0)], 8) == points(50)
    assert activity(given, [at("buy", 0), at("buy", 8)], 9) == points(130)


def test_degradation_leaves_a_score_below_the_floor_alone() -> None:
    fine = rule("fine", -15)
    base = score("s", rule("buy", 20), fine, floor=points(10), penalties=(penalty("late", 4),))
    found = result(model(base, events=["buy", "fine", "late"]), [at("buy", 0), at("fine", 1), at("late", 2)], 3)
    assert entries(found)[1:] == [(1, "award", "fine", -15, -15, None), (2, "penalty", "late", -4, 0, "floor")]


def test_a_rule_with_negative_points_goes_down_to_min() -> None:
    given = model(score("s", rule("fine", -15), minimum=points(-10)), events=["fine"])
    assert entries(result(given, [at("fine", 0)], 1)) == [(0, "award", "fine", -15, -10, "min")]


# --- caps and limits ------------------------------------------------------------------------------------------------


def test_room_under_a_rule_cap_comes_back_as_awards_fade() -> None:
    given = model(score("s", rule("buy", 10, max=points(15), decay=linear(10))), events=["buy"])
    # day 0: 10; day 0 again: 5 of 10; day 4: what remains is 15 * 0.6 = 9, room for 6
    found = result(given, [at("buy", 0), at("buy", 0), at("buy", 4)], 4)
    assert entries(found) == [
        (0, "award", "buy", 10, 10, None),
        (0, "award", "buy", 10, 5, "rule max"),
        (4, "decay", None, -6, -6, None),
        (4, "award", "buy", 10, 6, "rule max"),
    ]


def test_caps_cut_in_order_and_the_last_that_cut_is_the_reason() -> None:
    a, b = rule("a", 30, max=points(25), group="g"), rule("b", 30, group="g")
    base = score("s", a, b, groups=(group("g", 40),), maximum=points(38))
    found = result(model(base, events=["a", "b"]), [at("a", 0), at("b", 1)], 1)
    # a: 30 -> 25 (rule). b: 30 -> 40 - 25 = 15 (group) -> 38 - 25 = 13 (score)
    assert entries(found) == [(0, "award", "a", 30, 25, "rule max"), (1, "award", "b", 30, 13, "max")]


def test_negative_awards_make_no_room_under_a_group_cap() -> None:
    base = score("s", rule("up", 10, group="g"), rule("down", -5, group="g"), groups=(group("g", 10),))
    found = result(model(base, events=["up", "down"]), [at("up", 0), at("down", 1), at("up", 2)], 2)
    assert entries(found)[2] == (2, "award", "up", 10, 0, "group max")


def test_a_limit_counts_awards_that_a_cap_cut_and_forgets_them_after_the_window() -> None:
    given = model(score("s", rule("buy", 10, max=points(10), limit=Limit(2, within=10 * DAY))), events=["buy"])
    found = result(given, [at("buy", day) for day in (0, 1, 2, 10, 10.5)], 20)
    # day 10: the window (0, 10] holds the award of day 1 only; day 10.5: days 1 and 10
    assert [(e[0], e[5]) for e in entries(found)] == [
        (0, None),
        (1, "rule max"),
        (2, "limit"),
        (10, "rule max"),
        (10.5, "limit"),
    ]


def test_calendar_limit_starts_anew_on_monday() -> None:
    given = model(score("s", rule("buy", 1, limit=Limit(1, per="week"))), events=["buy"])
    # 1970-01-01 is a Thursday: Monday is day 4
    assert activity(given, [at("buy", 0), at("buy", 3.9), at("buy", 4)], 5) == points(2)


def test_visit_limit_is_of_the_visit_the_event_belongs_to() -> None:
    given = model(score("s", rule("buy", 1, limit=Limit(1, per="visit"))), events=["buy"])
    half_hour = 0.5 / 24
    # gaps of exactly half an hour keep the visit going, one microsecond more ends it
    assert activity(given, [at("buy", 0), at("buy", half_hour)], 5) == points(1)
    later = {"type": "buy", "at": HOUR // 2 + 1, "attributes": {}}
    assert activity(given, [at("buy", 0), later], 5) == points(2)


# --- negative awards, penalties -------------------------------------------------------------------------------------


def test_a_negative_award_is_given_back_step_by_step() -> None:
    base = score("s", rule("fine", -9, decay=steps({10: 2 / 3, 20: 0.0})), rule("buy", 10))
    found = result(model(base, events=["fine", "buy"]), [at("buy", 0), at("fine", 1)], 30)
    assert entries(found)[2:] == [(11, "give_back", "fine", 3, 3, None), (21, "give_back", "fine", 6, 6, None)]


def test_a_give_back_that_max_cuts_is_lost() -> None:
    base = score("s", rule("fine", -4, decay=steps({10: 0.0})), rule("buy", 10), maximum=points(10))
    found = result(model(base, events=["fine", "buy"]), [at("buy", 0), at("fine", 1), at("buy", 2)], 30)
    assert entries(found)[2:] == [(2, "award", "buy", 10, 4, "max"), (11, "give_back", "fine", 4, 0, "max")]


def test_a_continuous_law_gives_nothing_back() -> None:
    base = score("s", rule("fine", -4, decay=half_life(1)), rule("buy", 10))
    assert activity(model(base, events=["fine", "buy"]), [at("buy", 0), at("fine", 0)], 30) == points(6)


def test_penalty_over_days_is_split_by_differences_of_rounded_sums() -> None:
    base = score("s", rule("buy", 10), penalties=(penalty("late", 1, over_days=3),))
    found = result(model(base, events=["buy", "late"]), [at("buy", 0), at("late", 1)], 10)
    # 1/3 = 0.333333, 2/3 = 0.666667: parts 333333, 333334, 333333
    assert entries(found)[1:] == [
        (2, "penalty", "late", -0.333333, -0.333333, None),
        (3, "penalty", "late", -0.333334, -0.333334, None),
        (4, "penalty", "late", -0.333333, -0.333333, None),
    ]


def test_a_percent_of_score_is_of_the_score_at_the_event() -> None:
    base = score("s", rule("buy", 10), penalties=(penalty("late", share=0.5, over_days=2),))
    # 50 % of 10 = 5 in two parts of 2.5, whatever is bought in between
    assert activity(model(base, events=["buy", "late"]), [at("buy", 0), at("late", 1), at("buy", 1.5)], 10) == points(
        15
    )


def test_what_a_penalty_really_took_is_given_back_by_the_age_of_each_part() -> None:
    law = steps({5: 0.0})
    base = score("s", rule("buy", 5), penalties=(penalty("late", 8, over_days=2, decay=law),))
    found = result(model(base, events=["buy", "late"]), [at("buy", 0), at("late", 0)], 20)
    assert entries(found)[1:] == [
        (1, "penalty", "late", -4, -4, None),
        (2, "penalty", "late", -4, -1, "floor"),
        (6, "give_back", "late", 4, 4, None),
        (7, "give_back", "late", 1, 1, None),
    ]


def test_a_limit_of_a_penalty_counts_events() -> None:
    base = score("s", rule("buy", 50), penalties=(penalty("late", 8, over_days=2, limit=Limit(1, within=30 * DAY)),))
    found = result(model(base, events=["buy", "late"]), [at("buy", 0), at("late", 0), at("late", 1)], 20)
    assert entries(found)[1:] == [
        (1, "penalty", "late", -4, -4, None),
        (1, "penalty", "late", -8, 0, "limit"),
        (2, "penalty", "late", -4, -4, None),
    ]


def test_set_ends_awards_and_what_is_pending() -> None:
    base = score(
        "s",
        rule("buy", 10, decay=linear(10)),
        rule("fine", -4, decay=steps({10: 0.0})),
        rule("stop", set_to=points(3)),
        penalties=(penalty("late", 2, over_days=2),),
        minimum=points(-100),
        floor=points(-100),
    )
    history = [at("buy", 0), at("fine", 1), at("late", 1), at("stop", 2)]
    found = result(model(base, events=["buy", "fine", "late", "stop"]), history, 30)
    # day 1: 10 - 1 = 9, - 4 = 5. day 2: decay 1 -> 4, part 1 -> 3, set 3: nothing to enter, but it ends everything
    assert entries(found) == [
        (0, "award", "buy", 10, 10, None),
        (1, "decay", None, -1, -1, None),
        (1, "award", "fine", -4, -4, None),
        (2, "decay", None, -1, -1, None),
        (2, "penalty", "late", -1, -1, None),
    ]
    assert found["activity"] == points(3)


# --- inactivity -----------------------------------------------------------------------------------------------------


def test_inactivity_ticks_take_a_share_of_what_is_left() -> None:
    base = score("s", rule("buy", 100), inactivity=(inactivity(30 * DAY, 7 * DAY, share=0.1),))
    found = result(model(base, events=["buy"]), [at("buy", 0)], 44)
    assert entries(found)[1:] == [
        (30, "inactivity", "inactivity", -10, -10, None),
        (37, "inactivity", "inactivity", -9, -9, None),
        (44, "inactivity", "inactivity", -8.1, -8.1, None),
    ]


def test_a_tick_comes_before_the_event_of_its_instant_and_the_event_starts_the_clock_again() -> None:
    base = score("s", rule("buy", 10), inactivity=(inactivity(5 * DAY, None, 3),))
    found = result(model(base, events=["buy"]), [at("buy", 0), at("buy", 5)], 20)
    assert [(e[0], e[1], e[4]) for e in entries(found)[1:]] == [
        (5, "inactivity", -3),
        (5, "award", 10),
        (10, "inactivity", -3),
    ]


def test_a_limited_award_is_activity_and_nothing_is_taken_before_the_first() -> None:
    buy = rule("buy", 10, limit=Limit(1))
    base = score("s", buy, start=points(5), inactivity=(inactivity(5 * DAY, 5 * DAY, 1),))
    assert activity(model(base, events=["buy"]), [], 30) == points(5)
    # ticks at 5 (before the limited event of day 5, which starts the clock again), then 10
    assert activity(model(base, events=["buy"]), [at("buy", 0), at("buy", 5)], 14) == points(13)


def test_a_tick_that_takes_nothing_writes_nothing() -> None:
    base = score("s", rule("buy", 3), inactivity=(inactivity(5 * DAY, 5 * DAY, 2),))
    found = result(model(base, events=["buy"]), [at("buy", 0)], 100)
    assert entries(found)[1:] == [
        (5, "inactivity", "inactivity", -2, -2, None),
        (10, "inactivity", "inactivity", -2, -1, "floor"),
    ]


# --- tallies, standing rules, reaches -------------------------------------------------------------------------------


def count(name: str = "visits", **more: object) -> Tally:
    return Tally(name=name, span=HERE, events=("buy",), **more)  # type: ignore[arg-type]


def test_reaches_fires_at_the_event_that_takes_the_tally_there() -> None:
    many = replace(rule("many", 10, "buy"), events=None, reaches=Reaches("visits", 2.0))
    given = model(score("s", many), events=["buy"], tallies=[count(within=10 * DAY)])
    # day 0: 1, day 1: 2 fires, day 2: 3, day 11: (1, 11] holds day 2 and itself, from 1 to 2: fires
    found = result(given, [at("buy", day) for day in (0, 1, 2, 11)], 20)
    assert [e[0] for e in entries(found)] == [1, 11]


# --- bands, gates, readings -----------------------------------------------------------------------------------------


def test_linear_decay_leaves_a_band_at_the_first_microsecond_whose_reading_is_below() -> None:
    bands = (band("cold"), band("warm", 5))
    given = model(score("s", rule("buy", 10, decay=linear(10)), bands=bands), events=["buy"])
    found = result(given, [at("buy", 0)], 20)
    # the reading is 4.99 once A <= 4.995 is passed: A = 4_994_999 (4_995_000 is a tie and rounds to the even 500).
    # A(t) = rint(1e7 * (1 - t/864e9)) is 4_994_999 from 1e7 * t/864e9 > 5_005_000.5 on: t > 432_432_043_200 (exactly
    # 5_005_000.5 * 86_400), where a tie goes to the even 4_995_000: one microsecond later
    assert changes(found) == [(0, "cold", "warm", "buy"), (432_432_043_201, "warm", "cold", "decay")]
    assert found["band_since"] == 432_432_043_201
    assert found["peak"] == points(10)


def test_a_band_is_held_until_its_lower_bound() -> None:
    bands = (band("cold"), band("warm", 10, until=5), band("won", 20, sticky=True))
    base = score("s", rule("up", 10), rule("down", -3), bands=bands)
    given = model(base, events=["up", "down"])
    found = result(given, [at("up", 0), at("down", 1), at("down", 2)], 3)
    assert changes(found) == [(0, "cold", "warm", "up"), (2 * DAY, "warm", "cold", "down")]  # 10, 7, 4
    found = result(given, [at("up", 0), at("up", 0), at("down", 1), *[at("down", 2)] * 5], 3)
    assert changes(found) == [(0, "cold", "won", "up")]


def test_a_gate_caps_the_reading_until_it_ends() -> None:
    bands = (band("cold"), band("warm", 10))
    given = model(
        score("s", rule("buy", 12), bands=bands),
        events=["buy", "job", "demo"],
        gates=[gate("seeker", {"s": 4}, "job", 10 * DAY, ["demo"])],
    )
    found = result(given, [at("buy", 0), at("job", 1)], 12)
    assert changes(found) == [
        (0, "cold", "warm", "buy"),
        (DAY, "warm", "cold", "gate seeker"),
        (11 * DAY, "cold", "warm", "gate seeker"),
    ]
    found = result(given, [at("buy", 0), at("job", 1), at("demo", 2)], 3)
    assert changes(found)[2] == (2 * DAY, "cold", "warm", "gate seeker")
    found = result(given, [at("buy", 0), at("job", 1)], 3)
    assert (found["reading"], found["total"], found["peak"]) == (points(4), points(12), points(12))


def test_a_combined_score_is_made_of_totals() -> None:
    a = score("a", rule("buy", 9), maximum=points(7))
    b = score("b", rule("buy", 3))
    total = score("t", combine=(("a", 1.0), ("b", 0.5)))
    found = result(model(a, b, total, events=["buy"]), [at("buy", 0)], 1, "t")
    assert found["total"] == points(8.5)  # 7 + 0.5 * 3


def test_the_profile_part_counts_for_the_total_only() -> None:
    base = score(
        "s", rule("buy", 8), maximum=points(10), standing_rules=(StandingRule("p", HERE, points=rule("x", 5).points),)
    )
    found = result(model(base, events=["buy"]), [at("buy", 0)], 1)
    assert (found["activity"], found["profile"], found["total"]) == (points(8), points(5), points(10))


# --- events ---------------------------------------------------------------------------------------------------------


def test_the_same_id_counts_once_and_late_events_do_not_exist() -> None:
    given = model(score("s", rule("buy", 1)), events=["buy"])
    twice = [{"type": "buy", "at": 0, "id": "x"}, {"type": "buy", "at": DAY, "id": "x"}, {"type": "other", "at": 0}]
    assert activity(given, twice, 0.5) == points(1)
    assert activity(given, [*twice, at("buy", 3)], 2) == points(1)
