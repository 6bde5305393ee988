"""`account_reference`: the roll-ups of an account over its members, at one as-of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rules_engine.model.types import AccountScore, Model
from tests.reference.conditions import base_context, is_number, truth, value_of
from tests.reference.history import read_fields
from tests.reference.reference import score_reference


@dataclass(frozen=True)
class Member:
    """One lead of the account with its history."""

    id: str
    fields: Mapping[str, object]
    events: Sequence[Mapping[str, object]]


def account_reference(
    model: Model, account: Mapping[str, object], members: Sequence[Member], as_of: int
) -> dict[str, dict[str, object]]:
    """Per roll-up: its value in micropoints (None for the mean, min, max of nobody), band, and who carried it."""
    results = {m.id: score_reference(model, m.fields, account, m.events, as_of) for m in members}
    fields = read_fields(account, model.account_fields)
    found: dict[str, dict[str, object]] = {}
    for rollup in model.accounts.values():
        weighted: list[tuple[Fraction, Fraction, str]] = []
        exact: list[tuple[int, Fraction]] = []  # a mean is rounded once
        for member in sorted(members, key=lambda m: m.id):
            result = results[member.id]
            score = result["scores"].get(rollup.of) if result["scored"] else None  # type: ignore[attr-defined]
            context = base_context(model, read_fields(member.fields, model.lead_fields), fields)
            if not score or not score["has_value"] or truth(rollup.where, context) is not True:
                continue
            weight = 1.0 if rollup.weight is None else value_of(rollup.weight, context)
            share = Fraction(weight) if is_number(weight) else Fraction(0)  # type: ignore[arg-type]
            # an amount: each product is a whole number of micropoints, rounded half-even
            exact.append((score["reading"], share))
            weighted.append((Fraction(round(share * score["reading"])), share, member.id))
        found[rollup.name] = _rolled(rollup, weighted, exact)
    return found


def _rolled(
    rollup: AccountScore, weighted: list[tuple[Fraction, Fraction, str]], exact: list[tuple[int, Fraction]]
) -> dict[str, object]:
    """mean = sum(w R) / sum(w); sum, count and top of nobody are 0, else None; ties by lead id."""
    ranked = sorted(weighted, key=lambda w: (-w[0], w[2]))
    amounts = [amount for amount, _, _ in ranked]
    value: Fraction | None
    if rollup.combine == "count":
        value = Fraction(len(amounts) * 1_000_000)
    elif rollup.combine == "sum":
        value = sum(amounts, Fraction(0))
    elif rollup.combine == "top":
        ranked = ranked[: rollup.top]
        value = sum(amounts[: rollup.top], Fraction(0))
    elif rollup.combine == "mean":
        weights = sum((share for _, share, _ in weighted), Fraction(0))
        value = sum((share * reading for reading, share in exact), Fraction(0)) / weights if weights else None
    else:
        value = (max(amounts) if rollup.combine == "max" else min(amounts)) if amounts else None
    total = None if value is None else round(value)
    bands = [] if total is None else [b.name for b in rollup.bands if b.start is None or total >= b.start]
    return {
        "value": total,
        "band": bands[-1] if bands else None,
        "members": [name for _, _, name in ranked],
    }
