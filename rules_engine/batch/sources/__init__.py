"""Tables in: files that a mapping file (`data.yaml`) names -> typed frames, and one lead's history as plain data.

Takes a mapping and a model; gives `Data`. May import feel.types, model, diagnostics. Polars, pyarrow and numpy are
loaded when data is read, not when this package is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rules_engine.batch.sources.errors import DataError
from rules_engine.batch.sources.load import load_mapping
from rules_engine.batch.sources.mapping import Mapping

if TYPE_CHECKING:
    from rules_engine.batch.sources.data import Data
    from rules_engine.model.types import Model

__all__ = ["DataError", "Mapping", "load_mapping", "read_data"]


def read_data(
    mapping: Mapping, model: Model, *, strict: bool = False, rejects: Path | None = None, of_lead: str | None = None
) -> Data:
    """See `rules_engine.batch.sources.read.read_data`."""
    from rules_engine.batch.sources.read import read_data as read

    return read(mapping, model, strict=strict, rejects=rejects, of_lead=of_lead)
