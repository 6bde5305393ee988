"""The names behind the kernel's numbers: entries, reasons and causes in the words of the model."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.matching.prepared import Prepared
from rules_engine.result.types import EntryKind, LedgerEntry, Reason, Transition
from rules_engine.scoring.codes import BY_CLOCK, BY_GATE, BY_ITEM, BY_STANDING, CAUSE, DECAY, INACTIVITY

KINDS: tuple[EntryKind, ...] = ("award", "set", "decay", "give_back", "penalty", "inactivity")
REASONS: tuple[Reason | None, ...] = (None, "limit", "rule max", "group max", "max", "min", "floor")


def clock_name(prepared: Prepared, k: int) -> str:
    """ "inactivity", or "inactivity[2]" where a score has several clocks."""
    s, position = prepared.numbering.clocks[k]
    alone = len(prepared.numbering.scores[s].inactivity) == 1
    return "inactivity" if alone else f"inactivity[{position + 1}]"


def entries(prepared: Prepared, ledger: Sequence[int], score: int, first_event: int = 0) -> tuple[LedgerEntry, ...]:
    """The kernel's ledger of one score as typed entries.

    `first_event` is the number of the first event at hand; what an earlier one caused has no event to show.
    """
    found: list[LedgerEntry] = []
    items, numbers = prepared.numbering.items, iter(ledger)
    for at, s, kind, index, nominal, effective, reason, event in zip(*[numbers] * 8, strict=True):
        if s != score:
            continue
        if kind == DECAY:
            rule = None
        elif kind == INACTIVITY:
            rule = clock_name(prepared, index)
        else:
            rule = items[index].name
        shown = event - first_event if event >= first_event else None
        found.append(LedgerEntry(at, KINDS[kind], rule, nominal, effective, REASONS[reason], shown))
    return tuple(found)


def cause_name(prepared: Prepared, cause: int) -> str:
    """The cause of a band change: a rule's or penalty's name, "inactivity", "gate <name>" or "decay"."""
    kind, index = divmod(cause, CAUSE)
    if kind == BY_ITEM:
        return prepared.numbering.items[index].name
    if kind == BY_CLOCK:
        return clock_name(prepared, index)
    if kind == BY_STANDING:
        return prepared.standing[index].rule.name
    if kind == BY_GATE:
        return f"gate {prepared.gates[index].gate.name}"
    return "decay"


def transitions(prepared: Prepared, moves: Sequence[int], valued: list[bool]) -> tuple[Transition, ...]:
    """The kernel's band moves as typed transitions, in time order, of the scores that have a value."""
    found = []
    for n in range(0, len(moves), 5):
        at, s, before, after, cause = moves[n : n + 5]
        if valued[s]:
            score = prepared.numbering.scores[s]
            found.append(
                (
                    at,
                    s,
                    Transition(
                        score.name, at, score.bands[before].name, score.bands[after].name, cause_name(prepared, cause)
                    ),
                )
            )
    found.sort(key=lambda move: move[:2])
    return tuple(transition for _, _, transition in found)
