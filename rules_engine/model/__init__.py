"""Model files: YAML text -> nodes with places -> shape -> typed frozen `Model` -> checks -> versions.

Takes paths, gives `LoadResult`; mistakes of authors are diagnostics in it. May import feel, scoring, diagnostics.
"""

from rules_engine.model.extensions import Extensions, Law
from rules_engine.model.load import LoadResult, load_model, load_text
from rules_engine.model.types import Model

__all__ = ["Extensions", "Law", "LoadResult", "Model", "load_model", "load_text"]
