"""What scoring in columns loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import generate

MODEL = Path(__file__).parents[3] / "benchmarks" / "population" / "model.yaml"
CODE = """
import sys
from pathlib import Path
from rules_engine.batch.job import Job, Output, Watch, run_job

folder, *tables = sys.argv[2:]
folder = Path(folder)
outputs = tuple(Output(name, folder / f"{name}.parquet", ".parquet") for name in tables)
watch = Watch(lambda _: None, lambda _more, _all: None)
run_job(Job(Path(sys.argv[1]), folder / "data.yaml", memory=10**9), outputs, watch, rank=lambda _: "total", top=5)
print(*sorted({"numpy.ma", "pandas", "pyarrow.compute"} & sys.modules.keys()))
"""


def loaded(folder: Path, *tables: str) -> set[str]:
    generate.generate(folder, 500, 5_000, seed=1, text_ids=False, event_ids=True)
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(MODEL), str(folder), *tables], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_pandas_is_not_loaded_though_arrow_would_take_it_into_account(tmp_path: Path) -> None:
    """It takes 0.2 seconds of each run."""
    pytest.importorskip("pandas")  # where it is not installed, it is not loaded either
    assert "pandas" not in loaded(tmp_path, "scores", "ledger", "transitions", "tallies", "outcomes", "accounts")


def test_scores_alone_need_neither_masked_arrays_nor_the_functions_of_arrow_in_python(tmp_path: Path) -> None:
    """They take a fortieth of a second of each run."""
    assert loaded(tmp_path, "scores", "outcomes") == set()
