"""Two leads that turn out to be one: the step that makes one of both, from their histories."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.engine import Engine
from rules_engine.live.again import ATTEMPTS, always_overtaken, wait
from rules_engine.live.look import account_of
from rules_engine.live.step import Step, Stepper
from rules_engine.live.store import LateWithoutHistory, LeadRow, Store


def merge(engine: Engine, store: Store, keep: str, other: str) -> tuple[Step, set[str]]:
    """Saves `keep` with the history of both and without `other`; gives the step and the accounts of both.

    Raises `KeyError` for an unknown lead, `ValueError` for a lead and itself, and `LateWithoutHistory`.
    """
    if keep == other:
        raise ValueError(f"lead {keep} cannot be merged with itself")
    if not store.keeps_history:
        raise LateWithoutHistory(keep, "two leads become one by their histories")
    for attempt in range(ATTEMPTS):
        rows = store.load([keep, other])
        row, second = rows[keep], rows[other]
        history = [*store.history(keep), *store.history(other)]
        stepper = Stepper(engine, _joined(row, second), account_of(store, row), history.copy, anew=True)
        step = stepper.take()
        if not store.save([replace(step.change, absorbs=(other, second.version))]):
            return step, {one for one in (row.account_id, second.account_id) if one}
        wait(attempt)
    raise always_overtaken(f"leads {keep} and {other} cannot be merged")


def _joined(row: LeadRow, other: LeadRow) -> LeadRow:
    """The row of the lead that is kept, with what either of them has fired and whatever held for one of them."""
    fired = {**row.fired, **other.fired}
    fired |= {name: max(at, other.fired[name]) for name, at in row.fired.items() if name in other.fired}
    names = {**row.standing, **other.standing}
    standing = {name: row.standing.get(name, False) or other.standing.get(name, False) for name in names}
    newest = max((at for at in (row.state_at, other.state_at) if at is not None), default=None)
    return replace(row, state=row.state or b"", state_at=newest, fired=fired, standing=standing)
