"""`python -m benchmarks.rule_engines`: what a rule costs per event in this engine and in general rule engines.

The conditions are those of `population/model.yaml` that read the event, the lead and the account. Each engine is asked,
event by event, the rules that the event's type triggers (the index by type is given to all of them), and gets its best
documented way: expressions are compiled before the clock starts, and the values are in the engine's own classes where
it has a way to prepare them. All must give the same answers first. Rounds take turns; a ratio is taken within a round.

General engines stop at true or false. The last lines tell what the whole of `engine.score` costs per event: order,
visits, tallies, limits, decay, caps, penalties, bands and the ledger besides.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks import company, measure
from rules_engine import Engine, feel

MODEL = Path(__file__).parent / "population" / "model.yaml"
EVENTS, ROUNDS = 400, 9
PACKAGES = ("common-expression-language", "cel-expr-python", "zen-engine", "rule-engine", "cel-python")

Event = dict[str, object]
Scope = dict[str, dict[str, object]]
Call = Callable[[], object]

# Event types, FEEL, CEL, ZEN, rule-engine.
RULES: tuple[tuple[tuple[str, ...], str, str, str, str], ...] = (
    *(
        (
            ("page_view",),
            f'starts with(event.path, "{page}")',
            f'event.path.startsWith("{page}")',
            f'startsWith(event.path, "{page}")',
            f'event.path.starts_with("{page}")',
        )
        for page in ("/pricing", "/demo", "/customers/", "/integrations/", "/docs/", "/blog/", "/careers")
    ),
    *(
        (
            ("page_view",),
            f'starts with(event.path, "/products/{product}")',
            f'event.path.startsWith("/products/{product}")',
            f'startsWith(event.path, "/products/{product}")',
            f'event.path.starts_with("/products/{product}")',
        )
        for product in company.PRODUCTS
    ),
    (("page_view",), 'event.path = "/security"', *['event.path == "/security"'] * 3),
    (
        ("page_view",),
        'event.path = "/pricing/enterprise" and account.employees >= 500',
        'event.path == "/pricing/enterprise" && account.employees >= 500.0',
        'event.path == "/pricing/enterprise" and account.employees >= 500',
        'event.path == "/pricing/enterprise" and account.employees >= 500',
    ),
    (
        ("page_view",),
        'matches(event.path, "^/compare/[a-z]+$")',
        'event.path.matches("^/compare/[a-z]+$")',
        'matches(event.path, "^/compare/[a-z]+$")',
        'event.path =~ "^/compare/[a-z]+$"',
    ),
    (
        ("page_view",),
        'contains(event.path, "campaign/") and event.path != "/campaign/20"',
        'event.path.contains("campaign/") && event.path != "/campaign/20"',
        'contains(event.path, "campaign/") and event.path != "/campaign/20"',
        '"campaign/" in event.path and event.path != "/campaign/20"',
    ),
    (("download",), 'event.asset = "guide-hiring"', *['event.asset == "guide-hiring"'] * 3),
    (
        ("download",),
        'ends with(event.asset, "-crm")',
        'event.asset.endsWith("-crm")',
        'endsWith(event.asset, "-crm")',
        'event.asset.ends_with("-crm")',
    ),
    (("video",), "event.watched >= 1200", "event.watched >= 1200.0", "event.watched >= 1200", "event.watched >= 1200"),
    (
        ("webinar",),
        'event.topic in ("roi", "migration", "security") and lead.country in ("US", "GB", "DE")',
        'event.topic in ["roi", "migration", "security"] && lead.country in ["US", "GB", "DE"]',
        'event.topic in ["roi", "migration", "security"] and lead.country in ["US", "GB", "DE"]',
        'event.topic in ["roi", "migration", "security"] and lead.country in ["US", "GB", "DE"]',
    ),
    (
        ("email_click",),
        'starts with(event.campaign, "nurture")',
        'event.campaign.startsWith("nurture")',
        'startsWith(event.campaign, "nurture")',
        'event.campaign.starts_with("nurture")',
    ),
    (
        ("demo_request",),
        "account.employees >= 1000",
        "account.employees >= 1000.0",
        "account.employees >= 1000",
        "account.employees >= 1000",
    ),
    *(
        (("meeting",), f'event.outcome = "{outcome}"', *[f'event.outcome == "{outcome}"'] * 3)
        for outcome in company.OUTCOMES
    ),
)


def scopes() -> list[tuple[str, Scope]]:
    """Events of the generator's mix, each with its lead and account; nothing is missing, as not all engines bear it."""
    draw = random.Random(1)
    made: list[tuple[str, Scope]] = []
    for kind in draw.choices(list(company.EVENT_TYPES), list(company.EVENT_TYPES.values()), k=EVENTS):
        length = 60.0 * draw.randint(1, 45)
        attributes: dict[str, dict[str, object]] = {
            "page_view": {"path": draw.choice(company.pages())},
            "email_open": {"campaign": draw.choice(company.CAMPAIGNS)},
            "email_click": {"campaign": draw.choice(company.CAMPAIGNS)},
            "download": {"asset": draw.choice(company.ASSETS)},
            "video": {"video": draw.choice(company.VIDEOS), "watched": length // 2, "length": length},
            "webinar": {"topic": draw.choice(company.TOPICS), "minutes": float(draw.randint(1, 60))},
            "demo_request": {"seats": float(draw.randint(1, 200))},
            "meeting": {"outcome": draw.choice(company.OUTCOMES)},
        }
        lead = {"country": draw.choice(company.COUNTRIES), "title": draw.choice(company.TITLES)}
        account = {"employees": float(draw.randint(1, 2000)), "industry": draw.choice(company.INDUSTRIES)}
        made.append((kind, {"event": attributes[kind], "lead": lead, "account": account}))
    return made


def ours(text: Sequence[str]) -> Callable[[Scope], Call]:
    run = feel.compile_expression(feel.parse(text[0]))
    return lambda scope: lambda: run(scope)


def by_rust_cel(text: Sequence[str]) -> Callable[[Scope], Call]:
    import cel

    program = cel.compile(text[1])

    def prepare(scope: Scope) -> Call:
        context = cel.Context(scope)
        return lambda: program.execute(context)

    return prepare


def by_google_cel(text: Sequence[str]) -> Callable[[Scope], Call]:
    from cel_expr_python import cel

    record = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    environment = cel.NewEnv(variables={"event": record, "lead": record, "account": record})
    program = environment.compile(text[1])

    def prepare(scope: Scope) -> Call:
        activation = environment.Activation(scope)
        return lambda: program.eval(activation).value()

    return prepare


def by_cel_python(text: Sequence[str]) -> Callable[[Scope], Call]:
    import celpy

    environment = celpy.Environment(runner_class=celpy.CompiledRunner)
    program = environment.program(environment.compile(text[1]))

    def prepare(scope: Scope) -> Call:
        known = celpy.json_to_cel(scope)
        return lambda: program.evaluate(known)

    return prepare


def by_zen(text: Sequence[str]) -> Callable[[Scope], Call]:
    import zen

    compiled = zen.compile_expression(text[2])
    return lambda scope: lambda: compiled.evaluate(scope)


def by_rule_engine(text: Sequence[str]) -> Callable[[Scope], Call]:
    import rule_engine

    rule = rule_engine.Rule(text[3])
    return lambda scope: lambda: rule.matches(scope)


ENGINES: dict[str, Callable[[Sequence[str]], Callable[[Scope], Call]]] = {
    "ours, FEEL": ours,
    "cel-expr-python (Google's C++ CEL)": by_google_cel,
    "common-expression-language (Rust CEL)": by_rust_cel,
    "zen-engine": by_zen,
    "rule-engine": by_rule_engine,
    "cel-python": by_cel_python,
}


def calls_of(engine: Callable[[Sequence[str]], Callable[[Scope], Call]], events: list[tuple[str, Scope]]) -> list[Call]:
    """What the engine is asked, in the order of events: a call per event and rule that its type triggers."""
    ready = [(rule[0], engine(rule[1:])) for rule in RULES]
    return [prepare(scope) for kind, scope in events for kinds, prepare in ready if kind in kinds]


def spent(calls: Sequence[Call]) -> float:
    """Seconds of CPU, of all threads, for all calls one after the other: others' work on the machine does not count."""
    began = time.process_time()
    for call in calls:
        call()
    return time.process_time() - began


def history(events: list[tuple[str, Scope]]) -> tuple[Scope, list[Event]]:
    """The same events as one lead's over two years."""
    start = datetime(2024, 9, 1, tzinfo=UTC)
    step = timedelta(days=730) / len(events)
    made = [{"type": kind, "at": start + step * n, **scope["event"]} for n, (kind, scope) in enumerate(events)]
    return events[0][1], made


def measured() -> dict[str, list[float]]:
    """Seconds of CPU per round and engine. The whole of the engine is one more."""
    events = scopes()
    asked = {name: calls_of(engine, events) for name, engine in ENGINES.items()}
    wanted = [bool(call()) for call in asked["ours, FEEL"]]
    for name, calls in asked.items():
        answers = [bool(call()) for call in calls]
        assert answers == wanted, f"{name} answers otherwise at {answers.index(not wanted[0])}"
    engine = Engine.load(MODEL)
    known, made = history(events)
    as_of = datetime(2026, 9, 1, tzinfo=UTC)

    def whole() -> object:
        return engine.score(known["lead"], known["account"], made, as_of=as_of)

    rounds: dict[str, list[float]] = {name: [] for name in (*asked, WHOLE)}
    whole()
    for _ in range(ROUNDS):
        for name, calls in asked.items():
            rounds[name].append(spent(calls))
        rounds[WHOLE].append(spent([whole]))
    return rounds


WHOLE = "ours, the whole of `engine.score`"
HEAD = ("engine", "µs per rule and event", "µs per event", "times ours")


def lines(rounds: dict[str, list[float]]) -> list[list[str]]:
    events = scopes()
    asked = sum(kind in rule[0] for kind, _ in events for rule in RULES)
    first = rounds["ours, FEEL"]
    rows = []
    for name, times in rounds.items():
        per_rule = "" if name == WHOLE else f"{median(times) / asked * 1e6:.2f}"
        against = "" if name == WHOLE else f"{median(a / b for a, b in zip(times, first, strict=True)):.1f}"
        rows.append([name, per_rule, f"{median(times) / len(events) * 1e6:.1f}", against])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rule_engines")
    parser.add_argument("--json", type=Path, help="write every round there as well")
    given = parser.parse_args()
    print(f"{measure.machine()}\n{measure.versions(*PACKAGES)}\n")
    rounds = measured()
    print(measure.table(HEAD, lines(rounds)))
    if given.json:
        given.json.write_text(json.dumps(rounds, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
