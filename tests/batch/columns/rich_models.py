"""Random models and histories for columns: what `tests.differential.models` leaves out.

Dates, moments, durations, lists and truth values as fields and attributes; attributes that only some types of a rule
have; constants, definitions, tables, `for_each`; tallies of every measure over every type with every window; labels
that are numbers, moments and durations; more rules on one event type than a word of a mask has bits.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.differential.histories import BEGIN, HALF_DAY, Case
from tests.differential.histories import instants as coarse_instants
from tests.differential.models import (
    DURATIONS,
    Body,
    Draw,
    any_decay,
    bands,
    bounds,
    chance,
    clock,
    dates,
    durations,
    one,
)

TYPES = ("alpha", "beta", "gamma")
ATTRIBUTES: dict[str, Body] = {
    "alpha": {
        "n": "number",
        "s": {"type": "string", "one_of": ["x", "y", "z"]},
        "tags": "list<string>",
        "day": "date",
        "flag": "boolean",
    },
    "beta": {
        "n": "number",
        "s": {"type": "string", "one_of": ["x", "y", "z"]},
        "took": "days and time duration",
        "due": "date and time",
        "numbers": "list<number>",
    },
    "gamma": {"n": "number", "path": "string", "day": "date", "flag": "boolean"},
}
ANY = {"n", "flag", "day", "tags", "took", "due", "numbers", "s", "path"}

# by the attribute that they read; an event without it makes them unknown, never true
TESTS: dict[str, tuple[str, ...]] = {
    "n": ("event.n > 2", "event.n between 1 and 3", "event.n ** 2 >= 4", "event.n in constants.few"),
    "s": ('event.s = "x"', 'event.s in constants.words and event.s != "y"', "good"),
    "tags": (
        'list contains(event.tags, "x")',
        "count(event.tags) > 1",
        'some t in event.tags satisfies t = "y"',
        "count(event.tags[item in constants.words]) >= 1",
    ),
    "day": ('event.day > date("2026-03-25")', "event.day < date(event.at)", "event.day.day > 25"),
    "flag": ("event.flag", "event.flag = false", "event.flag and event.n > 1"),
    "took": ('event.took >= duration("1 day")', "event.took > lead.patience"),
    "due": ("event.due > event.at", 'event.due - event.at < duration("2 days")', "event.due > lead.since"),
    "numbers": ("sum(event.numbers) > 3", "max(event.numbers) >= 2", "every x in event.numbers satisfies x > 0"),
    "path": ('starts with(event.path, "/p")', 'contains(event.path, "é")', 'url path(event.path) = "/p/1"'),
    "": ("event.at.hour >= 12", 'event.type = "alpha"', "lead.vip", "lead.k > 2", "event.at > lead.since"),
}
LEAD_TESTS = (
    "lead.vip",
    'list contains(lead.tags, "x")',
    'lead.born > date("1990-01-01")',
    'lead.patience <= duration("2 days")',
    'lead.since < date and time("2026-03-24T00:00:00Z")',
    "sum(account.sizes) > 3",
    "account.founded < lead.born",
    "lead.k in constants.few",
)
POINTS: dict[str, tuple[str, ...]] = {
    "n": ("event.n * 2", "max(event.n, 1.5)", "lead.k * event.n", "constants.factor * event.n"),
    "tags": ("count(event.tags)",),
    "numbers": ("sum(event.numbers)", "event.numbers[1]", "mean(event.numbers)"),
    "took": ('event.took / duration("1 day")',),
    "day": ("event.day.day",),
    "path": ("string length(event.path)",),
    "": ("event.at.day / 3", "sales_ready / 16", "lead.k + 1.25"),
}
EACH: dict[str, tuple[str, ...]] = {
    "n": ("event.n", "event.n / 3"),
    "s": ("event.s",),
    "tags": ("event.tags",),
    "day": ("event.day",),
    "flag": ("event.flag",),
    "took": ("event.took",),
    "due": ("event.due", "date(event.due)"),
    "numbers": ("event.numbers", "event.numbers[1]"),
    "path": ("event.path", "upper case(event.path)"),
    "": ("event.type", "lead.k", "date(event.at)"),
}
OF: dict[str, tuple[str, ...]] = {
    "n": ("event.n", "-event.n", "event.n / 3"),
    "s": ("event.s",),
    "day": ("event.day",),
    "took": ("event.took",),
    "due": ("event.due",),
    "path": ("event.path",),
    "": ("event.at", "event.type"),
}
ORDERED = {"n", "s", "day", "took", "due", "path", ""}


def types_of(draw: Draw) -> tuple[Any, tuple[str, ...]]:
    """What `event:` says, and which types that is."""
    if chance(draw, 15):
        return "any", TYPES
    if chance(draw, 35):
        some = draw(st.lists(st.sampled_from(TYPES), min_size=2, max_size=3, unique=True))
        return some, tuple(some)
    name = one(draw, *TYPES)
    return name, (name,)


def fitting(
    draw: Draw, choices: dict[str, tuple[str, ...]], types: tuple[str, ...], *, everywhere: bool = False
) -> str:
    """An expression over an attribute that one of the types has (or all of them)."""
    having = [set(ATTRIBUTES[name]) for name in types]
    known = set.intersection(*having) if everywhere else set.union(*having)
    usable = [key for key in choices if key in known or key == ""]
    tests = [test for test in choices[one(draw, *usable)] if "event.n" not in test or "n" in known]
    return one(
        draw, *[test for test in tests if "type" not in test or len(types) > 1 or "=" not in test] or ["event.at"]
    )


def event_when(draw: Draw, types: tuple[str, ...], more: tuple[str, ...] = ()) -> Any:
    parts = [fitting(draw, TESTS, types) for _ in range(one(draw, 1, 1, 1, 2, 3))]
    if 'event.type = "alpha"' in parts and "alpha" not in types:
        parts = ["lead.vip"]
    if more and chance(draw, 40):
        parts.append(one(draw, *more))
    if len(parts) == 1:
        return parts[0]
    how = one(draw, "list", "all", "any", "and")
    return " and ".join(parts) if how == "and" else parts if how == "list" else {how: parts}


def tally(draw: Draw) -> tuple[Body, str]:
    """A tally and what kind of value it has."""
    said, types = types_of(draw)
    body: Body = {"event": said}
    if chance(draw, 40):
        body["when"] = event_when(draw, types)
    measure = one(draw, "count", "sum", "distinct", "latest", "min", "max", "latest", "min", "max")
    kind = "number"
    if measure == "sum":
        body["sum"] = one(draw, "event.n", "event.n / 3")
    elif measure == "distinct":
        body["distinct"] = fitting(draw, EACH, types)
    elif measure != "count":
        body[measure] = fitting(draw, OF, types)
        kind = next((key for key, all_ in OF.items() if body[measure] in all_), "")
        kind = "number" if kind == "n" else "moment" if body[measure] == "event.at" else kind or "text"
    window = one(draw, "none", "within", "within", "per")
    if window == "within":
        body["within"] = draw(durations)
    if window == "per":
        body["per"] = one(draw, "day", "week", "month", "visit", "visit")
    return body, f"{measure}:{kind}"


def tally_tests(tallies: Body, kinds: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in tallies:
        measure, kind = kinds[name].split(":")
        value = f"tally.{name}"
        if kind == "number":
            found += [f"{value} >= 2", f"{value} < 3"]
        elif kind in ("day",):
            found += [f'{value} > date("2026-03-24")']
        elif kind in ("moment", "due"):
            found += [f'{value} > date and time("2026-03-24T12:00:00Z")', f"{value} >= lead.since"]
        elif kind == "took":
            found += [f'{value} >= duration("36 hours")']
        else:
            found += [f'{value} = "x"', f'{value} in ("y", "/p/1", "alpha")']
        del measure
    return tuple(found)


def limit(draw: Draw, types: tuple[str, ...]) -> Any:
    if chance(draw, 20):
        return one(draw, 1, 2)
    body: Body = {"times": one(draw, 1, 1, 2, 3)}
    if chance(draw, 65):
        body["each"] = fitting(draw, EACH, types)
    window = one(draw, "none", "within", "per")
    if window == "within":
        body["within"] = draw(durations)
    if window == "per":
        body["per"] = one(draw, "day", "week", "month", "visit")
    if chance(draw, 30):
        body["times"], body["keep"] = 1, "highest"
    return body


def event_rule(draw: Draw, tallies: Body, kinds: dict[str, str], variable: bool) -> Body:
    said, types = types_of(draw)
    body: Body = {"event": said}
    counts = [name for name in tallies if kinds[name].split(":")[0] in ("count", "sum", "distinct")]
    if counts and chance(draw, 25):
        counter = one(draw, *counts)
        body = {"reaches": {counter: one(draw, 1, 2, 3)}}
        said = tallies[counter]["event"]
        types = TYPES if said == "any" else (said,) if isinstance(said, str) else tuple(said)
    if chance(draw, 60):
        body["when"] = event_when(draw, types, tally_tests(tallies, kinds))
    if variable and chance(draw, 60) and "gamma" in types:
        body["when"] = 'starts with(event.path, "/" + part)'
    dates(draw, body)
    if chance(draw, 45):
        body["limit"] = limit(draw, types)
    how = one(draw, "fixed", "formula", "formula", "of", "values", "table")
    if (
        how == "table"
        and "s" in ATTRIBUTES[types[0]]
        and len(types) == 1
        and "when" not in body
        and "reaches" not in body
    ):
        body["table"] = {"file": "words.csv", "match": "event.s"}
        body.pop("limit", None)
    elif how == "formula":
        body["points"] = fitting(draw, POINTS, types)
    elif how == "of":
        body["of"], body["at_least"] = fitting(draw, POINTS, types), {1: 2, 3: 6}
    elif how == "values" and "s" in ATTRIBUTES[types[0]]:
        body["of"], body["values"] = "event.s", {"x": 4, "y": 1}
    elif how == "values" and "flag" in ATTRIBUTES[types[0]]:
        body["of"], body["values"] = "event.flag", {True: 4, False: 1}
    else:
        body["points"] = one(draw, 1, 2, 5, 7.25, "3%")
    if "of" in body and chance(draw, 40):
        body["otherwise" if chance(draw, 50) else "missing"] = one(draw, 1, 3)
    if chance(draw, 25):
        body["max"] = one(draw, 3, 9.5)
    if chance(draw, 40):
        body["decay"] = any_decay(draw, smooth=False)
    return body


def standing_rule(draw: Draw, tallies: Body, kinds: dict[str, str]) -> Body:
    tests = LEAD_TESTS + tally_tests(tallies, kinds) * 2
    body: Body = {}
    how = one(draw, "when", "when", "formula", "of")
    numbers = [name for name in tallies if kinds[name].split(":")[1] == "number"]
    texts = [name for name in tallies if kinds[name].split(":")[1] in ("s", "path", "text")]
    if how == "formula" and numbers:
        body["points"] = " + ".join(f"tally.{name}" for name in numbers[:2])
    elif how == "of" and texts:
        body["of"] = f"tally.{one(draw, *texts)}"
        body["values"] = {"x": 3, "y": -2} if kinds[body["of"][6:]].split(":")[1] == "s" else {"/p/1": 4, "é": 2}
        if kinds[body["of"][6:]].endswith(":text"):
            body["values"] = {"alpha": 2} if "alpha" in str(tallies[body["of"][6:]]["event"]) else {"beta": 2}
            if "beta" not in str(tallies[body["of"][6:]]["event"]) and "beta" in body["values"]:
                body["values"] = {"gamma": 1} if tallies[body["of"][6:]]["event"] != "any" else {"alpha": 1}
        body["missing"] = one(draw, -1, 1)
    else:
        some = [one(draw, *tests) for _ in range(one(draw, 1, 2, 3))]
        body = {"when": some[0] if len(some) == 1 else some, "points": one(draw, 1, 2.5, -3, "10%")}
    dates(draw, body)
    return body


def gate(draw: Draw, scores: list[str], tallies: Body, kinds: dict[str, str]) -> Body:
    caps: Any = {one(draw, *scores): one(draw, 0, 3, "5%")}
    if chance(draw, 40):
        return {"when": one(draw, *LEAD_TESTS, *tally_tests(tallies, kinds)), "cap": caps}
    said, types = types_of(draw)
    body: Body = {"event": said, "hold": "forever" if chance(draw, 15) else draw(durations), "cap": caps}
    if chance(draw, 50):
        body["when"] = event_when(draw, types)
    free = [name for name in TYPES if name not in types]
    if free and chance(draw, 60):
        body["until"] = one(draw, *free)
    return body


def labels(draw: Draw, scores: Body, tallies: Body, kinds: dict[str, str]) -> Body:
    name = one(draw, *[n for n in scores if "for_each" not in scores[n]] or ["plain"])
    formulas = [
        f"score.{name}",
        f"score.{name} / 3",
        f"score.{name} * 1000000000000",
        f"last_increase.{name}",
        f"score.{name} > 4",
        "lead.born",
        "lead.patience",
        "lead.tags",
        "lead.vip",
        "string(lead.k)",
        *[f"tally.{t}" for t in tallies],
        *[f"first.{t}" for t in tallies],
        *[f"last.{t} - first.{t}" for t in tallies],
    ]
    found: Body = {f"f{n}": one(draw, *formulas) for n in range(one(draw, 1, 2, 3))}
    if chance(draw, 40):
        test = one(draw, f"score.{name} >= 4", *tally_tests(tallies, kinds))
        found["choice"] = {"yes": test, "no": "otherwise"}
    return found


WORDS_CSV = "asset,points\nx,3\ny,-1.5\nz,0\n"


@st.composite
def rich_bodies(draw: Draw) -> Body:
    """A model file as plain data; it wants `WORDS_CSV` beside it."""
    body: Body = {
        "schema": 1,
        "model": "rich",
        "version": 1,
        "status": "draft",
        "timezone": one(draw, "UTC", "Europe/Paris", "America/New_York"),
        "fields": {
            "lead": {
                "k": "number",
                "vip": "boolean",
                "tags": "list<string>",
                "born": "date",
                "since": "date and time",
                "patience": "days and time duration",
            },
            "account": {"sizes": "list<number>", "founded": "date"},
        },
        "events": ATTRIBUTES,
        "constants": {"words": ["x", "y", "nobody"], "few": [1, 2, 6.5], "factor": 1.5},
        "define": {"good": 'event.s in ("x", "z")'},
    }
    if chance(draw, 8):
        body["audience"] = "lead.vip"
    if chance(draw, 30):
        body["visit_gap"] = one(draw, "30 minutes", "12 hours")
    tallies, kinds = {}, {}
    for number in range(one(draw, 0, 1, 2, 3, 4)):
        tallies[f"t{number}"], kinds[f"t{number}"] = tally(draw)
    scores: Body = {}
    for name in ("plain", "other")[: one(draw, 1, 1, 2)]:
        score: Body = {}
        variable = name == "other" and chance(draw, 60)
        if variable:
            score["for_each"] = {"part": ["p", "q"]}
        bounds(draw, score, with_start=True)
        rules: Body = {}
        count = 70 if chance(draw, 4) else draw(st.integers(1, 6))
        few = [event_rule(draw, tallies, kinds, variable) for _ in range(min(count, 6))]
        for number in range(count):
            rules[f"r{number}"] = few[number % len(few)]
        for number in range(one(draw, 0, 0, 1, 2)):
            rules[f"standing{number}"] = standing_rule(draw, tallies, kinds)
        score["rules"] = rules
        if chance(draw, 30):
            score["inactivity"] = clock(draw)
            if "activity" in score["inactivity"]:
                score["inactivity"]["activity"] = ["beta"]
        score["bands"] = bands(draw)
        if chance(draw, 10):
            score["needs"] = one(draw, *LEAD_TESTS[:4])
        scores[name] = score
    gates = {f"g{n}": gate(draw, ["plain"], tallies, kinds) for n in range(one(draw, 0, 0, 1, 2))}
    if tallies:
        body["tallies"] = tallies
    body["scores"] = scores
    if gates:
        body["gates"] = gates
    if chance(draw, 60):
        body["labels"] = labels(draw, scores, tallies, kinds)
    return body


DAYS = ("2026-03-24", "2026-03-26", "2026-03-20", "1999-12-31", None)
VALUES: dict[str, tuple[Any, ...]] = {
    "n": (0, 1, 2, 3, -1, 1.5, 2.000001, None),
    "s": ("x", "y", "z", None),
    "tags": ([], ["x"], ["x", "y"], ["y", "x"], ["x", "x"], None),
    "day": DAYS,
    "flag": (True, False, None),
    "numbers": ([], [1], [1, 2], [2.5, -1, 3], None),
    "path": ("/p/1", "/q", "é", "", "x", "https://a.b/p/1?x=1", None),
}


def moment(draw: Draw) -> Any:
    from datetime import UTC, datetime, timedelta

    at = draw(coarse_instants())
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def span(draw: Draw) -> Any:
    from datetime import timedelta

    return one(
        draw, timedelta(0), timedelta(hours=36), timedelta(days=1), timedelta(days=-2), timedelta(microseconds=1)
    )


def value(draw: Draw, name: str) -> Any:
    if name in ("took", "patience"):
        return span(draw)
    if name in ("due", "since"):
        return moment(draw)
    return one(draw, *VALUES[name])


@st.composite
def rich_cases(draw: Draw) -> Case:
    repeated = draw(st.lists(coarse_instants(), min_size=1, max_size=4))
    few, many = one(draw, (0, 3), (1, 6), (6, 15), (12, 30))
    events = []
    for _ in range(draw(st.integers(few, many))):
        at = one(draw, *repeated) if chance(draw, 45) else draw(coarse_instants())
        name = one(draw, *TYPES)
        values = {a: value(draw, a) for a in ATTRIBUTES[name] if chance(draw, 75)}
        event: Body = {"type": name, "at": at, "attributes": {a: v for a, v in values.items() if v is not None}}
        if chance(draw, 15):
            event["id"] = one(draw, "e1", "e2", "é")
        events.append(event)
    as_of = one(draw, *repeated) if chance(draw, 20) else draw(coarse_instants())
    if chance(draw, 60):
        as_of += one(draw, 10, 20, 40) * 2 * HALF_DAY
    lead = {
        "k": one(draw, 0, 2, 6.5, None),
        "vip": one(draw, True, False, True, None),
        "tags": value(draw, "tags"),
        "born": one(draw, *DAYS),
        "since": moment(draw) if chance(draw, 70) else None,
        "patience": span(draw) if chance(draw, 70) else None,
    }
    account = {"sizes": value(draw, "numbers"), "founded": one(draw, *DAYS)}
    return Case(
        {k: v for k, v in lead.items() if v is not None},
        {k: v for k, v in account.items() if v is not None},
        events,
        as_of,
    )


__all__ = ["BEGIN", "DURATIONS", "WORDS_CSV", "rich_bodies", "rich_cases"]
