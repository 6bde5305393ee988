"""Fixtures of data input: the shared real data where it is present, and reading from inline files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("polars", reason="data input needs the [batch] extra")

from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.batch.sources.data import Data
from rules_engine.model.types import Model

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared real data (../shared/data beside the repository) is not here")
    return SHARED


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file into the test's folder."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture
def read(tmp_path: Path, write: Callable[[str, str | bytes], Path]) -> Callable[..., Data]:
    """Reads the data of a mapping given as text; files lie in the test's folder or in `folder`."""

    def read_text(mapping: str, model: Model, *, folder: Path | None = None, strict: bool = False) -> Data:
        path = write("data.yaml", "schema: 1\n" + mapping)
        loaded = load_mapping(path, folder=folder or tmp_path)
        return read_data(loaded, model, strict=strict, rejects=tmp_path / "rejects.csv")

    return read_text
