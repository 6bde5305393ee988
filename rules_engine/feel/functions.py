"""The sets of functions to evaluate with."""

from __future__ import annotations

from functools import cache

from rules_engine.feel.builtins.declare import Registry


@cache
def standard_functions() -> Registry:
    """The functions of DMN 1.5, and nothing else. Shared: copy it before adding."""
    from rules_engine.feel.builtins import (
        numeric,
        strings,
    )
    from rules_engine.feel.builtins.standard import standard

    del numeric, strings
    return standard


@cache
def all_functions() -> Registry:
    """The standard's functions and the extensions for scoring. Shared: copy it before adding."""
    return standard_functions()
