"""Live scoring: a lead's state between two looks, brought forward by new events alone.

    state = start(questions, lead, account)
    state, result = advance(questions, state, events, as_of)
    kept = state.to_bytes()

The state is a cache of what the whole history says, never a truth of its own: where new events alone cannot give the
same numbers, `NeedsHistory` is raised and nothing has changed.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rules_engine.matching.calendar import format_instant
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import Event, InputError, Row, events_of
from rules_engine.matching.match import lead_scope
from rules_engine.matching.prepare import Prepared, StandingValue
from rules_engine.matching.tallies import RunningTally, running_tally
from rules_engine.matching.walk import SlotKey, Walk, new_walk
from rules_engine.result.build import not_scored
from rules_engine.result.fold_cells import FoldCells, Slots
from rules_engine.result.ids import Ids
from rules_engine.result.later import LaterOf, Questions
from rules_engine.result.run import Run, Sums, begin_run, go_on, sums_of
from rules_engine.result.state_bytes import WALK_COLUMNS, Stored, damaged, from_stored, pack, to_stored, unpack
from rules_engine.result.types import Result
from rules_engine.scoring.plan import FAR, NONE

_NOTHING: frozenset[tuple[str, ...]] = frozenset()


class NeedsHistory(Exception):  # noqa: N818 - it names what the host must bring, not a fault
    """New events or fields alone cannot bring this lead forward; score its whole history: `engine.rebuild`.

    `reason` is "late event", "late look" or "changed fields". `at` is the instant of what came late, `state_at` the
    state's, `event` the record that is late, `fields` the paths of changed fields that the past depends on.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        at: int | None = None,
        state_at: int | None = None,
        event: Event | None = None,
        fields: tuple[str, ...] = (),
    ) -> None:
        self.reason, self.at, self.state_at, self.event, self.fields = reason, at, state_at, event, fields
        super().__init__(message)


class StateOfAnotherModel(ValueError):  # noqa: N818 - what it is, not a fault of the program
    """The state was made by another model, or another version of it; rebuild the lead from its history."""

    def __init__(self, state: LeadState, questions: Questions) -> None:
        model = questions.prepared.model
        self.model, self.version, self.model_hash = state.model, state.version, state.model_hash
        if (state.model, state.version) == (model.name, model.version):
            what = f"of {model.name} v{model.version} as it was before the file changed"
        else:
            what = f"of {state.model} v{state.version}"
        super().__init__(
            f"this state is {what}, the engine has {model.name} v{model.version}; "
            "rebuild the lead from its history with this engine, or load the version that the state is of"
        )


class LeadState:
    """Everything about a lead that its further scoring needs, as of `at` (None before the first advance).

    Made by `engine.start` and `engine.advance`, never changed: an advance gives a new one, and the old one stays good.
    `model`, `version` and `model_hash` say what it is a state of. Holds the declared fields of lead and account, but
    no past events beyond ids, instants and values that windows still need.
    """

    # no dataclass, since each advance makes one, and a frozen one takes three times as long
    __slots__ = (
        "_account",
        "_at",
        "_data",
        "_ids",
        "_lead",
        "_lead_id",
        "_of",
        "_questions",
        "_run",
        "_stored",
        "adds_nothing",
    )

    def __init__(
        self,
        of: tuple[str, int, str],
        lead_id: str | None,
        at: int | None,
        lead: dict[str, object],
        account: dict[str, object],
        ids: Ids,
        questions: Questions | None = None,
        run: Run | None = None,
        *,
        data: bytes | None = None,
        stored: Stored | None = None,
        adds_nothing: bool = False,
    ) -> None:
        self._of = of  # name, version and hash of the model
        self._lead_id = lead_id
        self._at = at
        self._lead = lead
        self._account = account
        self._ids = ids
        self._questions = questions  # None: read from bytes and not used yet
        self._run = run  # None before the first event
        self._data, self._stored = data, stored  # the bytes, where it was read from them, and what they say
        # nothing but decay has happened since the state from which it was brought forward, nor is a field another: for
        # what happens later that one will do as well
        self.adds_nothing = adds_nothing

    def __repr__(self) -> str:  # people's data has no place in logs
        shown = ("model", "version", "model_hash", "lead_id", "at")
        return f"LeadState({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def model(self) -> str:
        return self._of[0]

    @property
    def version(self) -> int:
        return self._of[1]

    @property
    def model_hash(self) -> str:
        return self._of[2]

    @property
    def lead_id(self) -> str | None:
        return self._lead_id

    @property
    def at(self) -> int | None:
        return self._at

    def to_bytes(self) -> bytes:
        """Compact bytes, the same for the same state; `from_bytes` reads them."""
        return pack(_stored_of(self)) if self._data is None else self._data

    @classmethod
    def from_bytes(cls, data: bytes) -> LeadState:
        """The state that `to_bytes` wrote. Raises `UnreadableState`."""
        stored = unpack(data)
        try:
            model, version, hash_of_model, lead_id, at, lead, account, ids = stored.values[:8]
            return cls(
                (model, version, hash_of_model),
                lead_id,
                at,
                {name: from_stored(value) for name, value in lead.items()},
                {name: from_stored(value) for name, value in account.items()},
                Ids(dict(zip(ids, stored.columns["ids"], strict=True))),
                data=data,
                stored=stored,
            )
        except (ValueError, KeyError, TypeError) as fault:
            raise damaged() from fault


def start(
    questions: Questions, lead: Mapping[str, object], account: Mapping[str, object] | None, lead_id: str | None
) -> LeadState:
    """A lead that nothing has happened to yet. Raises `InputError`."""
    prepared = questions.prepared
    problems: list[Problem] = []
    return LeadState(
        (prepared.model.name, prepared.model.version, prepared.model.hash),
        lead_id,
        None,
        prepared.reader.lead(lead, problems),
        prepared.reader.account(account, problems),
        Ids({}),
        questions,
    )


def advance(
    questions: Questions,
    state: LeadState,
    events: Sequence[Mapping[str, object]],
    as_of: int,
    lead: Mapping[str, object] | None = None,
    account: Mapping[str, object] | None = None,
    *,
    keep_past: bool = False,
) -> tuple[LeadState, Result]:
    """The state and the result at `as_of`, after new events; see `Engine.advance`."""
    prepared = questions.prepared
    model = prepared.model
    state = bound(questions, state)
    problems: list[Problem] = []
    new_lead, new_account = state._lead, state._account
    if lead is not None:
        new_lead = prepared.reader.lead(lead, problems)
    if account is not None:
        new_account = prepared.reader.account(account, problems)
    found = prepared.reader.rows(events, FAR, problems)
    if state._at is not None and as_of < state._at:
        raise NeedsHistory(
            "late look",
            f"the state is of {format_instant(state._at)}, later than {format_instant(as_of)}: "
            "score the history for an earlier look",
            at=as_of,
            state_at=state._at,
        )
    fresh = _fresh(state, found, as_of, problems)
    changed = _NOTHING if lead is None and account is None else _changed(state, new_lead, new_account)
    if changed:
        _refuse_old_fields(prepared, state, changed, keep_past=keep_past)
    run, base, opening, first = state._run, state._run, None, 0
    scope = lead_scope(prepared, new_lead, new_account)
    if run is None and fresh:
        run = begin_run(prepared, scope, fresh[0][0] - 1)
        base = run = go_on(prepared, run, scope, fresh, as_of, in_place=True)
    elif run is not None:
        opening, first = run, run.walk.events
        old_scope = lead_scope(prepared, state._lead, state._account) if changed else scope
        base = run = go_on(prepared, run, old_scope, fresh, as_of, changed=changed, fields=scope)
    else:  # nothing has happened yet: looked at as of now, and begun with the first event
        run = go_on(prepared, begin_run(prepared, scope, as_of), scope, (), as_of, in_place=True)
    advanced = LeadState(
        state._of,
        state._lead_id,
        as_of,
        new_lead,
        new_account,
        state._ids.after(fresh, as_of - model.dedupe_window),
        questions,
        base,
        adds_nothing=not fresh and not changed and (base is None or base.is_quiet),
    )
    told = tuple(problems)
    if prepared.audience is not None and prepared.audience(scope) is not True:
        return advanced, replace(not_scored(prepared, events_of(fresh), told, state._lead_id, as_of), since=state._at)
    later = LaterOf(
        questions, new_lead, new_account, tuple(fresh), told, run, state._lead_id, first, opening, since=state._at
    )
    return advanced, later.result()


def bound(questions: Questions, state: LeadState) -> LeadState:
    """The state ready to go on with this engine. Raises `StateOfAnotherModel` and `UnreadableState`."""
    model = questions.prepared.model
    if state._questions is questions:
        return state
    if state.model_hash != model.hash or state.model != model.name:
        raise StateOfAnotherModel(state, questions)
    if state._stored is None:
        return bound(questions, LeadState.from_bytes(state.to_bytes()))
    run = _run_of(questions, state._stored)
    return LeadState(
        state._of, state._lead_id, state._at, state._lead, state._account, state._ids, questions, run, data=state._data
    )


def _fresh(state: LeadState, found: list[Row], as_of: int, problems: list[Problem]) -> list[Row]:
    """The events that are not known yet; raises `NeedsHistory` for one that comes late."""
    fresh = []
    for row in found:
        at, kind, name, _, position = row
        if at > as_of:
            raise InputError(
                f"event {position}",
                "at",
                f"{format_instant(at)} lies after {format_instant(as_of)}, to which the lead is brought forward",
            )
        known = state._ids.get(name) if name is not None else None
        if known is not None and at >= known:
            problems.append(Problem(f"event {position}", f'its id "{name}" came before; counted once'))
        elif state._at is not None and at <= state._at:
            raise NeedsHistory(
                "late event",
                f"event {position} ({kind}) is of {format_instant(at)}, and the lead was scored as "
                f"of {format_instant(state._at)}: score its whole history",
                at=at,
                state_at=state._at,
                event=Event._make(row),
            )
        else:
            fresh.append(row)
    return fresh


# --- changed fields -------------------------------------------------------------------------------------------------


def _changed(state: LeadState, lead: dict[str, object], account: dict[str, object]) -> frozenset[tuple[str, ...]]:
    """The paths of fields with another value than before."""
    found = []
    for root, before, after in (("lead", state._lead, lead), ("account", state._account, account)):
        if before is not after:
            found += [(root, name) for name, value in after.items() if to_stored(value) != to_stored(before[name])]
    return frozenset(found)


def fields_of_the_past(prepared: Prepared) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    """The fields on which past activity parts depend, and those on which only profile parts and caps do.

    One that only the audience, `needs`, labels, automations or accounts read is in neither: nothing past hangs on it.
    """
    history: set[tuple[str, ...]] = set()
    for index in prepared.by_type.values():
        for item in index.items:
            history |= item.when_paths | item.points_paths
            if item.limit is not None and item.limit.each is not None:
                history |= item.limit.each.reads
        for tally in index.tallies:
            history |= tally.when_paths | (tally.tally.of.reads if tally.tally.of is not None else frozenset())
        for gate in index.gates_started:
            history |= gate.paths
    present: set[tuple[str, ...]] = set()
    for rule in prepared.standing:
        present |= rule.paths
    for gate in prepared.gates:
        if not gate.gate.is_event_gate:
            present |= gate.paths
    return _fields(history), _fields(present) - _fields(history)


def _fields(paths: set[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    return frozenset(path[:2] for path in paths if path[0] in ("lead", "account"))


def _refuse_old_fields(
    prepared: Prepared, state: LeadState, changed: frozenset[tuple[str, ...]], *, keep_past: bool
) -> None:
    """Raises `NeedsHistory` where the past would have been another with the new values."""
    if state._run is None:
        return
    history, present = fields_of_the_past(prepared)
    touched = _touching(changed, history)
    if not touched and not keep_past:
        touched = _touching(changed, present)
    if touched:
        names = tuple(sorted(".".join(path) for path in touched))
        raise NeedsHistory(
            "changed fields",
            f"{', '.join(names)} changed, and the lead's past depends on it: score its whole history",
            state_at=state.at,
            fields=names,
        )


def _touching(changed: frozenset[tuple[str, ...]], read: frozenset[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """The changed fields that are read; a path of the root alone reads them all."""
    roots = {path[0] for path in read if len(path) == 1}
    return frozenset(path for path in changed if path in read or path[0] in roots)


# --- to and from bytes ----------------------------------------------------------------------------------------------


def _stored_of(state: LeadState) -> Stored:
    ids = list(state._ids.items())
    values: list[object] = [
        *state._of,
        state._lead_id,
        state._at,
        {name: to_stored(value) for name, value in state._lead.items()},
        {name: to_stored(value) for name, value in state._account.items()},
        [name for name, _ in ids],
    ]
    columns = {"ids": [at for _, at in ids]}
    if state._run is None or state._questions is None:
        return Stored(values, columns, array("q"))
    prepared, cells, run = state._questions.prepared, state._questions.fold_cells, state._run
    walk, fold = without_old_slots(prepared, run.walk, cells, cells.of(run.stand))
    sums = sums_of(prepared, run)
    for name in WALK_COLUMNS:
        columns[name] = getattr(walk, name)
    columns["walk"] = [walk.begin, walk.at, walk.visit_start, walk.last_event, walk.events]
    columns["gate_holds"] = [int(holds) for holds in walk.gate_holds]
    columns["amounts"] = [value.amount for value in walk.standing]
    columns["verdicts"] = [-1 if value.verdict is None else int(value.verdict) for value in walk.standing]
    columns["effects"] = sums.effects
    tallies = [
        tally.current(walk.at, walk) if tally.head < len(tally.held_at) else tally
        for tally in [*walk.tallies, *sums.stages]
    ]
    columns["tallies"], columns["held_at"] = _tally_columns(tallies)
    seen = [  # a tally that falls is not looked at while that does not matter
        tally.value(walk.at, walk) if known.falls else value
        for tally, known, value in zip(tallies, prepared.tallies, walk.seen, strict=False)
    ]
    values.append([to_stored(value) for value in seen])
    values.append([to_stored(key) for key in sorted(walk.slots, key=walk.slots.__getitem__)] if walk.slots else [])
    values.append({i: sorted(paths) for i, paths in sorted(walk.missing.items())})
    values.append({n: value.missing for n, value in enumerate(walk.standing) if value.missing})
    values.append({t: found for t, tally in enumerate(tallies) if (found := _tally_values(tally)) is not None})
    return Stored(values, columns, fold)


def _tally_columns(tallies: list[RunningTally]) -> tuple[list[int], list[int]]:
    """First and last event, how many count and how many are held, of each; and when all that is held was met."""
    found: list[int] = []
    held_at: list[int] = []
    for tally in tallies:
        first, last = (NONE if at is None else at for at in (tally.first, tally.last))
        held = tally.held_at[tally.head :]
        found += (first, last, tally.count, len(held))
        held_at += held
    return found, held_at


def _tally_values(tally: RunningTally) -> list[object] | None:
    """What else a tally knows, where it is not nothing."""
    if not (tally.sum or tally.distinct or tally.head < len(tally.held)):
        return None
    held = [to_stored(value) for value in tally.held[tally.head :]]
    return [tally.sum, held, [[to_stored(key), count] for key, count in tally.distinct.items()]]


def _run_of(questions: Questions, stored: Stored) -> Run | None:
    """The run behind what was stored, None before the first event. Raises `UnreadableState`."""
    columns, prepared = stored.columns, questions.prepared
    if not stored.fold:
        return None
    try:
        seen, slots, missing, missing_standing, more = stored.values[8:]
        if len(columns["walk"]) != 5 or len(stored.fold) <= questions.fold_cells.fixed:
            raise damaged()
        walk = new_walk(prepared, 0)
        walk.begin, walk.at, walk.visit_start, walk.last_event, walk.events = columns["walk"]
        walk.seen = [from_stored(value) for value in seen]
        walk.missing = {int(i): frozenset(paths) for i, paths in missing.items()}
        verdicts = [None if verdict < 0 else bool(verdict) for verdict in columns["verdicts"]]
        walk.standing = [
            StandingValue(amount, verdict, ()) for amount, verdict in zip(columns["amounts"], verdicts, strict=True)
        ]
        for n, paths in missing_standing.items():
            walk.standing[int(n)] = walk.standing[int(n)]._replace(missing=tuple(paths))
        walk.slots = {from_stored(key): slot for slot, key in enumerate(slots)}
        for name in WALK_COLUMNS:
            setattr(walk, name, columns[name])
        walk.slot_room = questions.fold_cells.slots(stored.fold).rooms
        walk.gate_holds = [bool(holds) for holds in columns["gate_holds"]]
        stages = [running_tally("count", stage.window) for stage in prepared.stages]
        _put_tallies([*walk.tallies, *stages], columns, more)
        stand = questions.fold_cells.stand(prepared.kernel, stored.fold, walk.at)
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise damaged() from fault
    return Run(prepared.kernel, walk, Sums(columns["effects"], stages), walk.at, stand, (stand, [], []))


def _put_tallies(tallies: list[RunningTally], columns: dict[str, list[int]], more: dict[str, Any]) -> None:
    at, held_at = 0, columns["held_at"]
    numbers = iter(columns["tallies"])
    for tally, (first, last, count, held) in zip(tallies, zip(*[numbers] * 4, strict=True), strict=True):
        if first != NONE:
            tally.first, tally.last, tally.count = first, last, count
            tally.held_at = held_at[at : at + held]
            at += held
    for t, (total, values, distinct) in more.items():
        tally = tallies[int(t)]
        tally.sum = total
        tally.held = [from_stored(value) for value in values]
        tally.distinct = {from_stored(key): count for key, count in distinct}


def without_old_slots(prepared: Prepared, walk: Walk, cells: FoldCells, fold: array[int]) -> tuple[Walk, array[int]]:
    """Both without the limit slots whose window has gone by: no later event can ask for them."""
    if not walk.slots:
        return walk, fold
    slots = cells.slots(fold)
    starts = slots.starts()
    kept = [(key, n) for key, n in walk.slots.items() if not _is_old(prepared, walk, slots, key, n, starts)]
    if len(kept) == len(walk.slots):
        return walk, fold
    numbers = [slot for _, slot in kept]
    slots = slots.only(numbers)
    return (
        replace(
            walk,
            slots={key: n for n, (key, _) in enumerate(kept)},
            slot_items=[walk.slot_items[slot] for slot in numbers],
            slot_uses=[walk.slot_uses[slot] for slot in numbers],
            slot_room=slots.rooms,
        ),
        cells.with_slots(fold, slots),
    )


def _is_old(prepared: Prepared, walk: Walk, slots: Slots, key: SlotKey, slot: int, starts: list[int]) -> bool:
    item = prepared.numbering.items[walk.slot_items[slot]]
    limit = item.limit
    if limit is None:
        return True
    if limit.per == "visit":
        return isinstance(key, tuple) and key[2] != walk.visit_start
    if limit.per is not None:
        return isinstance(key, tuple) and key[2] != prepared.calendar.window(walk.at, limit.per)[0]
    if limit.within is None:
        return False
    counted = slots.ring[starts[slot] : starts[slot + 1]]
    last = slots.last[slot] if limit.keep_highest else max(counted, default=0)
    return slots.count[slot] == 0 or last <= walk.at - limit.within
