"""`python -m benchmarks`: the whole report; `make bench` runs the quick set, `make bench-all` everything.

Writes `report.md`, `figures.json` (every run) and `figures.svg` into a folder, and prints the report as it grows. The
steps are programs of their own (benchmarks/one_lead.py, rule_engines.py, batch.py, scaling.py).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import measure


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    words: tuple[str, ...]
    figures: str = ""  # the name under which its runs go into figures.json


QUICK = (
    Step("Start-up and one lead", ("one_lead",)),
    Step("A rule's cost per event", ("rule_engines",), "rules"),
    Step("A batch, side by side", ("batch", "--events", "1e6", "--runs", "3", "--limit", "120"), "batch"),
    Step(
        "By events and by rules",
        ("scaling", "--events", "3e5,1e6,3e6", "--rules", "10,200", "--at", "1e6", "--runs", "1", "--limit", "120"),
        "scaling",
    ),
)
ALL = (
    *QUICK[:2],
    Step(
        "A batch, side by side",
        ("batch", "--events", "1e6,1e7", "--runs", "5", "--limit", "600", "--enough", "60"),
        "batch",
    ),
    Step(
        "By events and by rules",
        (
            *("scaling", "--events", "1e6,3e6,1e7,3e7,1e8", "--rules", "10,50,200,500", "--at", "1e6"),
            *("--runs", "3", "--limit", "600", "--enough", "60"),
        ),
        "scaling",
    ),
)
INTRODUCTION = """\
# Benchmarks: a report

Written by `python -m benchmarks{flag}`; `benchmarks/README.md` tells what is measured and how. Wall is the time of the
clock from the start of a process to its end, CPU its user and system time on all cores, peak the most memory it held.
Ratios are medians of the ratios within a turn.

{machine}; {packages}.

![Time and memory by events, time by rules](figures.svg)
"""
PACKAGES = ("lead-rules-engine", "polars", "pyarrow", "numpy", "numba", "duckdb", "pandas", "zen-engine", "rule-engine")
PACKAGES += ("cel-python", "common-expression-language", "cel-expr-python")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--all", action="store_true", help="100 million events, all sizes: a quarter of an hour, 3 GB of disk"
    )
    parser.add_argument("--out", type=Path, default=Path("out") / "bench" / "report", help="folder of the report")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    flag = " --all" if given.all else ""
    said = [INTRODUCTION.format(flag=flag, machine=measure.machine(), packages=measure.versions(*PACKAGES))]
    figures: dict[str, object] = {}
    failed = False
    for step in ALL if given.all else QUICK:
        print(f"\n== {step.title}\n", flush=True)
        runs = given.out / "runs.json"
        runs.unlink(missing_ok=True)
        words = [sys.executable, "-m", f"benchmarks.{step.words[0]}", *step.words[1:]]
        done = subprocess.run(
            [*words, *(["--json", str(runs)] if step.figures else [])], stdout=subprocess.PIPE, text=True
        )
        print(done.stdout, flush=True)
        failed |= done.returncode != 0
        # The machine and the versions stand at the top of the report.
        tables = done.stdout[done.stdout.find("\n\n") :].strip()
        end = "" if done.returncode == 0 else "\nThe step failed here.\n"
        said.append(f"## {step.title}\n\n{tables}\n{end}")
        if step.figures and runs.exists():
            figures[step.figures] = json.loads(runs.read_text(encoding="utf-8"))
            runs.unlink()
    (given.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (given.out / "report.md").write_text("\n".join(said), encoding="utf-8")
    if "batch" in figures:
        picture = [sys.executable, "-m", "benchmarks.plot", given.out / "figures.json", given.out / "figures.svg"]
        failed |= subprocess.run(picture, check=False).returncode != 0
    print(f"\nThe report: {given.out / 'report.md'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
