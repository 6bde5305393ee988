"""One lead's fold as machine code: a `Kernel` whose stands are two flat arrays, which are copied whole."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, cast

from rules_engine.machine.driver import WIDTH
from rules_engine.machine.folds import begin_lead, bring_lead
from rules_engine.machine.layout import HEAP_SIZE, LEDGER_SIZE, MOVES_SIZE, NARROW, lay_out, places
from rules_engine.machine.lead_driver import DONE, PENDING, TOO_LARGE
from rules_engine.machine.library import Function
from rules_engine.scoring.kernel import NOTHING, PlainKernel, PlainStand, Stand
from rules_engine.scoring.plan import Plan
from rules_engine.scoring.state import Pending, State

# keeps the interpreter's lock, since a call takes a few microseconds
_NATIVE = ctypes.PYFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_NO_SLOTS = array("i", [0])
_NONE = array("q")


class Shape:
    """Where the columns of a model's state lie in the arrays of a stand: those of limit slots behind the others."""

    __slots__ = ("columns", "fixed", "wide")

    def __init__(self, plan: Plan) -> None:
        layout, blank = lay_out(plan, 1, 1), PlainKernel(plan).blank
        self.fixed = len(layout.template)
        self.columns: dict[str, tuple[bool, int, int]] = {}  # whether it holds doubles; from where, up to where
        self.wide: list[str] = []  # the last is the ring
        for (struct, name), place in places().items():
            if struct == "State":
                is_real = place.array == "reals"
                at = layout.cells[place.start] - (layout.real_state_at if is_real else layout.state_at)
                if is_real or at < self.fixed:
                    self.columns[name] = is_real, at, at + len(getattr(blank, name))
                else:
                    self.wide.append(name)


class FlatStand:
    """A fold in two arrays, as `lead_driver` tells."""

    __slots__ = ("at", "cells", "next", "reals", "shape", "starts")

    def __init__(
        self, shape: Shape, cells: array[int], reals: array[float], starts: array[int], soon: int, at: int
    ) -> None:
        self.shape = shape
        self.cells = cells
        self.reals = reals
        self.starts = starts  # of the room of each limit slot in the ring, and where the last ends
        self.next = soon
        self.at = at

    def soon(self) -> int:
        return self.next

    @property
    def state(self) -> State:
        return cast(State, _Columns(self))

    def column(self, name: str) -> list[Any]:
        """One column of the state."""
        shape = self.shape
        place = shape.columns.get(name)
        if place is not None:
            is_real, first, end = place
            return (self.reals[first:end] if is_real else self.cells[first:end]).tolist()
        slots = len(self.starts) - 1
        first = shape.fixed + shape.wide.index(name) * slots
        return self.cells[first : first + (self.starts[-1] if name == shape.wide[-1] else slots)].tolist()

    def taken_apart(self) -> tuple[State, list[Pending]]:
        shape = self.shape
        state = State(**{name: self.column(name) for name in (*shape.columns, *shape.wide)})
        first = shape.fixed + (len(shape.wide) - 1) * (len(self.starts) - 1) + self.starts[-1]
        numbers = iter(self.cells[first:].tolist())
        return state, cast("list[Pending]", list(zip(*[numbers] * PENDING, strict=True)))


class _Columns:
    """The columns of a stand, each read when it is asked for."""

    __slots__ = ("stand",)

    def __init__(self, stand: FlatStand) -> None:
        self.stand = stand

    def __getattr__(self, name: str) -> list[Any]:
        return self.stand.column(name)


class _Room:
    """The arrays in which a thread runs folds: for so many marks of a lead, and limit slots."""

    def __init__(self, plan: Plan, bounds: array[float], size: int) -> None:
        slots, ring, pending = size, 4 * size, 4 * size
        self.size = size
        layout = lay_out(plan, slots, ring)
        self.cells, self.reals = layout.cells, layout.reals
        self.real_state_at = layout.real_state_at
        heap = array("q", bytes(8 * WIDTH * pending))
        heap[1 : 2 * pending : 2] = array("q", range(pending))  # each place of the heap names its own
        self.ledger, self.moves = array("q", bytes(8 * 32 * size)), array("q", bytes(8 * 8 * size))
        self.cells[LEDGER_SIZE], self.cells[MOVES_SIZE] = len(self.ledger), len(self.moves)
        self.cells[HEAP_SIZE] = pending
        fixed = len(layout.template)
        self.out = array("q", bytes(8 * (fixed + 3 * slots + ring + PENDING * pending)))
        self.found = array("q", bytes(8 * 4))
        inputs = [
            array("i" if name in NARROW else "q", bytes(8 * (ring + 1)))
            for struct, name in places()
            if struct == "Inputs"
        ]
        arrays = [self.cells, self.reals, *inputs, heap, self.ledger, self.moves, layout.slot_starts, self.out]
        sizes = [ring, ring, slots, ring, layout.ring_starts[0], layout.state_at, fixed, layout.real_state_at]
        self._held = [*arrays, self.found, bounds, layout]  # whose addresses the compiled code has
        self.bring = _Call(bring_lead, [*arrays, self.found, *sizes, bounds])
        lists = [layout.template, layout.real_template, layout.begin_cells, layout.profile_cells, layout.cap_cells]
        given = [self.cells, self.reals, *lists, self.out, layout.state_at, layout.real_state_at]
        self.begin = _Call(begin_lead, given)


class _Call:
    """A compiled function with its first arguments."""

    def __init__(self, function: Function, given: Sequence[Any]) -> None:
        cells: list[int] = []
        for one in given:
            cells.extend((one,) if isinstance(one, int) else one.buffer_info())
        self.first = len(cells)
        self.block = array("q", [*cells, *[0] * (function.signature.cells - len(cells))])
        self.result = ctypes.c_int64(0)
        self.error = ctypes.c_void_p(0)
        self.native = _NATIVE(function.library.address(function.name))
        self.addresses = ctypes.addressof(self.result), ctypes.addressof(self.error), self.block.buffer_info()[0]

    def __call__(self, *last: int) -> int:
        """With its last arguments: addresses and lengths, or numbers."""
        self.block[self.first :] = array("q", last)
        if self.native(*self.addresses):  # compiled code raises nothing; numba's own checks might
            raise RuntimeError("the compiled fold has failed")
        return self.result.value


class CompiledKernel:
    """Runs the fold as machine code, which is loaded, or compiled, when this is made.

    Where points may add up to more than whole numbers of 64 bits hold, the plain kernel goes on. Raises `ImportError`
    where llvmlite is not installed, or nothing is kept and numba is not.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.plain = PlainKernel(plan)
        self.shape = Shape(plan)
        numbers = [*plan.s_start, *plan.s_floor, *plan.i_set, *plan.k_amount]
        factor = max([1.0, *plan.i_days, sum(plan.part_weight)])
        self._bounds = array("d", [max(map(abs, numbers), default=0), factor])
        self._rooms = [_Room(plan, self._bounds, 64)]  # those that no thread is using

    def _room(self, size: int = 0) -> _Room:
        try:
            room = self._rooms.pop()
        except IndexError:
            room = None
        return room if room is not None and room.size >= size else _Room(self.plan, self._bounds, max(size, 64))

    def begin(self, profile: list[int], caps: list[int], at: int) -> FlatStand:
        room = self._room()
        parts, caps_of = array("q", profile), array("q", caps)
        room.begin(*parts.buffer_info(), *caps_of.buffer_info(), at)
        shape = self.shape
        stand = FlatStand(
            shape, room.out[: shape.fixed], room.reals[room.real_state_at :], _NO_SLOTS, self.plain.blank.soon[0], at
        )
        self._rooms.append(room)
        return stand

    def put_together(self, state: State, heap: list[Pending], rooms: list[int], at: int) -> FlatStand:
        shape = self.shape
        cells, reals = array("q", bytes(8 * shape.fixed)), array("d")
        for name, (is_real, first, end) in shape.columns.items():
            if is_real:
                reals.extend(getattr(state, name))
            else:
                cells[first:end] = array("q", getattr(state, name))
        for name in shape.wide:
            cells.extend(getattr(state, name))
        for pending in heap:
            cells.extend(pending)
        starts = array("i", accumulate(rooms, initial=0))
        return FlatStand(shape, cells, reals, starts, PlainStand(state, heap, [0], at).soon(), at)

    def bring(
        self,
        stand: Stand,
        until: int,
        marks: list[int] = NOTHING,
        changes: list[int] = NOTHING,
        rooms: list[int] = NOTHING,
        *,
        again: bool = False,
        spent: bool = False,
    ) -> tuple[Stand, Sequence[int], Sequence[int]]:
        if not isinstance(stand, FlatStand):
            return self.plain.bring(stand, until, marks, changes, rooms, again=again, spent=spent)
        starts = array("i", accumulate(rooms, initial=0)) if rooms else stand.starts
        marked, changed = array("q", marks), array("q", changes) if changes else _NONE
        room = self._room()
        given = (
            *stand.cells.buffer_info(),
            *stand.reals.buffer_info(),
            *stand.starts.buffer_info(),
            *starts.buffer_info(),
            *marked.buffer_info(),
            *changed.buffer_info(),
            until,
            again,
        )
        status = room.bring(*given)
        while status != DONE:
            if status == TOO_LARGE:
                self._rooms.append(room)
                return self._bring_plainly(stand, until, marks, changes, rooms, again=again)
            room = self._room(2 * room.size)
            status = room.bring(*given)
        length, soon, entries, moved = room.found
        found = (
            FlatStand(self.shape, room.out[:length], room.reals[room.real_state_at :], starts, soon, until),
            room.ledger[:entries],
            room.moves[:moved],
        )
        self._rooms.append(room)
        return found

    def _bring_plainly(
        self, stand: FlatStand, until: int, marks: list[int], changes: list[int], rooms: list[int], *, again: bool
    ) -> tuple[PlainStand, Sequence[int], Sequence[int]]:
        state, heap = stand.taken_apart()
        plain = PlainStand(state, heap, stand.starts.tolist(), stand.at)
        return self.plain.bring(plain, until, marks, changes, rooms, again=again, spent=True)
