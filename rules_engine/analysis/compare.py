"""Compares what a case expects with a result: each difference is a `Failure` that shows both sides.

Takes a case's checks and the result, gives failures; computes nothing about scores itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rules_engine.analysis.case_types import (
    Check,
    ModelTest,
    Moment,
    NamesCheck,
    OutcomeCheck,
    Points,
    Row,
    RowsCheck,
    ValueCheck,
    Wanted,
)
from rules_engine.analysis.verdicts.shown import Look
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.matching.calendar import format_local, to_instant
from rules_engine.records import dataclass
from rules_engine.result.types import AccountScoreResult, LedgerEntry, Result, RuleOutcome, ScoreResult, Transition

NO_VALUE = "no value"
NOTHING = "none"
_OUTCOMES: Mapping[str, str] = {"fired": "fired", "not_fired": "not fired", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met, and what explains it.

    `values` are entries and values as (name, text); `looks` are the conditions concerned, each line with its verdict
    and the values it read.
    """

    what: str
    expected: str
    got: str
    span: Span
    values: tuple[tuple[str, str], ...] = ()
    looks: tuple[Look, ...] = ()


def show_points(micro: int) -> str:
    """Micropoints as points, without needless zeros: 13333333 -> 13.333333."""
    sign, micro = ("-" if micro < 0 else ""), abs(micro)
    whole, rest = divmod(micro, 1_000_000)
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")


def show(value: object) -> str:
    """A value of a result or an expectation in words."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Points):
        return show_points(value.micro)
    if isinstance(value, Moment):
        return value.text
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show(item) for item in value) + "]"
    return str(value)


@dataclass(frozen=True, slots=True)
class Clock:
    """Turns the times of a case into instants: relative to its as-of time, naive ones in the model's time zone."""

    zone: ZoneInfo
    as_of: int

    @classmethod
    def of(cls, test: ModelTest, zone: ZoneInfo) -> Clock:
        return cls(zone, to_instant(datetime.fromisoformat(test.as_of.text), zone))

    def instant(self, moment: Moment) -> int:
        if moment.offset is not None:
            return self.as_of + moment.offset
        return to_instant(datetime.fromisoformat(moment.text), self.zone)

    def shown(self, instant: int) -> str:
        """An instant as tests are written: in the model's time zone."""
        return format_local(instant, self.zone)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares the checks of one case, with its tolerance and clock."""

    clock: Clock
    tolerance: int

    def lead(self, check: Check, result: Result) -> Failure | None:
        """The failure of a check against a lead's result, or None when it holds."""
        if isinstance(check, ValueCheck):
            return self._value(check, result)
        if isinstance(check, NamesCheck):
            return _names(check, result)
        if isinstance(check, OutcomeCheck):
            return _outcome(check, result)
        return self._rows(check, result)

    def account(self, check: Check, scores: Mapping[str, AccountScoreResult]) -> Failure | None:
        """The failure of a check against an account's roll-ups."""
        if not isinstance(check, ValueCheck):
            return None
        _, name, key = check.path
        found = scores.get(name)
        if found is None:
            return _unknown_name(check, "account score", name, scores)
        if key == "has_value":
            return None if found.value is None else _failure(check, NO_VALUE, show_points(found.value))
        if key == "value":
            if found.value is None:
                return None if check.wanted is None else _failure(check, show(check.wanted), NO_VALUE)
            return self._same(check, check.wanted, found.value)
        if key == "band":
            return self._same(check, check.wanted, found.band)
        return self._same(check, check.wanted, tuple(carrier.lead_id for carrier in found.carriers))

    # --- single values

    def _value(self, check: ValueCheck, result: Result) -> Failure | None:
        kind, *rest = check.path
        if kind == "scored":
            return self._same(check, check.wanted, result.scored)
        if kind == "next_due":
            return self._same(check, check.wanted, result.next_due)
        if not result.scored:
            return _failure(check, show(check.wanted), "the lead is outside the audience and not scored")
        name = rest[0]
        if kind == "labels":
            if name not in result.labels:
                return _unknown_name(check, "label", name, result.labels)
            return self._same(check, check.wanted, result.labels[name])
        if kind == "tallies":
            if name not in result.tallies:
                return _unknown_name(check, "tally", name, result.tallies)
            return self._same(check, check.wanted, result.tallies[name])
        if kind == "gates":
            held = next((gate for gate in result.gates if gate.name == name), None)
            return None if held is None else self._same(check, check.wanted, held.until)
        score = result.scores.get(name)
        if score is None:
            return _unknown_name(check, "score", name, result.scores)
        if kind == "bands":
            return self._same(check, check.wanted, score.band)
        return self._score(check, score, rest[1])

    def _score(self, check: ValueCheck, score: ScoreResult, key: str) -> Failure | None:
        if key == "has_value":
            return None if not score.has_value else _failure(check, NO_VALUE, show_points(score.reading))
        if not score.has_value and isinstance(check.wanted, Points):
            return _failure(check, show(check.wanted), NO_VALUE)
        got: object = getattr(score, key)
        return self._same(check, check.wanted, got)

    def _same(self, check: ValueCheck, wanted: Wanted, got: object) -> Failure | None:
        if self._equal(wanted, got):
            return None
        return _failure(check, self._show(wanted), self._show(wanted, got))

    def _equal(self, wanted: Wanted, got: object) -> bool:
        if isinstance(wanted, Points):
            return isinstance(got, int) and abs(got - wanted.micro) <= self.tolerance
        if isinstance(wanted, Moment):
            return isinstance(got, int) and got == self.clock.instant(wanted)
        if isinstance(wanted, tuple):
            return isinstance(got, tuple) and wanted == got
        if isinstance(wanted, bool) or isinstance(got, bool):
            return wanted is got
        if isinstance(wanted, (int, float)) and isinstance(got, (int, float)):
            return abs(float(got) - float(wanted)) * 1_000_000 <= self.tolerance
        return wanted == got or (wanted is not None and got is not None and str(wanted) == str(got))

    def _show(self, wanted: Wanted, *got: object) -> str:
        """`wanted`, or `got` in the unit of what was wanted."""
        value = got[0] if got else wanted
        if isinstance(wanted, Points) and isinstance(value, int) and not isinstance(value, bool):
            return show_points(value)
        if isinstance(value, Moment):
            instant = self.clock.shown(self.clock.instant(value))
            return instant if value.offset is None else f"{instant} ({value.text})"
        if isinstance(wanted, Moment) and isinstance(value, int):
            return self.clock.shown(value)
        return show(value)

    # --- ledger entries and transitions

    def _rows(self, check: RowsCheck, result: Result) -> Failure | None:
        score = result.scores.get(check.score)
        if score is None:
            return _unknown_name(check, "score", check.score, result.scores)
        if check.what == "ledger":
            entries = [_entry_fields(entry) for entry in score.ledger]
        else:
            found = result.transitions if check.what == "transitions" else result.forecast
            entries = [_transition_fields(change) for change in found if change.score == check.score]
        if check.complete:
            good = len(entries) == len(check.rows) and all(map(self._row_fits, check.rows, entries))
        else:
            rest = iter(entries)
            good = all(any(self._row_fits(row, entry) for entry in rest) for row in check.rows)
        if good:
            return None
        expected = "".join("\n  " + self._show_row(row.fields) for row in check.rows) or NOTHING
        got = "".join("\n  " + self._show_fields(entry) for entry in entries) or NOTHING
        words = "exactly" if check.complete else "in this order, among others"
        return Failure(f"{check.what}.{check.score} ({words})", expected, got, check.span)

    def _row_fits(self, row: Row, entry: Mapping[str, object]) -> bool:
        return all(self._equal(wanted, entry.get(key)) for key, wanted in row.fields.items())

    def _show_row(self, fields: Mapping[str, Wanted]) -> str:
        return ", ".join(f"{key} {self._show(value)}" for key, value in fields.items())

    def _show_fields(self, fields: Mapping[str, object]) -> str:
        units: Mapping[str, Callable[[int], str]] = {
            "at": self.clock.shown,
            "nominal": show_points,
            "effective": show_points,
        }
        shown = []
        for key, value in fields.items():
            unit = units.get(key)
            if value is not None:
                shown.append(f"{key} {unit(value) if unit and isinstance(value, int) else show(value)}")
        return ", ".join(shown)


def _failure(check: ValueCheck, expected: str, got: str) -> Failure:
    what = ".".join(check.path).removesuffix(".has_value")
    return Failure(what, expected, got, check.span)


def _unknown_name(check: Check, kind: str, name: str, known: Mapping[str, object]) -> Failure:
    hint = did_you_mean(name, known)
    return Failure(f"{kind} {name}", f"a {kind} called {name}", f"the model has none.{hint}", check.span)


def _names(check: NamesCheck, result: Result) -> Failure | None:
    got = tuple(gate.name for gate in result.gates) if check.what == "gates" else result.unknown_labels
    good = set(got) == set(check.names) if check.exactly else set(check.names) <= set(got)
    return None if good else Failure(check.what, show(check.names), show(got), check.span)


def rules_called(name: str, result: Result) -> list[tuple[str, RuleOutcome]]:
    """The outcomes of `readiness.demo`, or of every rule called `demo`."""
    found = [(score.name, rule) for score in result.scores.values() for rule in score.rules]
    return [(score, rule) for score, rule in found if name in (rule.rule, f"{score}.{rule.rule}")]


def _outcome(check: OutcomeCheck, result: Result) -> Failure | None:
    what = f"rule {check.rule}"
    if not result.scored:
        return Failure(what, _OUTCOMES[check.outcome], "the lead is outside the audience and not scored", check.span)
    found = rules_called(check.rule, result)
    if not found:
        known = [f"{score.name}.{rule.rule}" for score in result.scores.values() for rule in score.rules]
        got = f"the model has no such rule.{did_you_mean(check.rule, known)}"
        return Failure(what, _OUTCOMES[check.outcome], got, check.span)
    if any(rule.outcome == check.outcome for _, rule in found):
        return None
    got = "; ".join(f"{score}: {_OUTCOMES[rule.outcome]}{_missing(rule)}" for score, rule in found)
    return Failure(what, _OUTCOMES[check.outcome], got, check.span)


def _missing(rule: RuleOutcome) -> str:
    return f" (missing: {', '.join(rule.missing)})" if rule.missing else ""


def _entry_fields(entry: LedgerEntry) -> Mapping[str, object]:
    return {
        "at": entry.at,
        "kind": entry.kind,
        "rule": entry.rule,
        "nominal": entry.nominal,
        "effective": entry.effective,
        "reason": entry.reason,
    }


def _transition_fields(change: Transition) -> Mapping[str, object]:
    return {"at": change.at, "from": change.before, "to": change.after, "cause": change.cause}
