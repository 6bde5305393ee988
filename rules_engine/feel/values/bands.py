"""The name of a band: text to FEEL, with the order of its score's bands for `at least`."""

from __future__ import annotations


class BandName(str):
    """`"warm"` of the bands `("cold", "warm", "hot")`, lowest first."""

    __slots__ = ("order",)

    order: tuple[str, ...]

    def __new__(cls, name: str, order: tuple[str, ...] = ()) -> BandName:
        made = super().__new__(cls, name)
        made.order = order
        return made
