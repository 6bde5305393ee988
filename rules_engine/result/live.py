"""Live scoring: a lead's state between two looks, brought forward by new events alone.

    state = start(questions, lead, account)
    state, result = advance(questions, state, events, as_of)
    kept = state.to_bytes()

The state is a cache of what the whole history says, never a truth of its own: where new events alone cannot give the
same numbers, `NeedsHistory` is raised and nothing has changed.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rules_engine.diagnostics.errors import Portable
from rules_engine.matching.calendar import format_instant
from rules_engine.matching.conditions import Paths
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import Event, InputError, Row, events_of
from rules_engine.matching.match import lead_scope
from rules_engine.matching.stored import from_stored, to_stored
from rules_engine.result.build import not_scored
from rules_engine.result.changed_fields import changed_fields, past_read
from rules_engine.result.ids import Ids
from rules_engine.result.later import LaterOf
from rules_engine.result.questions import Questions
from rules_engine.result.resting import Resting, resting_of
from rules_engine.result.run import Run, begin_run, go_on
from rules_engine.result.state_bytes import Stored, damaged, pack, unpack
from rules_engine.result.stored_run import run_from, stored_of
from rules_engine.result.types import Result
from rules_engine.scoring.plan import FAR

_NOTHING: Paths = frozenset()
_OF_LEAD = 8  # so many of the values that are stored are of the lead; those of its run follow


class NeedsHistory(Portable):
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


class StateOfAnotherModel(Portable, ValueError):  # noqa: N818 - what it is, not a fault of the program
    """The state was made by another model, or another version of it; rebuild the lead from its history."""

    def __init__(self, state: LeadState, questions: Questions) -> None:
        model = questions.prepared.model
        self.model, self.version, self.model_hash = state.model, state.version, state.model_hash
        if (state.model, state.version) == (model.name, model.version):
            what = f"of {model.name} v{model.version} as it was before the file changed, or a plugin that it calls"
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

    def __reduce__(self) -> tuple[Callable[[bytes], LeadState], tuple[bytes]]:
        return LeadState.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:  # people's data has no place in logs
        shown = ("model", "version", "model_hash", "lead_id", "at")
        return f"LeadState({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def model(self) -> str:
        """The name of the model that it is a state of."""
        return self._of[0]

    @property
    def version(self) -> int:
        """The version of that model."""
        return self._of[1]

    @property
    def model_hash(self) -> str:
        """What it depends on besides the lead: the model's meaning, and the plugins whose functions it calls."""
        return self._of[2]

    @property
    def lead_id(self) -> str | None:
        """The lead, None where nobody said."""
        return self._lead_id

    @property
    def at(self) -> int | None:
        """Up to when all is counted, in microseconds since 1970 UTC; None before the first advance."""
        return self._at

    def knows(self, event_id: str, at: int) -> bool:
        """Whether an event of this id at this instant would be left out, as one that came before."""
        known = self._ids.get(event_id)
        return known is not None and at >= known

    def to_bytes(self) -> bytes:
        """Compact bytes, the same for the same state; `from_bytes` reads them."""
        return pack(self._to_store()) if self._data is None else self._data

    def resting(self) -> Resting | None:
        """What it shows as long as nothing happens; None before the first event. Of a state that `advance` gave."""
        if self._run is None or self._questions is None:
            return None
        return resting_of(self._questions.prepared, self._questions.fold_cells, self._run)

    def _to_store(self) -> Stored:
        ids = list(self._ids.items())
        values: list[object] = [
            *self._of,
            self._lead_id,
            self._at,
            {name: to_stored(value) for name, value in self._lead.items()},
            {name: to_stored(value) for name, value in self._account.items()},
            [name for name, _ in ids],
        ]
        columns = {"ids": [at for _, at in ids]}
        if self._run is None or self._questions is None:
            return Stored(values, columns, array("q"))
        own = stored_of(self._questions.prepared, self._questions.fold_cells, self._run)
        return Stored([*values, *own.values], columns | own.columns, own.fold)

    @classmethod
    def from_bytes(cls, data: bytes) -> LeadState:
        """The state that `to_bytes` wrote. Raises `UnreadableState`."""
        stored = unpack(data)
        try:
            model, version, hash_of_model, lead_id, at, lead, account, ids = stored.values[:_OF_LEAD]
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
        (prepared.model.name, prepared.model.version, prepared.state_hash),
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
        raise _late_look(state._at, as_of)
    fresh = _fresh(state, found, as_of, problems)
    changed = _NOTHING
    if lead is not None or account is not None:
        changed = changed_fields("lead", state._lead, new_lead) | changed_fields("account", state._account, new_account)
    if changed and state._run is not None and (read := past_read(prepared, changed, keep_past=keep_past)):
        raise _changed_past(state._at, read)
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
    if state.model_hash != questions.prepared.state_hash or state.model != model.name:
        raise StateOfAnotherModel(state, questions)
    if state._stored is None:
        return bound(questions, LeadState.from_bytes(state.to_bytes()))
    stored = state._stored
    own = Stored(stored.values[_OF_LEAD:], stored.columns, stored.fold)
    run = run_from(questions.prepared, questions.fold_cells, own)
    return LeadState(
        state._of, state._lead_id, state._at, state._lead, state._account, state._ids, questions, run, data=state._data
    )


def _late_look(state_at: int, as_of: int) -> NeedsHistory:
    return NeedsHistory(
        "late look",
        f"the state is of {format_instant(state_at)}, later than {format_instant(as_of)}: "
        "score the history for an earlier look",
        at=as_of,
        state_at=state_at,
    )


def _changed_past(state_at: int | None, fields: tuple[str, ...]) -> NeedsHistory:
    return NeedsHistory(
        "changed fields",
        f"{', '.join(fields)} changed, and the lead's past depends on it: score its whole history",
        state_at=state_at,
        fields=fields,
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
        if name is not None and state.knows(name, at):
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
