"""The pass that makes the marks of all leads, compiled.

It stands alone, with all that it calls: numba's cache on disk notices edits of the file a function stands in and of no
other. Arrays named `..._first` have one position more than there are leads.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from rules_engine.batch.columns.passes import compiled, inlined

Array: TypeAlias = Any  # of numpy; int64 where nothing else is said

KNOWN, MISSING, BEYOND = 0, 1, 2

# columns of a block: an item (rule or penalty) at one event type
B_ITEM, B_NOMINAL, B_FIXED, B_EACH, B_REACH, B_STARTS, B_ENDS, B_LIMIT, B_WINDOW, B_ALWAYS = range(10)
BLOCK = 10
WORD = 64  # blocks to a word of a mask


@inlined
def _bits(word: Any) -> int:
    """How many bits of a word are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def marks(
    first: Array,
    at: Array,
    kind: Array,
    row: Array,
    kind_first: Array,
    blocks: Array,
    masks: Array,
    mask_first: Array,
    some_unknown: bool,
    nominals: Array,
    states: Array,
    eaches: Array,
    reached: Array,
    windows: Array,
    clock_first: Array,
    clocks: Array,
    items: int,
    times: Array,
    within: Array,
    highest: Array,
    per_lead: bool,
) -> tuple[Any, ...]:
    """The marks of all leads: for each event, the items of its type in order, then the clocks it winds.

    `blocks` is [block, BLOCK], those of event kind k at `kind_first[k]` on; offsets in it lead into the flat columns of
    amounts and `each` codes, to which the row of the event is added. `masks` has for each row of kind k, from
    `mask_first[k]` on, a word for each 64 blocks in which the bits of those that are true are set, and, with
    `some_unknown`, as many words of those that are unknown. Gives the columns of the marks, the
    rings of the limit slots, per item (`per_lead`: and lead) how often it fired, was unknown and was reached, and the
    slot and item of the first amount that is beyond the limit (-1: none).
    """
    leads = len(first) - 1
    m_first = np.zeros(leads + 1, np.int64)
    counts = np.zeros((leads if per_lead else 1, items, 3), np.int64)
    # how many marks there will be at most: all that could fire
    unknowns = 1 if some_unknown else 0
    room = 0
    limited = 0
    limits = np.zeros((len(kind_first) - 1, (len(blocks) + WORD - 1) // WORD + 1), np.uint64)
    reach_first = np.zeros(len(kind_first), np.int64)
    reaching = np.empty(len(blocks), np.int64)
    reaches = 0
    s_first = np.zeros(leads + 1, np.int64)
    started = 0
    for k in range(len(kind_first) - 1):
        for b in range(kind_first[k], kind_first[k + 1]):
            if blocks[b, B_LIMIT]:
                place = b - kind_first[k]
                limits[k, place // WORD] |= np.uint64(1) << np.uint64(place % WORD)
            if blocks[b, B_REACH] >= 0:
                reaching[reaches] = b
                reaches += 1
        reach_first[k + 1] = reaches
    most = 0  # limited marks of one lead
    for lead in range(leads):
        before = limited
        for n in range(first[lead], first[lead + 1]):
            k = kind[n]
            words = (kind_first[k + 1] - kind_first[k] + WORD - 1) // WORD
            base = mask_first[k] + row[n] * words * (1 + unknowns)
            for w in range(words):
                room += _bits(masks[base + w])
                limited += _bits(masks[base + w] & limits[k, w])
            room += clock_first[k + 1] - clock_first[k]
        s_first[lead + 1] = limited  # for now: how many limited marks there are up to here
        most = max(most, limited - before)
    m_at = np.empty(room, np.int64)
    m_item = np.empty(room, np.int32)
    m_nominal = np.empty(room, np.int64)
    m_slot = np.empty(room, np.int32)
    m_event = np.empty(room, np.int32)
    size = 16
    while size < 2 * most:
        size *= 2
    table = np.full(size, -1, np.int64)  # place of a limit slot among those made; of one lead at a time
    s_item = np.empty(limited, np.int64)
    s_each = np.empty(limited, np.int64)
    s_window = np.empty(limited, np.int64)
    s_marks = np.zeros(limited, np.int64)
    made = 0
    slots = 0
    for lead in range(leads):
        m_first[lead] = made
        size = 16
        while size < 2 * (s_first[lead + 1] - started):
            size *= 2
        mask = size - 1
        table[:size] = -1
        started = s_first[lead + 1]
        s_first[lead] = slots
        own = counts[lead if per_lead else 0]
        for n in range(first[lead], first[lead + 1]):
            now = at[n]
            k = kind[n]
            words = (kind_first[k + 1] - kind_first[k] + WORD - 1) // WORD
            base = mask_first[k] + row[n] * words * (1 + unknowns)
            for b in range(reach_first[k], reach_first[k + 1]):
                block = blocks[reaching[b]]
                if reached[block[B_REACH], n]:
                    own[block[B_ITEM], 2] += 1
            step = 0
            left = masks[base] if words > 0 else np.uint64(0)
            while step < words * (1 + unknowns):
                if left == 0:
                    step += 1
                    left = masks[base + step] if step < words * (1 + unknowns) else left
                    continue
                lowest = left & (~left + np.uint64(1))
                left ^= lowest
                block = blocks[kind_first[k] + (step % words) * WORD + _bits(lowest - np.uint64(1))]
                i = block[B_ITEM]
                if block[B_REACH] >= 0 and not reached[block[B_REACH], n]:
                    continue
                if now < block[B_STARTS] or now >= block[B_ENDS]:
                    continue
                if step >= words:
                    own[i, 1] += 1
                    continue
                nominal = block[B_FIXED]
                if block[B_NOMINAL] >= 0:
                    state = states[block[B_NOMINAL] + row[n]]
                    if state == MISSING:
                        own[i, 1] += 1
                        continue
                    if state == BEYOND:
                        return (
                            m_first, m_at, m_item, m_nominal, m_slot, m_event, s_first, s_marks, counts, n, i,
                        )  # fmt: skip
                    nominal = nominals[block[B_NOMINAL] + row[n]]
                own[i, 0] += 1
                if nominal == 0 and block[B_ALWAYS] == 0:
                    continue
                slot = -1
                if block[B_LIMIT]:
                    each = 0
                    if block[B_EACH] >= 0:
                        each = eaches[block[B_EACH] + row[n]]
                    window = 0
                    if block[B_WINDOW] >= 0:
                        window = windows[block[B_WINDOW], n]
                    h = (
                        np.uint64(i) * np.uint64(0xC2B2AE3D27D4EB4F)
                        ^ np.uint64(each) * np.uint64(0x165667B19E3779F9)
                        ^ np.uint64(window) * np.uint64(0x27D4EB2F165667C5)
                    )
                    h ^= h >> np.uint64(29)
                    h *= np.uint64(0xBF58476D1CE4E5B9)
                    h ^= h >> np.uint64(32)
                    position = np.int64(h & np.uint64(mask))
                    while table[position] >= 0:
                        other = table[position]
                        if s_item[other] == i and s_each[other] == each and s_window[other] == window:
                            break
                        position = (position + 1) & mask
                    if table[position] < 0:
                        table[position] = slots
                        s_item[slots] = i
                        s_each[slots] = each
                        s_window[slots] = window
                        slots += 1
                    place = table[position]
                    s_marks[place] += 1
                    slot = place - s_first[lead]
                m_at[made] = now
                m_item[made] = i
                m_nominal[made] = nominal
                m_slot[made] = slot
                m_event[made] = n - first[lead]
                made += 1
            for c in range(clock_first[kind[n]], clock_first[kind[n] + 1]):
                m_at[made] = now
                m_item[made] = items + clocks[c]
                m_nominal[made] = 0
                m_slot[made] = -1
                m_event[made] = n - first[lead]
                made += 1
    m_first[leads] = made
    s_first[leads] = slots
    # the ring of a rolling limit never holds more than the limit or the marks of its slot
    r_first = np.zeros(leads + 1, np.int64)
    ring = np.zeros(slots + leads, np.int64)
    at_ring = 0
    for lead in range(leads):
        r_first[lead] = at_ring
        total = 0
        ring[at_ring] = 0
        at_ring += 1
        for k in range(s_first[lead], s_first[lead + 1]):
            i = s_item[k]
            if within[i] > 0 and not highest[i]:
                total += min(times[i], s_marks[k])
            ring[at_ring] = total
            at_ring += 1
    r_first[leads] = at_ring
    return (
        m_first, m_at[:made], m_item[:made], m_nominal[:made], m_slot[:made], m_event[:made], r_first, ring, counts,
        -1, -1,
    )  # fmt: skip
