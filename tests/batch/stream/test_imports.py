"""What scoring in columns loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pandas")  # where it is not installed, it is not loaded either

MODEL = Path(__file__).parents[3] / "benchmarks" / "population" / "model.yaml"
CODE = """
import sys
import numpy as np
import polars as pl
from pathlib import Path
from tempfile import gettempdir
from rules_engine.batch.stream.run import ready_scorer
from rules_engine.batch.stream.store import EventStore
from rules_engine.engine import Engine

ready_scorer(Engine.load(sys.argv[1]))
events = pl.DataFrame({"lead_row": [0, 1], "at": [7, 5], "id": ["b", "a"]}, schema_overrides={"lead_row": pl.UInt32})
with EventStore({"visit": events.clear()}, 1, 10**9, Path(gettempdir())) as store:
    store.add("visit", events)
    store.finish()
    assert store.bucket(1)["visit"].at.tolist() == [5]
print("pandas" in sys.modules)
"""


def test_pandas_is_not_loaded_though_arrow_would_take_it_into_account() -> None:
    """It takes 0.2 seconds of each run."""
    done = subprocess.run([sys.executable, "-c", CODE, str(MODEL)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
