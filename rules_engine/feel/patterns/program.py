"""Tree → program: a list of small steps that an automaton or a list of threads follows."""

from __future__ import annotations

from rules_engine.feel.patterns.charsets import CharSet, is_word
from rules_engine.feel.patterns.read import Choice, Edge, Flags, Group, One, PatternError, Repeat, Row, Tree
from rules_engine.records import dataclass

MAX_STEPS = 5000

START, NEWLINE, WORD, OTHER = range(4)
"""What stands before a place: nothing, a line end, a word character, something else."""


@dataclass(slots=True)
class Step:
    """One step. Either it takes a character of `chars`, or asks for an `edge`, or notes the place in `slot`, or goes on
    at `ways` (in order of preference); a step with none of them is the end: a match."""

    chars: CharSet | None = None
    edge: str = ""
    slot: int = -1
    ways: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """The steps from 0 on; `groups` numbered groups; whether ^ and $ are those of lines."""

    steps: tuple[Step, ...]
    groups: int
    lines: bool

    def before(self, char: str) -> int:
        """What `char` is for the place after it."""
        if char == "\n":
            return NEWLINE
        return WORD if is_word(char) else OTHER

    def edge_holds(self, edge: str, before: int, after: str) -> bool:
        """Whether a place is an edge; `after` is the next character, "" at the end."""
        if edge == "^":
            return before == START or (self.lines and before == NEWLINE and after != "")
        if edge == "$":
            return after == "" or (self.lines and after == "\n")
        word_after = after != "" and is_word(after)
        return ((before == WORD) is not word_after) is (edge == "b")


def make_program(tree: Tree, groups: int, flags: Flags) -> Program:
    """The steps for a tree."""
    steps: list[Step] = []
    _add(tree, steps)
    steps.append(Step())
    return Program(tuple(steps), groups, flags.lines)


def _add(tree: Tree, steps: list[Step]) -> None:
    if len(steps) > MAX_STEPS:
        raise PatternError("the pattern is too large; repeat less")
    if isinstance(tree, One):
        steps.append(Step(chars=tree.chars))
    elif isinstance(tree, Edge):
        steps.append(Step(edge=tree.kind))
    elif isinstance(tree, Row):
        for part in tree.parts:
            _add(part, steps)
    elif isinstance(tree, Group):
        steps.append(Step(slot=2 * tree.number))
        _add(tree.part, steps)
        steps.append(Step(slot=2 * tree.number + 1))
    elif isinstance(tree, Choice):
        _add_choice(tree, steps)
    else:
        _add_repeat(tree, steps)


def _add_choice(tree: Choice, steps: list[Step]) -> None:
    leaves: list[Step] = []
    for option in tree.options[:-1]:
        fork = Step()
        steps.append(fork)
        first = len(steps)
        _add(option, steps)
        leave = Step()
        steps.append(leave)
        leaves.append(leave)
        fork.ways = (first, len(steps))
    _add(tree.options[-1], steps)
    for leave in leaves:
        leave.ways = (len(steps),)


def _add_repeat(tree: Repeat, steps: list[Step]) -> None:
    for _ in range(tree.fewest):
        _add(tree.part, steps)
    if tree.most is None:
        fork = Step()
        at = len(steps)
        steps.append(fork)
        _add(tree.part, steps)
        steps.append(Step(ways=(at,)))
        fork.ways = (len(steps), at + 1) if tree.lazy else (at + 1, len(steps))
        return
    forks: list[tuple[Step, int]] = []
    for _ in range(tree.most - tree.fewest):
        fork = Step()
        forks.append((fork, len(steps) + 1))
        steps.append(fork)
        _add(tree.part, steps)
    for fork, inside in forks:
        fork.ways = (len(steps), inside) if tree.lazy else (inside, len(steps))
