"""The pass that makes the marks of all leads, compiled.

What an event can do is looked up in tables, whose rows are found by *places*: an event has row 0 of the first kind of
table (the same for all), the row of its own of the second, its lead's of the third, and then one for each column of
codes that its kind has (which of some distinct texts it has).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules_engine.batch.columns.passes import ONE, Array, compiled, inlined, place_in

SAME, OWN, LEAD, CODED = 0, 1, 2, 3  # places; the columns of codes of a kind count on from CODED
WORD = 64  # blocks to a word of a table of verdicts
END = 2**62  # behind the last slot of a list
MISSING, BEYOND = -(2**63), -(2**63) + 1  # amounts that are no amounts

# an item (rule or penalty) at one event type
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
S_ITEM, S_WINDOW, S_MARKS = 0, 1, 2  # what is known of a limit slot
# where the pass has come to, and what it goes on from: the next lead, how many marks there are, the next slot at which
# a tally takes a threshold, how many limit slots there were, and the item of the first amount beyond the limit
LEADS, MARKS, REACHED, SLOTS, BEYOND_AT = 0, 1, 2, 3, 4
W_BEGIN, W_END, W_PLACE = 0, 1, 2  # what is known of a window: the instants that lie in it, and which it is


def state_at_first() -> NDArray[np.int64]:
    """The state before the first lead."""
    return np.array([0, 0, 0, 0, -1], dtype=np.int64)


def windows_at_first(count: int) -> NDArray[np.int64]:
    """The windows before the first lead: those of the calendar are to be looked up, others never."""
    found = np.zeros((3, CALENDAR + count), dtype=np.int64)
    found[W_BEGIN, :CALENDAR], found[W_END, :CALENDAR] = -END, END
    found[W_BEGIN, CALENDAR:], found[W_END, CALENDAR:] = END, -END
    return found


@inlined
def _place_of_lowest(word: Any) -> Any:
    """The place of the lowest bit that is set: how many bits there are below it."""
    word = (word & (~word + ONE)) - ONE
    word = word - ((word >> ONE) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled(
    "i8[] first, i8[] at, u2[] kind, u8[] block_first, BLOCK[] blocks, u8[,] every, LOOK[,] looks, "
    "u8[] kept_out, b1 some_unknown, u8[,] code_at, u8[,] code_step, i4[] codes, i8[] nominals, i4[] eaches, "
    "u8[,,] reaching, i8[] reach_slots, i8[] reach_by, i8 visit_gap, i8[] window_first, f8[] window_per, "
    "i8[] window_starts, i8[] clock_first, i8[] clocks, i8[] clock_after, i8 items, i8[] held, "
    "b1 per_lead, i8 most, i8[] state, u8[] rows, u8[] reached, u8[] places, i8[,] windows, i8[] slot_of, "
    "i8[,] limits, i8[] wound_at, u8[] wound_by, i8[] m_first, i8[] m_at, i4[] m_item, i8[] m_nominal, "
    "i4[] m_slot, i4[] m_event, i8[] r_first, i4[] ring, i8[,,] counts -> i8",
    {"BLOCK": BLOCK, "LOOK": LOOK},
)
def marks(
    first: Array,
    at: Array,
    kind: Array,
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
    reaching: Array,
    reach_slots: Array,
    reach_by: Array,
    visit_gap: int,
    window_first: Array,
    window_per: Array,
    window_starts: Array,
    clock_first: Array,
    clocks: Array,
    clock_after: Array,
    items: int,
    held: Array,
    per_lead: bool,
    most: int,
    state: Array,
    rows: Array,
    reached: Array,
    places: Array,
    windows: Array,
    slot_of: Array,
    limits: Array,
    wound_at: Array,
    wound_by: Array,
    m_first: Array,
    m_at: Array,
    m_item: Array,
    m_nominal: Array,
    m_slot: Array,
    m_event: Array,
    r_first: Array,
    ring: Array,
    counts: Array,
) -> int:
    """The marks of all leads: for each event, the items of its type in order, then the clocks it winds.

    `blocks` are of BLOCK, those of event kind k at `block_first[k]` on; they tell where their tables of amounts and of
    `each` codes begin, and which places lead into them. Verdicts: `every` is [kind, word], with a bit for each block of
    the kind. `looks` is [kind, n] of LOOK: where a table begins in `kept_out`, and which place leads into it; for each
    place that holds as many words as the kind has, in which the bits of blocks are set that are not true there, then,
    with `some_unknown`, of those that are false. `code_at` [kind, n] is where columns of codes begin in `codes`, and
    `code_step` how far the next row is: 0 where a kind has fewer columns than another.
    `reach_slots`, with END behind them, are the slots at which a tally takes a threshold, `reach_by` says which; the
    bits of `reaching` [threshold, kind, word] are those of the blocks that wait for it, and of all in its last row.
    `window_starts` are the instants at which windows of the calendar begin, those of one kind rising; `window_per` says
    how many of them there are in a microsecond.
    A clock has one mark for all events that wind it before it rings, `clock_after` the last of them.
    `held` is how many marks the ring of an item's limit slot holds at most: 0 but for rolling windows. `most` is how
    many marks one event can make.

    What the pass remembers from lead to lead: `state`, whose numbers are named above; `rows`, how many events of each
    kind there were; `windows`, three numbers of each; `slot_of`, the limit slot of each place, counted over all leads,
    so that what earlier ones left there is told apart (-1 at first). Room for what it forgets: `reached` for the words
    of a kind, `places`, `limits` [n, 3] for the marks of a lead, `wound_at` and `wound_by` for each clock.

    Finds where each lead's marks begin, their columns, the rings of the limit slots, and per item (`per_lead`: and
    lead) how often it fired, was unknown and was reached. Gives the number of leads that are done: fewer than all where
    the columns (and `ring`, which is longer than they are by one for each lead) may be too short for the next.
    """
    leads = len(first) - 1
    waiting = np.uint64(len(reaching) - 1)
    made = np.uint64(state[MARKS])
    cursor = np.uint64(state[REACHED])
    slots_before = state[SLOTS]
    lead: int = state[LEADS]
    while lead < leads:
        used = np.int64(made)
        m_first[lead] = used
        low, high = first[lead], first[lead + 1]
        bound = most * (high - low)
        if used + bound > len(m_at):
            break
        own = np.uint64(lead if per_lead else 0)
        for clock in range(len(wound_at)):
            wound_at[clock] = -END
        slots = 0
        windows[W_PLACE, VISIT] = 0
        before = END
        places[LEAD] = lead
        for event in range(high - low):
            n = np.uint64(low) + np.uint64(event)
            now = at[n]
            k = kind[n]
            if event > 0 and now - before > visit_gap:
                windows[W_PLACE, VISIT] += 1
            before = now
            own_row = rows[k]
            rows[k] = own_row + ONE
            places[OWN] = own_row
            for c in range(code_at.shape[1]):
                places[CODED + c] = codes[code_at[k, c] + code_step[k, c] * own_row]
            words = (block_first[k + 1] - block_first[k] + np.uint64(WORD - 1)) // np.uint64(WORD)
            width = words + words if some_unknown else words
            some_reached = reach_slots[cursor] == low + event
            if some_reached:
                for word in range(words):
                    reached[word] = 0
                while reach_slots[cursor] == low + event:
                    for word in range(words):
                        reached[word] |= reaching[reach_by[cursor], k, word]
                    cursor += ONE
            for word in range(words):
                out = np.uint64(0)
                false = np.uint64(0)
                for look in range(looks.shape[1]):
                    entry = looks[k, look].table + places[looks[k, look].by] * width + np.uint64(word)
                    out |= kept_out[entry]
                    if some_unknown:
                        false |= kept_out[entry + words]
                asked = every[k, word] & ~reaching[waiting, k, word]
                base = block_first[k] + np.uint64(word * WORD)
                if some_reached:
                    asked |= reached[word]
                    left = reached[word]
                    while left != 0:
                        counts[own, blocks[base + _place_of_lowest(left)].item, 2] += 1
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
                            counts[own, i, 1] += 1
                            continue
                        nominal = 0
                        if state[BEYOND_AT] < 0:
                            state[BEYOND_AT] = i
                    counts[own, i, 0] += 1
                    if nominal == 0 and block.always == 0:
                        continue
                    slot = -1
                    if block.limit >= 0:
                        place = np.uint64(block.limit + eaches[block.each + places[block.each_by]])
                        w = block.window
                        if now < windows[W_BEGIN, w] or now >= windows[W_END, w]:
                            calendar = w - CALENDAR
                            begin, end = window_first[calendar], window_first[calendar + 1]
                            window = place_in(window_starts, begin, end, window_per[calendar], now)
                            windows[W_PLACE, w] = window
                            windows[W_BEGIN, w] = window_starts[window]
                            windows[W_END, w] = window_starts[window + 1]
                        window = windows[W_PLACE, w]
                        # windows follow one another, so none but the last of a value can be meant; without a branch,
                        # for nobody could tell which way it goes
                        slot = slot_of[place] - slots_before
                        known = np.uint64(slot if slot > 0 else 0)
                        goes_on = (slot >= 0) & (limits[known, S_WINDOW] == window)
                        before_it = limits[known, S_MARKS] if goes_on else 0
                        slot = slot if goes_on else slots
                        slots += 0 if goes_on else 1
                        slot_of[place] = slots_before + slot
                        limits[np.uint64(slot), S_ITEM] = i
                        limits[np.uint64(slot), S_WINDOW] = window
                        limits[np.uint64(slot), S_MARKS] = before_it + 1
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
                        counts[own, block.item, 1] += 1
            for c in range(clock_first[k], clock_first[k + 1]):
                clock = clocks[c]
                if now - wound_at[clock] >= clock_after[clock]:
                    if wound_at[clock] > -END:
                        m_nominal[wound_by[clock]] = wound_at[clock] - m_at[wound_by[clock]]
                    wound_by[clock] = made
                    m_at[made] = now
                    m_item[made] = items + clock
                    m_nominal[made] = 0
                    m_slot[made] = -1
                    m_event[made] = event
                    made += ONE
                wound_at[clock] = now
        for clock in range(len(wound_at)):
            if wound_at[clock] > -END:
                m_nominal[wound_by[clock]] = wound_at[clock] - m_at[wound_by[clock]]
        # the ring of a rolling limit never holds more than the limit or the marks of its slot
        at_ring = r_first[lead]
        total = 0
        ring[at_ring] = 0
        for slot in range(slots):
            i = limits[slot, S_ITEM]
            total += min(held[i], limits[slot, S_MARKS])
            ring[at_ring + 1 + slot] = total
        r_first[lead + 1] = at_ring + 1 + slots
        slots_before += slots
        lead += 1
    m_first[lead] = np.int64(made)
    state[LEADS], state[MARKS], state[REACHED], state[SLOTS] = lead, np.int64(made), np.int64(cursor), slots_before
    return lead
