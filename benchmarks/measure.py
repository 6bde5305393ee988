"""Times and peak memory of whole commands, side by side; what machine and versions it was.

A leaf: standard library only. A process that is started shows at least the memory of the one that starts it (Linux
counts the moment before `exec`), so programs that measure import no table library.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process: seconds of the clock, seconds of CPU (user and system), peak memory in MB."""

    wall: float
    cpu: float
    peak: float


class FailedError(Exception):
    """A command ended with another exit code than 0."""


class TimeOverError(Exception):
    """A command took longer than it was given."""


def run(command: Sequence[str], *, limit: float | None = None) -> Run:
    """Run a command to its end; what it prints is thrown away unless it fails.

    Python keeps its compiled modules, as it does after an installation, also where the environment says not to
    (PYTHONDONTWRITEBYTECODE); else each run compiles hundreds of files. Raises `FailedError`, or `TimeOverError` after
    `limit` seconds.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    assert process.stderr is not None
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(limit or 1e6, stop)
    timer.daemon = True
    timer.start()
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if late.is_set():
        raise TimeOverError(f"longer than {limit:.0f} s")
    if process.returncode != 0:
        tail = said.decode(errors="replace")[-2000:]
        raise FailedError(f"{' '.join(command)}: exit {process.returncode}\n{tail}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def side_by_side(
    commands: Mapping[str, Sequence[str]],
    *,
    runs: int,
    limit: float | None = None,
    enough: float | None = None,
    warm_up: bool = True,
) -> dict[str, list[Run] | str]:
    """The commands in turn, A B C A B C ..., so that a machine that slows down slows all of them.

    One uncounted turn comes first: files are in memory then and caches warm. A command that fails or takes longer
    than `limit` seconds is not asked again; its value is what happened, as a text. One whose counted runs took
    `enough` seconds together is not asked again either, and has fewer runs.
    """
    done: dict[str, list[Run] | str] = {name: [] for name in commands}
    for turn in range(runs + warm_up):
        for name, command in commands.items():
            seen = done[name]
            if isinstance(seen, str) or (enough is not None and sum(one.wall for one in seen) >= enough):
                continue
            try:
                one = run(command, limit=limit)
            except TimeOverError as over:
                done[name] = str(over)
                continue
            except FailedError as error:
                print(error, file=sys.stderr)
                done[name] = "failed"
                continue
            if turn >= warm_up:
                seen.append(one)
    return done


def ratio(of: Sequence[Run], to: Sequence[Run], part: str = "wall") -> float:
    """The median, over the turns that both ran, of how many times as long `of` took as `to`: "wall" or "cpu"."""
    return median(getattr(a, part) / getattr(b, part) for a, b in zip(of, to, strict=False))


def machine() -> str:
    """Processor, cores, memory, system and Python: what a reader needs, and nothing that names the machine."""
    processor = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:
            names = [line.split(":", 1)[1].strip() for line in stream if line.startswith("model name")]
        processor = names[0] if names else processor
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        size = f", {memory:.0f} GB of memory"
    except (OSError, ValueError):
        size = ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores of {processor}{size}, {platform.system()}, Python {platform.python_version()}"


def versions(*packages: str) -> str:
    """ "polars 2.1.0, duckdb 2.0.0": of those that are installed."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def short(events: float) -> str:
    """1000000 -> "1 M", 500 -> "500"."""
    for size, sign in ((1e6, " M"), (1e3, " k")):
        if events >= size:
            return f"{events / size:g}{sign}"
    return f"{events:g}"


def whole(text: str) -> int:
    """`1e6`, `10_000_000`."""
    number = float(text)
    if number != int(number) or number < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number above 0")
    return int(number)
