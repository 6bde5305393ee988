"""Live scoring: a lead's state between two looks, brought forward by new events alone.

    state = start(questions, lead, account)
    state, result = advance(questions, state, events, as_of)
    kept = state.to_bytes()

The state is a cache of what the whole history says, never a truth of its own: where new events alone cannot give the
same numbers, `NeedsHistory` is raised and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import accumulate

from rules_engine.matching.calendar import format_instant
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import Event, InputError, Row, events_of
from rules_engine.matching.match import lead_scope
from rules_engine.matching.prepare import Prepared, StandingValue
from rules_engine.matching.tallies import RunningTally, running_tally
from rules_engine.matching.walk import SlotKey, Walk, new_walk
from rules_engine.result.build import not_scored
from rules_engine.result.ids import Ids
from rules_engine.result.later import LaterOf, Questions
from rules_engine.result.run import Run, Sums, begin_run, go_on, sums_of
from rules_engine.result.state_bytes import WALK_COLUMNS, Stored, from_stored, pack, to_stored, unpack
from rules_engine.result.types import Result
from rules_engine.scoring.plan import FAR
from rules_engine.scoring.state import Pending, State, without_notes

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
    __slots__ = ("_account", "_at", "_ids", "_lead", "_lead_id", "_of", "_prepared", "_run", "_stored", "adds_nothing")

    def __init__(
        self,
        of: tuple[str, int, str],
        lead_id: str | None,
        at: int | None,
        lead: dict[str, object],
        account: dict[str, object],
        ids: Ids,
        prepared: Prepared | None = None,
        run: Run | None = None,
        stored: Stored | None = None,
        *,
        adds_nothing: bool = False,
    ) -> None:
        self._of = of  # name, version and hash of the model
        self._lead_id = lead_id
        self._at = at
        self._lead = lead
        self._account = account
        self._ids = ids
        self._prepared = prepared  # None: read from bytes and not used yet
        self._run = run  # None before the first event
        self._stored = stored  # what was read from bytes
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
        if self._stored is not None:
            return pack(self._stored)
        return pack(_stored_of(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> LeadState:
        """The state that `to_bytes` wrote. Raises `UnreadableState`."""
        stored = unpack(data)
        values = stored.values
        ids = Ids(dict(zip(values["ids"], stored.columns["ids"], strict=True)))
        return cls(
            (values["model"], values["version"], values["hash"]),
            values["lead_id"],
            values["at"],
            from_stored(values["lead"]),
            from_stored(values["account"]),
            ids,
            stored=stored,
        )


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
        prepared,
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
        prepared,
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
    prepared = questions.prepared
    if state._prepared is prepared:
        return state
    if state.model_hash != prepared.model.hash or state.model != prepared.model.name:
        raise StateOfAnotherModel(state, questions)
    if state._stored is not None:
        run = _run_of(prepared, state._stored)
        return LeadState(state._of, state._lead_id, state._at, state._lead, state._account, state._ids, prepared, run)
    return bound(questions, LeadState.from_bytes(state.to_bytes()))


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
    values: dict[str, object] = {
        "model": state.model,
        "version": state.version,
        "hash": state.model_hash,
        "lead_id": state.lead_id,
        "at": state.at,
        "lead": to_stored(state._lead),
        "account": to_stored(state._account),
        "ids": [name for name, _ in state._ids.items()],
    }
    columns = {"ids": [at for _, at in state._ids.items()]}
    if state._run is None or state._prepared is None:
        return Stored(values, columns, {}, [])
    prepared = state._prepared
    fold, pending = state._run.stand.taken_apart()
    walk, fold = without_old_slots(prepared, state._run.walk, fold)
    fold = without_notes(prepared.plan, fold)
    sums = sums_of(prepared, state._run)
    values["walk"] = [walk.begin, walk.at, walk.visit_start, walk.last_event, walk.events]
    values["missing"] = [[i, sorted(paths)] for i, paths in sorted(walk.missing.items())]
    values["standing"] = [[value.amount, value.verdict, list(value.missing)] for value in walk.standing]
    values["slots"] = [to_stored(key) for key in sorted(walk.slots, key=walk.slots.__getitem__)]
    for name in WALK_COLUMNS:
        columns[name] = getattr(walk, name)
    columns["gate_holds"] = [int(holds) for holds in walk.gate_holds]
    columns["effects"] = sums.effects
    tallies = [tally.current(walk.at, walk) for tally in [*walk.tallies, *sums.stages]]
    seen = [  # a tally that falls is not looked at while that does not matter
        tally.value(walk.at, walk) if known.falls else value
        for tally, known, value in zip(tallies, prepared.tallies, walk.seen, strict=False)
    ]
    values["seen"] = [to_stored(value) for value in seen]
    values["tallies"] = [_tally_values(tally) for tally in tallies]
    for t, tally in enumerate(tallies):
        columns[f"tally{t}"] = tally.held_at[tally.head :]
    heap = sorted(p for p in pending if p[7] == fold.s_epoch[prepared.plan.i_score[p[3]]])
    return Stored(values, columns, {column.name: getattr(fold, column.name) for column in fields(State)}, list(heap))


def _tally_values(tally: RunningTally) -> list[object]:
    held = [to_stored(value) for value in tally.held[tally.head :]]
    distinct = [[to_stored(key), count] for key, count in tally.distinct.items()]
    return [tally.first, tally.last, tally.count, tally.sum, held, distinct]


def _run_of(prepared: Prepared, stored: Stored) -> Run | None:
    """The run behind what was stored, None before the first event."""
    values, columns = stored.values, stored.columns
    if "walk" not in values:
        return None
    walk = new_walk(prepared, 0)
    walk.begin, walk.at, walk.visit_start, walk.last_event, walk.events = values["walk"]
    walk.seen = [from_stored(value) for value in values["seen"]]
    walk.missing = {i: frozenset(paths) for i, paths in values["missing"]}
    walk.standing = [StandingValue(amount, verdict, tuple(paths)) for amount, verdict, paths in values["standing"]]
    walk.slots = {from_stored(key): slot for slot, key in enumerate(values["slots"])}
    for name in WALK_COLUMNS:
        setattr(walk, name, columns[name])
    walk.gate_holds = [bool(holds) for holds in columns["gate_holds"]]
    stages = [running_tally("count", stage.window) for stage in prepared.stages]
    for t, tally in enumerate([*walk.tallies, *stages]):
        tally.first, tally.last, tally.count, tally.sum, held, distinct = values["tallies"][t]
        tally.held_at = columns[f"tally{t}"]
        tally.held = [from_stored(value) for value in held]
        tally.distinct = {from_stored(key): count for key, count in distinct}
    heap: list[Pending] = list(stored.heap)  # type: ignore[arg-type]  # nine numbers each
    sums = Sums(columns["effects"], stages)
    stand = prepared.kernel.put_together(State(**stored.state), heap, walk.slot_room, walk.at)
    return Run(prepared.kernel, walk, sums, walk.at, stand, (stand, [], []))


def without_old_slots(prepared: Prepared, walk: Walk, state: State) -> tuple[Walk, State]:
    """Both without the limit slots whose window has gone by: no later event can ask for them."""
    kept: list[tuple[SlotKey, int]] = []
    starts = list(accumulate(walk.slot_room, initial=0))
    for key, slot in walk.slots.items():
        if not _is_old(prepared, walk, state, key, slot, starts):
            kept.append((key, slot))
    if len(kept) == len(walk.slots):
        return walk, state
    slots = [slot for _, slot in kept]
    ring = [at for slot in slots for at in state.ring[starts[slot] : starts[slot + 1]]]
    return (
        replace(
            walk,
            slots={key: n for n, (key, _) in enumerate(kept)},
            slot_items=[walk.slot_items[slot] for slot in slots],
            slot_uses=[walk.slot_uses[slot] for slot in slots],
            slot_room=[walk.slot_room[slot] for slot in slots],
        ),
        replace(
            state,
            slot_count=[state.slot_count[slot] for slot in slots],
            slot_last=[state.slot_last[slot] for slot in slots],
            slot_best=[state.slot_best[slot] for slot in slots],
            ring=ring,
        ),
    )


def _is_old(prepared: Prepared, walk: Walk, state: State, key: SlotKey, slot: int, starts: list[int]) -> bool:
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
    counted = state.ring[starts[slot] : starts[slot + 1]]
    last = state.slot_last[slot] if limit.keep_highest else max(counted, default=0)
    return state.slot_count[slot] == 0 or last <= walk.at - limit.within
