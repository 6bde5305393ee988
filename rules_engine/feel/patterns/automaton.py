"""Whether a pattern occurs in a text: an automaton whose states are made when they are first met.

A state is the set of steps a match could be at, and what stands before the place. After warming up, a character costs
one look-up. States are dropped when there are too many, so neither time nor memory can run away.
"""

from __future__ import annotations

from rules_engine.feel.patterns.program import OTHER, START, Program

MAX_MOVES = 20_000


class _State(dict[str, "_State | None"]):
    """Where each character leads; None: the pattern has occurred."""

    __slots__ = ("before", "places")

    def __init__(self, places: frozenset[int], before: int) -> None:
        super().__init__()
        self.places, self.before = places, before


class Automaton:
    """Finds occurrences of one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._edges = any(step.edge for step in program.steps)
        self._states: dict[tuple[frozenset[int], int], _State] = {}
        self._moves = 0
        self._start = self._state(frozenset(), START)

    def occurs(self, text: str) -> bool:
        """Whether the pattern occurs anywhere in `text`."""
        state = self._start
        for char in text:
            try:
                following = state[char]
            except KeyError:
                following = self._move(state, char)
            if following is None:
                return True
            state = following
        try:
            return state[""] is None
        except KeyError:
            return self._move(state, "") is None

    def _state(self, places: frozenset[int], before: int) -> _State:
        key = (places, before if self._edges else OTHER)
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(places, before)
        return state

    def _move(self, state: _State, char: str) -> _State | None:
        steps = self._program.steps
        reached: set[int] = set()
        ahead: set[int] = set()
        stack = [0, *state.places]  # a match may begin anywhere
        found = False
        while stack:
            at = stack.pop()
            if at in reached:
                continue
            reached.add(at)
            step = steps[at]
            if step.chars is not None:
                if char and step.chars.holds(char):
                    ahead.add(at + 1)
            elif step.edge:
                if self._program.edge_holds(step.edge, state.before, char):
                    stack.append(at + 1)
            elif step.slot >= 0:
                stack.append(at + 1)
            elif step.ways:
                stack.extend(step.ways)
            else:
                found = True
                break
        self._moves += 1
        if self._moves > MAX_MOVES:
            self._states = {(self._start.places, self._start.before if self._edges else OTHER): self._start}
            self._start.clear()
            self._moves = 0
        following = None if found else self._state(frozenset(ahead), self._program.before(char) if char else OTHER)
        state[char] = following
        return following
