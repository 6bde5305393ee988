"""`scores:` -> scores, those of a `for_each` written out one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from rules_engine.model import amounts, conditions, scopes
from rules_engine.model import messages_declarations as say_declared
from rules_engine.model import messages_names as say_names
from rules_engine.model import messages_scores as say
from rules_engine.model.messages_rules import negative_cap
from rules_engine.model.names import ScoreName
from rules_engine.model.read_bands import band_names, read_bands
from rules_engine.model.read_decay import DecayChoice, read_decay
from rules_engine.model.read_penalties import read_inactivity, read_penalty
from rules_engine.model.read_rules import read_rule
from rules_engine.model.reading import Reading
from rules_engine.model.rule_parts import ScoreFrame, note, title
from rules_engine.model.types import EventRule, GroupCap, Penalty, Score, StandingRule
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node
from rules_engine.records import dataclass

MAX_VARIANTS = 200
# What a combined score has no use for: it has no ledger of its own.
NOT_COMBINED = ("rules", "penalties", "inactivity", "groups", "decay", "floor", "start")


@dataclass(frozen=True, slots=True)
class Plan:
    """A score to read: its entry in the file, its own name, and the values of its `for_each` variables."""

    entry: Entry
    body: MapNode
    name: str
    variant: tuple[tuple[str, str], ...]


def plan_scores(reading: Reading, node: Node | None) -> list[Plan]:
    """All scores before any is read, so that every part can refer to them; fills the names."""
    plans: list[Plan] = []
    names = reading.names
    names.knows_scores = isinstance(node, MapNode) and bool(node.entries)
    for entry in reading.entries(node):
        body = reading.map(entry.value, "a score")
        if body is None:
            names.broken_scores.add(entry.key.text)
            continue
        variants = list(_variants(reading, body)) if "for_each" in body else [()]
        made = []
        for variant in variants:
            name = "_".join((entry.key.text, *(value for _, value in variant)))
            if name in names.score_names:
                reading.report.add(say_declared.score_name_taken(entry.key, name))
                continue
            sales_ready = _sales_ready(reading, body)
            names.score_names[name] = ScoreName(name, band_names(body.get("bands")), "needs" in body, sales_ready)
            if not isinstance(body.get("bands"), MapNode) and ("bands" in body or reading.report.is_misspelt(body)):
                names.broken_bands.add(name)
            made.append(name)
            plans.append(Plan(entry, body, name, variant))
        if "for_each" in body:
            names.families[entry.key.text] = tuple(made)
            names.knows_scores &= bool(made)
    return plans


def _sales_ready(reading: Reading, body: MapNode) -> int:
    node = body.get("sales_ready")
    own = reading.points(node, reading.sales_ready)
    if own is None:
        return reading.sales_ready
    if own <= 0 and node is not None:
        reading.report.add(say.sales_ready_positive(node))
        return reading.sales_ready
    return own


def _variants(reading: Reading, body: MapNode) -> Iterator[tuple[tuple[str, str], ...]]:
    """Every combination of the values of `for_each`."""
    choices: list[list[tuple[str, str]]] = []
    for entry in reading.entries(body.get("for_each")):
        variable = entry.key.text
        reading.names.variables.add(variable)
        if variable in scopes.ROOTS or variable in reading.names.definitions:
            reading.report.add(say_declared.variable_hides(entry.key, variable))
        values: list[tuple[str, str]] = []
        for item in entry.value.items if isinstance(entry.value, ListNode) else ():  # the schema's check tells others
            value = reading.text(item)
            if value is None:
                continue
            if not value.replace("_", "a").isalnum() or not value.isascii():
                reading.report.add(say_declared.variant_value(item, value))
            elif (variable, value) in values:
                reading.report.add(say_declared.variant_repeated(item, value))
            else:
                values.append((variable, value))
        choices.append(values)
    count = 1
    for values in choices:
        count *= len(values)
    if count > MAX_VARIANTS:
        reading.report.add(say.too_many_variants(body.entry("for_each"), count, MAX_VARIANTS))
        return
    if choices:
        yield from itertools.product(*choices)


def read_scores(reading: Reading, plans: list[Plan]) -> dict[str, Score]:
    """All scores, in file order."""
    scores = {plan.name: _score(reading, plan) for plan in plans}
    _check_combined(reading, plans, scores)
    return scores


def _score(reading: Reading, plan: Plan) -> Score:
    body, names = plan.body, reading.names
    sales_ready = names.score_names[plan.name].sales_ready
    frame = ScoreFrame(plan.name, sales_ready, dict(plan.variant))
    frame.decay = read_decay(reading, body.get("decay"), f'score "{plan.name}"')
    groups = _groups(reading, frame, body)
    event_rules: list[EventRule] = []
    standing_rules: list[StandingRule] = []
    order: list[str] = []
    for entry in reading.entries(body.get("rules")):
        for rule in read_rule(reading, frame, entry):
            if isinstance(rule, EventRule):
                event_rules.append(rule)
            else:
                standing_rules.append(rule)
            order.append(rule.name)
    penalties = [read_penalty(reading, frame, entry) for entry in reading.entries(body.get("penalties"))]
    _check_names(reading, body, plan.name)
    minimum = reading.points(body.get("min"), sales_ready) or 0
    maximum = reading.points(body.get("max"), sales_ready)
    floor = reading.points(body.get("floor"), sales_ready)
    start = reading.points(body.get("start"), sales_ready) or 0
    moves = bool(event_rules or penalties or "inactivity" in body)
    _check_range(reading, body, minimum, maximum, floor, start, moves)
    return Score(
        name=plan.name,
        span=plan.entry.key.span,
        title=title(reading, body),
        note=note(reading, body),
        sales_ready=sales_ready,
        start=start,
        minimum=minimum,
        maximum=maximum,
        floor=max(minimum, 0) if floor is None else floor,
        groups=groups,
        event_rules=tuple(event_rules),
        standing_rules=tuple(standing_rules),
        penalties=tuple(penalty for penalty in penalties if isinstance(penalty, Penalty)),
        inactivity=read_inactivity(reading, frame, body.get("inactivity")),
        bands=read_bands(reading, body.get("bands"), sales_ready, f'score "{plan.name}"', latches=True),
        needs=conditions.condition(reading, body.get("needs"), scopes.fields_only(names, "`needs`")),
        combine=_combine(reading, plan),
        family=plan.entry.key.text if plan.variant else None,
        variant=plan.variant,
        rule_order=tuple(order),
    )


def _groups(reading: Reading, frame: ScoreFrame, body: MapNode) -> tuple[GroupCap, ...]:
    groups: list[GroupCap] = []
    for entry in reading.entries(body.get("groups")):
        name = entry.key.text
        group = reading.map(entry.value, "a group")
        cap = reading.points(group.get("max"), frame.sales_ready) if group is not None else None
        if cap is not None and cap < 0 and group is not None:
            reading.report.add(negative_cap(group.entry("max"), name))
        decay: DecayChoice | None = None
        if group is not None:
            decay = read_decay(reading, group.get("decay"), f'group "{name}"')
        frame.groups[name] = decay
        groups.append(GroupCap(name, cap, entry.key.span))
    return tuple(groups)


def _check_names(reading: Reading, body: MapNode, score: str) -> None:
    """Rules and penalties share the ledger, so they must not share names."""
    rules = body.get("rules")
    for entry in reading.entries(body.get("penalties")):
        if isinstance(rules, MapNode) and (rule := rules.entry(entry.key.text)) is not None:
            reading.report.add(say_names.rule_and_penalty(entry.key, score, rule.key))


def _check_range(
    reading: Reading, body: MapNode, minimum: int, maximum: int | None, floor: int | None, start: int, moves: bool
) -> None:
    if maximum is not None and maximum <= minimum:
        reading.report.add(say.max_not_above_min(body.entry("max"), minimum))
        return
    for key, value in (("floor", floor), ("start", start if "start" in body else None)):
        if value is not None and (value < minimum or (maximum is not None and value > maximum)):
            reading.report.add(say.outside_range(body.entry(key), key, minimum, maximum))
    if moves and "start" not in body:
        # The first award would lift the score into its range, whatever it is worth. Without events nothing does.
        if minimum > 0:
            reading.report.add(say.starts_outside_range(body.entry("min"), "min", minimum))
        elif maximum is not None and maximum < 0:
            reading.report.add(say.starts_outside_range(body.entry("max"), "max", maximum))


# --- combined scores ------------------------------------------------------------------------------------------------


def _combine(reading: Reading, plan: Plan) -> tuple[tuple[str, float], ...]:
    if "combine" not in plan.body:
        if "rules" not in plan.body:
            reading.report.add_missing(plan.body, say.score_without_rules(plan.entry.key, plan.name))
        return ()
    for key in NOT_COMBINED:
        if key in plan.body:
            reading.report.add(say.not_in_combined(plan.body.entry(key), plan.name, key))
    found: dict[str, float] = {}
    for entry in reading.entries(plan.body.get("combine")):
        weight = reading.number(entry.value)
        if weight is not None and weight < 0:
            reading.report.add(say.negative_weight(entry.value, f'"{entry.key.text}"'))
        for name in score_or_family(reading, entry.key, f'Score "{plan.name}"'):
            found[name] = weight or 0.0
    return tuple(found.items())


def score_or_family(reading: Reading, node: Node, used_by: str) -> tuple[str, ...]:
    """The score of that name, or all scores of a `for_each` name; () where there is none, or a mistake hides it."""
    name = reading.text(node)
    if name is None:
        return ()
    names = reading.names
    if name in names.families:
        return names.families[name]
    if name in names.score_names:
        return (name,)
    if names.may_be_score(name):
        return ()
    reading.report.add(say_names.unknown(node, "score", name, (*names.score_names, *names.families), used_by))
    return ()


def _check_combined(reading: Reading, plans: list[Plan], scores: dict[str, Score]) -> None:
    """A combined score must not, through others, be made of itself."""
    places = {plan.name: plan.body.entry("combine") for plan in plans}

    def path_to(start: str, name: str, seen: set[str]) -> tuple[str, ...] | None:
        for part, _ in scores[name].combine:
            if part == start:
                return (name, part)
            if part in scores and part not in seen:
                seen.add(part)
                rest = path_to(start, part, seen)
                if rest is not None:
                    return (name, *rest)
        return None

    circular = False
    told: set[str] = set()
    for name in scores:
        cycle = path_to(name, name, set()) if name not in told else None
        if cycle is not None:
            told.update(cycle)
            circular = True
            reading.report.add(say.combine_cycle(places[name], cycle))
    if not circular:
        _check_weights(reading, plans, scores)


def _check_weights(reading: Reading, plans: list[Plan], scores: dict[str, Score]) -> None:
    """A point must not, through weights of weights, be worth more than the largest amount."""
    bodies = {plan.name: plan.body.get("combine") for plan in plans}
    worth: dict[str, float] = {}

    def worth_in(name: str) -> float:
        """What a point of each score with rules is worth in this one, together; told once, so 1 after a mistake."""
        if name not in worth:
            parts = [(part, weight * worth_in(part)) for part, weight in scores[name].combine]
            beyond = [part for part, points in parts if points > amounts.MOST_POINTS]
            node = bodies[name]
            for entry in node if isinstance(node, MapNode) else ():
                if any(part in beyond for part in (entry.key.text, *reading.names.families.get(entry.key.text, ()))):
                    reading.report.add(say.weight_too_large(entry.value, name, entry.key.text))
            worth[name] = sum(points for part, points in parts if part not in beyond) or 1.0
        return worth[name]

    for name in scores:
        worth_in(name)
