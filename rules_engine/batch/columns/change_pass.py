"""What holds between events and how it changes, compiled: timelines of tallies, gates, profile parts and caps."""

from __future__ import annotations

from rules_engine.batch.columns.passes import FAR, NONE, Array, compiled

CAUSE = 1 << 20
BY_NOTHING, BY_STANDING, BY_GATE = 0, 4, 5
STARTS, STOPS = 1, 2  # what an event does to a gate, by bit
UP, DOWN, CAPPED, STEPPED, PART = 0, 1, 2, 3, 4  # what `changes` notes of a score
NOTED = 5


@compiled(
    "i8[] begin, i8[] as_of, i8[,] first, i8[] at, i8[] value, i8[] empty, i8[] dates, i8[] next_of, "
    "i8[] r_first, i4[] r_lead, i8[] r_at, i8[,] r_value"
)
def merged(
    begin: Array,
    as_of: Array,
    first: Array,
    at: Array,
    value: Array,
    empty: Array,
    dates: Array,
    next_of: Array,
    r_first: Array,
    r_lead: Array,
    r_at: Array,
    r_value: Array,
) -> None:
    """The timelines of several tallies as one: a row for each instant at which a tally changes or a date lies, after
    the beginning of each lead.

    `first` is [tally, lead + 1], into `at` and `value` of all tallies one after the other; `empty` is the value of each
    before any event; dates rise. Finds where each lead's rows begin, their leads, instants, and values [tally, row].
    """
    leads, tallies = len(begin), len(empty)
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


@compiled(
    "i8[] first, i8[] at, i4[] own, u1[] does, i8 hold, i8[] as_of, i8[] r_lead, i8[] r_at, i8[] r_holds, "
    "i8[] ends_at -> i8"
)
def event_gate(
    first: Array,
    at: Array,
    own: Array,
    does: Array,
    hold: int,
    as_of: Array,
    r_lead: Array,
    r_at: Array,
    r_holds: Array,
    ends_at: Array,
) -> int:
    """One gate that events start and end. `own` are the slots of those that do, `does` whether they start or stop it.

    `hold` is its length, FAR for ever. Finds the rows (lead, instant, 1 or 0; two for an event at most) at which it
    turns, up to the as-of time, and gives how many; and for leads with such events until when it holds at the end
    (NONE: it does not).
    """
    made = 0
    p = 0
    for lead in range(len(first) - 1):
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
                r_lead[made], r_at[made], r_holds[made] = lead, until, 0
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
                r_lead[made], r_at[made], r_holds[made] = lead, now, 1 if holds else 0
                made += 1
        if holds:
            ends_at[lead] = until
    return made


@compiled("b1[,] holds, i8[] gate_first, i8[] gate_score, i8[] gate_cap, i8[,] caps")
def caps_of(holds: Array, gate_first: Array, gate_score: Array, gate_cap: Array, caps: Array) -> None:
    """Per lead and score the lowest cap of the gates that hold, FAR for none."""
    leads, gates = holds.shape
    for lead in range(leads):
        for score in range(caps.shape[1]):
            caps[lead, score] = FAR
        for gate in range(gates):
            if holds[lead, gate]:
                for n in range(gate_first[gate], gate_first[gate + 1]):
                    caps[lead, gate_score[n]] = min(caps[lead, gate_score[n]], gate_cap[n])


@compiled(
    "i8[] stream_first, i8[] stream_of, i8[] row_lead, i8[] row_at, i8[] row_before, i8[] row_value, "
    "i8[] rule_score, i8[,] profile, b1[,] holds, i8[] gate_first, i8[] gate_score, i8[] gate_cap, i8[] place, "
    "i8[,] noted, b1[] current, i8[] first, i8[] c_at, i4[] c_score, i8[] c_profile, i8[] c_cap, i8[] c_up, "
    "i8[] c_down"
)
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
    gate_first: Array,
    gate_score: Array,
    gate_cap: Array,
    place: Array,
    noted: Array,
    current: Array,
    first: Array,
    c_at: Array,
    c_score: Array,
    c_profile: Array,
    c_cap: Array,
    c_up: Array,
    c_down: Array,
) -> None:
    """What changes between a lead's events: profile parts by standing rules, caps by gates.

    Each gate and rule has a stream of rows, by lead and instant: what it was until then and what it is from then on, a
    rule its amount, a gate 1 or 0. `stream_of` is the rule, or -1 - g for gate g; all gates come first, in their order.
    `profile` and `holds` [lead, gate] tell of the beginning. `place` has room for a number of each stream, `noted` for
    NOTED of each score, `current` for one of each gate.

    Finds where each lead's changes begin, and the columns of the kernel: instant, score, profile, cap, up, down. There
    is one for each row of a rule at most, and for each row of a gate one for each of its caps.
    """
    leads, scores = profile.shape
    streams = len(stream_of)
    for stream in range(streams):
        place[stream] = stream_first[stream]
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
                for gate in range(len(current)):
                    current[gate] = holds[lead, gate]
                for s in range(scores):
                    noted[s, PART] = profile[lead, s]
        if lead == leads:
            break
        for s in range(scores):
            noted[s, UP] = noted[s, DOWN] = BY_NOTHING
            noted[s, CAPPED] = noted[s, STEPPED] = 0
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
                    noted[s, CAPPED] = 1
                    noted[s, DOWN if step > 0 else UP] = BY_GATE * CAUSE + gate
            else:
                s = rule_score[rule]
                noted[s, PART] += step
                noted[s, STEPPED] = 1
                noted[s, UP if step > 0 else DOWN] = BY_STANDING * CAUSE + rule
        for s in range(scores):
            if noted[s, CAPPED] == 0 and noted[s, STEPPED] == 0:
                continue
            cap = NONE
            if noted[s, CAPPED]:
                cap = FAR
                for gate in range(len(current)):
                    if current[gate]:
                        for k in range(gate_first[gate], gate_first[gate + 1]):
                            if gate_score[k] == s and gate_cap[k] < cap:
                                cap = gate_cap[k]
            c_at[made] = now
            c_score[made] = s
            c_profile[made] = noted[s, PART] if noted[s, STEPPED] else NONE
            c_cap[made] = cap
            c_up[made] = noted[s, UP]
            c_down[made] = noted[s, DOWN]
            made += 1
