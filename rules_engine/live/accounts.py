"""Accounts that live: the members' readings rolled up, their band changes, and an explanation down to the people."""

from __future__ import annotations

from dataclasses import replace

from rules_engine.engine import Engine
from rules_engine.live.again import wait
from rules_engine.live.look import explain_lead, look_at
from rules_engine.live.store import AccountRow, LeadRow, Store
from rules_engine.records import dataclass
from rules_engine.result.explain import shown_points
from rules_engine.result.types import AccountResult, Explanation

_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class AccountMove:
    """A band change of an account score, noticed at `at`. `carriers` are the leads that carry it, heaviest first."""

    account_id: str
    score: str
    at: int
    before: str | None
    after: str | None
    carriers: tuple[str, ...]


def score_account(engine: Engine, store: Store, row: AccountRow, as_of: int) -> tuple[AccountResult, list[LeadRow]]:
    """An account and its members as of an instant, or of a member's later last look."""
    members = list(store.load(store.members(row.account_id)).values())
    as_of = max([as_of, *(member.state_at for member in members if member.state_at is not None)])
    told = [(member.fields, look_at(engine, store, member, row, as_of)) for member in members]
    return engine.score_account(row.fields, told, as_of=as_of, account_id=row.account_id), members


def read_again(engine: Engine, store: Store, account_id: str) -> tuple[AccountMove, ...]:
    """Brings what is stored of an account up to date; gives its band changes since.

    It is read as of the newest look at a member, so that it does not depend on when this runs. Where others change it
    all the time, it stays stale: each of them reads it after its change, and so does the next tick.
    """
    for attempt in range(_ATTEMPTS):
        row = store.accounts([account_id])[account_id]
        now, _members = score_account(engine, store, row, row.scored_at or 0)
        nobody = engine.score_account(row.fields, [], as_of=now.as_of).scores  # how every account begins
        scores = {name: {"value": one.value, "band": one.band} for name, one in now.scores.items()}
        if store.save_account(replace(row, scores=scores, scored_at=now.as_of)):
            moves = []
            for name, one in now.scores.items():
                before = row.scores[name]["band"] if name in row.scores else nobody[name].band
                if before != one.band:
                    carriers = tuple(carrier.lead_id for carrier in one.carriers)
                    moves.append(AccountMove(account_id, name, now.as_of, before, one.band, carriers))
            return tuple(moves)
        wait(attempt)
    return ()


def explain_account(engine: Engine, store: Store, row: AccountRow, as_of: int) -> Explanation:
    """Why an account stands where it does: each roll-up, who carries it, and each person's own explanation."""
    result, members = score_account(engine, store, row, as_of)
    by_id = {member.lead_id: member for member in members}
    parts = []
    for name, score in result.scores.items():
        declared = engine.model.accounts[name]
        value = "no value" if score.value is None else shown_points(score.value)
        band = "" if score.band is None else f", band {score.band}"
        people = [
            Explanation(
                f"{carrier.lead_id}: {shown_points(carrier.reading)} times {carrier.weight:g}",
                "member",
                carrier.weighted,
                explain_lead(engine, store, by_id[carrier.lead_id], row, result.as_of).children,
            )
            for carrier in score.carriers
        ]
        how = f"top {declared.top}" if declared.combine == "top" else declared.rollup or declared.combine
        parts.append(
            Explanation(f"{name}: {value}{band} ({how} of {declared.of})", "score", score.value, tuple(people))
        )
    members_text = f"{result.members} member{'' if result.members == 1 else 's'}"
    return Explanation(f"account {row.account_id}, {members_text}", "account", None, tuple(parts))
