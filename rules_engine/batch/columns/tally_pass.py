"""Windows of time and the pass of tallies, compiled: one visit per event of the types that a tally counts.

It stands in a module of its own, because numba's cache on disk notices edits of the file a function stands in and of
no other. Values of tallies are whole numbers: counts, sums, or codes with NULL for nothing.
"""

from __future__ import annotations

import numpy as np

from rules_engine.batch.columns.passes import FAR, NONE, NULL, Array, compiled, inlined

COUNT, SUM, DISTINCT, LATEST, MIN, MAX = 0, 1, 2, 3, 4, 5
SINGLE, ROLLING, VISIT, CALENDAR = 0, 1, 2, 3  # windows: all there is, the last so long, a visit, a day or the like

# worths of events: what they add, and
NOT_COUNTED = NULL + 2  # of one that does not match
BEYOND = NULL + 1  # of one that is more than can be counted
# NULL of one that matches and adds nothing

ONE = np.uint64(1)
MOST = 9e18  # what sums of whole numbers may come to


# --- windows ----------------------------------------------------------------------------------------------------------


@compiled
def place_of(starts: Array, at: int) -> int:
    """The place of the last start that is not after an instant. Starts rise, the first is not after it, the last is.

    They lie about evenly as a rule, so that the place can be told from the instant.
    """
    low, high = 0, len(starts) - 1
    near = int(float(at - starts[0]) / float(starts[high] - starts[0]) * high)
    for place in range(max(near - 1, 0), min(near + 2, high)):
        if starts[place] <= at and at < starts[place + 1]:
            return place
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= at:
            low = middle
        else:
            high = middle
    return low


# --- tallies ----------------------------------------------------------------------------------------------------------


@compiled
def tally(
    first: Array,
    at: Array,
    as_of: Array,
    own: Array,
    worths: Array,
    wanted_at: Array,
    measure: int,
    window: tuple[int, int, Array],
    codes: int,
    classes: Array,
    changes: bool,
    thresholds: Array,
    after: Array,
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, int]:
    """One tally over all leads.

    `own` are the slots of events that it counts or that read it, `worths` what these add (empty: each is counted), and
    `wanted_at` where in `after` the value after each is wanted (-1: not; empty: of none). `window` is its form, its
    length (rolling: how long, visits: the gap), and where the days, weeks or months begin. `codes` bounds the codes
    that `distinct` counts. `classes` has for each value the class of those that nothing tells apart (empty: each its
    own).

    Gives the value at the as-of time, the first and last match, and, where `changes` are wanted, the rows (instant,
    value) at which the class between events changes, and where those of each lead begin; then [threshold, place] the
    slots of the events that take the value from below a threshold to it or more, and how many these are; and the place
    in `own` of the first event whose worth is beyond what can be counted, or with which the sum could be (-1: none).
    """
    leads = len(first) - 1
    form, length, starts = window
    empty = 0 if measure <= DISTINCT else NULL
    final = np.full(leads, empty, np.int64)
    earliest = np.full(leads, NONE, np.int64)
    latest = np.full(leads, NONE, np.int64)
    beyond = -1
    # what counts in a rolling window, oldest first: until when, how much, and its place in `own`
    longest = 0
    if form == ROLLING:
        for lead in range(leads):
            longest = max(longest, first[lead + 1] - first[lead])
    held_until = np.empty(longest, np.int64)
    held = np.empty(longest if measure != COUNT else 0, np.int64)
    held_place = np.empty(longest if measure != COUNT else 0, np.int64)
    seen = np.full(codes if measure == DISTINCT else 0, -1, np.int64)  # the last place in `own` with a code
    c_first = np.zeros(leads + 1, np.int64)
    c_at = np.empty(2 * len(own) if changes else 0, np.int64)
    c_value = np.empty(2 * len(own) if changes else 0, np.int64)
    made = 0
    reached = np.empty((len(thresholds), len(own)), np.int64)
    reaches = np.zeros(len(thresholds), np.int64)
    j = np.uint64(0)  # what counts from 0 is unsigned: compiled code need not ask whether it counts from the end
    size = np.uint64(len(own))
    for lead in range(leads):
        c_first[lead] = made
        high = first[lead + 1]
        if j == size or own[j] >= high:
            continue
        value = told = empty
        begin = end = np.uint64(0)
        over = FAR  # when a window of another form ends
        alive = int(j)  # `distinct`: places from here on count
        load = 0.0
        before = first_match = last_match = NONE
        while True:
            last = j == size or own[j] >= high
            if last:
                upto = as_of[lead]
                now = upto + 1
            else:
                now = upto = at[own[j]]
            if changes and now > before:  # events at one instant are told together
                if value != told and _class(classes, value) != _class(classes, told):
                    c_at[made], c_value[made] = before, value
                    made += 1
                    told = value
                before = now
            # what stops counting up to now
            if form == ROLLING:
                while begin < end and held_until[begin] <= upto:
                    moment = held_until[begin]
                    while begin < end and held_until[begin] == moment:
                        if measure == COUNT:
                            value -= 1
                        elif measure == SUM:
                            value -= held[begin]
                        elif measure == DISTINCT and seen[held[begin]] == held_place[begin]:
                            value -= 1
                        begin += ONE
                    if measure > DISTINCT:
                        value = held[begin] if begin < end else NULL
                    if changes and moment < now and _class(classes, value) != _class(classes, told):
                        c_at[made], c_value[made] = moment, value
                        made += 1
                        told = value
                if begin == end:
                    begin = end = np.uint64(0)
            elif over <= upto:
                value = empty
                alive = int(j)
                if changes and over < now and _class(classes, value) != _class(classes, told):
                    c_at[made], c_value[made] = over, value
                    made += 1
                    told = value
                over = FAR
            if last:
                break
            worth = worths[j] if len(worths) else 0
            if worth != NOT_COUNTED:
                if first_match == NONE:
                    first_match = now
                last_match = now
                if worth == BEYOND and measure == SUM:
                    beyond = int(j) if beyond < 0 else beyond
                elif worth != NULL:
                    was = value
                    if form == VISIT and over == FAR:
                        m = own[j]
                        while m + 1 < high and at[m + 1] - at[m] <= length:
                            m += 1
                        over = at[m] + length + 1
                    elif form == CALENDAR and over == FAR:
                        over = starts[place_of(starts, now) + 1]
                    if measure == COUNT:
                        value += 1
                    elif measure == SUM:
                        value += worth
                        load += abs(float(worth))
                        if load > MOST:
                            beyond = int(j) if beyond < 0 else beyond
                    elif measure == DISTINCT:
                        if form == ROLLING:
                            alive = held_place[begin] if begin < end else int(j)
                        if seen[worth] < alive:
                            value += 1
                        seen[worth] = int(j)
                    elif measure == LATEST:
                        value = worth
                        begin = end = np.uint64(0)
                    elif measure == MIN:
                        value = worth if value == NULL else min(value, worth)
                        while form == ROLLING and end > begin and held[end - ONE] >= worth:
                            end -= ONE
                    else:
                        value = max(value, worth)
                        while form == ROLLING and end > begin and held[end - ONE] <= worth:
                            end -= ONE
                    if form == ROLLING:
                        held_until[end] = now + length
                        if measure != COUNT:
                            held[end] = worth
                            held_place[end] = int(j)
                        end += ONE
                    for t in range(len(thresholds)):
                        if was < thresholds[t] and value >= thresholds[t]:
                            reached[t, reaches[t]] = own[j]
                            reaches[t] += 1
            if len(wanted_at) and wanted_at[j] >= 0:
                after[wanted_at[j]] = value
            j += ONE
        final[lead], earliest[lead], latest[lead] = value, first_match, last_match
    c_first[leads] = made
    return final, earliest, latest, c_first, c_at[:made], c_value[:made], reached, reaches, beyond


@inlined
def _class(classes: Array, value: int) -> int:
    return classes[value] if len(classes) else value
