"""A model as a list of named parts, each with its aspects in words: what a comparison of two versions goes through.

rule "demo" of score "readiness":  event: demo_request · points: 60 · decay: none
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from zoneinfo import ZoneInfo

from rules_engine.analysis.versions import wording
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel.values.zones import zone_of
from rules_engine.model.types import (
    AccountScore,
    Automation,
    BandLevel,
    Condition,
    Decay,
    EventRule,
    Field,
    FixedPoints,
    Formula,
    FormulaPoints,
    Gate,
    Inactivity,
    Label,
    Model,
    Penalty,
    Points,
    Score,
    Segment,
    StandingRule,
    StepPoints,
    Tally,
    ValuePoints,
)
from rules_engine.records import dataclass

# Aspects that change what people read and nothing that is computed.
FOR_PEOPLE = frozenset({"title", "note", "owner", "review", "status", "effective"})


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that a part says. `meaning` is compared; `text` is shown; `unfolded` is shown where only it differs.

    `amount` are micropoints, where the aspect is a number of points.
    """

    text: str
    meaning: object
    unfolded: str | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of a model: `kind` is the word for it, `owner` the score, event or account it belongs to."""

    kind: str
    owner: str | None
    name: str
    title: str | None
    span: Span | None
    aspects: Mapping[str, Aspect] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str | None, str]:
        return self.kind, self.owner, self.name

    @property
    def address(self) -> str:
        return self.name if self.owner is None else f"{self.owner}.{self.name}"


def parts_of(model: Model) -> list[Part]:
    """All parts of a model, in the order in which a file lists them."""
    zone = zone_of(model.timezone)
    found = [_header(model, zone)]
    for name, version in model.required_plugins.items():
        found.append(Part("plugin", None, name, None, None, {"version": _said(version)}))
    for kind, fields in (("lead field", model.lead_fields), ("account field", model.account_fields)):
        found.extend(_field(kind, None, declared) for declared in fields.values())
    for event in model.events.values():
        found.append(Part("event", None, event.name, None, event.span))
        found.extend(_field("attribute", event.name, declared) for declared in event.attributes.values())
    for name, constant in model.constants.items():
        found.append(Part("constant", None, name, None, None, {"value": Aspect(wording.value(constant), constant)}))
    found.extend(_tally(tally) for tally in model.tallies.values())
    for score in model.scores.values():
        found.extend(_score(score, zone))
    found.extend(_gate(gate) for gate in model.gates.values())
    found.extend(_label(label) for label in model.labels.values())
    for account in model.accounts.values():
        found.extend(_account(account))
    found.extend(_segment(segment) for segment in model.segments.values())
    found.extend(_automation(automation) for automation in model.automations.values())
    return found


# --- aspects --------------------------------------------------------------------------------------------------------


def _said(text: str) -> Aspect:
    return Aspect(text, text)


def _points(amount: int) -> Aspect:
    return Aspect(wording.points(amount), amount, amount=amount)


def _when(condition: Condition) -> Aspect:
    return Aspect(wording.condition(condition), condition, wording.condition(condition, unfolded=True))


def _computed(formula: Formula) -> Aspect:
    return Aspect(formula.text, formula, wording.formula(formula, unfolded=True))


def _duration(length: int) -> Aspect:
    return Aspect(wording.duration(length), length)


def _decay(decay: Decay | None) -> Aspect:
    return _said("none") if decay is None else Aspect(wording.decay(decay), decay)


def _some(**aspects: Aspect | None) -> dict[str, Aspect]:
    """Those that are there; underscores in their names become blanks."""
    return {name.strip("_").replace("_", " "): aspect for name, aspect in aspects.items() if aspect is not None}


def _for_people(title: str | None, note: str | None) -> dict[str, Aspect]:
    return _some(title=None if title is None else _said(title), note=None if note is None else _said(note))


def _header(model: Model, zone: ZoneInfo) -> Part:
    review = model.review
    aspects = _some(
        name=_said(model.name),
        status=_said(model.status),
        effective=None if model.effective is None else _said(wording.date(model.effective, zone)),
        owner=None if model.owner is None else _said(model.owner),
        review=None if review is None else _said(f"{review.first_days} days, then every {review.then_days} days"),
        time_zone=_said(model.timezone),
        sales_ready=_points(model.sales_ready),
        visit_gap=_duration(model.visit_gap),
        dedupe_window=_duration(model.dedupe_window),
        audience=None if model.audience is None else _when(model.audience),
        stages=_said(", ".join(model.stages)) if model.stages else None,
    )
    return Part("model", None, "", None, None, aspects)


def _field(kind: str, owner: str | None, declared: Field) -> Part:
    allowed = ", ".join(wording.value(value) for value in declared.one_of)
    aspects = _some(
        type=_said(str(declared.type)) if not declared.one_of else _said("one of a list"),
        allowed=_said(allowed) if declared.one_of else None,
        required=_said("yes") if declared.required else None,
        min=None if declared.minimum is None else _said(f"{declared.minimum:g}"),
        max=None if declared.maximum is None else _said(f"{declared.maximum:g}"),
    )
    return Part(kind, owner, declared.name, None, declared.span, aspects)


def _tally(tally: Tally) -> Part:
    counted = _said(tally.measure) if tally.of is None else Aspect(f"{tally.measure} of {tally.of.text}", tally.of)
    aspects = _some(
        event=None if tally.stage is not None else _said(wording.events(tally.events)),
        stage=None if tally.stage is None else _said(tally.stage),
        when=None if tally.when is None else _when(tally.when),
        measure=counted,
        within=None if tally.within is None else _duration(tally.within),
        per=None if tally.per is None else _said(tally.per),
    )
    return Part("tally", None, tally.name, tally.title, tally.span, aspects | _for_people(tally.title, tally.note))


# --- scores ---------------------------------------------------------------------------------------------------------


def _score(score: Score, zone: ZoneInfo) -> Iterator[Part]:
    aspects = _some(
        start=_points(score.start),
        min=_points(score.minimum),
        max=_said("none") if score.maximum is None else _points(score.maximum),
        floor=_points(score.floor),
        sales_ready=_points(score.sales_ready),
        needs=None if score.needs is None else _when(score.needs),
    )
    aspects |= {f"weight of {name}": _said(f"{weight:g}") for name, weight in score.combine}
    aspects |= _for_people(score.title, score.note)
    yield Part("score", None, score.name, score.title, score.span, aspects)
    for group in score.groups:
        cap = _said("none") if group.max is None else _points(group.max)
        yield Part("group", score.name, group.name, None, group.span, {"max": cap})
    rules: dict[str, EventRule | StandingRule] = {rule.name: rule for rule in score.event_rules}
    rules |= {rule.name: rule for rule in score.standing_rules}
    for name in score.rule_order:
        rule = rules[name]
        yield _event_rule(score, rule, zone) if isinstance(rule, EventRule) else _standing_rule(score, rule, zone)
    yield from (_penalty(score, penalty, zone) for penalty in score.penalties)
    for number, clock in enumerate(score.inactivity, 1):
        name = "inactivity" if len(score.inactivity) == 1 else f"inactivity {number}"
        yield _inactivity(score, name, clock)
    yield from _bands("band", score.name, score.bands)


def _event_rule(score: Score, rule: EventRule, zone: ZoneInfo) -> Part:
    aspects = _some(
        event=_said(wording.events(rule.events)),
        when=None if rule.when is None else _when(rule.when),
        reaches=None if rule.reaches is None else _said(f"{rule.reaches.tally} {rule.reaches.threshold:g}"),
        sets_the_score_to=None if rule.set_to is None else _points(rule.set_to),
    )
    aspects |= _worth(rule.points)
    aspects |= _some(
        limit=_said("none") if rule.limit is None else Aspect(wording.limit(rule.limit), rule.limit),
        max=None if rule.max is None else _points(rule.max),
        decay=_decay(rule.decay),
        group=None if rule.group is None else _said(rule.group),
    )
    return Part("rule", score.name, rule.name, rule.title, rule.span, aspects | _around(rule, zone))


def _standing_rule(score: Score, rule: StandingRule, zone: ZoneInfo) -> Part:
    aspects = _some(when=None if rule.when is None else _when(rule.when)) | _worth(rule.points)
    if rule.otherwise is not None:
        aspects |= {"points otherwise": _worth(rule.otherwise)["points"]}
    return Part("rule", score.name, rule.name, rule.title, rule.span, aspects | _around(rule, zone))


def _around(rule: EventRule | StandingRule | Penalty, zone: ZoneInfo) -> dict[str, Aspect]:
    stage = None if isinstance(rule, Penalty) else rule.stage
    aspects = _some(
        stage=None if stage is None else _said(stage),
        from_=None if rule.starts is None else _said(wording.date(rule.starts, zone)),
        until=None if rule.ends is None else _said(wording.date(rule.ends, zone)),
    )
    return aspects | _for_people(rule.title, rule.note)


def _worth(points: Points | None) -> dict[str, Aspect]:
    match points:
        case FixedPoints(amount=amount):
            return {"points": _points(amount)}
        case FormulaPoints(formula=formula):
            return {"points": _computed(formula)}
        case StepPoints():
            steps = {
                f"points from {bound:g} on": _points(amount)
                for bound, amount in zip(points.bounds, points.amounts, strict=True)
            }
            return {"points by": _computed(points.of), **steps, **_beside(points)}
        case ValuePoints(values=values):
            found = {f"points for {wording.value(value)}": _points(amount) for value, amount in values}
            return {"points by": _computed(points.of), **found, **_beside(points)}
        case None:
            return {}


def _beside(points: StepPoints | ValuePoints) -> dict[str, Aspect]:
    return _some(
        points_otherwise=None if points.otherwise is None else _points(points.otherwise),
        points_where_missing=None if points.missing is None else _points(points.missing),
    )


def _penalty(score: Score, penalty: Penalty, zone: ZoneInfo) -> Part:
    aspects = _some(
        event=_said(wording.events(penalty.events)),
        when=None if penalty.when is None else _when(penalty.when),
        remove=Aspect(wording.amount(penalty.remove), penalty.remove, amount=penalty.remove.amount),
        over=_said(f"{penalty.over_days} days" if penalty.over_days else "at once"),
        limit=_said("none") if penalty.limit is None else Aspect(wording.limit(penalty.limit), penalty.limit),
        given_back=None if penalty.decay is None else _decay(penalty.decay),
    )
    return Part("penalty", score.name, penalty.name, penalty.title, penalty.span, aspects | _around(penalty, zone))


def _inactivity(score: Score, name: str, clock: Inactivity) -> Part:
    activity = "by the rules"
    if clock.any_event:
        activity = "any event"
    elif clock.activity is not None:
        activity = ", ".join(clock.activity)
    aspects = _some(
        after=_duration(clock.after),
        every=_said("once") if clock.every is None else _duration(clock.every),
        remove=Aspect(wording.amount(clock.remove), clock.remove, amount=clock.remove.amount),
        activity=_said(activity),
    )
    return Part("inactivity", score.name, name, None, clock.span, aspects)


def _bands(kind: str, owner: str, bands: tuple[BandLevel, ...]) -> Iterator[Part]:
    for band in bands:
        aspects = _some(
            from_=_said("any") if band.start is None else _points(band.start),
            until=_said("never") if band.sticky else None if band.until is None else _points(band.until),
        )
        yield Part(kind, owner, band.name, band.title, band.span, aspects | _for_people(band.title, band.note))


# --- what follows the scores ----------------------------------------------------------------------------------------


def _gate(gate: Gate) -> Part:
    aspects = _some(
        event=_said(wording.events(gate.events)) if gate.is_event_gate else None,
        when=None if gate.when is None else _when(gate.when),
        hold=None if not gate.is_event_gate else _said("forever") if gate.hold is None else _duration(gate.hold),
        until=_said(", ".join(gate.until_events)) if gate.until_events else None,
    )
    aspects |= {f"cap of {score}": _points(cap) for score, cap in gate.caps}
    return Part("gate", None, gate.name, gate.title, gate.span, aspects | _for_people(gate.title, gate.note))


def _label(label: Label) -> Part:
    aspects: dict[str, Aspect] = {}
    if label.formula is not None:
        aspects["formula"] = _computed(label.formula)
    for choice in label.choices:
        aspects[choice.name] = _said("otherwise") if choice.when is None else _when(choice.when)
    if label.choices:
        aspects["order"] = _said(", ".join(choice.name for choice in label.choices))
    return Part("label", None, label.name, label.title, label.span, aspects | _for_people(label.title, label.note))


def _account(account: AccountScore) -> Iterator[Part]:
    aspects = _some(
        of=_said(account.of),
        combine=_said(f"top {account.top}" if account.combine == "top" else account.combine),
        weight=None if account.weight is None else _computed(account.weight),
        where=None if account.where is None else _when(account.where),
    )
    aspects |= _for_people(account.title, account.note)
    yield Part("account score", None, account.name, account.title, account.span, aspects)
    yield from _bands("account band", account.name, account.bands)


def _segment(segment: Segment) -> Part:
    aspects = _some(
        where=None if segment.where is None else _when(segment.where),
        highest=None if segment.highest is None else _computed(segment.highest),
        lowest=None if segment.lowest is None else _computed(segment.lowest),
        take=None if segment.take is None else _said(str(segment.take)),
    )
    aspects |= _for_people(segment.title, segment.note)
    return Part("segment", None, segment.name, segment.title, segment.span, aspects)


def _automation(automation: Automation) -> Part:
    done = "; ".join(wording.action(action) for action in automation.do)
    aspects = _some(
        when=None if automation.when is None else _when(automation.when),
        cooldown=None if automation.cooldown is None else _duration(automation.cooldown),
        do=Aspect(done, automation.do),
        on_new_version=_said(automation.on_new_version),
    )
    aspects |= _for_people(automation.title, automation.note)
    return Part("automation", None, automation.name, automation.title, automation.span, aspects)
