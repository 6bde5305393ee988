"""A person without the table libraries can start, check, test, lock and compare a model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("polars", "pyarrow", "numpy", "pandas", "openpyxl"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
from rules_engine.cli.main import run

for line in sys.stdin.read().splitlines():
    try:
        run(line.split())
    except SystemExit as done:
        print(line, "->", done.code)
"""
COMMANDS = {
    "init m --date 2026-11-01": 0,
    "init mine --from m/data/leads.csv --from m/data/events.csv --workflow none": 0,
    "init parquet --from leads.parquet": 2,
    "check m mine --today 2026-11-01": 0,
    "test m": 0,
    "lock m": 0,
    "history m": 0,
    "diff m/v1.yaml mine/v1.yaml": 0,
    "diff m/v1.yaml mine/v1.yaml --data m/data.yaml": 2,
    "sheet m --out m.xlsx": 2,
    "import m/data/leads.csv --out other": 2,
}


def test_core_alone(tmp_path: Path) -> None:
    (tmp_path / "leads.parquet").write_text("x")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input="\n".join(COMMANDS),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    codes = dict(line.split(" -> ") for line in done.stdout.splitlines() if " -> " in line)
    assert codes == {line: str(code) for line, code in COMMANDS.items()}
    assert done.stderr.count("pip install 'lead-rules-engine[") == 3
