"""One lead's fold as machine code: a `Kernel` whose stands are flat arrays, copied whole."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from dataclasses import fields
from itertools import accumulate
from struct import Struct
from struct import error as struct_error
from typing import Any, cast

from rules_engine.machine.buffers import WIDTH
from rules_engine.machine.checked import fault
from rules_engine.machine.folds import begin_lead, bring_lead
from rules_engine.machine.layout import HEAP_SIZE, LEDGER_SIZE, MOVES_SIZE, NARROW, lay_out, places
from rules_engine.machine.lead_driver import DONE, LARGEST, PENDING, TOO_LARGE, TOO_SMALL
from rules_engine.machine.library import Function
from rules_engine.machine.reach import reach_of
from rules_engine.scoring.kernel import CHANGE, MARK, NOTHING, PlainKernel, PlainStand, Stand
from rules_engine.scoring.plan import FAR, Plan
from rules_engine.scoring.state import Pending, State

# keeps the interpreter's lock, since a call takes a few microseconds
_NATIVE = ctypes.PYFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_FEW = 128
_PACK = [Struct(f"{count}q").pack_into for count in range(_FEW + 1)]  # write so many numbers: quicker than an array
_SMALL = 64  # limit slots for which there is room at first


class Shape:
    """Where the columns of a model's state lie in a stand: whole numbers, doubles, and those of limit slots."""

    __slots__ = ("columns", "doubles", "fixed", "wide")

    def __init__(self, plan: Plan) -> None:
        layout, blank = lay_out(plan, 1, 1), PlainKernel(plan).blank
        self.fixed = len(layout.template)
        self.doubles = len(layout.real_template)
        self.columns: dict[str, tuple[bool, int, int]] = {}  # whether it holds doubles; from where, up to where
        self.wide: list[str] = []  # the last is the ring
        for (struct, name), place in places().items():
            if struct == "State":
                is_real = place.array == "reals"
                at = layout.cells[place.start] - (layout.real_state_at if is_real else layout.state_at)
                if is_real:
                    at += self.fixed
                elif at >= self.fixed:
                    self.wide.append(name)
                    continue
                self.columns[name] = is_real, at, at + len(getattr(blank, name))

    def places_of_slots(self, cells: array[int]) -> list[tuple[int, int]]:
        """From where up to where the columns of limit slots lie, their rooms, and the ring."""
        at = self.fixed + self.doubles
        slots = cells[at]
        places = [(at + 1 + n * slots, at + 1 + (n + 1) * slots) for n in range(len(self.wide))]
        first, end = places[-1]
        return [*places, (end, end + sum(cells[first:end]))]


class FlatStand:
    """A fold in one array, as `lead_driver` tells."""

    __slots__ = ("_state", "at", "cells", "next", "shape")

    def __init__(self, shape: Shape, cells: array[int], soon: int, at: int) -> None:
        self.shape = shape
        self.cells = cells
        self.next = soon
        self.at = at
        self._state: State | None = None

    def soon(self) -> int:
        return self.next

    @property
    def state(self) -> State:
        if self._state is None:
            self._state = cast(State, _Columns(self.shape, self.cells))
        return self._state

    def taken_apart(self) -> tuple[State, list[Pending]]:
        shape, state = self.shape, self.state
        state = State(**{name: getattr(state, name).copy() for name in (*shape.columns, *shape.wide)})
        _, at = shape.places_of_slots(self.cells)[-1]
        numbers = iter(self.cells[at:].tolist())
        return state, cast("list[Pending]", list(zip(*[numbers] * PENDING, strict=True)))

    def rooms(self) -> list[int]:
        """For how many counted instants each limit slot has room."""
        first, end = self.shape.places_of_slots(self.cells)[-2]
        return self.cells[first:end].tolist()


class _Columns:
    """The columns of a stand, each read when it is first asked for."""

    def __init__(self, shape: Shape, cells: array[int]) -> None:
        self.shape = shape
        self.cells = cells


class _Column:
    """One of these, by its name. Not `__getattr__`, which comes after an error has been made and thrown away."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, columns: _Columns, owner: type) -> list[Any]:
        shape, cells, name = columns.shape, columns.cells, self.name
        found: list[Any]
        if name in shape.columns:
            is_real, first, end = shape.columns[name]
            found = (array("d", cells[first:end].tobytes()) if is_real else cells[first:end]).tolist()
        else:
            places, number = shape.places_of_slots(cells), shape.wide.index(name)
            first, end = places[-1 if name == shape.wide[-1] else number]
            found = cells[first:end].tolist()
        columns.__dict__[name] = found
        return found


for _field in fields(State):
    setattr(_Columns, _field.name, _Column(_field.name))


class _Call:
    """A compiled function with its first arguments; then the array that it calls `given`, and `last` more numbers.

    What is `given` stands in the block of arguments itself, behind these.
    """

    def __init__(self, function: Function, first: Sequence[Any], last: int, room: int) -> None:
        cells: list[int] = []
        for one in first:
            cells.extend((one,) if isinstance(one, int) else one if isinstance(one, tuple) else one.buffer_info())
        self._held = first  # what the block has addresses of
        room = max(room, _FEW)
        self._first = len(cells) + 2
        self._at, self._room = 8 * self._first, last + room
        self._block = array("q", [*cells, *[0] * (2 + last + room)])
        at = self._block.buffer_info()[0]
        self._block[self._first - 2] = at + self._at + 8 * last
        self._block[self._first - 1] = room
        self._result, self._error = ctypes.c_int64(0), ctypes.c_void_p(0)
        self._addresses = ctypes.addressof(self._result), ctypes.addressof(self._error), at
        self._name = function.name
        self._native = _NATIVE(function.library.address(function.name))

    def run(self, last: tuple[int, ...]) -> int:
        """Calls it with its last numbers and what is given; `TOO_LARGE` where one of these passes 64 bits."""
        count = len(last)
        try:
            if count <= _FEW:
                _PACK[count](self._block, self._at, *last)
            elif count <= self._room:
                self._block[self._first : self._first + count] = array("q", last)
            else:
                return TOO_SMALL
        except (struct_error, OverflowError):
            return TOO_LARGE
        if self._native(*self._addresses):  # compiled code raises nothing; its checks might
            raise fault(self._name, self._error)
        return self._result.value


class _Room:
    """The arrays in which a thread runs folds, for so many limit slots, and what else in proportion."""

    def __init__(self, plan: Plan, bounds: array[float], size: int) -> None:
        self.size, many = size, 4 * size
        layout = lay_out(plan, size, many)
        fixed, doubles = len(layout.template), len(layout.real_template)
        heap = array("q", bytes(8 * WIDTH * many))
        heap[1 : 2 * many : 2] = array("q", range(many))  # each place of the heap names its own
        self.ledger, self.moves = array("q", bytes(8 * 32 * size)), array("q", bytes(8 * 8 * size))
        for cell, length in ((LEDGER_SIZE, len(self.ledger)), (MOVES_SIZE, len(self.moves)), (HEAP_SIZE, many)):
            layout.cells[cell] = length
        of_slots = (len(layout.slot_starts) + 1) * size + many
        self.out = array("q", bytes(8 * (fixed + doubles + 1 + of_slots + PENDING * many)))
        self.found = array("q", bytes(8 * 4))
        inputs = [
            array("i" if name in NARROW else "q", bytes(8 * (many + 1)))
            for struct, name in places()
            if struct == "Inputs"
        ]
        flat, reals = (layout.cells, layout.reals), (self.out.buffer_info()[0] + 8 * fixed, doubles)
        results = (heap, self.ledger, self.moves, layout.slot_starts, self.out, reals, self.found)
        sizes = (many, many, size, many, layout.ring_starts[0], layout.state_at, fixed, layout.real_state_at)
        self.bring = _Call(bring_lead, [*flat, *inputs, *results, *sizes, bounds], 10, 12 * many)
        own = (layout.template, layout.real_template, layout.begin_cells, layout.profile_cells, layout.cap_cells)
        begun = [*flat, *own, self.out, reals, layout.state_at, layout.real_state_at]
        self.begin = _Call(begin_lead, begun, 1, 2 * len(plan.s_start))


class CompiledKernel:
    """Runs the fold as machine code, which is loaded, or compiled, when this is made.

    Where points may add up to more than whole numbers of 64 bits hold, the plain kernel goes on. Raises `ImportError`
    where llvmlite is not installed, or no code is kept and numba is not.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.plain = PlainKernel(plan)
        self.shape = Shape(plan)
        self._bounds = array("d", reach_of(plan))
        self._rooms = [_Room(plan, self._bounds, _SMALL)]  # those that no thread is using

    def _room(self) -> _Room:
        try:
            return self._rooms.pop()
        except IndexError:
            return _Room(self.plan, self._bounds, _SMALL)

    def begin(self, profile: list[int], caps: list[int], at: int) -> Stand:
        if not (sum(map(abs, profile)) + self._bounds[0]) * self._bounds[1] < LARGEST:
            return self.plain.begin(profile, caps, at)
        room, shape = self._room(), self.shape
        room.begin.run((at, *profile, *caps))
        stand = FlatStand(shape, room.out[: shape.fixed + shape.doubles + 1], FAR, at)
        self._rooms.append(room)
        return stand

    def bring(
        self,
        stand: Stand,
        until: int,
        marks: list[int] = NOTHING,
        changes: list[int] = NOTHING,
        rooms: list[int] = NOTHING,
        *,
        regrown: bool = False,
        again: bool = False,
        spent: bool = False,
    ) -> tuple[Stand, Sequence[int], Sequence[int]]:
        if not isinstance(stand, FlatStand):
            return self.plain.bring(stand, until, marks, changes, rooms, regrown=regrown, again=again, spent=spent)
        shape, room, status = self.shape, self._room(), TOO_SMALL
        fixed, doubles, cells = shape.fixed, shape.doubles, stand.cells
        old, length = cells.buffer_info()
        wider = rooms if regrown or not rooms else rooms[cells[fixed + doubles] :]
        marked, changed = len(marks) // MARK, len(changes) // CHANGE
        numbers = (old, length, old + 8 * fixed, doubles, marked, changed, len(wider), regrown, until, again)
        while status != DONE:
            status = room.bring.run((*numbers, *marks, *changes, *wider))
            if status == TOO_LARGE:
                self._rooms.append(room)
                state, heap = stand.taken_apart()
                plain = PlainStand(state, heap, list(accumulate(stand.rooms(), initial=0)), stand.at)
                return self.plain.bring(plain, until, marks, changes, rooms, regrown=regrown, again=again, spent=True)
            if status == TOO_SMALL:
                room = _Room(self.plan, self._bounds, 2 * room.size)
        length, soon, entries, moved = room.found
        made = FlatStand(shape, room.out[:length], soon, until)
        ledger, moves = room.ledger[:entries], room.moves[:moved]
        self._rooms.append(room)
        return made, ledger, moves
