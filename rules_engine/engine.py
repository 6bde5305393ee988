"""The embeddable engine: load a model, score one lead, roll up an account, explain.

    engine = Engine.load("rulesets/b2b_saas")
    result = engine.score(lead={"title": "VP Sales"}, events=[{"type": "demo_request", "at": "2026-09-01T10:00Z"}],
                          as_of="2026-09-02T00:00Z")
    print(result.scores["readiness"].reading, result.explain())

An engine holds no state of a lead, changes nothing after loading, and may be used by several threads at once. For
leads that live, `start` gives a state that `advance` brings forward by new events alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.errors import Portable
from rules_engine.feel.functions import all_functions
from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.between import ScoringError
from rules_engine.matching.history import InputError, read_identity, read_instant
from rules_engine.matching.match import lead_scope
from rules_engine.matching.prepare import prepare
from rules_engine.matching.prepared import Prepared
from rules_engine.model.extensions import NONE, Extensions, PluginError
from rules_engine.model.formulas import functions_called
from rules_engine.model.types import Model
from rules_engine.model.versions import load_version
from rules_engine.plugins import Observers, extensions_of
from rules_engine.result import live
from rules_engine.result.accounts import PreparedAccounts, Read, prepare_accounts, roll_up
from rules_engine.result.build import not_scored
from rules_engine.result.later import LaterOf
from rules_engine.result.live import LeadState, NeedsHistory, StateOfAnotherModel
from rules_engine.result.questions import Questions
from rules_engine.result.run import begin_run, go_on
from rules_engine.result.state_bytes import UnreadableState
from rules_engine.result.types import AccountResult, Result

if TYPE_CHECKING:
    from rules_engine.batch.api import BatchResult

__all__ = [
    "Engine",
    "InputError",
    "LeadState",
    "ModelError",
    "NeedsHistory",
    "PluginError",
    "ScoringError",
    "StateOfAnotherModel",
    "UnreadableState",
]

Moment: TypeAlias = datetime | date | str | int


class ModelError(Portable, ValueError):
    """A model that cannot be used; `diagnostics` has everything that was found, with its places."""

    def __init__(self, path: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.path = path
        self.diagnostics = tuple(diagnostics)
        errors = [finding for finding in diagnostics if finding.is_error]
        first = f"{errors[0].span}: {errors[0].message}" if errors else "it has no version to use"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first}{more}")


class Engine:
    """A loaded model, ready to score. Make one with `Engine.load`."""

    def __init__(
        self,
        model: Model,
        *,
        diagnostics: Sequence[Diagnostic] = (),
        using: Extensions = NONE,
        compiled: bool = False,
    ) -> None:
        self.extensions = using
        self.compiled = compiled
        self.model = model
        self.diagnostics = tuple(diagnostics)
        self.zone = zone_of(model.timezone)
        functions = using.functions or all_functions()
        self._prepared = prepare(model, functions, compiled=compiled, plugins=_called(model, using))
        self._questions = Questions.of(self._prepared)
        self._accounts: PreparedAccounts = prepare_accounts(self._prepared, using.rollups)

    def __reduce__(self) -> str:
        raise TypeError("an engine cannot be pickled: load it in each process, or fork after loading; states can be")

    @property
    def prepared(self) -> Prepared:
        """The model made ready for matching: what `rules_engine.batch` scores tables with."""
        return self._prepared

    @classmethod
    def load(
        cls,
        path: str | Path,
        as_of: Moment | None = None,
        version: int | None = None,
        *,
        plugins: Sequence[object] = (),
        discover: bool = True,
        using: Extensions | None = None,
        compiled: bool = False,
    ) -> Engine:
        """Loads a model file, or from a folder of versions the one that holds at `as_of` or is named by `version`.

        Without either, a folder gives the newest active version. A naive `as_of` is in the time zone of each version
        that is asked. A file is used whenever it applies; if it is not the `version` that is named, that is an error.

        The engine has the plugins that are installed, unless `discover` is False, and those handed over as `plugins`
        (modules or objects with hooks, see `rules_engine.hooks`); or else exactly what `using` holds, which another
        engine's `extensions` can be.

        Raises `ModelError`, which carries the diagnostics, if the file has errors; warnings and hints are in
        `engine.diagnostics`. Raises `PluginError`, which names the plugin, where one cannot be used.

        With `compiled`, what follows the scores in time runs as machine code: the same numbers, `score` and `advance`
        in a third of the time. Needs the extra [batch] (raises `ImportError` without it), and compiles for about half
        a minute once; see docs/embedding.md.
        """
        if using is None:
            using = extensions_of(plugins, discover=discover)
        in_zone = None
        if as_of is not None:
            in_zone = partial(read_instant, as_of, record="call", field="as_of")
            in_zone(ZoneInfo("UTC"))  # a time that is none is told, also where a file or a version is named
        loaded = load_version(path, as_of=in_zone, version=version, using=using)
        if loaded.model is None:
            raise ModelError(str(path), loaded.diagnostics)
        return cls(loaded.model, diagnostics=loaded.diagnostics, using=using, compiled=compiled)

    def score(
        self,
        lead: Mapping[str, object],
        account: Mapping[str, object] | None = None,
        events: Sequence[Mapping[str, object]] = (),
        *,
        as_of: Moment,
        lead_id: str | None = None,
    ) -> Result:
        """Scores one lead as of an instant; events after it do not exist.

        `lead` and `account` map declared field names to values. An event is a mapping with `type`, `at`, maybe `id`,
        and its attributes beside them or under `attributes` (beside them, an `id` that its type declares is that
        attribute and no identity). Times are datetimes, dates, ISO 8601 text or whole microseconds since 1970 UTC;
        naive ones are in the model's time zone. `lead_id` defaults to `lead["id"]`.

        Raises `InputError` for a record that cannot be read and `ScoringError` for points beyond the limit.
        """
        instant = read_instant(as_of, self.zone, "call", "as_of")
        lead_id = _identity(lead, lead_id)
        history = self._prepared.reader.history(lead, account, events, instant)
        prepared = self._prepared
        scope = lead_scope(prepared, history.lead, history.account)
        if prepared.audience is not None and prepared.audience(scope) is not True:
            return not_scored(prepared, history.events, history.problems, lead_id, instant)
        begin = history.rows[0][0] - 1 if history.rows else instant
        run = go_on(prepared, begin_run(prepared, scope, begin), scope, history.rows, instant, in_place=True)
        return LaterOf(
            self._questions, history.lead, history.account, history.rows, history.problems, run, lead_id, 0, None
        ).result()

    def score_batch(
        self, leads: Any, events: Any, accounts: Any = None, *, as_of: Moment | None = None, **wanted: Any
    ) -> BatchResult:
        """Scores tables of leads and events; see `rules_engine.batch.api.score_batch`. Needs the extra [batch]."""
        from rules_engine.batch.api import score_batch  # the door to tables: nothing else here knows of them

        return score_batch(self, leads, events, accounts, as_of=as_of, **wanted)

    # --- live -------------------------------------------------------------------------------------------------------

    def start(
        self, lead: Mapping[str, object], account: Mapping[str, object] | None = None, *, lead_id: str | None = None
    ) -> LeadState:
        """The state of a lead that nothing has happened to yet, for `advance`. Raises `InputError`."""
        return live.start(self._questions, lead, account, _identity(lead, lead_id))

    def advance(
        self,
        state: LeadState,
        events: Sequence[Mapping[str, object]] = (),
        *,
        as_of: Moment,
        lead: Mapping[str, object] | None = None,
        account: Mapping[str, object] | None = None,
        keep_past: bool = False,
    ) -> tuple[LeadState, Result]:
        """Brings a lead forward by new events: the state and the result as of an instant.

        The numbers are those of `score` over the whole history, at the cost of the new events. The result's ledger,
        transitions and events are those since the last advance (`Result.since`); `ScoreResult.opening` is what the
        ledger begins with. The given state is not changed.

        `lead` and `account`, where given, are the whole records as they are now. If a field changed on which the past
        depends, `NeedsHistory` is raised; with `keep_past` a change that moves profile parts or caps alone holds from
        `as_of` on, and bands and peaks of before stay as they were.

        An event whose id was seen within the model's `dedupe_window` is left out. Raises `NeedsHistory` for an event
        not later than the state and for an earlier `as_of`, `StateOfAnotherModel` for a state of another model or
        version, `InputError` for a record that cannot be read or an event after `as_of`, `ScoringError` as `score`
        does. After an error nothing has changed.
        """
        instant = read_instant(as_of, self.zone, "call", "as_of")
        return live.advance(self._questions, state, events, instant, lead, account, keep_past=keep_past)

    def rebuild(
        self,
        lead: Mapping[str, object],
        account: Mapping[str, object] | None = None,
        events: Sequence[Mapping[str, object]] = (),
        *,
        as_of: Moment,
        lead_id: str | None = None,
    ) -> tuple[LeadState, Result]:
        """The state and the result from a lead's whole history: after `NeedsHistory`, for a new model, for a merge.

        Two leads that turn out to be one: the events of both together. Events after `as_of` raise `InputError` here,
        since the state would not know of them.
        """
        return self.advance(self.start(lead, account, lead_id=lead_id), events, as_of=as_of)

    def observe(self, result: Result, since: Moment | None = None) -> None:
        """Tells the plugins' observers of a result: that the lead was scored, and of each band change after `since`.

        Without `since`, of all band changes in the lead's history. Raises `PluginError` after all have been told.
        """
        after = None if since is None else read_instant(since, self.zone, "call", "since")
        observers = Observers(self.extensions.observers)
        observers.scored(result)
        for move in result.transitions:
            if after is None or move.at > after:
                observers.band_changed(result.lead_id, move)

    def score_account(
        self,
        account: Mapping[str, object],
        members: Iterable[tuple[Mapping[str, object], Read]],
        *,
        as_of: Moment,
        account_id: str | None = None,
    ) -> AccountResult:
        """Rolls up the readings of an account's members, each given as its lead fields and its `Result` (or what is
        read of one: lead_id, scored, and per score has_value and reading).

        Members outside the audience and scores without a value are left out. Raises `InputError` for a weight that is
        negative or beyond 9·10^12 and `ScoringError` for points beyond the limit.
        """
        instant = read_instant(as_of, self.zone, "call", "as_of")
        return roll_up(self._prepared, self._accounts, account, members, account_id, instant)


def _called(model: Model, using: Extensions) -> list[str]:
    """The plugins whose functions the model calls, with their versions, in order."""
    if not any("function" in plugin.provides for plugin in using.loaded):
        return []
    called = functions_called(model)
    owners = (plugin for plugin in using.loaded if not called.isdisjoint(plugin.provides.get("function", ())))
    return sorted(f"{plugin.name} {plugin.version}" for plugin in owners)


def _identity(lead: Mapping[str, object], lead_id: str | None) -> str | None:
    """The id of a lead: the one given, or the one in its record."""
    if lead_id is None and isinstance(lead, Mapping):
        return read_identity(lead.get("id"), "lead", "id")
    return lead_id
