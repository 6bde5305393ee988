"""What the fold of many leads gives, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.batch.fold.marks import AnyInts, Ints


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """Ledger entries, lead after lead, each lead's as the kernel wrote them; see `scoring.codes` for the numbers."""

    first: Ints  # [L + 1]
    at: Ints
    score: AnyInts
    kind: AnyInts
    index: AnyInts  # item, or clock where the kind is INACTIVITY
    nominal: Ints
    effective: Ints
    reason: AnyInts
    event: AnyInts  # index in the lead's ordered history, -1 for none

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class MoveColumns:
    """Band changes, lead after lead, each lead's as the kernel wrote them."""

    first: Ints  # [L + 1]
    at: Ints
    score: AnyInts
    before: AnyInts
    after: AnyInts
    cause: AnyInts

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Folded:
    """L leads at their as-of times. Arrays are [L, S]; instants are microseconds UTC, amounts micropoints.

    NONE stands for no instant (`since`, `peak_at`, `last_increase`), FAR for no cap. The activity and profile of a
    combined score mean nothing. `readings` is [L, K, S], of the K instants that were asked for. In memory the numbers
    of a score (at an instant) lie side by side, as tables have them.
    """

    as_of: Ints  # [L]
    activity: Ints
    profile: Ints
    total: Ints
    reading: Ints
    cap: Ints
    band: Ints
    since: Ints
    peak: Ints
    peak_at: Ints
    last_increase: Ints
    readings: Ints
    ledger: LedgerColumns | None
    moves: MoveColumns | None
