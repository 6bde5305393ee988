"""Account scores: the members' readings, weighted and rolled up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from operator import mul
from typing import Protocol

from rules_engine.matching.between import ScoringError
from rules_engine.matching.conditions import Value, Verdict, compile_condition, compile_formula
from rules_engine.matching.fields import Problem
from rules_engine.matching.history import InputError, read_fields
from rules_engine.matching.prepared import Prepared
from rules_engine.model.extensions import Member, Rollup
from rules_engine.model.types import AccountScore
from rules_engine.records import dataclass
from rules_engine.result.types import AccountResult, AccountScoreResult, Carrier
from rules_engine.scoring.amounts import MICRO, MOST, to_micropoints, to_points

MOST_WEIGHT = 9e12  # as of points: sums of weights, too, stay far within a double


class ReadScore(Protocol):
    """What a roll-up reads of a member's score."""

    @property
    def has_value(self) -> bool: ...

    @property
    def reading(self) -> int: ...


class Read(Protocol):
    """What a roll-up reads of a member's result."""

    @property
    def lead_id(self) -> str | None: ...

    @property
    def scored(self) -> bool: ...

    @property
    def scores(self) -> Mapping[str, ReadScore]: ...


@dataclass(frozen=True, slots=True)
class PreparedAccountScore:
    """An account score with its weight and condition as functions; `rollup` is the plugin's way to combine."""

    account_score: AccountScore
    weight: Value | None
    where: Verdict | None
    rollup: Rollup | None


PreparedAccounts = tuple[PreparedAccountScore, ...]


def prepare_accounts(prepared: Prepared, rollups: Mapping[str, Rollup]) -> PreparedAccounts:
    """Compiles the weights and conditions of a model's account scores; `rollups` are the plugins' ways to combine."""
    found = []
    for score in prepared.model.accounts.values():
        ready = prepared.model.scores[score.of].sales_ready
        found.append(
            PreparedAccountScore(
                score,
                compile_formula(score.weight, prepared.functions, ready) if score.weight else None,
                compile_condition(score.where, prepared.functions, ready) if score.where else None,
                rollups[score.rollup] if score.rollup is not None else None,
            )
        )
    return tuple(found)


def roll_up(
    prepared: Prepared,
    accounts: PreparedAccounts,
    account: Mapping[str, object],
    members: Iterable[tuple[Mapping[str, object], Read]],
    account_id: str | None,
    as_of: int,
) -> AccountResult:
    """Every account score over the scored members; ties go by lead id.

    Raises `InputError` for a weight that is none and `ScoringError` for points beyond the limit.
    """
    problems: list[Problem] = []
    account_values = read_fields(prepared.model.account_fields, account, "account", problems, prepared.calendar.zone)
    scored = []
    count = 0
    for lead, result in members:
        count += 1
        if result.scored:
            values = read_fields(prepared.model.lead_fields, lead, "lead", problems, prepared.calendar.zone)
            scored.append((result.lead_id or "", values, result))
    scored.sort(key=lambda member: member[0])
    scores = {}
    for one in accounts:
        carriers: list[Carrier] = []
        without_weight: list[str] = []
        for lead_id, values, result in scored:
            score = result.scores[one.account_score.of]
            scope: dict[str, object] = {
                "lead": values,
                "account": account_values,
                "constants": prepared.constants,
            }
            if score.has_value and (one.where is None or one.where(scope) is True):
                carriers.append(_carrier(one, lead_id, score.reading, scope, without_weight))
        scores[one.account_score.name] = _combined(one, carriers, tuple(without_weight))
    return AccountResult(account_id, as_of, count, scores)


def _carrier(
    one: PreparedAccountScore, lead_id: str, reading: int, scope: dict[str, object], missing: list[str]
) -> Carrier:
    weight: object = 1.0 if one.weight is None else one.weight(scope)
    if not isinstance(weight, (int, float)) or isinstance(weight, bool):
        missing.append(lead_id)
        weight = 0.0
    weighted = float(weight) * reading
    if not (0 <= weight <= MOST_WEIGHT and abs(weighted) <= MOST):
        raise refused(one.account_score.name, lead_id, weight)
    return Carrier(lead_id, reading, float(weight), round(weighted))


def refused(score: str, lead_id: str, weight: float) -> InputError | ScoringError:
    """What is wrong with a lead that cannot count."""
    if weight < 0:
        return InputError(f"lead {lead_id}", "weight", f'account score "{score}" weighs it {weight:g}')
    if weight > MOST_WEIGHT:
        said = f'account score "{score}" weighs it {weight:g}, and 9,000,000,000,000 is the most'
        return InputError(f"lead {lead_id}", "weight", said)
    said = f"lead {lead_id} counts for more than 9,000,000,000,000 points"
    return ScoringError(f'Account score "{score}": {said}')


def beyond_sum(score: str) -> ScoringError:
    """What is wrong with an account score that adds up to more than a score can hold."""
    return ScoringError(f'Account score "{score}": the leads add up to more than 9,000,000,000,000 points')


def of_account(error: ScoringError, account_id: str) -> ScoringError:
    """The same, of many accounts: with the one that has it."""
    return ScoringError(f"Account {account_id}: {error}")


def _member(carrier: Carrier) -> Member:
    reading, weighted = to_points(carrier.reading), to_points(carrier.weighted)
    return Member(carrier.lead_id, reading, carrier.weight, weighted)


def mean_of(weights: Sequence[float], readings: Sequence[int]) -> int | None:
    """Σ(w·R)/Σw, rounded once, so that equal readings have themselves as their mean; None where nothing weighs.

    The order does not matter: these are correctly rounded sums.
    """
    whole = fsum(weights)
    return round(fsum(map(mul, weights, readings)) / whole) if whole > 0 else None


def _combined(one: PreparedAccountScore, carriers: list[Carrier], missing: tuple[str, ...]) -> AccountScoreResult:
    score = one.account_score
    carriers.sort(key=lambda carrier: (-carrier.weighted, carrier.lead_id))
    weighted = [carrier.weighted for carrier in carriers]
    value: int | None
    if one.rollup is not None:
        points = one.rollup.combine([_member(carrier) for carrier in carriers])
        value = None if points is None else to_micropoints(points)
    elif score.combine == "sum":
        value = sum(weighted)
    elif score.combine == "top":
        carriers = carriers[: score.top]
        value = sum(carrier.weighted for carrier in carriers)
    elif score.combine == "count":
        value = len(carriers) * MICRO
    elif score.combine == "mean":
        value = mean_of([carrier.weight for carrier in carriers], [carrier.reading for carrier in carriers])
    elif not weighted:
        value = None
    else:
        value = max(weighted) if score.combine == "max" else min(weighted)
    if value is not None and abs(value) > MOST:
        raise beyond_sum(score.name)
    band = None
    if value is not None and score.bands:
        band = next(level.name for level in reversed(score.bands) if level.start is None or value >= level.start)
    return AccountScoreResult(score.name, value, band, tuple(carriers), missing)
