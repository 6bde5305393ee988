"""`python -m benchmarks.in_memory DATA OUT`: the engine over tables that a host has in memory.

Polars reads the Parquet of `benchmarks/generate.py` whole, `Engine.score_batch` scores the frames, Polars writes the
scores: what a host pays that does not let the engine read the files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from rules_engine import Engine

MODEL = Path(__file__).parent / "population" / "model.yaml"
AS_OF = "2026-09-01T00:00:00Z"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.in_memory", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="folder with leads, events and accounts")
    parser.add_argument("out", type=Path, help="Parquet file of the scores")
    given = parser.parse_args()
    leads, events, accounts = (
        pl.read_parquet(given.data / f"{name}.parquet") for name in ("leads", "events", "accounts")
    )
    Engine.load(MODEL).score_batch(leads, events, accounts, as_of=AS_OF).scores.write_parquet(given.out)


if __name__ == "__main__":
    main()
