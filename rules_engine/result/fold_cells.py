"""Where a fold stands, as one array of 64-bit numbers: what is stored of it, and the same for both kernels.

The array is that of `machine.lead_driver`: whole numbers of the state's fixed columns; its doubles; how many limit
slots there are, their columns, and for each how many counted instants there is room for; the ring of these instants;
and nine numbers for each thing that is pending. Notes that only save work, which depend on how often a lead was looked
at, stand in it as they do in a new state.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import fields
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from typing import Any
from zlib import crc32

from rules_engine.records import dataclass
from rules_engine.scoring.kernel import Kernel, PlainKernel, PlainStand, Stand
from rules_engine.scoring.plan import FAR, Plan
from rules_engine.scoring.state import SURE, UNSURE, Pending, State, without_notes

PENDING = 9  # numbers of something pending
_SLOTS = ("slot_count", "slot_last", "slot_best")
_RING = "ring"
_DOUBLES = tuple(column.name for column in fields(State) if "float" in str(column.type))
_WHOLE = tuple(column.name for column in fields(State) if column.name not in (*_DOUBLES, *_SLOTS, _RING))
COLUMNS = (_WHOLE, _DOUBLES, _SLOTS, _RING)

_whole_of: Callable[[State], tuple[list[int], ...]] = attrgetter(*_WHOLE)
_doubles_of: Callable[[State], tuple[list[float], ...]] = attrgetter(*_DOUBLES)
_slots_of: Callable[[State], tuple[list[int], ...]] = attrgetter(*_SLOTS)


@dataclass(frozen=True, slots=True)
class Slots:
    """The limit slots of a fold: how many instants each has counted, the last of them, the best award, and which."""

    count: list[int]
    last: list[int]
    best: list[int]
    rooms: list[int]
    ring: list[int]

    def starts(self) -> list[int]:
        """Where the instants of each slot begin in the ring."""
        return list(accumulate(self.rooms, initial=0))

    def only(self, kept: list[int]) -> Slots:
        """Those of these numbers."""
        starts = self.starts()
        return Slots(
            [self.count[slot] for slot in kept],
            [self.last[slot] for slot in kept],
            [self.best[slot] for slot in kept],
            [self.rooms[slot] for slot in kept],
            [at for slot in kept for at in self.ring[starts[slot] : starts[slot + 1]]],
        )


@dataclass(frozen=True, slots=True)
class Fold:
    """A fold taken apart: fixed columns (whole numbers, then doubles), limit slots, and what is pending."""

    fixed: array[int]
    slots: Slots
    pending: list[Pending]


class FoldCells:
    """The arrays of a model's folds. Made once per model; used by several threads."""

    def __init__(self, plan: Plan) -> None:
        blank = without_notes(plan, PlainKernel(plan).blank)
        self.plan = plan
        self.places: dict[str, tuple[int, int]] = {}
        at = 0
        for name in (*_WHOLE, *_DOUBLES):
            self.places[name] = at, (at := at + len(getattr(blank, name)))
        self.whole = self.places[_DOUBLES[0]][0]  # where the doubles begin
        self.fixed = at  # and end
        cells = _fixed(blank)
        self._notes = [(*self.places[name], cells[slice(*self.places[name])]) for name in _notes(plan, blank)]
        self._sure, self._unsure = array("q", array("d", [SURE, UNSURE]).tobytes())
        self._blank = [(8 * a, 8 * b, cells[a:b].tobytes()) for a, b in self.places.values()]
        self.mark = crc32(cells.tobytes())  # of what is left out where it is as in a new state

    # --- stands -----------------------------------------------------------------------------------------------------

    def taken_apart(self, stand: Stand) -> Fold:
        """What is stored of a stand."""
        if isinstance(stand, PlainStand):
            state, starts = stand.state, stand.starts
            rooms = [end - start for start, end in pairwise(starts)]
            count, last, best = _slots_of(state)
            fold = Fold(_fixed(state), Slots(count, last, best, rooms, state.ring), stand.heap)
        else:
            fold = self._fold(stand.cells)  # type: ignore[attr-defined]  # of the compiled kernel
        cells, places = fold.fixed, self.places
        for first, end, note in self._notes:
            cells[first:end] = note
        known, slack = places["s_known"][0], places["s_slack"][0]
        checked, end = places["s_checked"]
        cells[known : known + end - checked] = cells[checked:end]
        for s, low in enumerate(cells[slice(*places["s_low"])]):
            cells[slack + s] = self._sure if low == -FAR else self._unsure
        if not fold.pending:
            return fold
        epochs, score = cells[slice(*places["s_epoch"])], self.plan.i_score
        return Fold(cells, fold.slots, sorted(one for one in fold.pending if one[7] == epochs[score[one[3]]]))

    def put_together(self, kernel: Kernel, fold: Fold, at: int) -> Stand:
        """The stand at `at` that was taken apart."""
        if isinstance(kernel, PlainKernel):
            whole = fold.fixed[: self.whole].tolist()
            doubles = array("d", fold.fixed[self.whole :].tobytes()).tolist()
            found: dict[str, Any] = dict(zip((*_SLOTS, _RING), self._wide(fold.slots), strict=True))
            for name in _WHOLE:
                first, end = self.places[name]
                found[name] = whole[first:end]
            for name in _DOUBLES:
                first, end = self.places[name]
                found[name] = doubles[first - self.whole : end - self.whole]
            return PlainStand(State(**found), fold.pending, fold.slots.starts(), at)
        from rules_engine.machine.one_lead import FlatStand  # of the kernel that is at hand

        cells, places = fold.fixed, self.places
        soon = fold.pending[0][0] if fold.pending else FAR
        asleep = cells[slice(*places["k_asleep"])]
        for rings, sleeps in zip(cells[slice(*places["k_next"])], asleep, strict=True):
            if rings < soon and not sleeps:
                soon = rings
        slots = fold.slots
        stood = array("q", cells)
        stood.append(len(slots.rooms))
        for column in (slots.count, slots.last, slots.best, slots.rooms, slots.ring, *fold.pending):
            stood.extend(column)
        return FlatStand(kernel.shape, stood, soon, at)  # type: ignore[attr-defined]

    @staticmethod
    def _wide(slots: Slots) -> tuple[list[int], ...]:
        return slots.count, slots.last, slots.best, slots.ring

    def _fold(self, cells: array[int]) -> Fold:
        """The parts of an array."""
        fixed = self.fixed
        count = cells[fixed]
        rest = cells[fixed + 1 :].tolist()
        counts, last, best, rooms = (rest[n * count : (n + 1) * count] for n in range(4))
        at = 4 * count + sum(rooms)
        numbers = iter(rest[at:])
        pending: list[Pending] = list(zip(*[numbers] * PENDING, strict=True))
        return Fold(cells[:fixed], Slots(counts, last, best, rooms, rest[4 * count : at]), pending)

    # --- numbers to be stored ---------------------------------------------------------------------------------------

    def pack(self, fold: Fold) -> array[int]:
        """Whole numbers that tell a fold that was taken apart: columns that are as in a new state are left out."""
        data = fold.fixed.tobytes()
        differs, parts = 0, []
        for n, (first, end, blank) in enumerate(self._blank):
            own = data[first:end]
            if own != blank:
                differs |= 1 << n
                parts.append(own)
        slots = fold.slots
        numbers = array("q", [self.mark, differs & _LOW, differs >> _BITS, len(slots.rooms)])
        numbers.frombytes(b"".join(parts))
        numbers.extend([*slots.count, *slots.last, *slots.best, *slots.rooms, *slots.ring])
        numbers.extend(chain.from_iterable(fold.pending))
        return numbers

    def unpack(self, numbers: array[int]) -> Fold:
        """What `pack` was given. Raises `ValueError` for numbers that are of another model or version of the fold."""
        mark, low, high, slots = numbers[:4]
        if mark != self.mark:
            raise ValueError("the numbers of a fold of another kind")
        differs, at, parts = low | high << _BITS, 4, []
        for n, (first, end, blank) in enumerate(self._blank):
            if differs >> n & 1:
                length = (end - first) // 8
                parts.append(numbers[at : at + length].tobytes())
                at += length
            else:
                parts.append(blank)
        cells = array("q", b"".join(parts))
        cells.append(slots)
        cells.extend(numbers[at:])
        return self._fold(cells)


_BITS = 48  # of the columns that differ in the first of two numbers
_LOW = (1 << _BITS) - 1


def _fixed(state: State) -> array[int]:
    cells = array("q", list(chain.from_iterable(_whole_of(state))))
    cells.frombytes(array("d", list(chain.from_iterable(_doubles_of(state)))).tobytes())
    return cells


def _notes(plan: Plan, blank: State) -> Iterable[str]:
    """The columns of a state that only save work, and are the same for all leads once these notes are gone."""
    names = [column.name for column in fields(State)]
    columns: dict[str, Any] = {name: [_unlike(one) for one in getattr(blank, name)] for name in names}
    marked = State(**columns)
    for name in names:
        column = getattr(without_notes(plan, marked), name)
        if column and column == getattr(blank, name):
            yield name


def _unlike(number: float) -> float:
    """Another number, of the same kind."""
    return number + 1 if abs(number) < 2**53 else -number // 2
