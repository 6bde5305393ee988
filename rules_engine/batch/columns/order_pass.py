"""Events of all types brought together lead by lead, and put in order by instant and type, compiled.

An event's *number* has its kind above `ROW` bits and its row in the table of that kind below.
"""

from __future__ import annotations

import numpy as np

from rules_engine.batch.columns.passes import FAR, ONE, Array, compiled

ROW = 32
SHORT = 80  # twice the events of a history that is sorted by insertion


@compiled("i8[] until, u4[] lead, i8[] at, u4[] count -> i8")
def count_by_lead(until: Array, lead: Array, at: Array, count: Array) -> int:
    """Counts the events of one kind up to `until`, an instant per lead, for each lead, and gives how many these are.

    `lead` is the lead of each event.
    """
    every = 0
    for n in range(len(lead)):
        own = lead[n]
        counts = at[n] <= until[own]
        count[own] += np.uint32(counts)
        every += counts
    return every


@compiled("i8[] until, u4[] lead, i8[] at, i8 kind, u4[] place, i8[] events")
def put_by_lead(until: Array, lead: Array, at: Array, kind: int, place: Array, events: Array) -> None:
    """Puts the instant and number of each event of a kind, side by side, where the next of its lead is to go."""
    for n in range(len(lead)):
        own = lead[n]
        if at[n] <= until[own]:
            to = np.uint64(place[own]) << ONE
            events[to] = at[n]
            events[to + ONE] = (kind << ROW) + n
            place[own] += np.uint32(1)


@compiled(
    "i8[] first, i8[] events, i8[] own, i8[] ends, i8[] kind_next, i8[] at, u2[] kind, i4[] slots, i4[] leads, "
    "i4[] rows, i8[,] ties -> i8"
)
def by_time(
    first: Array,
    events: Array,
    own: Array,
    ends: Array,
    kind_next: Array,
    at: Array,
    kind: Array,
    slots: Array,
    leads: Array,
    rows: Array,
    ties: Array,
) -> int:
    """Sorts each lead's events by instant and kind, in place. Gives how many tie with a neighbour in both.

    A lead's come by kind, so that a stable sort by instant is enough; those of one kind mostly stand in order, so a
    longer history is merged from the runs that do.

    `at` and `kind` are those of each slot; kind by kind, from `kind_next` on, which is moved, come the slot, the lead
    and the row of each event; `ties` [2, any] are the slots that tie and their places kind by kind.
    `own` and `ends` have room for the longest history: two numbers for each event, and one more than one.
    """
    tied = 0
    for lead in range(len(first) - 1):
        low, high = 2 * first[lead], 2 * first[lead + 1]
        if high - low <= SHORT:
            for n in range(low + 2, high, 2):
                when, moving = events[n], events[n + 1]
                k = n
                while k > low and events[k - 2] > when:
                    events[k], events[k + 1] = events[k - 2], events[k - 1]
                    k -= 2
                events[k], events[k + 1] = when, moving
        else:
            runs = 0
            for n in range(low + 2, high, 2):
                if events[n] < events[n - 2]:
                    ends[runs] = n
                    runs += 1
            ends[runs] = high
            runs += 1
            while runs > 1:
                begin = low
                for r in range(0, runs - 1, 2):
                    middle, end = ends[r], ends[r + 1]
                    left = middle - begin
                    for n in range(left):
                        own[n] = events[begin + n]
                    one, other = 0, middle
                    while one < left and other < end:  # without a branch: nobody could tell which one is next
                        was, when, moving, passing = own[one], events[other], own[one + 1], events[other + 1]
                        earlier = when < was
                        events[begin] = when if earlier else was
                        events[begin + 1] = passing if earlier else moving
                        other += 2 if earlier else 0
                        one += 0 if earlier else 2
                        begin += 2
                    for n in range(one, left):
                        events[begin + n - one] = own[n]
                    begin = end
                    ends[r // 2] = end
                ends[(runs - 1) // 2] = high
                runs = (runs + 1) // 2
        before, before_kind = FAR, -1
        for n in range(first[lead], first[lead + 1]):
            when, number = events[2 * n], events[2 * n + 1]
            k = number >> ROW
            to = kind_next[k]
            kind_next[k] = to + 1
            at[n] = when
            kind[n] = k
            slots[to] = n
            leads[to] = lead
            rows[to] = number & ((1 << ROW) - 1)
            if when == before and k == before_kind:
                if tied == 0 or ties[0, tied - 1] != n - 1:
                    ties[0, tied], ties[1, tied] = n - 1, to - 1
                    tied += 1
                ties[0, tied], ties[1, tied] = n, to
                tied += 1
            before, before_kind = when, k
    return tied


@compiled("i8[] first, u8[] hashes, i4[] table, b1[] found")
def repeated(first: Array, hashes: Array, table: Array, found: Array) -> None:
    """Which slots have a hash (0: none) that occurs more than once among the events of their lead.

    `table` has room for twice the longest history, and is as long as a power of two.
    """
    for lead in range(len(first) - 1):
        low, high = first[lead], first[lead + 1]
        if high - low < 2:
            continue
        size = 2
        while size < 2 * (high - low):
            size *= 2
        mask = np.uint64(size - 1)
        for n in range(size):
            table[n] = -1
        for n in range(low, high):
            if hashes[n] == 0:
                continue
            cell = (hashes[n] >> np.uint64(32)) & mask
            while table[cell] >= 0 and hashes[low + table[cell]] != hashes[n]:
                cell = (cell + ONE) & mask
            if table[cell] >= 0:
                found[n] = found[low + table[cell]] = True
            else:
                table[cell] = n - low
