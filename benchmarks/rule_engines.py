"""`python -m benchmarks.rule_engines`: what a rule costs per event in this engine and in general rule engines.

The conditions are those of `population/model.yaml` that read the event, the lead and the account. Expressions are
compiled before the clock starts. An event costs handing its values over, once, in the engine's own classes where it
has a way to prepare them, and asking the rules: those that the event's type triggers (the index by type, which is no
part of these engines, is given to all of them); or, as without it, all rules, each with the type in its condition.
All must give the same answers first. Rounds take turns; a ratio is taken within a round.

General engines stop at true or false. The last line tells what the whole of `engine.score` costs per event: order,
visits, tallies, limits, decay, caps, penalties, bands and the ledger besides.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from benchmarks import company, measure
from rules_engine import Engine, feel

MODEL = Path(__file__).parent / "population" / "model.yaml"
EVENTS, ROUNDS = 400, 9
PACKAGES = ("common-expression-language", "cel-expr-python", "zen-engine", "rule-engine", "cel-python")

Event = dict[str, object]
Scope = dict[str, dict[str, object]]
Rule: TypeAlias = tuple[tuple[str, ...], str, str, str, str]

FEEL, CEL, ZEN, RULE_ENGINE = 1, 2, 3, 4  # where a rule has its text
RULES: tuple[Rule, ...] = (
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
        made.append((kind, {"event": {"type": kind, **attributes[kind]}, "lead": lead, "account": account}))
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """How an engine is asked: which of a rule's texts it reads and how that writes `and`, what makes a program of one,
    what hands an event over with its lead and account, what asks a program of these."""

    text: int
    both: str
    program: Callable[[str], Any]
    hand: Callable[[Scope], Any]
    ask: Callable[[Any, Any], object]

    def rule(self, rule: Rule) -> Any:
        return self.program(rule[self.text])

    def rule_with_type(self, rule: Rule) -> Any:
        """The same, for an engine that is asked all rules of each event."""
        equal = "=" if self.text == FEEL else "=="
        (kind,) = rule[0]
        return self.program(f'event.type {equal} "{kind}" {self.both} ({rule[self.text]})')


def ours() -> Asked:
    return Asked(
        FEEL, "and", lambda text: feel.compile_expression(feel.parse(text)), _same, lambda run, scope: run(scope)
    )


def rust_cel() -> Asked:
    import cel

    return Asked(CEL, "&&", cel.compile, cel.Context, lambda program, context: program.execute(context))


def google_cel() -> Asked:
    from cel_expr_python import cel

    record = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    environment = cel.NewEnv(variables={"event": record, "lead": record, "account": record})
    return Asked(
        CEL, "&&", environment.compile, environment.Activation, lambda program, values: program.eval(values).value()
    )


def cel_python() -> Asked:
    import celpy

    environment = celpy.Environment(runner_class=celpy.CompiledRunner)
    return Asked(
        CEL,
        "&&",
        lambda text: environment.program(environment.compile(text)),
        celpy.json_to_cel,
        lambda program, values: program.evaluate(values),
    )


def zen_engine() -> Asked:
    import zen

    return Asked(ZEN, "and", zen.compile_expression, _same, lambda program, scope: program.evaluate(scope))


def rule_engine() -> Asked:
    import rule_engine

    return Asked(RULE_ENGINE, "and", rule_engine.Rule, _same, lambda rule, scope: rule.matches(scope))


def _same(scope: Scope) -> Scope:
    """Of an engine that takes values as they are, each time."""
    return scope


ENGINES: dict[str, Callable[[], Asked]] = {
    "ours, FEEL": ours,
    "cel-expr-python (Google's C++ CEL)": google_cel,
    "common-expression-language (Rust CEL)": rust_cel,
    "zen-engine": zen_engine,
    "rule-engine": rule_engine,
    "cel-python": cel_python,
}


class Side:
    """An engine with its programs, and the events as it takes them."""

    def __init__(self, asked: Asked, events: list[tuple[str, Scope]]) -> None:
        self._asked, self._events = asked, events
        of_type = {kind: [asked.rule(rule) for rule in RULES if kind in rule[0]] for kind in company.EVENT_TYPES}
        every = [asked.rule_with_type(rule) for rule in RULES]
        handed = [(kind, asked.hand(scope)) for kind, scope in events]
        self._rules = [(program, values) for kind, values in handed for program in of_type[kind]]
        self._all_rules = [(program, values) for _, values in handed for program in every]

    def answers(self) -> list[bool]:
        ask = self._asked.ask
        return [bool(ask(program, values)) for program, values in self._rules]

    def hits(self) -> list[bool]:
        """Of all rules asked of all events, the answers of those of the event's type; the others must be false."""
        found = iter([bool(self._asked.ask(program, values)) for program, values in self._all_rules])
        each = [(kind in rule[0], next(found)) for kind, _ in self._events for rule in RULES]
        assert not any(answer for own, answer in each if not own)
        return [answer for own, answer in each if own]

    def measured(self) -> list[float]:
        """Seconds of CPU, of all threads: of the rules of each event's type, of handing over, of all rules. Others'
        work on the machine does not count."""
        ask, hand = self._asked.ask, self._asked.hand
        times = [time.process_time()]
        for program, values in self._rules:
            ask(program, values)
        times.append(time.process_time())
        for _, scope in self._events:
            hand(scope)
        times.append(time.process_time())
        for program, values in self._all_rules:
            ask(program, values)
        times.append(time.process_time())
        return [end - start for start, end in pairwise(times)]


def history(events: list[tuple[str, Scope]]) -> tuple[Scope, list[Event]]:
    """The same events as one lead's over two years."""
    start = datetime(2024, 9, 1, tzinfo=UTC)
    step = timedelta(days=730) / len(events)
    made = [{"at": start + step * n, **scope["event"]} for n, (kind, scope) in enumerate(events)]
    return events[0][1], made


def measured() -> dict[str, list[list[float]]]:
    """Seconds of CPU per engine and round, see `Side.measured`. The whole of our engine is one more."""
    events = scopes()
    sides = {name: Side(make(), events) for name, make in ENGINES.items()}
    wanted = sides[OURS].answers()
    for name, side in sides.items():
        for answers in (side.answers(), side.hits()):
            wrong = [n for n, (answer, right) in enumerate(zip(answers, wanted, strict=True)) if answer != right]
            assert not wrong, f"{name} answers otherwise at {wrong[0]}"
    engine = Engine.load(MODEL)
    known, made = history(events)
    as_of = datetime(2026, 9, 1, tzinfo=UTC)

    def whole() -> float:
        began = time.process_time()
        engine.score(known["lead"], known["account"], made, as_of=as_of)
        return time.process_time() - began

    rounds: dict[str, list[list[float]]] = {name: [] for name in (*sides, WHOLE)}
    whole()
    for _ in range(ROUNDS):
        for name, side in sides.items():
            rounds[name].append(side.measured())
        rounds[WHOLE].append([whole()])
    return rounds


OURS, WHOLE = "ours, FEEL", "ours, the whole of `engine.score`"
HEAD = (
    "engine",
    "µs per rule",
    "times ours",
    "µs to hand an event over",
    "µs per event, rules of its type",
    "all rules",
)


def lines(rounds: dict[str, list[list[float]]]) -> list[list[str]]:
    events = scopes()
    asked = sum(kind in rule[0] for kind, _ in events for rule in RULES)

    def per(times: Iterable[float], count: int, digits: int) -> str:
        return f"{median(times) / count * 1e6:.{digits}f}"

    rows = []
    for name, times in rounds.items():
        if name == WHOLE:
            rows.append([name, "", "", "", per((own[0] for own in times), len(events), 1), ""])
            continue
        against = median(own[0] / first[0] for own, first in zip(times, rounds[OURS], strict=True))
        rows.append(
            [
                name,
                per((own[0] for own in times), asked, 2),
                f"{against:.1f}",
                per((own[1] for own in times), len(events), 1),
                per((own[0] + own[1] for own in times), len(events), 1),
                per((own[1] + own[2] for own in times), len(events), 1),
            ]
        )
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
