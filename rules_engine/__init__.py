"""Lead scoring as versioned, explainable YAML models.

    from rules_engine import Engine

    engine = Engine.load("rulesets/b2b_saas")
    result = engine.score({"title": "VP Sales"}, events=[...], as_of="2026-09-01")

Names are loaded on first use, so that `import rules_engine` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules_engine.engine import Engine as Engine
    from rules_engine.model import load_model as load_model

__version__ = "0.1.0"

__all__ = ["Engine", "__version__", "load_model"]

_HOMES = {"Engine": "rules_engine.engine", "load_model": "rules_engine.model"}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rules_engine' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
