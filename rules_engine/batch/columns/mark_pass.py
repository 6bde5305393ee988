"""The pass that makes the marks of all leads, compiled.

It stands alone, with all that it calls: numba's cache on disk notices edits of the file a function stands in and of no
other. Arrays named `..._first` have one position more than there are leads, event kinds or whatever they count.

What an event can do is looked up in tables, whose rows are found by *places*: an event has row 0 of the first kind of
table (the same for all), the row of its own of the second, its lead's of the third, and then one for each column of
codes that its kind has (which of some distinct texts it has).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rules_engine.batch.columns.passes import Array, compiled, inlined

SAME, OWN, LEAD, CODED = 0, 1, 2, 3  # places; the columns of codes of a kind count on from CODED
ONE = np.uint64(1)
WORD = 64  # blocks to a word of a table of verdicts
END = 2**62  # behind the last slot of a list
MISSING, BEYOND = -(2**63), -(2**63) + 1  # amounts that are no amounts

# an item (rule or penalty) at one event type; what is counted from 0 is unsigned, so that compiled code need not ask
# whether a place is counted from the end
BLOCK = np.dtype(
    [
        ("item", "u4"),
        ("nominal", "u4"),
        ("nominal_by", "u4"),
        ("limit", "i4"),
        ("each", "u4"),
        ("each_by", "u4"),
        ("window", "u4"),
        ("always", "u4"),
        ("starts", "i8"),
        ("ends", "i8"),
    ]
)
LOOK = np.dtype([("table", "u8"), ("by", "u8")])
ALWAYS, VISIT = 0, 1  # windows; those of the calendar count on from 2
CALENDAR = 2
MORE_ROOM = 1 << 16  # marks; by the time they are made it is known how many there will be, about


@inlined
def _place_of_lowest(word: Any) -> Any:
    """The place of the lowest bit that is set: how many bits there are below it."""
    word = (word & (~word + ONE)) - ONE
    word = word - ((word >> ONE) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@inlined
def _larger(array: Array, used: int, size: int) -> Array:
    """The array with room for more."""
    found = np.empty(size, array.dtype)
    found[:used] = array[:used]
    return found


@inlined
def _place_in(starts: Array, first: int, last: int, at: int) -> int:
    """The place from `first` up to `last` of the last start that is not after an instant. The first is not after it.

    Starts lie about evenly as a rule, so that the place can be told from the instant.
    """
    low = first
    high = last
    share = float(at - starts[first]) / float(starts[last - 1] - starts[first] + 1)
    near = first + int(share * (last - 1 - first))
    for place in range(max(near - 1, first), min(near + 2, last - 1)):
        if starts[place] <= at and at < starts[place + 1]:
            low = place
            high = place + 1
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= at:
            low = middle
        else:
            high = middle
    return low


@compiled
def marks(
    first: Array,
    at: Array,
    kind: Array,
    row: Array,
    block_first: Array,
    blocks: Array,
    every: Array,
    looks: Array,
    kept_out: Array,
    some_unknown: bool,
    code_at: Array,
    code_step: Array,
    codes: Array,
    nominals: Array,
    eaches: Array,
    limit_places: int,
    reaching: Array,
    reach_slots: Array,
    reach_by: Array,
    visit_gap: int,
    window_first: Array,
    window_starts: Array,
    clock_first: Array,
    clocks: Array,
    clock_after: Array,
    items: int,
    times: Array,
    within: Array,
    highest: Array,
    per_lead: bool,
    columns: tuple[Array, Array, Array, Array, Array],
) -> tuple[Any, ...]:
    """The marks of all leads: for each event, the items of its type in order, then the clocks it winds.

    `blocks` are of BLOCK, those of event kind k at `block_first[k]` on; they tell where their tables of amounts and of
    `each` codes begin, and which places lead into them. Verdicts: `every` is [kind, word], with a bit for each block of
    the kind. `looks` is [kind, n] of LOOK: where a table begins in `kept_out`, and which place leads into it; for each
    place that holds as many words as the kind has, in which the bits of blocks are set that are not true there, then,
    with `some_unknown`, of those that are false. `code_at` [kind, n] is where columns of codes begin in `codes`, and
    `code_step` how far the next row is: 0 where a kind has fewer columns than another.
    `reach_slots`, with END behind them, are the slots at which a tally takes a threshold, `reach_by` says which; the
    bits of `reaching` [threshold, kind, word] are those of the blocks that wait for it, and of all in its last row.
    `window_starts` are the instants at which windows of the calendar begin, those of one kind rising.
    A clock has one mark for all events that wind it before it rings, `clock_after` the last of them.

    `columns` is room for marks: instant, item, nominal, slot, event.

    Gives where each lead's marks begin, their columns, which have room for more, the rings of the limit slots, per item
    (`per_lead`: and lead) how often it fired, was unknown and was reached, and the item of the first amount that is
    beyond the limit (-1: none).
    """
    leads = len(first) - 1
    kinds = len(block_first) - 1
    m_first = np.zeros(leads + 1, np.int64)
    counts = np.zeros((leads if per_lead else 1, items, 3), np.int64)
    most = 0  # marks of one event
    own_words = np.zeros(kinds, np.uint64)
    for k in range(kinds):
        most = max(most, block_first[k + 1] - block_first[k] + clock_first[k + 1] - clock_first[k])
        own_words[k] = (block_first[k + 1] - block_first[k] + WORD - 1) // WORD
    waiting = reaching[len(reaching) - 1]
    reached = np.zeros(reaching.shape[2], np.uint64)
    cursor = 0
    places = np.zeros(CODED + code_at.shape[1], np.uint64)
    windows = CALENDAR + len(window_first) - 1
    window_begin = np.full(windows, END, np.int64)
    window_end = np.full(windows, -END, np.int64)
    window_begin[:CALENDAR] = -END  # others are told by what comes in between
    window_end[:CALENDAR] = END
    window_place = np.zeros(windows, np.int64)
    m_at, m_item, m_nominal, m_slot, m_event = columns
    room = len(m_at)
    made = np.uint64(0)
    # the limit slots of one lead; `slot_of` counts those of all, so that what earlier leads left there is told apart
    slot_of = np.full(limit_places, -1, np.int64)
    s_item = np.empty(64, np.int64)
    s_window = np.empty(64, np.int64)
    s_marks = np.empty(64, np.int64)
    slots_before = 0
    r_first = np.zeros(leads + 1, np.int64)
    ring = np.empty(2 * leads + 64, np.int32)
    beyond = -1
    wound_at = np.empty(len(clock_after), np.int64)
    wound_by = np.empty(len(clock_after), np.uint64)  # marks
    for lead in range(leads):
        used = int(made)
        m_first[lead] = used
        low, high = first[lead], first[lead + 1]
        own = counts[lead if per_lead else 0]
        wound_at[:] = -END
        # room is made here, and not where it is needed: to compiled code an array that may change is another each time
        bound = most * (high - low)
        if used + bound > room:
            room = max(used + bound, int(used / max(low, 1) * len(at) * 1.05)) + MORE_ROOM
            m_at = _larger(m_at, used, room)
            m_item = _larger(m_item, used, room)
            m_nominal = _larger(m_nominal, used, room)
            m_slot = _larger(m_slot, used, room)
            m_event = _larger(m_event, used, room)
        if bound > len(s_item):
            s_item = np.empty(bound, np.int64)
            s_window = np.empty(bound, np.int64)
            s_marks = np.empty(bound, np.int64)
        slots = 0
        window_place[VISIT] = 0
        before = END
        places[LEAD] = lead
        for event in range(high - low):
            n = np.uint64(low) + np.uint64(event)
            now = at[n]
            k = kind[n]
            if event > 0 and now - before > visit_gap:
                window_place[VISIT] += 1
            before = now
            own_row = np.uint64(row[n])
            places[OWN] = own_row
            for c in range(code_at.shape[1]):
                places[CODED + c] = codes[code_at[k, c] + code_step[k, c] * own_row]
            words = own_words[k]
            width = words + words if some_unknown else words
            some_reached = reach_slots[cursor] == low + event
            if some_reached:
                reached[:] = 0
                while reach_slots[cursor] == low + event:
                    for word in range(words):
                        reached[word] |= reaching[reach_by[cursor], k, word]
                    cursor += 1
            for word in range(words):
                out = np.uint64(0)
                false = np.uint64(0)
                for look in range(looks.shape[1]):
                    entry = looks[k, look].table + places[looks[k, look].by] * width + np.uint64(word)
                    out |= kept_out[entry]
                    if some_unknown:
                        false |= kept_out[entry + words]
                asked = every[k, word] & ~waiting[k, word]
                base = block_first[k] + np.uint64(word * WORD)
                if some_reached:
                    asked |= reached[word]
                    left = reached[word]
                    while left != 0:
                        own[blocks[base + _place_of_lowest(left)].item, 2] += 1
                        left &= left - ONE
                left = asked & ~out
                while left != 0:
                    block = blocks[base + _place_of_lowest(left)]
                    left &= left - ONE
                    if now < block.starts or now >= block.ends:
                        continue
                    i = block.item
                    nominal = nominals[block.nominal + places[block.nominal_by]]
                    if nominal <= BEYOND:
                        if nominal == MISSING:
                            own[i, 1] += 1
                            continue
                        nominal = 0
                        if beyond < 0:
                            beyond = i
                    own[i, 0] += 1
                    if nominal == 0 and block.always == 0:
                        continue
                    slot = -1
                    if block.limit >= 0:
                        place = np.uint64(block.limit + eaches[block.each + places[block.each_by]])
                        w = block.window
                        if now < window_begin[w] or now >= window_end[w]:
                            calendar = w - CALENDAR
                            window = _place_in(window_starts, window_first[calendar], window_first[calendar + 1], now)
                            window_place[w] = window
                            window_begin[w] = window_starts[window]
                            window_end[w] = window_starts[window + 1]
                        window = window_place[w]
                        # windows follow one another, so none but the last of a value can be meant
                        slot = slot_of[place] - slots_before
                        if slot < 0 or s_window[slot] != window:
                            slot = slots
                            slot_of[place] = slots_before + slot
                            s_item[slot] = i
                            s_window[slot] = window
                            s_marks[slot] = 0
                            slots += 1
                        s_marks[slot] += 1
                    m_at[made] = now
                    m_item[made] = i
                    m_nominal[made] = nominal
                    m_slot[made] = slot
                    m_event[made] = event
                    made += ONE
                left = asked & out & ~false if some_unknown else np.uint64(0)
                while left != 0:
                    block = blocks[base + _place_of_lowest(left)]
                    left &= left - ONE
                    if block.starts <= now < block.ends:
                        own[block.item, 1] += 1
            for c in range(clock_first[k], clock_first[k + 1]):
                clock = clocks[c]
                if now - wound_at[clock] < clock_after[clock]:
                    m_nominal[wound_by[clock]] = now - m_at[wound_by[clock]]
                else:
                    wound_by[clock] = made
                    m_at[made] = now
                    m_item[made] = items + clock
                    m_nominal[made] = 0
                    m_slot[made] = -1
                    m_event[made] = event
                    made += ONE
                wound_at[clock] = now
        # the ring of a rolling limit never holds more than the limit or the marks of its slot
        at_ring = r_first[lead]
        if at_ring + slots + 1 > len(ring):
            ring = _larger(ring, at_ring, 2 * len(ring) + slots)
        total = 0
        ring[at_ring] = 0
        for slot in range(slots):
            i = s_item[slot]
            if within[i] > 0 and not highest[i]:
                total += min(times[i], s_marks[slot])
            ring[at_ring + 1 + slot] = total
        r_first[lead + 1] = at_ring + 1 + slots
        slots_before += slots
    m_first[leads] = int(made)
    return (
        m_first, (m_at, m_item, m_nominal, m_slot, m_event),
        r_first, ring[: r_first[leads]], counts, beyond,
    )  # fmt: skip
