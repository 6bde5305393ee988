"""The same conditions by this project's FEEL and by other engines for Python; benchmarks/FEEL.md tells how to run it.

Each engine gets its best documented way: what can be prepared once (closures, a tree, a program, the values of a lead
in the engine's own classes) is prepared before the clock starts. pySFeel has no such way: it reads the text each
time.
Rounds are interleaved and a ratio is taken within its round, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from statistics import median

import bkflow_feel
import celpy
import pySFeel
from bkflow_feel.api import parse_expression
from celpy.celparser import CELParser

from rules_engine import feel

ROUNDS = 15
SECONDS_PER_TURN = 0.02

LEADS: tuple[dict[str, object], ...] = (
    {"title": "VP of Sales", "country": "US", "nps": 9.0, "employees": 120.0},
    {"title": "Engineer", "country": "GB", "nps": 4.0, "employees": 20.0},
    {"title": "VP", "country": "DE", "nps": 10.0, "employees": 900.0},
    {"title": "Owner", "country": "US", "nps": 10.0, "employees": 600.0},
)

CONDITIONS: dict[str, tuple[str, str, str]] = {
    # name: FEEL, FEEL for pySFeel (which wants brackets around each comparison), CEL
    "three comparisons": (
        'lead.nps >= 9 and lead.country = "US" and lead.employees < 500',
        '(lead.nps >= 9) and (lead.country = "US") and (lead.employees < 500)',
        'lead.nps >= 9.0 && lead.country == "US" && lead.employees < 500.0',
    ),
    "one of three texts": (
        'lead.country = "GB" or lead.country = "FR" or lead.country = "DE"',
        '(lead.country = "GB") or (lead.country = "FR") or (lead.country = "DE")',
        'lead.country == "GB" || lead.country == "FR" || lead.country == "DE"',
    ),
    "arithmetic": (
        "lead.nps * 10 + lead.employees * 2 > 300",
        "((lead.nps * 10) + (lead.employees * 2)) > 300",
        "lead.nps * 10.0 + lead.employees * 2.0 > 300.0",
    ),
    "between": (
        "lead.nps between 5 and 9",
        "lead.nps between 5 and 9",
        "lead.nps >= 5.0 && lead.nps <= 9.0",
    ),
    "a function": (
        'starts with(lead.title, "VP")',
        'starts with(lead.title, "VP")',
        'lead.title.startsWith("VP")',
    ),
}

Calls = Sequence[Callable[[], object]]
"""One call per lead."""


def ours(texts: tuple[str, str, str]) -> Calls:
    run = feel.compile_expression(feel.parse(texts[0]))
    return [lambda scope={"lead": lead}: run(scope) for lead in LEADS]  # type: ignore[misc]


def by_bkflow(texts: tuple[str, str, str]) -> Calls:
    """Its one public function, which reads the text each time."""
    return [lambda context=context: parse_expression(texts[0], context) for context in whole_numbers()]  # type: ignore[misc]


def by_bkflow_tree(texts: tuple[str, str, str]) -> Calls:
    """With the tree kept, by what lies below that function."""
    tree = bkflow_feel.transformer.transform(bkflow_feel.parser.parse(texts[0]))
    return [lambda context=context: tree.evaluate(context) for context in whole_numbers()]  # type: ignore[misc]


def whole_numbers() -> list[dict[str, object]]:
    """bkflow-feel compares an int with an int only."""
    return [{"lead": {k: int(v) if isinstance(v, float) else v for k, v in lead.items()}} for lead in LEADS]


def by_pysfeel(texts: tuple[str, str, str]) -> Calls:
    parser = pySFeel.SFeelParser()

    def evaluate(names: dict[str, object]) -> object:
        parser.names = names
        return parser.sFeelParse(texts[1])[1]

    named = [{f"lead.{name}": value for name, value in lead.items()} for lead in LEADS]
    return [lambda names=names: evaluate(names) for names in named]  # type: ignore[misc]


def by_cel(runner: type) -> Callable[[tuple[str, str, str]], Calls]:
    def prepare(texts: tuple[str, str, str]) -> Calls:
        CELParser.CEL_PARSER = None  # it keeps the parser of the first kind of runner for all
        environment = celpy.Environment(runner_class=runner)
        program = environment.program(environment.compile(texts[2]))
        known = [celpy.json_to_cel({"lead": lead}) for lead in LEADS]
        return [lambda context=context: program.evaluate(context) for context in known]  # type: ignore[misc]

    return prepare


ENGINES: dict[str, Callable[[tuple[str, str, str]], Calls]] = {
    "ours": ours,
    "bkflow-feel, tree kept": by_bkflow_tree,
    "bkflow-feel": by_bkflow,
    "cel-python, compiled": by_cel(celpy.CompiledRunner),
    "cel-python, interpreted": by_cel(celpy.InterpretedRunner),
    "pySFeel": by_pysfeel,
}


def turn(calls: Calls, times: int) -> float:
    """Microseconds per call over `times` passes through the leads."""
    began = time.perf_counter_ns()
    for _ in range(times):
        for call in calls:
            call()
    return (time.perf_counter_ns() - began) / (times * len(calls)) / 1000


def measure(texts: tuple[str, str, str]) -> dict[str, list[float]]:
    """Microseconds per evaluation of each engine, round by round. All must give the same answers first."""
    prepared = {name: engine(texts) for name, engine in ENGINES.items()}
    wanted = [call() for call in prepared["ours"]]
    for name, calls in prepared.items():
        answers = [bool(call()) for call in calls]
        assert answers == wanted, f"{name}: {texts}: {answers}, not {wanted}"
    times = {
        name: max(1, int(SECONDS_PER_TURN * 1e6 / len(LEADS) / turn(calls, 3))) for name, calls in prepared.items()
    }
    rounds: dict[str, list[float]] = {name: [] for name in prepared}
    for _ in range(ROUNDS):
        for name, calls in prepared.items():
            rounds[name].append(turn(calls, times[name]))
    return rounds


def main() -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("bkflow-feel", "cel-python", "pySFeel"))
    print(f"Python {platform.python_version()}, {platform.machine()}; {packages}")
    print()
    print(f"| condition | ours, µs | {' | '.join(list(ENGINES)[1:])} |")
    print(f"|---|{'---:|' * len(ENGINES)}")
    for name, texts in CONDITIONS.items():
        rounds = measure(texts)
        own = rounds["ours"]
        ratios = [median(a / b for a, b in zip(rounds[other], own, strict=True)) for other in list(ENGINES)[1:]]
        print(f"| {name} | {median(own):.2f} | {' | '.join(f'{ratio:.{ratio < 10:d}f}' for ratio in ratios)} |")


if __name__ == "__main__":
    main()
