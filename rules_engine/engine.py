"""The embeddable engine: load a model, score one lead, roll up an account, explain.

    engine = Engine.load("rulesets/b2b_saas")
    result = engine.score(lead={"title": "VP Sales"}, events=[{"type": "demo_request", "at": "2026-09-01T10:00Z"}],
                          as_of="2026-09-02T00:00Z")
    print(result.scores["readiness"].reading, result.explain())

An engine holds no state of a lead, changes nothing after loading, and may be used by several threads at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.functions import all_functions
from rules_engine.matching.history import InputError, read_history, read_instant
from rules_engine.matching.match import ScoringError, match
from rules_engine.matching.prepare import prepare
from rules_engine.model.extensions import NONE, Extensions, PluginError
from rules_engine.model.load import load_model
from rules_engine.model.types import Model
from rules_engine.model.versions import load_version
from rules_engine.plugins import Observers, extensions_of
from rules_engine.result.accounts import PreparedAccounts, prepare_accounts, roll_up
from rules_engine.result.build import build_result, not_scored
from rules_engine.result.labels import prepare_automations, prepare_labels
from rules_engine.result.later import LaterOf
from rules_engine.result.run import run_fold
from rules_engine.result.types import AccountResult, Result

__all__ = ["Engine", "InputError", "ModelError", "PluginError", "ScoringError"]

Moment: TypeAlias = datetime | date | str | int


class ModelError(ValueError):
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
        functions: Registry | None = None,
        using: Extensions = NONE,
    ) -> None:
        self.extensions = using
        functions = functions or using.functions
        self.model = model
        self.diagnostics = tuple(diagnostics)
        self.zone = ZoneInfo(model.timezone)
        self._prepared = prepare(model, functions or all_functions())
        self._labels = prepare_labels(self._prepared)
        self._automations = prepare_automations(self._prepared)
        self._accounts: PreparedAccounts = prepare_accounts(self._prepared, using.rollups)

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
    ) -> Engine:
        """Loads a model file, or from a folder of versions the one that holds at `as_of` or is named by `version`.

        Without either, a folder gives the newest active version. The engine has the plugins that are installed, unless
        `discover` is False, and those handed over as `plugins` (modules or objects with hooks, see
        `rules_engine.hooks`); or else exactly what `using` holds, which another engine's `extensions` can be.

        Raises `ModelError`, which carries the diagnostics, if the file has errors; warnings and hints are in
        `engine.diagnostics`. Raises `PluginError`, which names the plugin, where one cannot be used.
        """
        if using is None:
            using = extensions_of(plugins, discover=discover)
        if Path(path).is_dir():
            instant = None if as_of is None else read_instant(as_of, ZoneInfo("UTC"), "call", "as_of")
            loaded = load_version(path, as_of=instant, version=version, using=using)
        else:
            loaded = load_model(path, using)
        if loaded.model is None:
            raise ModelError(str(path), loaded.diagnostics)
        return cls(loaded.model, diagnostics=loaded.diagnostics, using=using)

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
        and its attributes beside them or under `attributes`. Times are datetimes, dates, ISO 8601 text or whole
        microseconds since 1970 UTC; naive ones are in the model's time zone. `lead_id` defaults to `lead["id"]`.

        Raises `InputError` for a record that cannot be read and `ScoringError` for points beyond the limit.
        """
        instant = read_instant(as_of, self.zone, "call", "as_of")
        if lead_id is None and isinstance(lead, Mapping) and lead.get("id") is not None:
            lead_id = str(lead["id"])
        history = read_history(self.model, lead, account, events, instant, self.zone)
        prepared = self._prepared
        if prepared.audience is not None:
            scope = {"lead": history.lead, "account": history.account, "constants": prepared.constants}
            if prepared.audience(scope) is not True:
                return not_scored(prepared, history, lead_id, instant)
        matched = match(prepared, history, instant)
        run = run_fold(prepared, matched, instant)
        later = LaterOf(
            prepared,
            self._labels,
            self._automations,
            history,
            matched,
            run,
            instant,
            lambda at: self.score(lead, account, [e for e in events if self._not_after(e, instant)], as_of=at),
        )
        return build_result(prepared, self._labels, self._automations, history, matched, run, lead_id, instant, later)

    def _not_after(self, event: Mapping[str, object], instant: int) -> bool:
        return read_instant(event.get("at"), self.zone, "event", "at") <= instant

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
        members: Iterable[tuple[Mapping[str, object], Result]],
        *,
        as_of: Moment,
        account_id: str | None = None,
    ) -> AccountResult:
        """Rolls up the readings of an account's members, each given as its lead fields and its `Result`.

        Members outside the audience and scores without a value are left out. Raises `InputError` for a negative weight.
        """
        instant = read_instant(as_of, self.zone, "call", "as_of")
        return roll_up(self._prepared, self._accounts, account, members, account_id, instant)
