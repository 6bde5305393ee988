"""`python -m benchmarks.scaling --events 1e6,1e7 --rules 10,100,500`: time and memory by events and by rules.

By events: the 50-rule model, leads a tenth of the events. By rules: models of benchmarks/n_rules.py over one size of
data, once with rules that can all match, once with ten that can and the rest on event types that the data lacks.
Commands are cold, as in benchmarks/batch.py, after one uncounted run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks import measure
from benchmarks.batch import DATA, MODEL, as_json, data_of, engine_command
from benchmarks.measure import Run, whole
from benchmarks.n_rules import model_text

Runs = Mapping[str, Sequence[Run] | str]


def of_size(events: int, *, runs: int, limit: float | None, enough: float | None) -> Sequence[Run] | str:
    try:
        data = data_of(events)
    except measure.FailedError as error:
        print(error, file=sys.stderr)
        return "no data"
    command = engine_command(MODEL, data, data / "scores.parquet")
    return measure.side_by_side({"engine": command}, runs=runs, limit=limit, enough=enough)["engine"]


def by_rules(sizes: Sequence[int], events: int, *, runs: int, limit: float | None) -> dict[str, Sequence[Run] | str]:
    data = data_of(events)
    commands = {}
    for rules in sizes:
        for kind, text in (("can match", model_text(rules)), ("10 can match", model_text(10, max(0, rules - 10)))):
            model = DATA / f"model-{rules}-{kind.replace(' ', '-')}.yaml"
            model.write_text(text, encoding="utf-8")
            commands[f"{rules} rules, {kind}"] = engine_command(model, data, data / "scores.parquet")
    return measure.side_by_side(commands, runs=runs, limit=limit)


def events_lines(found: Mapping[int, Sequence[Run] | str]) -> list[list[str]]:
    rows = []
    for events, runs in found.items():
        if isinstance(runs, str):
            rows.append([measure.short(events), runs, *[""] * 4])
            continue
        wall, cpu, peak = (median(getattr(one, part) for one in runs) for part in ("wall", "cpu", "peak"))
        figures = [f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", f"{wall / events * 1e6:.2f}", str(len(runs))]
        rows.append([measure.short(events), *figures])
    return rows


def rules_lines(found: Runs) -> list[list[str]]:
    rows = []
    for name, runs in found.items():
        if isinstance(runs, str):
            rows.append([name, runs, *[""] * 3])
            continue
        wall, cpu, peak = (median(getattr(one, part) for one in runs) for part in ("wall", "cpu", "peak"))
        rows.append([name, f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", str(len(runs))])
    return rows


EVENTS_HEAD = ("events", "wall, s", "CPU, s", "peak, MB", "µs per event", "runs")
RULES_HEAD = ("model", "wall, s", "CPU, s", "peak, MB", "runs")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", default="1e6,3e6,1e7", help="sizes for the 50-rule model")
    parser.add_argument("--rules", default="10,50,200,500", help="sizes of models")
    parser.add_argument("--at", type=whole, default=1_000_000, help="events for the models of several sizes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, help="seconds that a command may take")
    parser.add_argument("--enough", type=float, help="counted seconds after which a command is not asked again")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    print(measure.machine())
    document: dict[str, dict[str, object]] = {"events": {}, "rules": {}}
    found: dict[int, Sequence[Run] | str] = {}
    for size in map(whole, given.events.split(",")):
        found[size] = of_size(size, runs=given.runs, limit=given.limit, enough=given.enough)
        document["events"] |= as_json({str(size): found[size]})
        save(document, given.json)
    print(f"\n50 rules\n\n{measure.table(EVENTS_HEAD, events_lines(found))}", flush=True)
    rules = by_rules([whole(n) for n in given.rules.split(",")], given.at, runs=given.runs, limit=given.limit)
    print(f"\n{measure.short(given.at)} events\n\n{measure.table(RULES_HEAD, rules_lines(rules))}")
    document["rules"] = as_json(rules)
    save(document, given.json)


def save(document: Mapping[str, object], path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
