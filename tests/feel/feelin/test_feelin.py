"""Ours = feelin's on random expressions, and the known differences as they stand.

Wants node and `npm ci --prefix tests/feel/feelin`; skipped without. Nothing else in the project needs node.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from rules_engine import feel

from .expressions import CONTEXTS, Maker

HERE = Path(__file__).parent
DIFFERENCES = yaml.safe_load((HERE / "differences.yaml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (HERE / "node_modules" / "feelin").is_dir():
        pytest.skip("feelin is not installed: npm ci --prefix tests/feel/feelin")


def by_feelin(jobs: Sequence[tuple[str, Mapping[str, object]]]) -> list[object]:
    command = ["node", str(HERE / "evaluate.mjs")]
    ran = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, check=True, cwd=HERE)
    values: list[object] = json.loads(ran.stdout)
    return values


def same(one: object, other: object) -> bool:
    """Numbers exactly; true and false are no numbers."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@pytest.mark.parametrize(("seed", "count", "depth"), [(1, 1500, 1), (2, 3000, 2), (3, 3000, 3), (4, 1000, 4)])
def test_random_expressions(seed: int, count: int, depth: int) -> None:
    maker = Maker(seed)
    jobs = [(maker.expression(depth), maker.random.choice(CONTEXTS)) for _ in range(count)]
    found = zip(jobs, by_feelin(jobs), strict=True)
    wrong = [(*job, theirs, ours) for job, theirs in found if not same(ours := feel.evaluate(*job), theirs)]
    assert not wrong, min(wrong, key=lambda one: len(one[0]))


def test_known_differences() -> None:
    theirs = by_feelin([(str(known["expression"]), {}) for known in DIFFERENCES])
    for known, value in zip(DIFFERENCES, theirs, strict=True):
        text = str(known["expression"])
        assert same(feel.evaluate(text), known["ours"]), text
        assert same(value, known["feelin"]), f"feelin now gives {value!r} for {text}"
        assert not same(known["ours"], known["feelin"]), text
        assert known["reason"], text
