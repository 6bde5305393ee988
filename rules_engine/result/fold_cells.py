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
    """The limit slots of a fold: how many instants each has counted, the last of them, the best award, how many there
    is room for, and which they are."""

    count: list[int]
    last: list[int]
    best: list[int]
    rooms: list[int]
    ring: list[int]

    def starts(self) -> list[int]:
        """Where the instants of each slot begin in the ring, and where the last end."""
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

    def numbers(self) -> list[int]:
        """As they stand in an array."""
        return [len(self.rooms), *self.count, *self.last, *self.best, *self.rooms, *self.ring]


class FoldCells:
    """The arrays of a model's folds. Made once per model; used by several threads."""

    def __init__(self, plan: Plan) -> None:
        blank = without_notes(plan, PlainKernel(plan).blank)
        self._score_of = plan.i_score
        self._places: dict[str, tuple[int, int]] = {}
        at = 0
        for name in (*_WHOLE, *_DOUBLES):
            self._places[name] = at, (at := at + len(getattr(blank, name)))
        self._doubles_at = self._places[_DOUBLES[0]][0]
        self.fixed = at  # how many numbers stand before the slots
        cells = _fixed(blank)
        self._notes = [(*self._places[name], cells[slice(*self._places[name])]) for name in _notes(plan, blank)]
        self._sure, self._unsure = array("q", array("d", [SURE, UNSURE]).tobytes())

    # --- parts of an array ------------------------------------------------------------------------------------------

    def slots(self, cells: array[int]) -> Slots:
        """The limit slots."""
        at = self.fixed + 1
        count = cells[at - 1]
        if not count:
            return Slots([], [], [], [], [])
        counts, last, best, rooms = (cells[at + n * count : at + (n + 1) * count].tolist() for n in range(4))
        at += 4 * count
        return Slots(counts, last, best, rooms, cells[at : at + sum(rooms)].tolist())

    def with_slots(self, cells: array[int], slots: Slots) -> array[int]:
        """The same with other limit slots."""
        return cells[: self.fixed] + array("q", slots.numbers()) + cells[self.pending_at(cells) :]

    def amount(self, cells: array[int]) -> int:
        """What the micropoints of a lead add up to, whatever their signs."""
        places = self._places
        held = sum(
            sum(map(abs, cells[slice(*places[name])])) for name in ("s_activity", "s_remaining", "s_fixed", "s_profile")
        )
        return held + sum(map(abs, cells[self.pending_at(cells) + 5 :: PENDING]))

    def pending_at(self, cells: array[int]) -> int:
        """Where that begins which is pending."""
        at = self.fixed + 1
        count = cells[at - 1]
        return at + 4 * count + (sum(cells[at + 3 * count : at + 4 * count]) if count else 0)

    def _pending(self, cells: array[int]) -> list[Pending]:
        numbers = iter(cells[self.pending_at(cells) :].tolist())
        return list(zip(*[numbers] * PENDING, strict=True))

    # --- to and from stands -----------------------------------------------------------------------------------------

    def of(self, stand: Stand) -> array[int]:
        """The array of a stand, which the caller may change."""
        places = self._places
        if isinstance(stand, PlainStand):
            state = stand.state
            rooms = [end - start for start, end in pairwise(stand.starts)]
            cells = _fixed(state)
            cells.extend([len(rooms), *chain.from_iterable(_slots_of(state)), *rooms, *state.ring])
            cells.extend(chain.from_iterable(stand.heap))
        else:
            cells = stand.cells[:]  # type: ignore[attr-defined]  # of the compiled kernel
        for first, end, note in self._notes:
            cells[first:end] = note
        known, slack = places["s_known"][0], places["s_slack"][0]
        checked, end = places["s_checked"]
        cells[known : known + end - checked] = cells[checked:end]
        for s, low in enumerate(cells[slice(*places["s_low"])]):
            cells[slack + s] = self._sure if low == -FAR else self._unsure
        if pending := self._pending(cells):
            epochs, score = cells[slice(*places["s_epoch"])], self._score_of
            del cells[self.pending_at(cells) :]
            due = sorted(one for one in pending if one[7] == epochs[score[one[3]]])
            cells.extend(chain.from_iterable(due))
        return cells

    def stand(self, kernel: Kernel, cells: array[int], at: int) -> Stand:
        """The stand at `at` that an array tells, which belongs to it from then on."""
        places, pending = self._places, self._pending(cells)
        if isinstance(kernel, PlainKernel):
            whole = cells[: self._doubles_at].tolist()
            doubles = array("d", cells[self._doubles_at : self.fixed].tobytes()).tolist()
            slots = self.slots(cells)
            found: dict[str, Any] = dict(
                zip((*_SLOTS, _RING), (slots.count, slots.last, slots.best, slots.ring), strict=True)
            )
            for name in _WHOLE:
                first, end = places[name]
                found[name] = whole[first:end]
            for name in _DOUBLES:
                first, end = places[name]
                found[name] = doubles[first - self._doubles_at : end - self._doubles_at]
            return PlainStand(State(**found), pending, slots.starts(), at)
        from rules_engine.machine.one_lead import FlatStand  # of the kernel that is at hand

        soon = pending[0][0] if pending else FAR
        asleep = cells[slice(*places["k_asleep"])]
        for rings, sleeps in zip(cells[slice(*places["k_next"])], asleep, strict=True):
            if rings < soon and not sleeps:
                soon = rings
        return FlatStand(kernel.shape, cells, soon, at)  # type: ignore[attr-defined]


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
