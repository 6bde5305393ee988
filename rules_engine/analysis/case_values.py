"""Bands and label values that a test expects and no model of this kind can give, as they are not in it."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.analysis.case_types import Check, ValueCheck
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.types import Model


def no_such_value(check: Check, model: Model) -> str:
    """That the band or label value expected by a failed check is none of the model, with the nearest or all; or ""."""
    if not isinstance(check, ValueCheck) or not isinstance(check.wanted, str):
        return ""
    kind, *rest = check.path
    if kind == "labels":
        label = model.labels.get(rest[0])
        known = [choice.name for choice in label.choices] if label is not None else []
        return _told("value", check.wanted, f"label {rest[0]}", known)
    owner = model.accounts.get(rest[0]) if kind == "accounts" else model.scores.get(rest[0]) if rest else None
    if owner is None or not (kind == "bands" or rest[-1] in ("band", "next_band")):
        return ""
    return _told("band", check.wanted, f"score {rest[0]}", [band.name for band in owner.bands])


def _told(what: str, wanted: str, owner: str, known: Sequence[str]) -> str:
    """Nothing where any value is possible: a label that is one formula, a score without bands has none to name."""
    if not known or wanted in known:
        return ""
    nearest = did_you_mean(wanted, known) or f" It has {', '.join(known)}."
    return f'{owner} has no {what} "{wanted}".{nearest}'
