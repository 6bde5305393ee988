"""Folds many leads at once: compiled, on several threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from rules_engine.batch.fold.folded import Folded, LedgerColumns, MoveColumns
from rules_engine.batch.fold.marks import MarkColumns
from rules_engine.batch.fold.stands import Stands
from rules_engine.batch.processors import processors
from rules_engine.machine.buffers import WIDTH
from rules_engine.machine.folds import fold_range
from rules_engine.machine.layout import HEAP_SIZE, LEDGER, LEDGER_SIZE, MOVES, MOVES_SIZE, NARROW, Layout, lay_out
from rules_engine.machine.lead_driver import LARGEST, PENDING
from rules_engine.machine.reach import reach_of
from rules_engine.scoring.plan import NONE, Inputs, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rules_engine.batch.fold.marks import AnyInts, Ints

BUFFER = 1 << 16  # numbers of a ledger that are collected at a time
ENTRIES_OF_A_MARK = 4  # as a rule at most; where there are more, the buffer grows
LEDGER_TYPES = (np.int64, np.int16, np.int8, np.int32, np.int64, np.int64, np.int8, np.int32)
MOVE_TYPES = (np.int64, np.int16, np.int16, np.int16, np.int32)
WORK = 250_000  # marks (and eighths of leads) that a thread takes at a time
RESULTS = ("activity", "profile", "total", "reading", "cap", "band", "since", "peak", "peak_at", "last_increase")


_Part: TypeAlias = "tuple[int, int, list[AnyInts], list[AnyInts]]"  # first lead, one past the last, ledger, moves


class FoldError(ValueError):
    """Marks that cannot be folded: instants out of order, or amounts beyond 64 bits."""

    def __init__(self, lead: int, problem: str) -> None:
        super().__init__(f"lead {lead} of the marks: {problem}")
        self.lead = lead
        self.problem = problem


def fold_leads(
    plan: Plan,
    marks: MarkColumns,
    as_of: int | Ints,
    *,
    ledger: bool,
    moves: bool,
    snapshots: Ints | None = None,
    early_profiles: Ints | None = None,
    awards_of: Ints | None = None,
    stands: Stands | None = None,
    threads: int | None = None,
) -> Folded:
    """Folds every lead up to and with its as-of time, as `result.run.run_fold` does for one.

    `ledger` and `moves` say whether these are wanted. `snapshots`, [K] or [L, K], are rising instants up to the as-of
    time whose readings are wanted; they change nothing else. At an instant before a lead's `begin` the reading is that
    of a lead without events, with the profile parts `early_profiles` ([L, K, S]), or those of `begin` if not given.
    With `awards_of`, a number per item, the ledger has only the awards of items whose number is not 0.
    Leads that have `stands` go on from there; they have no marks, and their as-of time is not before that of the stand.
    `threads`: as many as there are processors where nothing is said. The first call loads the compiled kernel, or
    compiles it. Raises `FoldError`.
    """
    leads, scores = marks.profile.shape
    threads = processors() if threads is None else threads
    until = _of_leads(as_of, leads)
    looks = _of_leads(np.zeros(0, np.int64) if snapshots is None else snapshots, leads, columns=True)
    early = np.zeros((0, 0, scores), np.int64) if early_profiles is None else early_profiles
    _check(marks, plan, until, looks, early)
    rings = np.diff(marks.r_first)
    layout = lay_out(plan, max(int(rings.max(initial=0)) - 1, 0), int(marks.slot_ring.max(initial=0)))
    results = np.empty((len(RESULTS), scores, leads), np.int64)  # a column of a table lies together
    readings = np.empty((looks.shape[1], scores, leads), np.int64)
    entries, changes = np.zeros(leads + 1, np.int64), np.zeros(leads + 1, np.int64)
    given = (
        _given(layout, marks, until, looks, early)
        | _resumed(stands)
        | {
            "results": results,
            "readings": readings,
            "kept": _as(np.int64, np.zeros(0, np.int64) if awards_of is None else awards_of),
            "settles": int(ledger and awards_of is None),
            "entries": entries[1:],
            "changes": changes[1:],
        }
    )

    def run(one: tuple[int, int]) -> list[_Part]:
        return list(_folded(given, layout, one, ledger, moves))

    ranges = list(_ranges(marks, threads))
    if threads > 1 and len(ranges) > 1:
        with ThreadPoolExecutor(max_workers=threads) as pool:
            parts = [part for found in pool.map(run, ranges) for part in found]
    else:
        parts = [part for one in ranges for part in run(one)]
    return Folded(
        as_of=until,
        **{name: results[n].T for n, name in enumerate(RESULTS)},
        readings=readings.transpose(2, 0, 1),
        ledger=LedgerColumns(*_joined([(first, last, own) for first, last, own, _ in parts], entries, LEDGER_TYPES))
        if ledger
        else None,
        moves=MoveColumns(*_joined([(first, last, own) for first, last, _, own in parts], changes, MOVE_TYPES))
        if moves
        else None,
    )


def fold_stands(plan: Plan, stands: Stands, as_of: Ints, *, moves: bool) -> Folded:
    """Brings leads forward, from where their folds stand, through a time in which no event comes and no cap or profile
    part changes. `moves` are those after the stands."""
    leads, scores = len(stands.first) - 1, len(plan.s_start)
    none, few = np.zeros(0, np.int64), np.zeros(0, np.int32)
    starts, amounts = np.zeros(leads + 1, np.int64), np.zeros((leads, scores), np.int64)
    marks = MarkColumns(
        begin=as_of,
        profile=amounts,
        caps=amounts,
        m_first=starts,
        m_at=none,
        m_item=few,
        m_nominal=none,
        m_slot=few,
        m_event=few,
        r_first=np.arange(leads + 1),
        slot_ring=np.zeros(leads, np.int32),
        h_first=starts,
        h_at=none,
        h_score=few,
        h_profile=none,
        h_cap=none,
        h_up=none,
        h_down=none,
        largest=0,
    )
    return fold_leads(plan, marks, as_of, ledger=False, moves=moves, stands=stands)


def _of_leads(given: int | Ints, leads: int, columns: bool = False) -> Ints:
    """One number, or row of numbers, for each lead."""
    array = np.asarray(given, dtype=np.int64)
    wanted = (leads, array.shape[-1]) if columns else (leads,)
    return np.broadcast_to(array, wanted)


def _check(marks: MarkColumns, plan: Plan, until: Ints, looks: Ints, early: Ints) -> None:
    late = np.flatnonzero(marks.begin > until)
    if len(late):
        raise FoldError(int(late[0]), "it begins after its as-of time")
    if looks.shape[1]:
        wrong = np.flatnonzero((np.diff(looks, axis=1) < 0).any(axis=1) | (looks[:, -1] > until))
        if len(wrong):
            raise FoldError(int(wrong[0]), "snapshots must rise, up to the as-of time")
    # what a lead can ever earn or lose, and what is computed from it on the way, must stay within 64 bits
    own, growth = reach_of(plan)
    profile = max(map(largest_amount, (marks.profile, early, _profiles_of(marks))))
    longest = int(np.diff(marks.m_first).max(initial=0))
    if (profile + marks.largest * longest + own) * growth <= LARGEST:
        return  # a coarse bound, which hardly ever calls for a count
    points = np.where(marks.m_item < len(plan.i_score), marks.m_nominal, 0)  # of clocks it is a time
    sums = np.concatenate([[0.0], np.cumsum(np.abs(points.astype(np.float64)))])
    parts = np.abs(marks.profile.astype(np.float64)).max(axis=1, initial=0.0)
    if early.size:
        parts = np.maximum(parts, np.abs(early.astype(np.float64)).max(axis=(1, 2)))
    lead_of_change = np.repeat(np.arange(marks.leads), np.diff(marks.h_first))
    np.maximum.at(parts, lead_of_change, np.abs(_profiles_of(marks).astype(np.float64)))
    with np.errstate(over="ignore"):  # what is beyond all numbers is refused
        refuse_beyond((parts + np.diff(sums[marks.m_first]) + own) * growth)


def largest_amount(amounts: Ints) -> int:
    """What none of these is beyond, whatever its sign."""
    return max(-int(amounts.min(initial=0)), int(amounts.max(initial=0)))


def refuse_beyond(most: NDArray[np.float64]) -> None:
    """Raises `FoldError` where the amounts of a lead, of which this is the most, may not fit into 64 bits."""
    beyond = np.flatnonzero(~(most <= LARGEST))
    if len(beyond):
        raise FoldError(int(beyond[0]), "points add up to more than can be counted exactly")


def _profiles_of(marks: MarkColumns) -> Ints:
    """The profile parts that changes bring; 0 where there is none."""
    return np.where(marks.h_profile == NONE, 0, marks.h_profile)


def _given(layout: Layout, marks: MarkColumns, until: Ints, looks: Ints, early: Ints) -> dict[str, Any]:
    """The arguments of the driver that are only read, by name."""
    columns = {
        f"{column.name}_array": _as(np.int32 if column.name in NARROW else np.int64, getattr(marks, column.name))
        for column in fields(Inputs)
    }
    own = {
        name: _as(np.int64, getattr(layout, name))
        for name in ("template", "begin_cells", "profile_cells", "cap_cells", "slot_starts", "ring_starts")
    }
    leads = {
        "begins": marks.begin,
        "profiles": marks.profile,
        "caps": marks.caps,
        "m_first": marks.m_first,
        "r_first": marks.r_first,
        "h_first": marks.h_first,
        "as_of": until,
        "snapshots": looks,
        "early": early,
    }
    return {
        **columns,
        **own,
        **{name: _as(np.int64, array) for name, array in leads.items()},
        "real_template": _as(np.float64, layout.real_template),
        "state_at": layout.state_at,
        "real_state_at": layout.real_state_at,
    }


def _resumed(stands: Stands | None) -> dict[str, Any]:
    """The arguments of the driver that tell stands; empty where leads are folded from their beginning."""
    numbers = np.zeros(0, np.int64) if stands is None else _as(np.int64, stands.numbers)
    first = np.zeros(0, np.int64) if stands is None else _as(np.int64, stands.first)
    return {"stands": numbers, "stand_reals": numbers.view(np.float64), "stand_first": first}


def _as(dtype: type, given: Any) -> Any:
    """As the compiled code takes it."""
    return np.ascontiguousarray(given, dtype=dtype)


def _ranges(marks: MarkColumns, threads: int) -> Iterator[tuple[int, int]]:
    """Runs of leads with about the same work, several for each thread."""
    leads = marks.leads
    work = marks.m_first[1:] + marks.h_first[1:] + np.arange(1, leads + 1) // 8
    if leads:
        parts = max(int(work[-1]) // WORK + 1, min(4 * threads, leads) if threads > 1 else 1)
        bounds = np.searchsorted(work, np.arange(1, parts) * (work[-1] / parts))
        yield from pairwise(sorted({0, *bounds.tolist(), leads}))


def _folded(
    given: dict[str, Any], layout: Layout, leads: tuple[int, int], ledger: bool, moves: bool
) -> Iterator[_Part]:
    """Folds a range of leads, in as many parts as fit into the buffers, which grow where one lead alone does not."""
    first, last = leads
    longest = int(np.diff(given["m_first"][first : last + 1]).max())
    size = max(BUFFER, 8 * ENTRIES_OF_A_MARK * longest)
    # a mark has at most one thing pending at a time, but for parts of a penalty that are given back each
    waiting = int(np.diff(given["stand_first"][first : last + 1]).max()) // PENDING if len(given["stand_first"]) else 0
    pending = _pending(longest + waiting + 1)
    entered = np.empty(size if ledger else 0, np.int64)
    moved = np.empty(size if moves else 0, np.int64)
    while first < last:
        cells = np.array(layout.cells)
        cells[LEDGER_SIZE], cells[MOVES_SIZE], cells[HEAP_SIZE] = len(entered), len(moved), len(pending) // WIDTH
        own = {"cells_array": cells, "reals_array": np.array(layout.reals), "first": first, "last": last}
        done = fold_range(**given, **own, ledger_array=entered, moves_array=moved, heap_array=pending)
        if done == first:
            entered = np.empty(4 * len(entered), np.int64)
            moved = np.empty(4 * len(moved), np.int64)
            pending = _pending(4 * len(pending) // WIDTH)
            continue
        entries = _split(entered[: cells[LEDGER]], LEDGER_TYPES)
        yield first, done, entries, _split(moved[: cells[MOVES]], MOVE_TYPES)
        first = done


def _pending(size: int) -> Ints:
    """Room for so many things that are pending; at first each place of the driver's heap names its own."""
    room: Ints = np.zeros(size * WIDTH, np.int64)
    room[1 : 2 * size : 2] = np.arange(size)
    return room


def _split(numbers: Ints, dtypes: tuple[type, ...]) -> list[AnyInts]:
    rows = numbers.reshape(-1, len(dtypes))
    return [rows[:, n].astype(dtype) for n, dtype in enumerate(dtypes)]


def _joined(parts: list[tuple[int, int, list[AnyInts]]], lengths: Ints, dtypes: tuple[type, ...]) -> list[AnyInts]:
    """Where each lead begins, then the columns of what all wrote. `lengths` counts numbers from the start of a part."""
    offset, width = 0, len(dtypes)
    for first, last, columns in parts:
        lengths[first + 1 : last + 1] += offset
        offset += len(columns[0]) * width
    joined = [
        np.concatenate([np.zeros(0, dtype), *(columns[n] for _, _, columns in parts)]) for n, dtype in enumerate(dtypes)
    ]
    return [lengths // width, *joined]
