"""docs/data-files.md: its examples run, and its tables have the keys of the schema."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from rules_engine.batch.sources import load_mapping, read_data
from rules_engine.batch.sources.load_columns import _DIRECTIVES
from rules_engine.batch.sources.shape import schema
from tests.sources.models import model

PAGE = (Path(__file__).parents[2] / "docs" / "data-files.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) (file=(\S+)|result|counts)\n(.*?)^```$", re.M | re.S)


@dataclass
class Example:
    files: dict[str, str] = field(default_factory=dict)
    result: str = ""
    counts: str = ""


def examples() -> list[Example]:
    """An example begins with its data.yaml; the model is that of the first."""
    found: list[Example] = []
    for block in BLOCK.finditer(PAGE):
        if block[3] == "data.yaml":
            found.append(Example())
        if block[2] in ("result", "counts"):
            setattr(found[-1], block[2], block[4])
        else:
            found[-1].files[block[3]] = block[4]
    return found


@pytest.mark.parametrize("number", range(len(examples())))
def test_examples(number: int, tmp_path: Path) -> None:
    example = examples()[number]
    declared: dict[str, Any] = yaml.safe_load(examples()[0].files["model"])
    for name, content in example.files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    data = read_data(
        load_mapping(tmp_path / "data.yaml"),
        model(declared["fields"]["lead"], declared["fields"]["account"], declared["events"]),
    )
    expected = []
    rest = example.result
    while rest.strip():
        value, end = json.JSONDecoder().raw_decode(rest.lstrip())
        expected.append(value)
        rest = rest.lstrip()[end:]
    assert [list(lead) for lead in data.leads_iter()] == expected
    if example.counts:
        assert data.counts.as_dict() == json.loads(example.counts)


def keys_under(heading: str) -> list[str]:
    section = PAGE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `(\w+)`", section, re.M)


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("## The file", None),
        ("### `leads`", "leads"),
        ("### `accounts`", "accounts"),
        ("### `events`", "events"),
        ("### `outcomes`", "outcomes"),
        ("## Lookups", "lookup"),
        ("## Columns", "referenceSettings"),
        ("### Generated ids", "generated"),
    ],
)
def test_tables_have_the_keys_of_the_schema(heading: str, part: str | None) -> None:
    block = schema() if part is None else schema()["$defs"][part]
    keys = set(block["properties"])
    if part in ("leads", "accounts", "events", "outcomes", "lookup"):
        keys -= set(keys_under("## Keys of every table"))
    assert set(keys_under(heading)) == keys


def test_the_keys_of_every_table_are_in_every_table() -> None:
    for part in ("leads", "accounts", "events", "outcomes"):
        assert set(keys_under("## Keys of every table")) <= set(schema()["$defs"][part]["properties"])


def test_parts_of_time_patterns() -> None:
    [row] = re.findall(r"^\| `%d-%m-%Y`.*$", PAGE, re.M)
    assert set(re.findall(r"%(\w)", row)) == _DIRECTIVES - {"%"}
