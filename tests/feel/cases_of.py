"""Reads the case files: what every way of running FEEL must give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """`given` and `wanted` are expressions; `tests` is set instead of `expression` for unary tests."""

    name: str
    given: tuple[tuple[str, str], ...]
    expression: str
    wanted: str
    reason: str
    value: str | None = None


def all_cases() -> Iterator[Case]:
    for path in sorted(CASES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8")):
            given = tuple((str(name), str(text)) for name, text in group.get("given", {}).items())
            for kind in ("cases", "tests"):
                for line in group.get(kind, "").splitlines():
                    left, _, right = line.rpartition(" => ")
                    wanted, _, reason = right.partition(" ## ")
                    value = None
                    if kind == "tests":
                        left, _, value = left.rpartition(" : ")
                    yield Case(f"{path.stem}: {line}", given, left, wanted, reason, value)
