"""The pass of tallies, compiled: one visit per event of the types that a tally counts.

Values of tallies are whole numbers: counts, sums, or codes with NULL for nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rules_engine.batch.columns.passes import FAR, NONE, NULL, ONE, Array, compiled, inlined, place_in

COUNT, SUM, DISTINCT, LATEST, MIN, MAX = 0, 1, 2, 3, 4, 5
SINGLE, ROLLING, VISIT, CALENDAR = 0, 1, 2, 3  # windows: all there is, the last so long, a visit, a day or the like

# worths of events: what they add, and
NOT_COUNTED = NULL + 2  # of one that does not match
BEYOND = NULL + 1  # of one that is more than can be counted
# NULL of one that matches and adds nothing

MOST = 9e18  # what sums of whole numbers may come to
WORTH, TAKE, AFTER = 0, 1, 2  # what is known of events of one type: where their worths begin, and
OF_ROW, OF_ALL = -1, -2  # takes: each row has a worth of its own; all have one
UNTIL, HELD, HELD_BY = 0, 1, 2  # what counts in a rolling window, oldest first: until when, how much, which event


@compiled(
    "i8[] first, i8[] at, u2[] kind, i8[] as_of, b1 listed, i4[] own, i4[] source_of, i8[,] sources, "
    "i8[] worths, i4[] takes, i8 measure, i8 form, i8 length, i8[] starts, i8[] classes, b1 changes, "
    "i8[] thresholds, i8[,] held, i8[] seen, i8[] rows, i8[] final, i8[] earliest, i8[] latest, i8[] c_first, "
    "i8[] c_at, i8[] c_value, i8[,] reached, i8[] reaches, i8[] after -> i8"
)
def tally(
    first: Array,
    at: Array,
    kind: Array,
    as_of: Array,
    listed: bool,
    own: Array,
    source_of: Array,
    sources: Array,
    worths: Array,
    takes: Array,
    measure: int,
    form: int,
    length: int,
    starts: Array,
    classes: Array,
    changes: bool,
    thresholds: Array,
    held: Array,
    seen: Array,
    rows: Array,
    final: Array,
    earliest: Array,
    latest: Array,
    c_first: Array,
    c_at: Array,
    c_value: Array,
    reached: Array,
    reaches: Array,
    after: Array,
) -> int:
    """One tally over all leads.

    The events that it counts or that read it are `listed` in `own`, their slots rising; or they are found among all.
    `source_of` has for each kind of event the row of `sources`, -1 for none. That tells where `worths` of its events
    begin, what they add (no worths: each is counted); which of them each row has, from that place in `takes` on; and
    where in `after` the value after each event is wanted (-1: not). `form` is that of the window, `length` its length
    (rolling: how long, visits: the gap), and `starts` are where days, weeks or months begin. `classes` has for each
    value the class of those that nothing tells apart (empty: each its own).

    `held` [3, n] has room for the longest history of a rolling window, `seen` a -1 for each code that `distinct`
    counts, `rows` a 0 for each source.

    Finds for each lead with such events the value at the as-of time, the first and last match (NONE: there is none),
    and, where `changes` are wanted,
    the rows (instant, value) at which the class between events changes, two for an event at most, and where those of
    each lead begin; then [threshold, place] the slots of the events that take the value from below a threshold to it
    or more, and how many these are. Gives the worth of the first event whose worth is beyond what can be counted, or
    with which the sum could be (NULL: none).
    """
    # written out for the commonest, so that nothing of other tallies is asked at each event
    if measure == COUNT and form == ROLLING:
        beyond: int = _walk(
            first,
            at,
            kind,
            as_of,
            listed,
            own,
            source_of,
            sources,
            worths,
            takes,
            COUNT,
            ROLLING,
            length,
            starts,
            classes,
            changes,
            thresholds,
            held,
            seen,
            rows,
            final,
            earliest,
            latest,
            c_first,
            c_at,
            c_value,
            reached,
            reaches,
            after,
        )
    elif measure == COUNT:
        beyond = _walk(
            first,
            at,
            kind,
            as_of,
            listed,
            own,
            source_of,
            sources,
            worths,
            takes,
            COUNT,
            form,
            length,
            starts,
            classes,
            changes,
            thresholds,
            held,
            seen,
            rows,
            final,
            earliest,
            latest,
            c_first,
            c_at,
            c_value,
            reached,
            reaches,
            after,
        )
    else:
        beyond = _walk(
            first,
            at,
            kind,
            as_of,
            listed,
            own,
            source_of,
            sources,
            worths,
            takes,
            measure,
            form,
            length,
            starts,
            classes,
            changes,
            thresholds,
            held,
            seen,
            rows,
            final,
            earliest,
            latest,
            c_first,
            c_at,
            c_value,
            reached,
            reaches,
            after,
        )
    return beyond


@inlined
def _walk(
    first: Array,
    at: Array,
    kind: Array,
    as_of: Array,
    listed: bool,
    own: Array,
    source_of: Array,
    sources: Array,
    worths: Array,
    takes: Array,
    measure: int,
    form: int,
    length: int,
    starts: Array,
    classes: Array,
    changes: bool,
    thresholds: Array,
    held: Array,
    seen: Array,
    rows: Array,
    final: Array,
    earliest: Array,
    latest: Array,
    c_first: Array,
    c_at: Array,
    c_value: Array,
    reached: Array,
    reaches: Array,
    after: Array,
) -> Any:
    leads = len(first) - 1
    empty = 0 if measure <= DISTINCT else NULL
    counts = len(worths) == 0
    beyond = NULL
    per = np.float64(len(starts) - 1) / np.float64(starts[len(starts) - 1] - starts[0]) if form == CALENDAR else 0.0
    made = 0
    j = np.uint64(0)
    size = np.uint64(len(own))
    single = len(sources) == 1
    lead = -1
    while True:
        following = lead + 1
        if listed:
            following = leads if j == size else following
            while j < size and own[j] >= first[following + 1]:
                following += 1
        if changes:
            for one in range(lead + 1, following + 1):
                c_first[one] = made
        lead = following
        if lead == leads:
            break
        high = np.uint64(first[lead + 1])
        n = np.uint64(first[lead])
        if listed:
            n = np.uint64(own[j])
        else:
            while n < high and source_of[kind[n]] < 0:
                n += ONE
        if n >= high:
            continue
        value = empty
        told = _class(classes, empty)
        begin = end = np.uint64(0)
        over = FAR  # when a window of another form ends
        alive = np.int64(n)  # `distinct`: slots from here on count
        load = 0.0
        before = first_match = last_match = NONE
        while True:
            last = n >= high
            if last:
                upto = as_of[lead]
                now = upto + 1
            else:
                now = upto = at[n]
            if changes and now > before:  # events at one instant are told together
                if _class(classes, value) != told:
                    c_at[made], c_value[made] = before, value
                    made += 1
                    told = _class(classes, value)
                before = now
            # what stops counting up to now
            if form == ROLLING:
                while begin < end and held[UNTIL, begin] <= upto:
                    moment = held[UNTIL, begin]
                    while begin < end and held[UNTIL, begin] == moment:
                        if measure == COUNT:
                            value -= 1
                        elif measure == SUM:
                            value -= held[HELD, begin]
                        elif measure == DISTINCT and seen[held[HELD, begin]] == held[HELD_BY, begin]:
                            value -= 1
                        begin += ONE
                    if measure > DISTINCT:
                        value = held[HELD, begin] if begin < end else NULL
                    if changes and moment < now and _class(classes, value) != told:
                        c_at[made], c_value[made] = moment, value
                        made += 1
                        told = _class(classes, value)
                if begin == end:
                    begin = end = np.uint64(0)
            elif over <= upto:
                value = empty
                alive = np.int64(n)
                if changes and over < now and _class(classes, value) != told:
                    c_at[made], c_value[made] = over, value
                    made += 1
                    told = _class(classes, value)
                over = FAR
            if last:
                break
            source = 0
            row = np.int64(j)
            if not single:
                source = source_of[kind[n]]
                row = rows[source]
                rows[source] = row + 1
            worth = 0
            if not counts:
                place = sources[source, WORTH]
                take = sources[source, TAKE]
                if take >= 0:
                    place += takes[take + row]
                elif take == OF_ROW:
                    place += row
                worth = worths[place]
            if worth != NOT_COUNTED:
                if first_match == NONE:
                    first_match = now
                last_match = now
                if worth == BEYOND and measure == SUM:
                    beyond = worth if beyond == NULL else beyond
                elif worth != NULL:
                    was = value
                    if form == VISIT and over == FAR:
                        m = n
                        while m + ONE < high and at[m + ONE] - at[m] <= length:
                            m += ONE
                        over = at[m] + length + 1
                    elif form == CALENDAR and over == FAR:
                        over = starts[place_in(starts, 0, len(starts), per, now) + 1]
                    if measure == COUNT:
                        value += 1
                    elif measure == SUM:
                        value += worth
                        load += abs(float(worth))
                        if load > MOST:
                            beyond = worth if beyond == NULL else beyond
                    elif measure == DISTINCT:
                        if form == ROLLING:
                            alive = held[HELD_BY, begin] if begin < end else np.int64(n)
                        if seen[worth] < alive:
                            value += 1
                        seen[worth] = np.int64(n)
                    elif measure == LATEST:
                        value = worth
                        begin = end = np.uint64(0)
                    elif measure == MIN:
                        value = worth if value == NULL else min(value, worth)
                        while form == ROLLING and end > begin and held[HELD, end - ONE] >= worth:
                            end -= ONE
                    else:
                        value = max(value, worth)
                        while form == ROLLING and end > begin and held[HELD, end - ONE] <= worth:
                            end -= ONE
                    if form == ROLLING:
                        held[UNTIL, end] = now + length
                        if measure != COUNT:
                            held[HELD, end] = worth
                            held[HELD_BY, end] = np.int64(n)
                        end += ONE
                    for t in range(len(thresholds)):
                        if was < thresholds[t] and value >= thresholds[t]:
                            reached[t, reaches[t]] = np.int64(n)
                            reaches[t] += 1
            if sources[source, AFTER] >= 0:
                after[sources[source, AFTER] + row] = value
            j += ONE
            if listed:
                n = np.uint64(own[j]) if j < size else high
            else:
                n += ONE
                while n < high and source_of[kind[n]] < 0:
                    n += ONE
        final[lead], earliest[lead], latest[lead] = value, first_match, last_match
    return beyond


@inlined
def _class(classes: Array, value: int) -> int:
    return classes[value] if len(classes) else value
