"""The JSON Schema of a model file: whole for editors, and read alike by jsonschema and by the quick check."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from rules_engine.model.schema import schema
from rules_engine.model.schema_quick import fits
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import plain
from rules_engine.model.yaml_read import read_bytes
from tests.model.test_fuzz import EXAMPLE, replaced

BROKEN = sorted((Path(__file__).resolve().parents[1] / "cases" / "broken").glob("*.yaml"))


def data_of(content: bytes) -> object:
    read = read_bytes(content, "m")
    root = compose(read.source).root if read.source is not None else None
    return None if root is None else plain(root)


def both_agree(data: object) -> bool:
    valid = jsonschema.Draft202012Validator(schema()).is_valid(data)
    assert fits(data, schema(), schema()) == valid
    return valid


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_example_fits() -> None:
    assert both_agree(data_of(EXAMPLE.read_bytes()))


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_both_agree_on_broken_files(file: Path) -> None:
    both_agree(data_of(file.read_bytes()))


@settings(max_examples=60, deadline=None)
@given(replaced())
def test_both_agree_on_changed_models(text: str) -> None:
    both_agree(data_of(text.encode("utf-8", "surrogatepass")))


def properties(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        for name, value in part.get("properties", {}).items():
            yield f"{path}/{name}", value
        for key, value in part.items():
            yield from properties(value, f"{path}/{key}")


def test_each_property_has_a_description_that_editors_show() -> None:
    found = list(properties(schema()))
    assert len(found) > 120
    for path, value in found:
        shared = schema()["$defs"].get(value.get("$ref", "").removeprefix("#/$defs/"), {})
        assert value.get("description") or shared.get("description"), path


def test_there_are_no_alternatives_that_blur_messages() -> None:
    def words(part: Any) -> set[str]:
        if isinstance(part, dict):
            return set(part) | {word for value in part.values() for word in words(value)}
        return {word for item in part for word in words(item)} if isinstance(part, list) else set()

    assert not words(schema()) & {"oneOf", "anyOf"}
