"""Random small models in the shape of a model file, for hypothesis.

Durations and amounts come from short lists on purpose, so that windows, steps, ticks and events fall on the same
instants. Everything drawn here is a model without errors: the tests fail on a model that the loader refuses.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Draw = st.DrawFn
Body = dict[str, Any]

EVENTS = ("alpha", "beta", "gamma")
DURATIONS = ("12 hours", "1 day", "36 hours", "2 days", "3 days", "5 days", "1 week", "10 days")
DATES = ("2026-03-22", "2026-03-26", "2026-03-29", "2026-04-03")
AMOUNTS = (1, 2, 3, 5, 8, 10, 0.5, 7.25, 1.000001, "10%", "4%")
NEGATIVE = (-1, -2, -5, -0.5, -12, "-3%")

durations = st.sampled_from(DURATIONS)
amounts = st.sampled_from(AMOUNTS)


def chance(draw: Draw, percent: int) -> bool:
    """True in about so many of a hundred draws; shrinks to false."""
    return draw(st.integers(0, 99)) >= 100 - percent


def one(draw: Draw, *choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def some_events(draw: Draw) -> Any:
    """A type, a list of types, or any."""
    if chance(draw, 15):
        return "any"
    if chance(draw, 25):
        return draw(st.lists(st.sampled_from(EVENTS), min_size=2, max_size=2, unique=True))
    return one(draw, *EVENTS)


# --- conditions -----------------------------------------------------------------------------------------------------

LEAD_TESTS = ('lead.c = "US"', "lead.k > 3", 'lead.c in ("US", "DE")', "account.k >= 2", "lead.k = null")
EVENT_TESTS = (
    "event.n > 2",
    'event.s = "x"',
    'event.s in ("x", "y")',
    "event.n >= 2 and lead.k > 1",
    'event.s = "z" or event.n < 3',
    "event.n between 1 and 3",
)


def tally_tests(tallies: Body) -> tuple[str, ...]:
    return tuple(
        f"tally.{name} {test}"
        for name, body in tallies.items()
        if "stage" not in body
        for test in (">= 1", ">= 2", ">= 3", "< 2")
    )


def condition(draw: Draw, tests: tuple[str, ...]) -> Any:
    """An expression, a list (all), or one of all, any, none."""
    if not chance(draw, 25):
        return one(draw, *tests)
    parts = draw(st.lists(st.sampled_from(tests), min_size=1, max_size=2))
    how = one(draw, "list", "all", "any", "none")
    if how == "none":
        # what is true because a field is missing is refused, so only comparisons that are unknown then
        return {"none": [one(draw, *[test for test in tests if " > " in test or " >= " in test])]}
    return parts if how == "list" else {how: parts}


# --- decay ----------------------------------------------------------------------------------------------------------


def stepped(draw: Draw) -> Body:
    law = one(draw, "expires", "every", "compounding", "steps")
    if law == "expires":
        body: Body = {"expires": draw(durations)}
    elif law == "steps":
        body = {"steps": one(draw, {"2 days": 0.5, "5 days": 0}, {"1 day": 0.7, "36 hours": 0.1}, {"3 days": 0.25})}
    else:
        body = {"every": draw(durations), "lose": one(draw, 0.5, 0.25, 0.1, 0.3, 1 if law == "every" else 0.9)}
        if law == "compounding":
            body["compounding"] = True
    return with_keep_and_delay(draw, body)


def continuous(draw: Draw) -> Body:
    return with_keep_and_delay(draw, {one(draw, "half_life", "linear"): draw(durations)})


def with_keep_and_delay(draw: Draw, body: Body) -> Body:
    if chance(draw, 20):
        body["keep"] = one(draw, 0.2, 0.25, 0.05)
    if chance(draw, 20):
        body["delay"] = draw(durations)
    return body


def any_decay(draw: Draw, smooth: bool) -> Body:
    return continuous(draw) if smooth and chance(draw, 60) else stepped(draw)


# --- rules ----------------------------------------------------------------------------------------------------------


def limit(draw: Draw, of_penalty: bool = False) -> Any:
    if chance(draw, 25):
        return one(draw, 1, 2, 3)
    body: Body = {"times": one(draw, 1, 2, 3)}
    if chance(draw, 40):
        body["each"] = one(draw, "event.s", "event.n", "event.type")
    window = one(draw, "none", "within", "per", "within")
    if window == "within":
        body["within"] = draw(durations)
    if window == "per":
        body["per"] = one(draw, "day", "week", "month", "visit")
    if not of_penalty and chance(draw, 35):
        body["times"], body["keep"] = 1, "highest"
    return body


def dates(draw: Draw, body: Body) -> None:
    if chance(draw, 10):
        body["from"] = DATES[draw(st.integers(0, 1))]
    if chance(draw, 10):
        body["until"] = DATES[draw(st.integers(2, 3))]


def worth(draw: Draw, body: Body, negative: bool) -> None:
    """`points`, or a lookup; amounts that the loader can see are negative only where asked."""
    how = one(draw, "fixed", "fixed", "fixed", "formula", "at_least", "values")
    if how == "fixed":
        body["points"] = one(draw, *NEGATIVE) if negative else draw(amounts)
    elif how == "formula":
        body["points"] = one(
            draw, "2 * event.n", "event.n", "event.n - 2", "event.n / 3", "lead.k + event.n", "-event.n"
        )
    elif how == "at_least":
        body["of"] = "event.n"
        body["at_least"] = one(draw, {1: 2, 3: 6}, {0: 0, 2: 5}, {2: 1})
    else:
        body["of"] = "event.s"
        body["values"] = one(draw, {"x": 4, "y": 1}, {"z": 9})
    if "of" in body:
        if chance(draw, 40):
            body["otherwise"] = one(draw, 1, 3)
        if chance(draw, 30):
            body["missing"] = one(draw, 2, 0)


def event_rule(draw: Draw, groups: Body, tallies: Body, stages: bool, smooth: bool) -> Body:
    body: Body = {"event": some_events(draw)}
    counts = [name for name, t in tallies.items() if not {"latest", "min", "max", "stage"} & set(t)]
    if counts and chance(draw, 20):
        counter = one(draw, *counts)
        body = {"reaches": {counter: one(draw, 1, 2, 3)}}
        if chance(draw, 50):
            body["event"] = tallies[counter]["event"]
    if chance(draw, 35):
        body["when"] = condition(draw, EVENT_TESTS + tally_tests(tallies))
    dates(draw, body)
    if chance(draw, 40):
        body["limit"] = limit(draw)
    if chance(draw, 8):
        body["set"] = one(draw, 0, 3, 8)
        if isinstance(body.get("limit"), dict):
            body["limit"].pop("keep", None)
        return body
    highest = isinstance(body.get("limit"), dict) and "keep" in body["limit"]
    negative = chance(draw, 25) and not highest
    worth(draw, body, negative)
    if chance(draw, 25):
        body["max"] = one(draw, 3, 5, 9.5, 12)
    if groups and chance(draw, 50):
        body["group"] = one(draw, *groups)
    if chance(draw, 60):
        body["decay"] = "none" if chance(draw, 10) else any_decay(draw, smooth and not negative)
    if stages and chance(draw, 40):
        body["stage"] = one(draw, "learn", "decide")
    return body


def standing_rule(draw: Draw, tallies: Body) -> Body:
    tests = LEAD_TESTS[:4] + tally_tests(tallies)
    body: Body = {}
    how = one(draw, "when", "when", "of tally", "of lead", "formula")
    if how == "when":
        body = {"when": condition(draw, tests), "points": one(draw, 1, 5, -3, 2.5, "10%")}
        if chance(draw, 40):
            # what is false because a field is missing must not count, so only comparisons that are unknown then
            body["when"] = condition(draw, ("lead.k > 3", "account.k >= 2", *tally_tests(tallies)))
            body["otherwise"] = one(draw, -2, 4)
    elif how == "of tally" and tally_tests(tallies):
        name = one(draw, *[name for name, t in tallies.items() if "stage" not in t])
        body = {"of": f"tally.{name}", "at_least": {1: 2, 3: 6}}
    elif how == "of lead":
        body = {"of": "lead.c", "values": {"US": 6, "DE": -2}, "otherwise": one(draw, 0, 1)}
    else:
        body = {"points": one(draw, "lead.k", "account.k / 3", 2)}
    if "of" in body and chance(draw, 40):
        body["missing"] = one(draw, 1, -1)
    dates(draw, body)
    return body


def remove(draw: Draw, formula: bool) -> Any:
    choices: tuple[Any, ...] = (1, 2, 5, 0.7, "5%", "20% of score", "50% of score", "100% of score")
    return one(draw, *choices, *(("event.n", "event.n - 2") if formula else ()))


def penalty(draw: Draw, tallies: Body) -> Body:
    body: Body = {"event": some_events(draw), "remove": remove(draw, formula=True)}
    if chance(draw, 30):
        body["when"] = condition(draw, EVENT_TESTS + tally_tests(tallies))
    if chance(draw, 60):
        body["over"] = one(draw, "1 day", "2 days", "3 days", "7 days")
    if chance(draw, 40):
        body["limit"] = limit(draw, of_penalty=True)
    if chance(draw, 40):
        body["decay"] = stepped(draw)
    dates(draw, body)
    return body


def clock(draw: Draw) -> Body:
    body: Body = {"after": draw(durations), "remove": remove(draw, formula=False)}
    if chance(draw, 65):
        body["every"] = draw(durations)
    if chance(draw, 30):
        body["activity"] = some_events(draw)
    return body


def bands(draw: Draw) -> Body:
    found: Body = {"low": "any"}
    bounds = sorted(draw(st.lists(st.sampled_from((1, 2, 4.5, 5, 8, 10, 15, 20)), max_size=3, unique=True)))
    for name, bound in zip(("mid", "high", "top"), bounds, strict=False):
        how = one(draw, "plain", "plain", "until", "never")
        if how == "plain":
            found[name] = bound
        else:
            found[name] = {"from": bound, "until": "never" if how == "never" else bound / 2}
    return found


def bounds(draw: Draw, body: Body, with_start: bool) -> None:
    """`min`, `max`, `floor`, `start` in an order that fits."""
    low = one(draw, 0, 0, -20, -4, 2)
    if low:
        body["min"] = low
    high = one(draw, None, None, 12, 30)
    if high is not None:
        body["max"] = high
    if with_start:
        if chance(draw, 35) or low == 2:
            body["start"] = max(low, one(draw, 0, 5, 8, -2))
        if chance(draw, 30):
            body["floor"] = max(low, one(draw, 3, 5, -3, 1))


def rules_score(draw: Draw, tallies: Body, stages: bool, smooth: bool) -> Body:
    body: Body = {}
    bounds(draw, body, with_start=True)
    groups: Body = {}
    for name in ("web", "mail")[: one(draw, 0, 0, 1, 2)]:
        groups[name] = {"max": one(draw, 4, 9, 15.5)} if chance(draw, 80) else {}
        if chance(draw, 30):
            groups[name]["decay"] = any_decay(draw, smooth)
    if groups:
        body["groups"] = groups
    if chance(draw, 30):
        body["decay"] = any_decay(draw, smooth)
    rules: Body = {}
    for number in range(draw(st.integers(1, 5))):
        if chance(draw, 20):
            rules[f"standing_{number}"] = standing_rule(draw, tallies)
        else:
            rules[f"rule_{number}"] = event_rule(draw, groups, tallies, stages, smooth)
    body["rules"] = rules
    penalties = {f"penalty_{number}": penalty(draw, tallies) for number in range(one(draw, 0, 0, 1, 2))}
    if penalties:
        body["penalties"] = penalties
    clocks = [clock(draw) for _ in range(one(draw, 0, 0, 1, 2))]
    if clocks:
        body["inactivity"] = clocks[0] if len(clocks) == 1 and chance(draw, 50) else clocks
    if chance(draw, 90):
        body["bands"] = bands(draw)
    if chance(draw, 10):
        body["needs"] = one(draw, "lead.k > 1", 'lead.c = "US"')
    return body


def combined_score(draw: Draw, others: list[str]) -> Body:
    parts = draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))
    body: Body = {"combine": {name: one(draw, 1, 0.5, 2, 0.3) for name in parts}, "bands": bands(draw)}
    bounds(draw, body, with_start=False)
    return body


# --- around the scores ----------------------------------------------------------------------------------------------


def tally(draw: Draw) -> Body:
    body: Body = {"event": some_events(draw)}
    if chance(draw, 30):
        body["when"] = condition(draw, EVENT_TESTS)
    measure = one(draw, "count", "count", "sum", "distinct", "latest", "min", "max")
    if measure == "distinct":
        body["distinct"] = one(draw, "event.s", "event.n")
    elif measure != "count":
        body[measure] = one(draw, "event.n", "2 * event.n", "event.n / 3")
    window = one(draw, "none", "within", "within", "per")
    if window == "within":
        body["within"] = draw(durations)
    if window == "per":
        body["per"] = one(draw, "day", "week", "month", "visit", "visit")
    return body


def gate(draw: Draw, scores: list[str], tallies: Body) -> Body:
    caps: Any = one(draw, 0, 3, 7.125, "5%", -1)
    if chance(draw, 50):
        caps = {one(draw, *scores): caps}
    if chance(draw, 40):
        return {"when": condition(draw, LEAD_TESTS[:4] + tally_tests(tallies)), "cap": caps}
    body: Body = {"event": some_events(draw), "hold": "forever" if chance(draw, 15) else draw(durations), "cap": caps}
    if chance(draw, 40):
        body["when"] = condition(draw, EVENT_TESTS)
    types = (body["event"],) if isinstance(body["event"], str) else tuple(body["event"])
    free = [name for name in EVENTS if name not in types and types != ("any",)]
    if free and chance(draw, 40):
        body["until"] = one(draw, *free)
    return body


def label(draw: Draw, scores: Body, gates: Body, tallies: Body) -> Body | str:
    name = one(draw, *scores)
    tests = [
        f"score.{name} >= 4",
        f'last_increase.{name} = null or now - last_increase.{name} > duration("3 days")',
        *[f"gate.{gate}" for gate in gates],
        *[f"tally.{tally} >= 2" for tally in tallies],
        *([f'at least(band.{name}, "mid")', f'band.{name} = "low"'] if "mid" in scores[name].get("bands", ()) else []),
    ]
    return {"first": one(draw, *tests), "second": one(draw, *tests), "rest": "otherwise"}


@st.composite
def model_bodies(draw: Draw, smooth: bool | None = None) -> Body:
    """A model file as plain data. `smooth`: whether half-lives and linear decay may occur (None: drawn)."""
    smooth = chance(draw, 40) if smooth is None else smooth
    attributes = {"n": "number", "s": {"type": "string", "one_of": ["x", "y", "z"]}}
    body: Body = {
        "schema": 1,
        "model": "random",
        "version": 1,
        "status": "draft",
        "sales_ready": one(draw, 100, 50),
        "timezone": one(draw, "UTC", "Europe/Paris", "America/New_York"),
        "fields": {
            "lead": {"k": "number", "c": {"type": "string", "one_of": ["US", "DE", "FR"]}},
            "account": {"k": "number"},
        },
        "events": dict.fromkeys(EVENTS, attributes),
    }
    stages = chance(draw, 20)
    if stages:
        body["stages"] = ["learn", "decide"]
    if chance(draw, 5):
        body["audience"] = 'lead.c = null or not(lead.c = "FR")'
    if chance(draw, 25):
        body["visit_gap"] = one(draw, "30 minutes", "12 hours", "45 minutes")
    tallies: Body = {f"tally_{number}": tally(draw) for number in range(one(draw, 0, 1, 2, 3))}
    scores: Body = {}
    for number in range(one(draw, 1, 1, 2)):
        scores[f"score_{number}"] = rules_score(draw, tallies, stages, smooth)
    if chance(draw, 25):
        scores["total"] = combined_score(draw, list(scores))
    gates = {f"gate_{number}": gate(draw, list(scores), tallies) for number in range(one(draw, 0, 0, 1, 2))}
    if stages:
        tallies["stage_touches"] = {"stage": "learn", **({"within": "3 days"} if chance(draw, 50) else {})}
    if tallies:
        body["tallies"] = tallies
    body["scores"] = scores
    if gates:
        body["gates"] = gates
    if chance(draw, 30):
        body["labels"] = {"temperature": label(draw, scores, gates, tallies)}
    return body


@st.composite
def account_bodies(draw: Draw) -> Body:
    """A model with roll-ups of its scores."""
    body = draw(model_bodies(smooth=False))
    rollups: Body = {}
    for number in range(draw(st.integers(1, 4))):
        rollup: Body = {
            "of": one(draw, *body["scores"]),
            "combine": one(draw, "sum", "mean", "max", "min", "count", "top 1", "top 2"),
        }
        if chance(draw, 50):
            rollup["weight"] = one(draw, 'if lead.c != null and lead.c = "US" then 2 else 0.5', "lead.k", 3)
        if chance(draw, 40):
            rollup["where"] = condition(draw, LEAD_TESTS[:4])
        if chance(draw, 50):
            rollup["bands"] = {"quiet": "any", "busy": 4, "hot": 12.5}
        rollups[f"rollup_{number}"] = rollup
    body["accounts"] = rollups
    return body
