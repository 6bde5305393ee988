"""From what one-lead scoring matches to the columns of many leads, and the plain fold of each to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from rules_engine.batch.fold.folded import Folded
from rules_engine.batch.fold.marks import MarkColumns
from rules_engine.engine import Engine
from rules_engine.matching.history import History
from rules_engine.matching.match import Walker, begin_walk, lead_scope
from rules_engine.matching.prepared import Prepared
from rules_engine.result.build import values_of_scores
from rules_engine.result.run import Run, begin_run, go_on
from rules_engine.scoring.amounts import to_reading
from rules_engine.scoring.kernel import inputs_of
from rules_engine.scoring.plan import Inputs, Plan
from rules_engine.scoring.remains import activity_at, reading_at, total_at


@dataclass(frozen=True, slots=True)
class OneLead:
    """What one-lead scoring found at an as-of time, and what held just before the first event."""

    as_of: int
    history: History
    begin: int
    profile: list[int]
    caps: list[int]
    run: Run
    has_value: list[bool]
    inputs: Inputs


def matched_lead(
    engine: Engine, lead: dict[str, Any], account: dict[str, Any] | None, events: list[Any], as_of: int
) -> OneLead:
    prepared = engine._prepared
    history = prepared.reader.history(lead, account, events, as_of)
    scope = lead_scope(prepared, history.lead, history.account)
    begin = history.events[0].at - 1 if history.events else as_of
    begun = begin_run(prepared, scope, begin)
    profile, caps = list(begun.state.s_profile), list(begun.state.s_cap)
    run = go_on(prepared, begun, scope, history.events, as_of)
    walker = Walker(prepared, begin_walk(prepared, scope, begin), scope)
    walker.run(history.events, as_of)
    starts = list(accumulate(walker.walk.slot_room, initial=0))
    inputs = inputs_of(walker.marks, walker.changes, starts)
    return OneLead(as_of, history, begin, profile, caps, run, values_of_scores(prepared, scope), inputs)


def marks_of(matched: Sequence[OneLead], scores: int) -> MarkColumns:
    """The marks of leads as one table. `scores`: how many the model has."""

    def first(name: str) -> Any:
        return np.cumsum([0, *(len(getattr(one.inputs, name)) for one in matched)], dtype=np.int64)

    def column(name: str, dtype: type = np.int64) -> Any:
        return np.array([number for one in matched for number in getattr(one.inputs, name)], dtype=dtype)

    return MarkColumns(
        begin=np.array([one.begin for one in matched], dtype=np.int64),
        profile=np.array([one.profile for one in matched], dtype=np.int64).reshape(-1, scores),
        caps=np.array([one.caps for one in matched], dtype=np.int64).reshape(-1, scores),
        m_first=first("m_at"),
        m_at=column("m_at"),
        m_item=column("m_item", np.int32),
        m_nominal=column("m_nominal"),
        m_slot=column("m_slot", np.int32),
        m_event=column("m_event", np.int32),
        r_first=first("slot_ring"),
        slot_ring=column("slot_ring", np.int32),
        h_first=first("h_at"),
        h_at=column("h_at"),
        h_score=column("h_score", np.int32),
        h_profile=column("h_profile"),
        h_cap=column("h_cap"),
        h_up=column("h_up"),
        h_down=column("h_down"),
        largest=max((abs(nominal) for one in matched for nominal in one.inputs.m_nominal), default=0),
    )


def plainly(prepared: Prepared, one: OneLead) -> dict[str, Any]:
    """What the plain kernel says of one lead."""
    plan, state, as_of, scores = prepared.plan, one.run.state, one.as_of, range(len(prepared.numbering.scores))
    return {
        "ledger": one.run.ledger,
        "moves": one.run.moves,
        "activity": [activity_at(plan, state, s, as_of) for s in scores],
        "profile": state.s_profile,
        "total": [total_at(plan, state, s, as_of) for s in scores],
        "reading": [reading_at(plan, state, s, as_of) for s in scores],
        "cap": state.s_cap,
        "band": state.s_band,
        "since": state.s_since,
        "peak": [to_reading(peak) for peak in state.s_peak],
        "peak_at": state.s_peak_at,
        "last_increase": [max(state.s_increase[p] for p in leaves_of(plan, s)) for s in scores],
    }


def leaves_of(plan: Plan, s: int) -> list[int]:
    """The scores with rules that a combined score is made of; of another one itself."""
    parts = range(plan.s_parts[s], plan.s_parts[s + 1])
    return [leaf for n in parts for leaf in leaves_of(plan, plan.part_score[n])] or [s]


def compiled(folded: Folded, lead: int) -> dict[str, Any]:
    """The same of one lead out of many."""
    found: dict[str, Any] = {"ledger": [], "moves": []}
    if folded.ledger is not None:
        found["ledger"] = rows(
            folded.ledger, lead, ("at", "score", "kind", "index", "nominal", "effective", "reason", "event")
        )
    if folded.moves is not None:
        found["moves"] = rows(folded.moves, lead, ("at", "score", "before", "after", "cause"))
    for name in ("activity", "profile", "total", "reading", "cap", "band", "since", "peak", "peak_at", "last_increase"):
        found[name] = getattr(folded, name)[lead].tolist()
    return found


def rows(columns: Any, lead: int, names: tuple[str, ...]) -> list[int]:
    part = slice(columns.first[lead], columns.first[lead + 1])
    return np.column_stack([getattr(columns, name)[part] for name in names]).ravel().tolist()
