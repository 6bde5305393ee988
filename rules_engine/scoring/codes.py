"""The numbers that the fold writes: kinds and reasons of entries, causes of transitions, classes of what is pending."""

from __future__ import annotations

DAY = 86_400_000_000  # microseconds

# kinds and reasons of ledger entries; the first two are those of rules, too
AWARD, SET_TO, DECAY, GIVE_BACK, PENALTY_TAKEN, INACTIVITY = 0, 1, 2, 3, 4, 5
NO_REASON, LIMIT, RULE_MAX, GROUP_MAX, MAX, MIN, FLOOR = 0, 1, 2, 3, 4, 5, 6

# causes of transitions: kind * CAUSE + index
CAUSE = 1 << 20
BY_NOTHING, BY_ITEM, BY_DECAY, BY_CLOCK, BY_STANDING, BY_GATE = 0, 1, 2, 3, 4, 5
FIRST_ITEM, DECAYED = BY_ITEM * CAUSE, BY_DECAY * CAUSE

# classes of what is pending: an award falls, something taken is given back, a daily part of a penalty
FALLS, RETURNS, PART = 0, 1, 2
