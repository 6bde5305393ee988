"""A model's numbers as the columns of the fold kernel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import ceil, log, log2

from rules_engine.model.types import BandLevel, Decay, EventRule, Limit, Model, Penalty, Score
from rules_engine.records import dataclass
from rules_engine.scoring.plan import (
    FAR,
    LAW_HALF_LIFE,
    LAW_LINEAR,
    LAW_NONE,
    LAW_STEPS,
    PENALTY,
    RULE,
    SET,
    Plan,
)
from rules_engine.scoring.remains import lowest_value

_LAWS = {"half_life": LAW_HALF_LIFE, "linear": LAW_LINEAR, "steps": LAW_STEPS}


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which number means what in the kernel: positions of scores, items, clocks and gates."""

    scores: tuple[Score, ...]
    items: tuple[EventRule | Penalty, ...]
    item_score: tuple[int, ...]
    clocks: tuple[tuple[int, int], ...]  # score, position within the score
    score_positions: Mapping[str, int]

    def score_index(self, name: str) -> int:
        return self.score_positions[name]


def items_of(score: Score) -> list[EventRule | Penalty]:
    """The event rules and then the penalties of a score, in file order."""
    return [*score.event_rules, *score.penalties]


def number(model: Model) -> Numbering:
    """Numbers the scores, and score by score the event rules and then the penalties, in file order."""
    scores = tuple(model.scores.values())
    items: list[EventRule | Penalty] = []
    owners: list[int] = []
    clocks: list[tuple[int, int]] = []
    for s, score in enumerate(scores):
        own = items_of(score)
        items.extend(own)
        owners.extend([s] * len(own))
        clocks.extend((s, k) for k in range(len(score.inactivity)))
    positions = {score.name: s for s, score in enumerate(scores)}
    return Numbering(scores, tuple(items), tuple(owners), tuple(clocks), positions)


def _ranges(counts: Iterable[int]) -> list[int]:
    return list(accumulate(counts, initial=0))


def _end_of(decay: Decay) -> int:
    """The age at which a continuous law stops falling: the first whole microsecond with weight <= keep."""
    if decay.kind == "linear":
        return decay.delay + ceil(decay.period * (1.0 - decay.keep))
    if decay.keep > 0.0:
        return decay.delay + ceil(-log2(decay.keep) * decay.period)
    return FAR


class _Items:
    """The item columns while they are filled."""

    def __init__(self) -> None:
        self.kind: list[int] = []
        self.max: list[int] = []
        self.group: list[int] = []
        self.law: list[int] = []
        self.period: list[float] = []
        self.keep: list[float] = []
        self.delay: list[int] = []
        self.end: list[int] = []
        self.steps: list[int] = [0]
        self.times: list[int] = []
        self.within: list[int] = []
        self.highest: list[int] = []
        self.set: list[int] = []
        self.share: list[float] = []
        self.days: list[int] = []
        self.age: list[int] = []
        self.weight: list[float] = []

    def add(self, item: EventRule | Penalty, groups: dict[str, int]) -> None:
        self._add_decay(item.decay)
        self._add_limit(item.limit)
        if isinstance(item, Penalty):
            self.kind.append(PENALTY)
            self.max.append(FAR)
            self.group.append(-1)
            self.set.append(0)
            self.share.append(-1.0 if item.remove.share is None else item.remove.share)
            self.days.append(item.over_days)
            return
        self.kind.append(RULE if item.set_to is None else SET)
        self.max.append(FAR if item.max is None else item.max)
        self.group.append(-1 if item.group is None else groups[item.group])
        self.set.append(item.set_to or 0)
        self.share.append(-1.0)
        self.days.append(0)

    def _add_decay(self, decay: Decay | None) -> None:
        self.law.append(_LAWS[decay.kind] if decay else LAW_NONE)
        self.period.append(float(decay.period) if decay else 0.0)
        self.keep.append(decay.keep if decay else 0.0)
        self.delay.append(decay.delay if decay else 0)
        self.end.append(_end_of(decay) if decay and decay.kind != "steps" else FAR)
        if decay and decay.kind == "steps":
            self.age.extend(age + decay.delay for age in decay.ages)
            self.weight.extend(decay.weights)
        self.steps.append(len(self.age))

    def _add_limit(self, limit: Limit | None) -> None:
        self.times.append(limit.times if limit else 0)
        self.within.append((limit.within or 0) if limit else 0)
        self.highest.append(int(limit.keep_highest) if limit else 0)


def build_plan(model: Model, numbering: Numbering) -> Plan:
    """The kernel's columns of a model."""
    scores = numbering.scores
    columns = _Items()
    group_max: list[int] = []
    group_items: list[list[int]] = []
    item = 0
    for score in scores:
        groups = {group.name: len(group_max) + n for n, group in enumerate(score.groups)}
        group_max.extend(FAR if group.max is None else group.max for group in score.groups)
        group_items.extend([] for _ in score.groups)
        for part in items_of(score):
            columns.add(part, groups)
            if isinstance(part, EventRule) and part.group is not None:
                group_items[groups[part.group]].append(item)
            item += 1
    half_lives = sorted({p for law, p in zip(columns.law, columns.period, strict=True) if law == LAW_HALF_LIFE})
    families = [
        half_lives.index(period) if law == LAW_HALF_LIFE else -1
        for law, period in zip(columns.law, columns.period, strict=True)
    ]
    runs, run_of_item = _runs(columns, families, numbering.item_score)
    parts = [[(numbering.score_index(name), weight) for name, weight in score.combine] for score in scores]
    combined = [_combined(s, parts) for s in range(len(scores))]
    leaves = [_leaves(s, parts) for s in range(len(scores))]
    dependents = [_dependents(s, parts) for s in range(len(scores))]
    half_life_of = [
        [columns.period[i] for i, s in enumerate(numbering.item_score) if s == owner and families[i] >= 0]
        for owner in range(len(scores))
    ]
    clocks = [clock for score in scores for clock in score.inactivity]
    levels = [level for score in scores for level in score.bands[1:]]
    return Plan(
        s_start=[score.start for score in scores],
        s_min=[score.minimum for score in scores],
        s_max=[FAR if score.maximum is None else score.maximum for score in scores],
        s_floor=[score.floor for score in scores],
        s_items=_ranges(len(score.event_rules) + len(score.penalties) for score in scores),
        s_runs=_ranges(sum(s == owner for owner, _, _ in runs) for s in range(len(scores))),
        s_rate=[log(2.0) / min(found) if found else 0.0 for found in half_life_of],
        s_margin=[_margin(s, parts, numbering.item_score) for s in range(len(scores))],
        s_clocks=_ranges(len(score.inactivity) for score in scores),
        s_latches=_ranges(max(len(score.bands) - 1, 0) for score in scores),
        s_parts=_ranges(len(part) for part in parts),
        s_combined=_ranges(len(found) for found in combined),
        s_leaves=_ranges(len(found) for found in leaves),
        s_dependents=_ranges(len(found) for found in dependents),
        part_score=[s for part in parts for s, _ in part],
        part_weight=[weight for part in parts for _, weight in part],
        combined_score=[s for found in combined for s in found],
        leaf_score=[s for found in leaves for s, _ in found],
        leaf_weight=[weight for found in leaves for _, weight in found],
        dependents=[s for found in dependents for s in found],
        dependent_weight=[_worth(s, leaves[whole]) for s, found in enumerate(dependents) for whole in found],
        dependent_share=[
            _worth(s, leaves[whole]) if combined[whole] == [whole] else 0.0
            for s, found in enumerate(dependents)
            for whole in found
        ],
        r_family=[family for _, family, _ in runs],
        r_places=_ranges(count for _, _, count in runs),
        i_score=list(numbering.item_score),
        i_kind=columns.kind,
        i_max=columns.max,
        i_group=columns.group,
        i_law=columns.law,
        i_period=columns.period,
        i_rate=[_rate(law, period) for law, period in zip(columns.law, columns.period, strict=True)],
        i_family=families,
        i_run=run_of_item,
        f_period=half_lives,
        i_keep=columns.keep,
        i_delay=columns.delay,
        i_end=columns.end,
        i_steps=columns.steps,
        i_times=columns.times,
        i_within=columns.within,
        i_highest=columns.highest,
        i_set=columns.set,
        i_share=columns.share,
        i_days=columns.days,
        step_age=columns.age,
        step_weight=columns.weight,
        g_max=group_max,
        g_full=[most if most == FAR else most - len(found) for most, found in zip(group_max, group_items, strict=True)],
        g_items=_ranges(len(found) for found in group_items),
        group_item=[i for found in group_items for i in found],
        k_score=[s for s, _ in numbering.clocks],
        k_after=[clock.after for clock in clocks],
        k_every=[clock.every or 0 for clock in clocks],
        k_amount=[clock.remove.amount or 0 for clock in clocks],
        k_share=[-1.0 if clock.remove.share is None else clock.remove.share for clock in clocks],
        k_default=[int(clock.activity is None and not clock.any_event) for clock in clocks],
        b_from=[lowest_value(level.start or 0) for level in levels],
        b_until=[_leaving_bound(level) for level in levels],
    )


def _worth(s: int, leaves: list[tuple[int, float]]) -> float:
    """What a point of score s is worth in a combined score."""
    return sum(weight for leaf, weight in leaves if leaf == s)


def _rate(law: int, period: float) -> float:
    """What a micropoint can lose in a microsecond, at most; doubles may be off by less than a billionth."""
    if law == LAW_HALF_LIFE:
        return log(2.0) / period * (1.0 + 1e-9)
    return 1.0 / period * (1.0 + 1e-9) if law == LAW_LINEAR else 0.0


def _leaving_bound(level: BandLevel) -> int:
    if level.sticky:
        return -FAR
    return lowest_value((level.start or 0) if level.until is None else level.until)


def _runs(
    columns: _Items, families: list[int], item_score: Sequence[int]
) -> tuple[list[tuple[int, int, int]], list[int]]:
    """The runs as (score, half-life, number of rules), score by score, and the run of each item."""
    keys = [
        (s, family) if family >= 0 and delay == 0 and end == FAR else None
        for s, family, delay, end in zip(item_score, families, columns.delay, columns.end, strict=True)
    ]
    counts = Counter(key for key in keys if key is not None)
    order = {key: n for n, key in enumerate(sorted(counts))}
    return [(*key, counts[key]) for key in order], [-1 if key is None else order[key] for key in keys]


def _margin(s: int, parts: list[list[tuple[int, float]]], item_score: Sequence[int]) -> int:
    """By how many micropoints the total of score s can be off the exact one, twice: each rule and part is rounded."""
    if not parts[s]:
        return item_score.count(s) + 2
    found = sum(1 + weight * _margin(p, parts, item_score) for p, weight in parts[s])
    return ceil(found) + 1 if found < 2**62 else 2**63 - 1


def _combined(s: int, parts: list[list[tuple[int, float]]]) -> list[int]:
    """The combined scores that score s needs, deepest first and each once, itself last; none for a score with rules."""
    found: list[int] = []
    for p, _ in parts[s]:
        found.extend(c for c in _combined(p, parts) if c not in found)
    return [*found, s] if parts[s] else []


def _leaves(s: int, parts: list[list[tuple[int, float]]]) -> list[tuple[int, float]]:
    """The scores with rules that a score is made of, in the order of `combine`, and their weights; or itself."""
    return [(leaf, weight * inner) for p, weight in parts[s] for leaf, inner in _leaves(p, parts)] or [(s, 1.0)]


def _dependents(s: int, parts: list[list[tuple[int, float]]]) -> list[int]:
    """The combined scores that read score s, directly or through others."""
    found: list[int] = []
    todo = [s]
    while todo:
        current = todo.pop()
        for whole, part in enumerate(parts):
            if whole not in found and any(p == current for p, _ in part):
                found.append(whole)
                todo.append(whole)
    return sorted(found)
