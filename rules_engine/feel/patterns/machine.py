"""Where a pattern occurs, and what its groups found: threads that walk the program side by side.

Threads are kept in order of preference, one at most for each step, so the work is bounded by text times program.
"""

from __future__ import annotations

from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.patterns.program import OTHER, START, Program

MAX_WORK = 1_000_000

Places = tuple[int, ...]
"""Start and end of the match, then of each group; -1 where a group took no part."""


class Work:
    """Counts the steps of one call over one text."""

    def __init__(self) -> None:
        self.done = 0

    def add(self, count: int) -> None:
        self.done += count
        if self.done > MAX_WORK:
            raise FeelLimitError(
                "A pattern takes too long on this text.", help="Make the pattern simpler.", code="RE312"
            )


def find(program: Program, text: str, start: int, work: Work) -> Places | None:
    """The first match at or after `start`, the preferred one of those that begin there."""
    nothing = (-1,) * (2 * program.groups + 2)
    before = START if start == 0 else program.before(text[start - 1])
    threads: list[tuple[int, Places]] = []
    best: Places | None = None
    for at in range(start, len(text) + 1):
        char = text[at] if at < len(text) else ""
        if best is None:
            threads.append((0, (at, *nothing[1:])))
        elif not threads:
            break
        threads, found = _advance(program, threads, at, before, char, work)
        best = found or best
        before = program.before(char) if char else OTHER
    return best


def _advance(
    program: Program, threads: list[tuple[int, Places]], at: int, before: int, char: str, work: Work
) -> tuple[list[tuple[int, Places]], Places | None]:
    """The threads after one character, and a match that ends before it (less preferred threads are then dropped)."""
    reached: set[int] = set()
    ahead: list[tuple[int, Places]] = []
    stack = threads[::-1]
    while stack:
        place, places = stack.pop()
        if place in reached:
            continue
        reached.add(place)
        step = program.steps[place]
        if step.chars is not None:
            if char and step.chars.holds(char):
                ahead.append((place + 1, places))
        elif step.edge:
            if program.edge_holds(step.edge, before, char):
                stack.append((place + 1, places))
        elif step.slot >= 0:
            stack.append((place + 1, (*places[: step.slot], at, *places[step.slot + 1 :])))
        elif step.ways:
            stack.extend((way, places) for way in reversed(step.ways))
        else:
            work.add(len(reached))
            return ahead, (places[0], at, *places[2:])
    work.add(len(reached))
    return ahead, None
