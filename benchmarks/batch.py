"""`python -m benchmarks.batch --events 1e6,1e7`: the engine and its rivals, from the same Parquet in to scores out.

Each side is a whole cold command in a process of its own: start-up, reading, scoring, writing. The engine computes the
whole language, the rivals the part that `benchmarks/rivals/__init__.py` tells.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks import measure
from benchmarks.measure import Run, whole

HERE = Path(__file__).parent
MODEL = HERE / "population" / "model.yaml"
DATA = Path("out") / "bench"
ENGINE = "engine, whole language"
FLOOR = "only reading, polars"
THEIRS = (  # the columns that the most thorough rival writes
    "readiness,fit,interest_crm,interest_analytics,interest_mail,total,readiness_band,fit_band,interest_crm_band,"
    "total_band,label_rating,label_temperature,label_next_step"
)
PACKAGES = ("polars", "pyarrow", "numpy", "numba", "duckdb", "pandas")


def data_of(events: int) -> Path:
    """The folder with that many events; made if it is not there yet (two minutes for 100 million).

    Raises `measure.FailedError` where it cannot be made.
    """
    folder = DATA / f"events-{events}"
    if not (folder / "done").exists():
        measure.run([sys.executable, "-m", "benchmarks.generate", "--events", str(events), "--out", str(folder)])
        (folder / "done").touch()
    return folder


def engine_command(model: Path, data: Path, out: Path) -> list[str]:
    words = ["score", str(model), "--data", str(data / "data.yaml"), "--as-of", "2026-09-01T00:00:00Z"]
    return [sys.executable, "-m", "rules_engine", *words, "--top", "0", "--out", str(out)]


def sides(data: Path, *, slow: bool) -> dict[str, list[str]]:
    """Name and command of each side. `slow` takes in what needs a minute or more for ten million events."""

    def rival(module: str, *words: str) -> list[str]:
        out = data / f"scores-{module}{''.join(words)}.parquet"
        return [sys.executable, "-m", f"benchmarks.rivals.{module}", str(data), str(out), *words]

    in_memory = data / "scores-in-memory.parquet"
    found = {
        ENGINE: engine_command(MODEL, data, data / "scores.parquet"),
        "engine, the rivals' columns": [
            *engine_command(MODEL, data, data / "scores-theirs.parquet"),
            "--columns",
            THEIRS,
        ],
        "engine, tables in memory": [sys.executable, "-m", "benchmarks.in_memory", *map(str, (data, in_memory))],
        "DuckDB SQL, inactivity apart": rival("duckdb_sql"),
        "DuckDB SQL, inactivity coupled": rival("duckdb_sql", "--coupled"),
        "DuckDB SQL, coupled by blocks": rival("duckdb_sql", "--coupled", "--blocks"),
        "DuckDB SQL, coupled, with limits": rival("duckdb_sql", "--coupled", "--limits"),
        "Polars, inactivity apart": rival("polars_frames"),
    }
    if slow:
        found["pandas, inactivity apart"] = rival("pandas_frames")
    return found | {FLOOR: rival("floor"), "only reading, pyarrow": rival("floor", "--pyarrow")}


def lines(done: Mapping[str, Sequence[Run] | str], events: int) -> list[list[str]]:
    """A row per side: medians, and the ratios of the engine to it."""
    engine, rows = done[ENGINE], []
    for name, runs in done.items():
        if isinstance(runs, str):
            rows.append([name, runs, *[""] * 6])
            continue
        known = not isinstance(engine, str) and name != ENGINE
        ours = [f"{measure.ratio(engine, runs, part):.2f}" if known else "" for part in ("wall", "cpu")]
        wall, cpu, peak = (median(getattr(one, part) for one in runs) for part in ("wall", "cpu", "peak"))
        figures = [f"{wall:.2f}", f"{cpu:.2f}", f"{peak:.0f}", f"{wall / events * 1e6:.2f}"]
        rows.append([name, *figures, *ours, str(len(runs))])
    return rows


def as_json(done: Mapping[str, Sequence[Run] | str]) -> dict[str, object]:
    return {name: runs if isinstance(runs, str) else [asdict(one) for one in runs] for name, runs in done.items()}


HEAD = ("side", "wall, s", "CPU, s", "peak, MB", "µs per event", "engine / this, wall", "engine / this, CPU", "runs")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", default="1e6", help="one or more sizes, such as 1e6,1e7")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each side, after one uncounted")
    parser.add_argument("--limit", type=float, help="seconds that a side may take; a slower one is not asked again")
    parser.add_argument("--enough", type=float, help="counted seconds of a side after which it is not asked again")
    parser.add_argument("--fast", action="store_true", help="leave out pandas")
    parser.add_argument("--json", type=Path, help="write every run there as well")
    given = parser.parse_args()
    print(measure.machine())
    print(measure.versions(*PACKAGES))
    found: dict[str, object] = {}
    for events in map(whole, given.events.split(",")):
        print(f"\n{measure.short(events)} events, {measure.short(events // 10)} leads, 50 rules; ", end="")
        try:
            data = data_of(events)
        except measure.FailedError as error:
            print(f"no data\n\n{error}", flush=True)
            continue
        wanted = sides(data, slow=not given.fast)
        done = measure.side_by_side(wanted, runs=given.runs, limit=given.limit, enough=given.enough)
        found[str(events)] = as_json(done)
        print(f"medians of the runs\n\n{measure.table(HEAD, lines(done, events))}", flush=True)
        if given.json:
            given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
