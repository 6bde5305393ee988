"""The typed, frozen form of one model file: what every later stage reads instead of YAML.

Units: instants and durations are integer microseconds (UTC), points are integer micropoints (one millionth of a
point), except where a field says otherwise. Percents of `sales_ready` are already resolved. `for_each` scores and CSV
tables are already expanded: each product score and each table row is an entry of its own. Every part has the `Span`
it was read from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.feel import ast
from rules_engine.feel.types import Type
from rules_engine.records import dataclass

Micropoints: TypeAlias = int
Microseconds: TypeAlias = int
Scalar: TypeAlias = str | float | bool


@dataclass(frozen=True, slots=True)
class Formula:
    """A FEEL expression of the file. `reads` lists the paths it uses, e.g. ("event", "path"), definitions unfolded.

    `define` names, `constants` and the `for_each` variable are already substituted in `tree` where they are literal
    (the variable) or inlined (definitions), so only the roots lead, account, constants, event, tally, score, band,
    gate, label, last, first, last_increase, now and sales_ready remain.
    """

    text: str
    tree: ast.Expression
    type: Type
    reads: frozenset[tuple[str, ...]]
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """`all`, `any` or `none` of several conditions (a list is `all`)."""

    kind: Literal["all", "any", "none"]
    parts: tuple[Condition, ...]
    span: Span


Condition: TypeAlias = Formula | Group


@dataclass(frozen=True, slots=True)
class Titled:
    """What every rule, penalty, gate, band, tally and label may carry."""

    name: str
    span: Span
    title: str | None = None
    note: str | None = None


# --- points ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FixedPoints:
    """`points: 15` or `points: 60%` (resolved)."""

    amount: Micropoints


@dataclass(frozen=True, slots=True)
class FormulaPoints:
    """`points: 20 * event.watched / event.length`; the value is in points."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class StepPoints:
    """`of: account.employees` + `at_least: {0: 0, 50: 10}`: the entry with the highest bound <= value.

    `bounds` rise. Below the first bound: `otherwise` (None means 0 points). A null value: `missing`, unknown if None.
    """

    of: Formula
    bounds: tuple[float, ...]
    amounts: tuple[Micropoints, ...]
    otherwise: Micropoints | None
    missing: Micropoints | None


@dataclass(frozen=True, slots=True)
class ValuePoints:
    """`of: lead.country` + `values: {US: 10}`. No match: `otherwise` (None means 0). Null: `missing`, else unknown."""

    of: Formula
    values: tuple[tuple[Scalar, Micropoints], ...]
    otherwise: Micropoints | None
    missing: Micropoints | None


Points: TypeAlias = FixedPoints | FormulaPoints | StepPoints | ValuePoints


# --- rules ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """`limit: {times: 2, each: event.asset, within: 30 days}`. At most one of `within` and `per`."""

    times: int
    each: Formula | None = None
    within: Microseconds | None = None
    per: Literal["day", "week", "month", "visit"] | None = None
    keep_highest: bool = False


@dataclass(frozen=True, slots=True)
class Decay:
    """What remains of an award by its age. `keep` is the least share (0..1), `delay` starts the clock later.

    `half_life` and `linear` are continuous over `period`; `steps` is every stepped law (expires, every/lose, steps, a
    plugin's law) resolved to rising `ages` (delay NOT added) and the falling `weights` reached at them (keep applied).
    `source` is the law as written, for explanations ("half_life: 180 days").
    """

    kind: Literal["half_life", "linear", "steps"]
    period: Microseconds = 0
    ages: tuple[Microseconds, ...] = ()
    weights: tuple[float, ...] = ()
    keep: float = 0.0
    delay: Microseconds = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reaches:
    """`reaches: {sales_pages_in_visit: 4}`; `threshold` in the tally's own unit (a plain number)."""

    tally: str
    threshold: float


@dataclass(frozen=True, slots=True)
class TableRow:
    """Where a rule made from a CSV sheet comes from."""

    rule: str
    file: str
    line: int
    key: str


@dataclass(frozen=True, slots=True)
class EventRule(Titled):
    """A rule with `event:` (or `reaches:`). `events` is None for `any`. Exactly one of `points` and `set_to`."""

    events: tuple[str, ...] | None = None
    when: Condition | None = None
    points: Points | None = None
    set_to: Micropoints | None = None
    reaches: Reaches | None = None
    limit: Limit | None = None
    max: Micropoints | None = None
    decay: Decay | None = None
    group: str | None = None
    stage: str | None = None
    starts: Microseconds | None = None  # `from:`, included
    ends: Microseconds | None = None  # `until:`, excluded
    row: TableRow | None = None


@dataclass(frozen=True, slots=True)
class StandingRule(Titled):
    """A profile or standing rule (no event). `otherwise` counts where `when` is false (not where it is unknown).

    `otherwise` of an `of:` lookup lives in its points.
    """

    when: Condition | None = None
    points: Points = FixedPoints(0)
    otherwise: Points | None = None
    stage: str | None = None
    starts: Microseconds | None = None
    ends: Microseconds | None = None
    row: TableRow | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What a penalty or inactivity removes: `amount` micropoints, or `share` (0..1) of max(A, 0), or a formula."""

    amount: Micropoints | None = None
    share: float | None = None
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Penalty(Titled):
    """`over_days` 0 means at once. `decay` is stepped or None."""

    events: tuple[str, ...] | None = None
    when: Condition | None = None
    remove: Amount = Amount(amount=0)
    over_days: int = 0
    limit: Limit | None = None
    decay: Decay | None = None
    starts: Microseconds | None = None
    ends: Microseconds | None = None


@dataclass(frozen=True, slots=True)
class Inactivity:
    """`every` None: once. `activity` None: events that match an event rule of the score with nominal > 0;
    ("any",) stands as `any_event`; otherwise the listed types."""

    after: Microseconds
    every: Microseconds | None
    remove: Amount
    activity: tuple[str, ...] | None
    any_event: bool
    span: Span


@dataclass(frozen=True, slots=True)
class BandLevel(Titled):
    """`start` None stands for `any` (the first band). `until` None with `sticky` is `until: never`."""

    start: Micropoints | None = None
    until: Micropoints | None = None
    sticky: bool = False


@dataclass(frozen=True, slots=True)
class GroupCap:
    name: str
    max: Micropoints | None
    span: Span


@dataclass(frozen=True, slots=True)
class Score(Titled):
    """One score. Combined scores have `combine` and no rules. `floor` is resolved (default max(minimum, 0)).

    `family` and `variant` name the `for_each` score it was expanded from ("interest", "crm"), else None.
    """

    sales_ready: Micropoints = 100_000_000
    start: Micropoints = 0
    minimum: Micropoints = 0
    maximum: Micropoints | None = None
    floor: Micropoints = 0
    groups: tuple[GroupCap, ...] = ()
    event_rules: tuple[EventRule, ...] = ()
    standing_rules: tuple[StandingRule, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    inactivity: tuple[Inactivity, ...] = ()
    bands: tuple[BandLevel, ...] = ()
    needs: Condition | None = None
    combine: tuple[tuple[str, float], ...] = ()
    family: str | None = None
    variant: tuple[tuple[str, str], ...] = ()
    rule_order: tuple[str, ...] = ()  # names of event and standing rules in file order


# --- around the scores ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A declared field or event attribute. `one_of` is () when free; `minimum`/`maximum` are for numbers."""

    name: str
    type: Type
    required: bool
    one_of: tuple[Scalar, ...]
    minimum: float | None
    maximum: float | None
    span: Span


@dataclass(frozen=True, slots=True)
class EventType:
    name: str
    attributes: Mapping[str, Field]
    span: Span


@dataclass(frozen=True, slots=True)
class Tally(Titled):
    """`measure` over matching events; `of` is its expression (None for count).

    `stage` tallies count awards and have no events. At most one of `within` and `per`.
    """

    events: tuple[str, ...] | None = None
    when: Condition | None = None
    measure: Literal["count", "sum", "distinct", "latest", "min", "max"] = "count"
    of: Formula | None = None
    within: Microseconds | None = None
    per: Literal["day", "week", "month", "visit"] | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Gate(Titled):
    """State gate: `when` on fields and tallies and no `events`. Event gate: `events`, `hold` (None = forever).

    `until_events` end an event gate. `caps` per score name.
    """

    events: tuple[str, ...] | None = None
    is_event_gate: bool = False
    when: Condition | None = None
    hold: Microseconds | None = None
    until_events: tuple[str, ...] = ()
    caps: tuple[tuple[str, Micropoints], ...] = ()


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """`when` None stands for `otherwise`."""

    name: str
    when: Condition | None
    span: Span


@dataclass(frozen=True, slots=True)
class Label(Titled):
    """Either one `formula`, or `choices` in order: the first whose condition is true."""

    formula: Formula | None = None
    choices: tuple[LabelChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountScore(Titled):
    """Rolls up the members' readings of score `of`. `top` is N of `top N`."""

    of: str = ""
    combine: Literal["sum", "mean", "max", "min", "count", "top", "plugin"] = "sum"
    top: int | None = None
    weight: Formula | None = None
    where: Condition | None = None
    bands: tuple[BandLevel, ...] = ()
    rollup: str | None = None  # the plugin's way to combine, where `combine` is "plugin"


@dataclass(frozen=True, slots=True)
class Segment(Titled):
    where: Condition | None = None
    highest: Formula | None = None
    lowest: Formula | None = None
    take: int | None = None


@dataclass(frozen=True, slots=True)
class Action:
    name: str
    parameters: Mapping[str, object]
    span: Span


@dataclass(frozen=True, slots=True)
class Automation(Titled):
    when: Condition | None = None
    cooldown: Microseconds | None = None
    do: tuple[Action, ...] = ()
    on_new_version: Literal["baseline", "fire"] = "baseline"


@dataclass(frozen=True, slots=True)
class Review:
    first_days: int
    then_days: int
    span: Span


@dataclass(frozen=True, slots=True)
class Change:
    version: int
    date: str
    note: str
    span: Span


@dataclass(frozen=True, slots=True)
class Model:
    """A whole model file that has no errors. `hash` identifies its meaning and its data files (hex SHA-256)."""

    name: str
    version: int
    status: Literal["draft", "active", "retired"]
    effective: Microseconds | None
    owner: str | None
    timezone: str
    sales_ready: Micropoints
    visit_gap: Microseconds
    dedupe_window: Microseconds
    review: Review | None
    changes: tuple[Change, ...]
    audience: Condition | None
    stages: tuple[str, ...]
    lead_fields: Mapping[str, Field]
    account_fields: Mapping[str, Field]
    events: Mapping[str, EventType]
    constants: Mapping[str, object]  # FEEL values: float, str, bool, None, lists of them
    tallies: Mapping[str, Tally]
    scores: Mapping[str, Score]
    gates: Mapping[str, Gate]
    labels: Mapping[str, Label]
    accounts: Mapping[str, AccountScore]
    segments: Mapping[str, Segment]
    automations: Mapping[str, Automation]
    required_plugins: Mapping[str, str]
    file: str
    hash: str
