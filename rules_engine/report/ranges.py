"""The lowest and highest scores of a model as lines and as data. Computes nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rules_engine.analysis.lints import words
from rules_engine.analysis.lints.ranges import Range
from rules_engine.model.types import Model


def range_lines(model: Model, found: Mapping[str, Range]) -> list[str]:
    """A line a score: from where to where, and what the ends are made of."""
    lines = [f"{model.name}, version {model.version}: what each score can come to"]
    width = max((len(name) for name in found), default=0)
    for name, bounds in found.items():
        lines.append(f"  {name:<{width}}  {words.between(bounds.lowest, bounds.highest)}")
        for what, why in (("lowest", words.least(bounds)), ("highest", words.most(bounds))):
            if why:
                lines.append(f"  {'':<{width}}    {what}: {why}")
        if math.isinf(bounds.unheld):
            endless = [part.name for part in bounds.parts if math.isinf(part.highest)]
            held = "; `max` holds it" if math.isfinite(bounds.highest) else ""
            lines.append(f"  {'':<{width}}    without end: {', '.join(endless)}{held}")
    return lines


def ranges_document(model: Model, found: Mapping[str, Range]) -> dict[str, Any]:
    """The same as plain data, in points; null stands for no end."""
    return {
        "model": model.name,
        "version": model.version,
        "scores": {
            name: {
                "lowest": _points(bounds.lowest),
                "highest": _points(bounds.highest),
                "highest_without_max": _points(bounds.unheld),
                "parts": [
                    {"name": part.name, "lowest": _points(part.lowest), "highest": _points(part.highest)}
                    for part in bounds.parts
                ],
            }
            for name, bounds in found.items()
        },
    }


def _points(amount: float) -> float | None:
    return round(amount / 1e6, 6) if math.isfinite(amount) else None
