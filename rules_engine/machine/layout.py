"""Where the columns of a plan and of a state lie in the two flat arrays of the compiled fold.

`cells` (int64) is: a header, the plan, the state. The header says where the marks of the current lead begin and how
many there are, where each column starts, and where those of the state end. `reals` (float64) is the plan's and the
state's columns of doubles.

A state is begun by copying: `template` holds the cells of a state before the first event, and the few that differ
from lead to lead (the beginning, profile parts, caps) are listed. They are found by making two states that differ in
nothing else, so a new column of `State` needs no word here.
"""

from __future__ import annotations

from array import array
from dataclasses import fields

from rules_engine.machine.flatten import CHANGING, Place
from rules_engine.records import dataclass
from rules_engine.scoring.plan import FAR, Inputs, Plan
from rules_engine.scoring.state import State, initial_state

# the first cells: where the current lead's marks, ring and changes begin, and how many there are; then the length of
# each buffer and its size (0: nobody wants it), and whether one was too small
FIRST_MARK, MARKS, FIRST_RING, RINGS, FIRST_CHANGE, CHANGES = range(6)
LEDGER, LEDGER_SIZE, MOVES, MOVES_SIZE, HEAP, HEAP_SIZE, FULL = range(6, 13)
HEADER = CHANGING
NARROW = frozenset({"m_item", "m_slot", "m_event", "slot_ring", "h_score"})  # 32 bits in `MarkColumns`

# stand-ins whose places in a state are looked for
_BEGIN, _PROFILE, _CAP = 1_234_567_890_123, 2_345_678_901_234, 3_456_789_012_345


class LayoutError(Exception):
    """A column of `State` depends on the lead in a way that copying a template cannot follow."""


def _columns(struct: type) -> list[tuple[str, bool]]:
    """Name of each column and whether it holds doubles."""
    return [(column.name, "float" in str(column.type)) for column in fields(struct)]


def places() -> dict[tuple[str, str], Place]:
    """Where the header says that each column is; the same for every model."""
    found: dict[tuple[str, str], Place] = {}
    cell = HEADER
    end = HEADER + len(_columns(Plan)) + len(_columns(State))
    for kind, wants_floats in (("cells", False), ("reals", True)):
        for struct in (Plan, State):
            for name, is_float in _columns(struct):
                if is_float == wants_floats:
                    # only a plan's columns have the same length for every lead
                    if struct is Plan:
                        found["Plan", name] = Place(kind, cell, cell + 1, is_fixed=True)
                    else:
                        found["State", name] = Place(kind, cell, None, end=end)
                        end += 1
                    cell += 1
    for name, _ in _columns(Inputs):
        first = {"m": FIRST_MARK, "s": FIRST_RING, "h": FIRST_CHANGE}[name[0]]
        found["Inputs", name] = Place(name, first, first + 1, is_length=True, narrow=name in NARROW)
    return found


@dataclass(frozen=True, slots=True)
class Layout:
    """The flat arrays of one model, for leads of at most so many limit slots and ring places.

    `cells` and `reals` hold header, plan and one state and are copied for each thread. From `state_at` on, the first
    `len(template)` cells are a fresh state; behind it lie `slot_starts`, one run of `slots` cells each, and the ring.
    """

    cells: array[int]
    reals: array[float]
    state_at: int
    template: array[int]
    real_state_at: int
    real_template: array[float]
    begin_cells: array[int]
    profile_cells: array[int]
    cap_cells: array[int]
    slot_starts: array[int]
    ring_starts: array[int]


def lay_out(plan: Plan, slots: int, ring: int) -> Layout:
    """The arrays of a plan. `slots` and `ring` are the most that any lead needs."""
    scores = len(plan.s_start)
    empty = _state(plan, [0], _BEGIN, [_PROFILE + s for s in range(scores)], [_CAP + s for s in range(scores)])
    plain = _state(plan, [0], 0, [0] * scores, [FAR] * scores)
    with_slots = _state(plan, [0, 5, 10, 15], 0, [0] * scores, [FAR] * scores)
    start = {(s, c): p.start for (s, c), p in places().items() if s != "Inputs"}
    end = {c: p.end for (_, c), p in places().items() if p.end is not None}
    header = [0] * (HEADER + len(start) + len(end))
    cells: list[int] = []
    reals: list[float] = []
    for name, is_float in _columns(Plan):
        header[start["Plan", name]] = len(reals) if is_float else len(header) + len(cells)
        (reals if is_float else cells).extend(getattr(plan, name))
    found: dict[str, list[int]] = {"begin": [], "profile": [], "cap": [], "slots": [], "rings": []}
    state_at, real_state_at = len(header) + len(cells), len(reals)
    wide: list[tuple[str, str]] = []
    for name, is_float in _columns(State):
        own, marked = getattr(plain, name), getattr(empty, name)
        more = len(getattr(with_slots, name)) - len(own)
        if more:
            if is_float or own or more not in (3, 15) or any(getattr(with_slots, name)):
                raise LayoutError(name)
            wide.append((name, "rings" if more == 15 else "slots"))
            continue
        at = len(reals) if is_float else len(header) + len(cells)
        header[start["State", name]] = at
        for n, (value, mark) in enumerate(zip(own, marked, strict=True)):
            if value != mark:
                found[_marked(name, value, mark, n)].append(at + n)
        (reals if is_float else cells).extend(own)
        header[end[name]] = at + len(own)
    fixed_end = len(header) + len(cells)
    for name, kind in wide:
        at = header[start["State", name]] = len(header) + len(cells)
        found[kind].append(at)
        cells.extend([0] * (ring if kind == "rings" else slots))
        header[end[name]] = len(header) + len(cells)
    all_cells, all_reals = array("q", [*header, *cells]), array("d", reals)
    return Layout(
        cells=all_cells,
        reals=all_reals,
        state_at=state_at,
        template=all_cells[state_at:fixed_end],
        real_state_at=real_state_at,
        real_template=all_reals[real_state_at:],
        begin_cells=array("q", found["begin"]),
        profile_cells=array("q", found["profile"]),
        cap_cells=array("q", found["cap"]),
        slot_starts=array("q", found["slots"]),
        ring_starts=array("q", found["rings"]),
    )


def _state(plan: Plan, slot_ring: list[int], begin: int, profile: list[int], caps: list[int]) -> State:
    inputs = Inputs(**{name: slot_ring if name == "slot_ring" else [] for name, _ in _columns(Inputs)})
    return initial_state(plan, inputs, profile, caps, begin)


def _marked(name: str, plain: object, mark: object, n: int) -> str:
    """Which of the lead's own numbers stands there."""
    if plain == 0 and mark == _BEGIN:
        return "begin"
    if plain == 0 and mark == _PROFILE + n:
        return "profile"
    if plain == FAR and mark == _CAP + n:
        return "cap"
    raise LayoutError(name)
