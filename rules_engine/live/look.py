"""Looking at a lead of a store without changing it: its result and its explanation at an instant."""

from __future__ import annotations

from collections.abc import Iterable

from rules_engine.engine import Engine
from rules_engine.live.step import readable
from rules_engine.live.store import AccountRow, LateWithoutHistory, LeadRow, Store
from rules_engine.result.types import Explanation, Result


def look_at(
    engine: Engine, store: Store, row: LeadRow, account: AccountRow | None, as_of: int, *, whole: bool = False
) -> Result:
    """The result of a lead as of an instant, with the fields it has now.

    It goes on from the stored state where that is possible, and else tells the history; `whole` always tells the
    history where one is kept, so that ledger and transitions have everything. Raises `LateWithoutHistory`.
    """
    fields = account.fields if account is not None else {}
    state = readable(row.state) if row.state is not None and row.model_hash == engine.prepared.state_hash else None
    asked = row.state_at is None or as_of >= row.state_at
    same = row.account_seen == (account.fields_number if account is not None else 0)
    if state is not None and asked and same and not (whole and store.keeps_history):
        return engine.advance(state, as_of=as_of)[1]
    if not store.keeps_history:
        if state is not None and asked:
            return engine.advance(state, as_of=as_of, lead=row.fields, account=fields, keep_past=True)[1]
        raise LateWithoutHistory(row.lead_id, "it was scored later, or by another version of the model or the engine")
    bodies = [event.body for event in store.history(row.lead_id)]
    return engine.score(row.fields, fields, bodies, as_of=as_of, lead_id=row.lead_id)


def explain_lead(engine: Engine, store: Store, row: LeadRow, account: AccountRow | None, as_of: int) -> Explanation:
    """Why a lead has its scores: from its whole history where one is kept, else from its last look on."""
    as_of = max(as_of, row.state_at or as_of)
    return look_at(engine, store, row, account, as_of, whole=True).explain()


def account_of(store: Store, row: LeadRow) -> AccountRow | None:
    """The account of a lead, None where it has none or nobody has told of it."""
    return None if row.account_id is None else store.accounts([row.account_id]).get(row.account_id)


def accounts_of(store: Store, rows: Iterable[LeadRow], others: Iterable[str | None] = ()) -> dict[str, AccountRow]:
    """The accounts of leads, and `others`, by id."""
    wanted = {one for one in (*(row.account_id for row in rows), *others) if one is not None}
    return store.accounts(wanted) if wanted else {}
