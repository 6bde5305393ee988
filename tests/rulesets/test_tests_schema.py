"""The JSON Schema of tests.yaml says the same as the reader: it takes every tests file of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from rules_engine.analysis import case_expectations, case_file

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "grammar" / "tests.schema.json").read_text(encoding="utf-8"))
FILES = sorted([*ROOT.glob("rulesets/*/tests.yaml"), *ROOT.glob("tests/behaviours/*.yaml")])


class CoreLoader(yaml.SafeLoader):
    """Reads times as text, as YAML 1.2 does."""


CoreLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp",)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_schema_takes_what_the_reader_takes(file: Path) -> None:
    loaded = yaml.load(file.read_text(encoding="utf-8"), CoreLoader)
    errors = [
        f"{list(error.absolute_path)}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(loaded)
    ]
    assert errors == []


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_schema_and_reader_know_the_same_keys() -> None:
    parts = SCHEMA["$defs"]
    assert set(parts["expect"]["properties"]) == set(case_expectations.LEAD_EXPECTATIONS)
    assert set(parts["account_expect"]["properties"]) == set(case_expectations.ACCOUNT_EXPECTATIONS)
    assert set(parts["score"]["properties"]) == set(case_expectations.SCORE_KEYS)
    assert set(parts["entry"]["properties"]) == set(case_expectations.ROW_KEYS["ledger"])
    assert set(parts["change"]["properties"]) == set(case_expectations.ROW_KEYS["transitions"])
    both = set(parts["lead_test"]["properties"]) | set(parts["account_test"]["properties"])
    assert both == set(case_file.CASE_KEYS)
