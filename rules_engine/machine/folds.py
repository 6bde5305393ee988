"""The kernel of `rules_engine.scoring` as machine code: for many leads in a row, and for one lead."""

from __future__ import annotations

from functools import cache
from typing import Any

from rules_engine.machine.checked import is_checked
from rules_engine.machine.library import Library

LIBRARY = Library("fold", ("scoring/*.py", "machine/*.py"))
_INPUTS = """
    i8[] m_at_array, i4[] m_item_array, i8[] m_nominal_array, i4[] m_slot_array, i4[] m_event_array,
    i4[] slot_ring_array, i8[] h_at_array, i4[] h_score_array, i8[] h_profile_array, i8[] h_cap_array,
    i8[] h_up_array, i8[] h_down_array
"""


@cache
def _sources() -> dict[str, Any]:
    from rules_engine.machine.text import module_text

    names: dict[str, Any] = {"__name__": "rules_engine_fold"}
    exec(compile(module_text(checked=is_checked()), "<fold>", "exec"), names)
    return names


# the parameters of `driver`, as `flatten` rewrites them
fold_range = LIBRARY.declare(
    f"""
    i8[] cells_array, f8[] reals_array, {_INPUTS}, i8[] template, f8[] real_template, i8 state_at, i8 real_state_at,
    i8[] begin_cells, i8[] profile_cells, i8[] cap_cells, i8[] slot_starts, i8[] ring_starts, i8[] begins,
    i8[,] profiles, i8[,] caps, i8[] m_first, i8[] r_first, i8[] h_first, i8[] as_of, i8[,] snapshots, i8[,,] early,
    i8[] stands, f8[] stand_reals, i8[] stand_first, i8 first, i8 last, i8 settles, i8[,,] results, i8[,,] readings,
    i8[] kept, i8[] entries, i8[] changes, i8[] heap_array, i8[] ledger_array, i8[] moves_array -> i8
    """,
    "fold_range",
    make=lambda: _sources()["fold_range"],
)
# those of `lead_driver`; what is the same for all leads of a model comes first
begin_lead = LIBRARY.declare(
    """
    i8[] cells_array, f8[] reals_array, i8[] template, f8[] real_template, i8[] begin_cells, i8[] profile_cells,
    i8[] cap_cells, i8[] out, f8[] out_reals, i8 state_at, i8 real_state_at, i8[] given, i8 t
    """,
    "begin_lead",
    make=lambda: _sources()["begin_lead"],
)
bring_lead = LIBRARY.declare(
    f"""
    i8[] cells_array, f8[] reals_array, {_INPUTS}, i8[] heap_array, i8[] ledger_array, i8[] moves_array,
    i8[] slot_cells, i8[] out, f8[] out_reals, i8[] found, i8 room_of_marks, i8 room_of_changes, i8 room_of_slots,
    i8 room_of_ring, i8 ring_at, i8 state_at, i8 fixed, i8 real_state_at, f8[] bounds, i8[] given, i8[] old,
    f8[] old_reals, i8 marked, i8 changed, i8 rooms, i8 regrown, i8 until, i8 again -> i8
    """,
    "bring_lead",
    make=lambda: _sources()["bring_lead"],
)
