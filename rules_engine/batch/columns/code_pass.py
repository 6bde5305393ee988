"""Small numbers for distinct values, compiled."""

from __future__ import annotations

from rules_engine.batch.columns.passes import Array, compiled


@compiled("u4[] codes, i4[] place_of, i4[] places, i8[] rows -> i8")
def dense(codes: Array, place_of: Array, places: Array, rows: Array) -> int:
    """The place of each row's code among the distinct ones, in the order they come, and the first row of each; gives
    how many these are. `place_of` has a -1 for each code that may come."""
    count = 0
    for n in range(len(codes)):
        place = place_of[codes[n]]
        if place < 0:
            place = count
            place_of[codes[n]] = place
            rows[place] = n
            count += 1
        places[n] = place
    return count


@compiled("u4[] codes, i4[] place_of, i4[] places -> i8")
def known_places(codes: Array, place_of: Array, places: Array) -> int:
    """The place of each row's code, as far as all have one; gives how many rows that are."""
    for n in range(len(codes)):
        place = place_of[codes[n]] if codes[n] < len(place_of) else -1
        if place < 0:
            return n
        places[n] = place
    return len(codes)


@compiled("u4[] codes, u4[] chosen, i4[] place_of, i4[] places -> i8")
def known_places_of(codes: Array, chosen: Array, place_of: Array, places: Array) -> int:
    """The same of chosen rows."""
    for n in range(len(chosen)):
        code = codes[chosen[n]]
        place = place_of[code] if code < len(place_of) else -1
        if place < 0:
            return n
        places[n] = place
    return len(chosen)
