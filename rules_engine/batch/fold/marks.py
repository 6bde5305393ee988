"""What the histories of many leads are worth, as flat columns, lead after lead: the input of the compiled fold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from rules_engine.records import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints: TypeAlias = NDArray[np.int64]
    SmallInts: TypeAlias = NDArray[np.int32]
    AnyInts: TypeAlias = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class MarkColumns:
    """The `Inputs` of L leads over S scores, and what holds for each before its first event.

    A `..._first` column has L + 1 positions: what belongs to lead n is `[first[n] : first[n + 1]]`. Instants are
    microseconds UTC, amounts micropoints. `slot_ring` of each lead begins with a 0, so r_first[n + 1] - r_first[n] is
    its number of limit slots plus 1; a slot of `m_slot` counts from 0 within the lead, an event of `m_event` likewise
    in the lead's ordered history.
    """

    begin: Ints  # [L] the instant just before the first event
    profile: Ints  # [L, S] profile parts that hold then
    caps: Ints  # [L, S] the same of caps; FAR: none
    m_first: Ints  # [L + 1]
    m_at: Ints
    m_item: SmallInts
    m_nominal: Ints
    m_slot: SmallInts  # -1 without a limit
    m_event: SmallInts
    r_first: Ints  # [L + 1]
    slot_ring: SmallInts
    h_first: Ints  # [L + 1]
    h_at: Ints
    h_score: SmallInts
    h_profile: Ints
    h_cap: Ints
    h_up: Ints
    h_down: Ints
    largest: int  # what no `m_nominal` of an item is beyond, whatever its sign

    @property
    def leads(self) -> int:
        """How many leads these are the marks of."""
        return len(self.begin)
