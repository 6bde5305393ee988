"""What goes through time, compiled: one visit per event, lead after lead.

All of it stands in one module, because numba's cache on disk notices edits of the file a function stands in and of no
other. Arrays named `..._first` have one position more than there are leads: what belongs to lead l is
`[first[l] : first[l + 1]]`. Positions in the order of the language are *slots*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])
Array: TypeAlias = Any  # of numpy; int64 where nothing else is said

FAR = 2**62
NONE = -(2**62)
NULL = -(2**63)

CAUSE = 1 << 20
BY_NOTHING, BY_STANDING, BY_GATE = 0, 4, 5


def compiled(function: Function) -> Function:
    """Compiled when first called, and kept on disk for the next process; lets other threads run meanwhile."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))


def inlined(function: Function) -> Function:
    """Written out where it is called."""
    return cast(Function, numba.njit(inline="always")(function))


# --- order ----------------------------------------------------------------------------------------------------------


ROW = 32  # bits of a row in the number of an event; its kind stands above them


@compiled
def by_lead(until: Array, lead: Array, at: Array, kind_first: Array) -> tuple[Array, Array]:
    """Where each lead's events begin, and lead by lead (a counting sort) the instant and number of each, side by side.

    Events stand kind by kind, those of kind k from `kind_first[k]` on; so do those of each lead then. Events after
    `until`, an instant per lead, are left out. `lead` is unsigned: compiled code asks no more whether it is negative.
    """
    leads = len(until)
    first = np.zeros(leads + 1, np.int64)
    next_of = np.zeros(leads, np.uint32)
    for n in range(len(lead)):
        own = lead[n]
        next_of[own] += np.uint32(at[n] <= until[own])
    for n in range(leads):
        first[n + 1] = first[n] + next_of[n]
        next_of[n] = first[n]
    events = np.empty(2 * first[leads], np.int64)
    for k in range(len(kind_first) - 1):
        for n in range(kind_first[k], kind_first[k + 1]):
            own = lead[n]
            if at[n] <= until[own]:
                place = np.uint64(next_of[own]) << np.uint64(1)
                events[place] = at[n]
                events[place + np.uint64(1)] = (k << ROW) + n - kind_first[k]
                next_of[own] += np.uint32(1)
    return first, events


@compiled
def by_time(first: Array, events: Array) -> tuple[Array, Array, Array, Array]:
    """Sorts each lead's events by instant and kind, in place; gives the instant, kind and row of each, and the slots
    that tie with a neighbour in instant and kind.

    A lead's come by kind, so that a stable sort by instant is enough; those of one kind mostly stand in order, so a
    longer history is merged from the runs that do.
    """
    leads = len(first) - 1
    size = first[leads]
    at = np.empty(size, np.int64)
    kind = np.empty(size, np.uint16)
    row = np.empty(size, np.int32)
    ties = np.empty(size, np.int64)
    tied = 0
    longest = 0
    for lead in range(leads):
        longest = max(longest, first[lead + 1] - first[lead])
    own = np.empty(2 * longest, np.int64)
    ends = np.empty(longest + 1, np.int64)  # of runs
    for lead in range(leads):
        low, high = 2 * first[lead], 2 * first[lead + 1]
        if high - low <= 80:
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
                    while one < left:
                        if other < end and events[other] < own[one]:
                            events[begin], events[begin + 1] = events[other], events[other + 1]
                            other += 2
                        else:
                            events[begin], events[begin + 1] = own[one], own[one + 1]
                            one += 2
                        begin += 2
                    begin = end
                    ends[r // 2] = end
                ends[(runs - 1) // 2] = high
                runs = (runs + 1) // 2
        before, before_kind = FAR, 0
        for n in range(first[lead], first[lead + 1]):
            when, number = events[2 * n], events[2 * n + 1]
            k = number >> ROW
            at[n] = when
            kind[n] = k
            row[n] = number & ((1 << ROW) - 1)
            if when == before and k == before_kind:
                if tied == 0 or ties[tied - 1] != n - 1:
                    ties[tied] = n - 1
                    tied += 1
                ties[tied] = n
                tied += 1
            before, before_kind = when, k
    return at, kind, row, ties[:tied].copy()


@compiled
def by_kind(first: Array, kind: Array, row: Array, kinds: int) -> tuple[Array, Array, Array, Array, Array]:
    """The ordered events kind by kind: where each kind begins; of its events, in their order, the slot, the lead and
    the row; and of each slot the place among those of its kind."""
    kind_first = np.zeros(kinds + 1, np.int64)
    for n in range(len(kind)):
        kind_first[kind[n] + 1] += 1
    for k in range(kinds):
        kind_first[k + 1] += kind_first[k]
    next_of = kind_first[:-1].copy()
    slots = np.empty(len(kind), np.int32)
    leads = np.empty(len(kind), np.int32)
    rows = np.empty(len(kind), np.int32)
    place = np.empty(len(kind), np.int32)
    for lead in range(len(first) - 1):
        for n in range(first[lead], first[lead + 1]):
            k = kind[n]
            to = next_of[k]
            next_of[k] = to + 1
            slots[to] = n
            leads[to] = lead
            rows[to] = row[n]
            place[n] = to - kind_first[k]
    return kind_first, slots, leads, rows, place


@compiled
def in_order(slots: Array, size: int) -> Array:
    """The order in which some of `size` slots rise."""
    place_of = np.full(size, -1, np.int32)
    for place in range(len(slots)):
        place_of[slots[place]] = place
    order = np.empty(len(slots) + 1, np.int32)
    made = 0
    for n in range(size):  # without a branch: nobody could tell which way the next goes
        order[made] = place_of[n]
        made += int(place_of[n] >= 0)
    return order[:made]


@compiled
def repeated(first: Array, hashes: Array) -> Array:
    """The slots whose hash (0: none) occurs more than once among the events of their lead."""
    slots = []
    for lead in range(len(first) - 1):
        low, high = first[lead], first[lead + 1]
        if high - low < 2:
            continue
        if high - low <= 32:
            for n in range(low, high):
                if hashes[n] == 0:
                    continue
                for k in range(low, high):
                    if k != n and hashes[k] == hashes[n]:
                        slots.append(n)
                        break
        else:
            own = np.sort(hashes[low:high])
            twice = False
            for n in range(1, len(own)):
                if own[n] == own[n - 1] and own[n] != 0:
                    twice = True
                    break
            if twice:
                for n in range(low, high):
                    if hashes[n] != 0:
                        k = np.searchsorted(own, hashes[n])
                        if k + 1 < len(own) and own[k + 1] == hashes[n]:
                            slots.append(n)
    found = np.empty(len(slots), np.int64)
    for n in range(len(slots)):
        found[n] = slots[n]
    return found


# --- values over time -----------------------------------------------------------------------------------------------


@compiled
def merged(begin: Array, as_of: Array, first: Array, at: Array, value: Array, empty: Array, dates: Array) -> Any:
    """The timelines of several tallies as one: a row for each instant at which a tally changes or a date lies, after
    the beginning of each lead.

    `first` is [tally, lead + 1], into `at` and `value` of all tallies one after the other; `empty` is the value of each
    before any event; dates rise. Gives where each lead's rows begin, their leads, instants, and values [tally, row].
    """
    leads, tallies = len(begin), len(empty)
    room = leads * len(dates) + len(at)
    r_first = np.zeros(leads + 1, np.int64)
    r_lead = np.empty(room, np.int64)
    r_at = np.empty(room, np.int64)
    r_value = np.empty((tallies, room), np.int64)
    next_of = np.empty(tallies, np.int64)
    made = 0
    for lead in range(leads):
        r_first[lead] = made
        some = len(dates) > 0
        for t in range(tallies):
            next_of[t] = first[t, lead]
            some |= first[t, lead] < first[t, lead + 1]
        if not some:
            continue
        date = 0
        while date < len(dates) and dates[date] <= begin[lead]:
            date += 1
        while True:
            now = FAR
            for t in range(tallies):
                if next_of[t] < first[t, lead + 1]:
                    now = min(now, at[next_of[t]])
            if date < len(dates) and dates[date] <= as_of[lead]:
                now = min(now, dates[date])
            if now == FAR:
                break
            r_lead[made] = lead
            r_at[made] = now
            for t in range(tallies):
                if next_of[t] < first[t, lead + 1] and at[next_of[t]] == now:
                    r_value[t, made] = value[next_of[t]]
                    next_of[t] += 1
                elif made > r_first[lead]:
                    r_value[t, made] = r_value[t, made - 1]
                else:
                    r_value[t, made] = empty[t]
            if date < len(dates) and dates[date] == now:
                date += 1
            made += 1
    r_first[leads] = made
    return r_first, r_lead[:made], r_at[:made], r_value[:, :made].copy()


# --- gates and standing rules ---------------------------------------------------------------------------------------


STARTS, STOPS = 1, 2  # what an event does to a gate, by bit


@compiled
def event_gate(first: Array, at: Array, own: Array, does: Array, hold: int, as_of: Array) -> tuple[Array, Array]:
    """One gate that events start and end. `own` are the slots of those that do, `does` whether they start or stop it.

    `hold` is its length, FAR for ever. Gives the rows (lead, instant, 1 or 0) at which it turns, up to the as-of time,
    and per lead until when it holds at the end (NONE: it does not).
    """
    leads = len(first) - 1
    ends_at = np.full(leads, NONE, np.int64)
    rows = np.empty((3, 2 * len(own)), np.int64)
    made = 0
    p = 0
    for lead in range(leads):
        high = first[lead + 1]
        if p == len(own) or own[p] >= high:
            continue
        until = NONE
        holds = False
        while True:
            last = p == len(own) or own[p] >= high
            now = FAR if last else at[own[p]]
            if holds and until < now and until <= as_of[lead]:
                holds = False
                rows[0, made], rows[1, made], rows[2, made] = lead, until, 0
                made += 1
            if last:
                break
            while p < len(own) and own[p] < high and at[own[p]] == now:
                if does[p] & STARTS:
                    until = max(until, FAR if hold == FAR else now + hold)
                if does[p] & STOPS:
                    until = NONE
                p += 1
            if (until > now) != holds:
                holds = not holds
                rows[0, made], rows[1, made], rows[2, made] = lead, now, 1 if holds else 0
                made += 1
        if holds:
            ends_at[lead] = until
    return rows[:, :made].copy(), ends_at


@compiled
def caps_of(holds: Array, gate_first: Array, gate_score: Array, gate_cap: Array, scores: int) -> Array:
    """Per lead and score the lowest cap of the gates that hold, FAR for none."""
    leads, gates = holds.shape
    caps = np.full((leads, scores), FAR, np.int64)
    for lead in range(leads):
        for gate in range(gates):
            if holds[lead, gate]:
                for n in range(gate_first[gate], gate_first[gate + 1]):
                    if gate_cap[n] < caps[lead, gate_score[n]]:
                        caps[lead, gate_score[n]] = gate_cap[n]
    return caps


@compiled
def changes(
    stream_first: Array,
    stream_of: Array,
    row_lead: Array,
    row_at: Array,
    row_before: Array,
    row_value: Array,
    rule_score: Array,
    profile: Array,
    holds: Array,
    gates: tuple[Array, Array, Array],
) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    """What changes between a lead's events: profile parts by standing rules, caps by gates.

    Each gate and rule has a stream of rows, by lead and instant: what it was until then and what it is from then on, a
    rule its amount, a gate 1 or 0. `stream_of` is the rule, or -1 - g for gate g; all gates come first, in their order.
    `profile` and `holds` [lead, gate] tell of the beginning; `gates` is (first, score, cap). Gives where each lead's
    changes begin, and the columns of the kernel: instant, score, profile, cap, up, down.
    """
    gate_first, gate_score, gate_cap = gates
    leads, scores = profile.shape
    streams = len(stream_of)
    room = 0
    for stream in range(streams):
        rule = stream_of[stream]
        each = 1 if rule >= 0 else gate_first[-1 - rule + 1] - gate_first[-1 - rule]
        room += each * (stream_first[stream + 1] - stream_first[stream])
    first = np.zeros(leads + 1, np.int64)
    c_at = np.empty(room, np.int64)
    c_score = np.empty(room, np.int32)
    c_profile = np.empty(room, np.int64)
    c_cap = np.empty(room, np.int64)
    c_up = np.empty(room, np.int64)
    c_down = np.empty(room, np.int64)
    up = np.zeros(scores, np.int64)
    down = np.zeros(scores, np.int64)
    capped = np.zeros(scores, np.bool_)
    stepped = np.zeros(scores, np.bool_)
    current = np.empty(holds.shape[1], np.bool_)
    parts = np.empty(scores, np.int64)
    place = stream_first[:-1].copy()
    made = 0
    own = -1  # the lead
    while True:
        lead, now = leads, FAR
        for stream in range(streams):
            n = place[stream]
            if n < stream_first[stream + 1] and (row_lead[n] < lead or (row_lead[n] == lead and row_at[n] < now)):
                lead, now = row_lead[n], row_at[n]
        while own < lead:
            first[own + 1] = made
            own += 1
            if own == lead and lead < leads:
                current[:] = holds[lead]
                parts[:] = profile[lead]
        if lead == leads:
            break
        for s in range(scores):
            up[s] = down[s] = BY_NOTHING
            capped[s] = stepped[s] = False
        for stream in range(streams):
            n = place[stream]
            if n == stream_first[stream + 1] or row_lead[n] != lead or row_at[n] != now:
                continue
            place[stream] += 1
            step = row_value[n] - row_before[n]
            rule = stream_of[stream]
            if rule < 0:
                gate = -1 - rule
                current[gate] = row_value[n] == 1
                for k in range(gate_first[gate], gate_first[gate + 1]):
                    s = gate_score[k]
                    capped[s] = True
                    if step > 0:
                        down[s] = BY_GATE * CAUSE + gate
                    else:
                        up[s] = BY_GATE * CAUSE + gate
            else:
                s = rule_score[rule]
                parts[s] += step
                stepped[s] = True
                if step > 0:
                    up[s] = BY_STANDING * CAUSE + rule
                else:
                    down[s] = BY_STANDING * CAUSE + rule
        for s in range(scores):
            if not capped[s] and not stepped[s]:
                continue
            cap = NONE
            if capped[s]:
                cap = FAR
                for gate in range(len(current)):
                    if current[gate]:
                        for k in range(gate_first[gate], gate_first[gate + 1]):
                            if gate_score[k] == s and gate_cap[k] < cap:
                                cap = gate_cap[k]
            c_at[made] = now
            c_score[made] = s
            c_profile[made] = parts[s] if stepped[s] else NONE
            c_cap[made] = cap
            c_up[made] = up[s]
            c_down[made] = down[s]
            made += 1
    return first, c_at[:made], c_score[:made], c_profile[:made], c_cap[:made], c_up[:made], c_down[:made]
