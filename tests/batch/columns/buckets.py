"""Histories as a bucket, and what matching in columns must give for it: what a walk through each gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import polars as pl

from rules_engine.batch.columns.bucket import Bucket, EventRows
from rules_engine.batch.columns.match import MatchedColumns
from rules_engine.batch.sources.convert import dtype
from rules_engine.engine import Engine
from rules_engine.matching.history import History, read_fields
from rules_engine.matching.match import Walker, begin_walk, lead_scope, profile_of
from rules_engine.matching.prepare import Prepared
from rules_engine.matching.walk import Walk
from rules_engine.model.types import Field, Model
from rules_engine.scoring.plan import Inputs
from tests.differential.histories import Case


def bucket_of_cases(engine: Engine, cases: Sequence[Case]) -> Bucket:
    """Each case is a lead, in this order."""
    model = engine.model
    leads = [_values(model.lead_fields, case.lead, engine) for case in cases]
    accounts = [_values(model.account_fields, case.account, engine) for case in cases]
    columns = [
        *(_column(f"lead.{name}", field, [lead[name] for lead in leads]) for name, field in model.lead_fields.items()),
        *(
            _column(f"account.{name}", field, [account[name] for account in accounts])
            for name, field in model.account_fields.items()
        ),
    ]
    as_of = np.array([case.as_of for case in cases], dtype=np.int64)
    return Bucket(pl.DataFrame(columns), {name: _rows(engine, name, cases) for name in model.events}, as_of)


def _rows(engine: Engine, name: str, cases: Sequence[Case]) -> EventRows:
    declared = engine.model.events[name].attributes
    rows = [
        (lead, event, _values(declared, event.get("attributes", {}), engine))
        for lead, case in enumerate(cases)
        for event in case.events
        if event["type"] == name
    ]
    return EventRows(
        np.array([lead for lead, _, _ in rows], dtype=np.int32),
        np.array([event["at"] for _, event, _ in rows], dtype=np.int64),
        pl.Series([event.get("id") for _, event, _ in rows], dtype=pl.String),
        pl.DataFrame([_column("." + n, field, [values[n] for _, _, values in rows]) for n, field in declared.items()]),
    )


def _values(declared: Mapping[str, Field], raw: Mapping[str, Any], engine: Engine) -> dict[str, object]:
    return read_fields(declared, raw, "record", [], engine.zone)


def _column(name: str, field: Field, values: list[object]) -> pl.Series:
    return pl.Series(name, values, dtype=dtype(field.type))


@dataclass(frozen=True)
class OneMatch:
    """One lead's walk to its as-of time, and what held just before its first event."""

    profile: list[int]
    caps: list[int]
    walk: Walk
    inputs: Inputs


def match(prepared: Prepared, history: History, as_of: int) -> OneMatch:
    scope = lead_scope(prepared, history.lead, history.account)
    walk = begin_walk(prepared, scope, history.events[0].at - 1 if history.events else as_of)
    profile, caps = profile_of(prepared, walk), list(walk.caps)
    return OneMatch(profile, caps, walk, Walker(prepared, walk, scope).run(history.events, as_of))


def ring_of(prepared: Prepared, walk: Walk) -> list[int]:
    """Where the counted instants of each slot begin when each has just the room that its events can need."""
    plan = prepared.plan
    rooms = [
        min(plan.i_times[i], uses) if plan.i_within[i] > 0 and not plan.i_highest[i] else 0
        for i, uses in zip(walk.slot_items, walk.slot_uses, strict=True)
    ]
    return list(accumulate(rooms, initial=0))


def told(prepared: Prepared, history: History, one: OneMatch) -> dict[str, Any]:
    """What one lead's match says, up to its as-of time."""
    inputs, walk = one.inputs, one.walk
    changes = (inputs.h_at, inputs.h_score, inputs.h_profile, inputs.h_cap, inputs.h_up, inputs.h_down)
    marks = (inputs.m_at, inputs.m_item, inputs.m_nominal, inputs.m_slot, inputs.m_event)
    return {
        "begin": walk.begin,
        "profile": one.profile,
        "caps": one.caps,
        "marks": list(zip(*marks, strict=True)),
        "ring": ring_of(prepared, walk),
        "changes": list(zip(*changes, strict=True)),
        "tallies": {
            one.tally.name: tally.copy().value(walk.at, walk.visit_start, walk.last_event)
            for one, tally in zip(prepared.tallies, walk.tallies, strict=True)
        },
        "gates": dict(walk.snapshot(prepared).gates),
        "standing": [(value.amount, value.verdict) for value in walk.standing],
        "events": [(event.at, event.type, event.id, event.attributes) for event in history.events],
    }


def told_of(model: Model, matched: MatchedColumns, lead: int) -> dict[str, Any]:
    """The same of a lead of a bucket."""
    marks = matched.marks
    own = slice(int(marks.m_first[lead]), int(marks.m_first[lead + 1]))
    moved = slice(int(marks.h_first[lead]), int(marks.h_first[lead + 1]))
    of_marks = (marks.m_at, marks.m_item, marks.m_nominal, marks.m_slot, marks.m_event)
    changes = (marks.h_at, marks.h_score, marks.h_profile, marks.h_cap, marks.h_up, marks.h_down)
    names = sorted(model.events)
    slots = matched.slots
    events = []
    for slot in range(int(slots.first[lead]), int(slots.first[lead + 1])):
        kind, row = names[slots.kind[slot]], int(slots.row[slot])
        rows = matched.events[kind]
        attributes = {c[1:]: rows.attributes[c][row] for c in rows.attributes.columns}
        events.append((int(slots.at[slot]), kind, None if rows.ids is None else rows.ids[row], attributes))
    until = {g: int(at) for g, at in enumerate(matched.gates.until[lead].tolist())}
    verdicts = {0: False, 1: True, 2: None}
    return {
        "begin": int(marks.begin[lead]),
        "profile": marks.profile[lead].tolist(),
        "caps": marks.caps[lead].tolist(),
        "marks": list(zip(*(column[own].tolist() for column in of_marks), strict=True)),
        "ring": marks.slot_ring[marks.r_first[lead] : marks.r_first[lead + 1]].tolist(),
        "changes": list(zip(*(column[moved].tolist() for column in changes), strict=True)),
        "tallies": {name: run.decode(run.final[lead : lead + 1])[0] for name, run in matched.tallies.items()},
        "gates": {g: until[g] if until[g] > -(2**62) else None for g in np.flatnonzero(matched.gates.holds[lead])},
        "standing": [(int(run.amount[lead]), verdicts[int(run.outcome[lead])]) for run in matched.standing],
        "events": events,
    }
