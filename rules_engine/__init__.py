"""Lead scoring as versioned, explainable YAML models.

    from rules_engine import Engine, to_points

    engine = Engine.load("rulesets/b2b_saas")
    result = engine.score({"title": "VP Sales"}, events=[...], as_of="2026-09-01")
    print(to_points(result.scores["readiness"].reading))

What a host needs is here, `rules_engine.live` has stores of live leads, and `rules_engine.hooks` what plugins declare.
Names are loaded on first use, so that `import rules_engine` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules_engine.engine import (
        Engine,
        InputError,
        LeadState,
        ModelError,
        NeedsHistory,
        PluginError,
        ScoringError,
        StateOfAnotherModel,
        UnreadableState,
    )
    from rules_engine.matching.calendar import to_datetime
    from rules_engine.model import load_model
    from rules_engine.result.types import Result
    from rules_engine.scoring.amounts import to_points

__version__ = "0.1.0"

__all__ = [
    "Engine",
    "InputError",
    "LeadState",
    "ModelError",
    "NeedsHistory",
    "PluginError",
    "Result",
    "ScoringError",
    "StateOfAnotherModel",
    "UnreadableState",
    "__version__",
    "load_model",
    "to_datetime",
    "to_points",
]

_HOMES = {  # of names that are not the engine's own
    "Result": "rules_engine.result.types",
    "load_model": "rules_engine.model",
    "to_datetime": "rules_engine.matching.calendar",
    "to_points": "rules_engine.scoring.amounts",
}

if not TYPE_CHECKING:  # a type checker would take any name for one of this package

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'rules_engine' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES.get(name, "rules_engine.engine")), name)
