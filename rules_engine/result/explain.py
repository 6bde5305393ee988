"""The explanation of a result as one tree: lead, score, part, rule, event; every view shows the same lines.

Each line says what and how much; children say why. Conditions are evaluated again line by line, so that each line of a
`when` has a verdict and the values it read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import local_text
from rules_engine.matching.conditions import compile_condition, null_paths, truth
from rules_engine.matching.fields import to_plain
from rules_engine.matching.plan import items_of
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import (
    Condition,
    EventRule,
    Formula,
    Group,
    Penalty,
    Score,
    StandingRule,
    StepPoints,
    ValuePoints,
)
from rules_engine.result.types import Explanation, LedgerEntry, Result, RuleOutcome, ScoreResult, Transition
from rules_engine.scoring.amounts import format_points

WHY = {
    "limit": "limited",
    "rule max": "cut by the rule's max",
    "group max": "cut by the group's max",
    "max": "cut by the score's max",
    "min": "cut by the score's min",
    "floor": "stopped by the floor",
}


def signed(amount: int) -> str:
    """An amount with its sign, at most two decimals: "+12.5", "-3", "0"."""
    shown = shown_points(amount)
    return f"+{shown}" if amount > 0 else shown


def shown_points(amount: int) -> str:
    """An amount for people: half-even to two decimals, "~" in front where that is not the whole truth."""
    cents = round(amount / 10_000) if abs(amount) < 2**53 else amount // 10_000
    text = format_points(cents * 10_000)
    return text if cents * 10_000 == amount else f"~{text}"


def explain(prepared: Prepared, lead: dict[str, object], account: dict[str, object], result: Result) -> Explanation:
    """The whole tree of a scored lead."""
    return _Explainer(prepared, lead, account, result).lead()


def explain_not_scored(result: Result) -> Explanation:
    """A lead outside the audience."""
    note = Explanation("not scored: outside the audience of the model", "note")
    return Explanation(_title(result, zone_of(result.timezone)), "lead", None, (note,))


def _title(result: Result, zone: ZoneInfo) -> str:
    as_of = f"{local_text(result.as_of, zone)} ({result.timezone})"
    return f"{result.lead_id or 'lead'} as of {as_of}, {result.model} v{result.version}"


class _Explainer:
    def __init__(self, prepared: Prepared, lead: dict[str, object], account: dict[str, object], result: Result) -> None:
        self.prepared = prepared
        self.result = result
        self.scope: dict[str, object] = {
            "lead": lead,
            "account": account,
            "constants": prepared.constants,
            "tally": dict(result.tallies),
        }

    def time(self, instant: int) -> str:
        """A local time of the model, to the second where that is exact."""
        return local_text(instant, self.prepared.calendar.zone)

    def lead(self) -> Explanation:
        result = self.result
        children = [self.score(score) for score in self.prepared.numbering.scores]
        for gate in result.gates:
            ends = f"until {self.time(gate.until)}" if gate.until is not None else "until something ends it"
            children.append(Explanation(f"gate {gate.name} holds {ends}", "gate"))
        for name, value in result.labels.items():
            doubt = " (a condition was unknown)" if name in result.unknown_labels else ""
            children.append(Explanation(f"label {name}: {_shown(value)}{doubt}", "label"))
        if result.next_due is not None:
            children.append(Explanation(f"next change by time alone: {self.time(result.next_due)}", "forecast"))
        children.extend(Explanation(f"{problem.where} {problem.problem}", "note") for problem in result.problems)
        return Explanation(_title(result, self.prepared.calendar.zone), "lead", None, tuple(children))

    # --- a score ----------------------------------------------------------------------------------------------------

    def score(self, score: Score) -> Explanation:
        found = self.result.scores[score.name]
        if not found.has_value:
            return self.without_value(score)
        text = f"{score.name}: {shown_points(found.reading)} points"
        if found.band is not None:
            since = f" since {self.time(found.band_since)}" if found.band_since is not None else ""
            text += f", band {found.band}{since}"
        children: list[Explanation] = []
        if score.combine:
            children.append(self.components(found))
        else:
            if score.event_rules or score.penalties or score.inactivity or score.start:
                children.append(self.activity(score, found))
            if score.standing_rules:
                children.append(self.profile(score, found))
        children.extend(self.limits(score, found))
        if found.next_band is not None and found.points_to_next_band is not None:
            lacking = shown_points(found.points_to_next_band)
            children.append(Explanation(f"{lacking} points to band {found.next_band}", "band"))
        ahead = next((move for move in self.result.forecast if move.score == score.name), None)
        if ahead is not None:
            children.append(self.forecast(ahead))
        return Explanation(text, "score", found.reading, tuple(children))

    def without_value(self, score: Score) -> Explanation:
        """A score without a value, and why: what it needs is not true, or one that it is made of has none."""
        lines: list[Explanation] = []
        reasons: list[str] = []
        if score.needs is not None:
            when = compile_condition(score.needs, self.prepared.functions, self.prepared.model.sales_ready)
            verdict = truth(when(self.scope))
            if verdict is not True:
                reasons.append("what it needs is not true" if verdict is False else "what it needs is unknown")
                lines += self.condition(score.needs)
        lacking = [name for name, _ in score.combine if not self.result.scores[name].has_value]
        if lacking:
            reasons.append(f"{' and '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} none")
            lines += [self.without_value(self.prepared.model.scores[name]) for name in lacking]
        return Explanation(f"{score.name}: no value, {', and '.join(reasons)}", "score", None, tuple(lines))

    def forecast(self, move: Transition) -> Explanation:
        return Explanation(
            f"if nothing happens: {move.before} to {move.after} on {self.time(move.at)}, by {move.cause}", "forecast"
        )

    def components(self, found: ScoreResult) -> Explanation:
        lines = tuple(
            Explanation(
                f"{name}: {signed(amount)} ({weight:g} x {shown_points(self.result.scores[name].total)})",
                "rule",
                amount,
            )
            for name, weight, amount in found.components
        )
        return Explanation("combined of", "part", found.total, lines)

    def limits(self, score: Score, found: ScoreResult) -> list[Explanation]:
        raw = sum(amount for _, _, amount in found.components) if score.combine else found.activity + found.profile
        lines = []
        if raw != found.total:
            bound = "max" if raw > found.total else "min"
            lines.append(
                Explanation(f"{shown_points(raw)} becomes {shown_points(found.total)} by the score's {bound}", "note")
            )
        if found.cap is not None and found.total > found.cap:
            lines.append(
                Explanation(
                    f"{shown_points(found.total)} is capped at {shown_points(found.cap)} by gate {found.capped_by}",
                    "gate",
                )
            )
        return lines

    # --- the activity part ------------------------------------------------------------------------------------------

    def activity(self, score: Score, found: ScoreResult) -> Explanation:
        by_rule: dict[str, list[LedgerEntry]] = {}
        for entry in found.ledger:
            by_rule.setdefault("decay" if entry.rule is None else entry.rule, []).append(entry)
        outcomes = {outcome.rule: outcome for outcome in found.rules}
        lines: list[Explanation] = []
        is_live, earlier = self.result.since is not None, 0
        if self.result.since is not None:
            since = f"brought forward from {self.time(self.result.since)}"
            lines.append(Explanation(f"{since} {signed(found.opening)}", "note", found.opening))
        elif found.start:
            lines.append(Explanation(f"start {signed(found.start)}", "note", found.start))
        silent: list[Explanation] = []
        for item in items_of(score):
            outcome, own = outcomes[item.name], by_rule.pop(item.name, [])
            if own or (outcome.fired and not is_live):
                lines.append(self.item(item, outcome, own))
            elif outcome.fired:
                earlier += 1
            elif outcome.unknown:
                silent.append(self.item(item, outcome, own))
        for name, own in by_rule.items():
            lines.append(self.by_itself(name, own))
        quiet = sum(1 for item in items_of(score) if not (outcomes[item.name].fired or outcomes[item.name].unknown))
        lines.extend(silent)
        if earlier:
            lines.append(Explanation(f"{earlier} rule{'s' if earlier > 1 else ''} fired before and not since", "note"))
        if quiet:
            lines.append(Explanation(f"{quiet} other rule{'s' if quiet > 1 else ''} did not fire", "note"))
        return Explanation(f"activity part {shown_points(found.activity)}", "part", found.activity, tuple(lines))

    def item(self, item: EventRule | Penalty, outcome: RuleOutcome, own: list[LedgerEntry]) -> Explanation:
        word = "penalty" if isinstance(item, Penalty) else "rule"
        lines = [self.entry(entry) for entry in own]
        if outcome.unknown:
            missing = ", ".join(outcome.missing) or "a value it could not use"
            lines.append(
                Explanation(f"unknown for {_times(outcome.unknown, 'event')}: {missing} is missing", "missing")
            )
        fired = f", fired {_times(outcome.fired, 'time')}" if outcome.fired else ""
        effective = outcome.effective
        if self.result.since is not None:
            effective = sum(entry.effective for entry in own)
            fired += " in all" if fired else ""
        return Explanation(
            f"{word} {_titled(item.name, item.title)}: {signed(effective)}{fired}", "rule", effective, tuple(lines)
        )

    def entry(self, entry: LedgerEntry) -> Explanation:
        text = f"{self.time(entry.at)} "
        if entry.kind == "give_back":
            text += f"given back {signed(entry.effective)}"
        else:
            text += f"{self.event(entry.event)}{signed(entry.effective)}"
        if entry.effective != entry.nominal:
            text += f" of {signed(entry.nominal)}, {WHY[entry.reason] if entry.reason else 'changed'}"
        return Explanation(text, "entry", entry.effective)

    def event(self, number: int | None) -> str:
        if number is None:
            return ""
        event = self.result.events[number]
        shown = [f"{name} {_shown(value)}" for name, value in event.attributes.items() if value is not None]
        return f"{event.type}{' (' + ', '.join(shown) + ')' if shown else ''}: "

    def by_itself(self, name: str, own: list[LedgerEntry]) -> Explanation:
        total = sum(entry.effective for entry in own)
        if name == "decay":
            return Explanation(f"decay of awards by time: {signed(total)}", "rule", total)
        lines = tuple(self.entry(entry) for entry in own)
        return Explanation(f"{name}: {signed(total)}, {_times(len(own), 'time')}", "rule", total, lines)

    # --- the profile part -------------------------------------------------------------------------------------------

    def profile(self, score: Score, found: ScoreResult) -> Explanation:
        outcomes = {outcome.rule: outcome for outcome in found.rules if outcome.kind == "standing"}
        lines = [self.standing(rule, outcomes[rule.name]) for rule in score.standing_rules]
        return Explanation(f"profile part {shown_points(found.profile)}", "part", found.profile, tuple(lines))

    def standing(self, rule: StandingRule, outcome: RuleOutcome) -> Explanation:
        name = f"rule {_titled(rule.name, rule.title)}"
        lines: list[Explanation] = self.condition(rule.when) if rule.when is not None else []
        if isinstance(rule.points, StepPoints | ValuePoints):
            lines.append(Explanation(self.reads(rule.points.of), "condition"))
        if outcome.outcome == "unknown":
            missing = ", ".join(outcome.missing) or "a value"
            return Explanation(f"{name}: 0, unknown because {missing} is missing", "missing", 0, tuple(lines))
        verdict = "" if outcome.outcome == "fired" else ", not true"
        return Explanation(f"{name}: {signed(outcome.effective)}{verdict}", "rule", outcome.effective, tuple(lines))

    def condition(self, condition: Condition) -> list[Explanation]:
        """One line a verdict; a group is a line with its parts below."""
        when = compile_condition(condition, self.prepared.functions, self.prepared.model.sales_ready)
        verdict = truth(when(self.scope))
        word = "unknown" if verdict is None else "true" if verdict else "false"
        if isinstance(condition, Group):
            parts = tuple(line for part in condition.parts for line in self.condition(part))
            return [Explanation(f"{condition.kind} of: {word}", "condition", None, parts)]
        return [Explanation(f"{condition.text.strip()} is {word}{self.values(condition)}", "condition")]

    def reads(self, formula: Formula) -> str:
        text = formula.text.strip()
        if len(formula.reads) == 1 and ".".join(next(iter(formula.reads))) == text:
            return self.values(formula)[2:-1]  # the value alone says it all
        return f"{text}{self.values(formula)}"

    def values(self, formula: Formula) -> str:
        shown = []
        missing = null_paths(formula.reads, self.scope)
        for path in sorted(formula.reads):
            name = ".".join(path)
            if path[0] == "constants" or path == ("sales_ready",):
                continue
            shown.append(f"{name} missing" if name in missing else f"{name} = {_shown(_value(self.scope, path))}")
        return f" ({', '.join(shown)})" if shown else ""


def _value(scope: Mapping[str, object], path: tuple[str, ...]) -> object:
    value: object = scope
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    if value is None:
        return "none"
    plain = to_plain(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _titled(name: str, title: str | None) -> str:
    return f'{name} "{title}"' if title else name


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
