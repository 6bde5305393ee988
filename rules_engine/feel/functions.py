"""The sets of functions to evaluate with."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.builtins.standard import extensions, standard

_SECTIONS = (
    "logic",
    "numeric",
    "strings",
    "patterns",
    "lists",
    "aggregates",
    "conversion",
    "moments",
    "relations",
    "contexts",
)


@cache
def standard_functions() -> Registry:
    """The functions of DMN 1.5, and nothing else. Shared: copy it before adding."""
    for section in _SECTIONS:  # each module declares its functions when it is imported
        import_module(f"rules_engine.feel.builtins.{section}")
    return standard


@cache
def all_functions() -> Registry:
    """The standard's functions and the extensions for scoring. Shared: copy it before adding."""
    import_module("rules_engine.feel.builtins.extensions")
    return standard_functions().extend(extensions)
