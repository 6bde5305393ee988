"""The picture of a report: time and memory by events, and all sides at one size. Reads the report's figures.

Run as a program of its own, `python -m benchmarks.plot figures.json picture.svg`, because matplotlib is large and the
programs that measure must be small (see benchmarks/measure.py).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt

from benchmarks.measure import short


def medians(runs: object, part: str) -> float | None:
    """None where the command took too long: its value is a text then."""
    return median(one[part] for one in runs) if isinstance(runs, list) and runs else None


def draw(figures: dict[str, dict[str, dict[str, object]]], out: Path) -> None:
    plt.rcParams.update(
        {"svg.hashsalt": "benchmarks", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    picture, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    lines: dict[str, list[tuple[int, float, float]]] = {}
    for size, sides in figures["batch"].items():
        for name, runs in sides.items():
            wall, peak = medians(runs, "wall"), medians(runs, "peak")
            if wall is not None and peak is not None:
                lines.setdefault(name, []).append((int(size), wall, peak))
    engine = next((name for sides in figures["batch"].values() for name in sides), "")
    for size, runs in figures.get("scaling", {}).get("events", {}).items():
        wall, peak = medians(runs, "wall"), medians(runs, "peak")
        if wall is not None and peak is not None and int(size) not in {at for at, *_ in lines.get(engine, [])}:
            lines.setdefault(engine, []).append((int(size), wall, peak))
    for name, points in lines.items():
        points.sort()
        style = {"linewidth": 2.4, "color": "black"} if name == engine else {"linewidth": 1.2}
        for axis, part in ((axes[0], 1), (axes[1], 2)):
            axis.plot([p[0] for p in points], [p[part] for p in points], marker="o", label=name, **style)
    for axis, label in ((axes[0], "seconds, cold command"), (axes[1], "peak memory, MB")):
        axis.set(xscale="log", yscale="log", xlabel="events", ylabel=label)
        sizes = sorted({point[0] for points in lines.values() for point in points})
        axis.set_xticks(sizes, [short(size) for size in sizes])
        axis.minorticks_off()
        axis.grid(alpha=0.25, which="major")
    if lines:
        axes[0].legend(frameon=False, fontsize=7)
    rules: dict[str, list[tuple[int, float]]] = {}
    for name, runs in figures.get("scaling", {}).get("rules", {}).items():
        count, kind = name.split(" rules, ")
        wall = medians(runs, "wall")
        if wall is not None:
            rules.setdefault(kind, []).append((int(count), wall))
    for kind, points in rules.items():
        axes[2].plot([p[0] for p in points], [p[1] for p in points], marker="o", label=kind)
    axes[2].set(xlabel="rules in the model", ylabel="seconds, cold command")
    axes[2].set_ylim(bottom=0)
    axes[2].grid(alpha=0.25)
    if rules:
        axes[2].legend(frameon=False, fontsize=7)
    picture.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
