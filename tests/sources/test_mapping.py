"""Mistakes in mapping files: every finding with its code, its place and the nearest name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from rules_engine.batch.sources import DataError, load_mapping, read_data
from rules_engine.batch.sources.entries import ENTRIES
from rules_engine.batch.sources.shape import schema
from rules_engine.model.schema_quick import fits
from rules_engine.model.yaml_compose import compose
from rules_engine.model.yaml_nodes import plain
from rules_engine.model.yaml_read import read_file
from tests.sources.models import model

Write = Callable[[str, str | bytes], Path]


def findings(write: Write, text: str) -> list[tuple[str, str, str]]:
    """(code, line:column, message) of each finding."""
    with pytest.raises(DataError) as caught:
        load_mapping(write("data.yaml", text))
    return [(f.code, str(f.span).rsplit("data.yaml:", 1)[1], f.message) for f in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "code", "place", "said"),
    [
        ("schema: 1\nleeds: {}\n", "RE510", "2:1", '"leeds" is no setting here. Did you mean "leads"?'),
        ("schema: 1\nleads:\n  file: a.csv\n  id: id\n  delimeter: ;\n", "RE510", "5:3", 'mean "delimiter"'),
        ("schema: 1\nleads: {file: a.csv}\n", "RE511", "2:9", "`leads` says no `id:`"),
        ("schema: 1\nevents:\n  - {file: a.csv, lead: l, at: t}\n", "RE511", "3:6", "`events 1` says no `type:`"),
        ("leads: {file: a.csv, id: id}\n", "RE511", "1:1", "The file says no `schema:`"),
        ("schema: 1\nleads: {file: a.csv, id: id, skip_lines: two}\n", "RE512", "2:42", "a whole number from 0 up"),
        ("schema: 1\nleads: {file: a.csv, id: id, format: excel}\n", "RE512", "2:38", "csv, jsonl, json or parquet"),
        ("schema: 1\nleads: {file: a.csv, id: id, delimiter: ';;'}\n", "RE512", "2:41", "one character"),
        ("schema: 1\nleads: {file: a.csv, id: id, duplicates: keep}\n", "RE512", "2:42", "reject, first or last"),
        ("schema: 1\nleads: {file: a.csv, id: 3}\n", "RE512", "2:26", "the name of a column"),
        ("schema: 1\nleads: {file: a.csv, id: {generate: uuid}}\n", "RE512", "2:37", "row_number"),
        ("schema: 1\nleads: {file: a.csv, id: {colunm: x}}\n", "RE510", "2:27", 'mean "column"'),
        ("schema: 1\nleads: {file: a.csv, id: id, fields: {n: {decimal: x, column: n}}}\n", "RE512", "2:52", 'or ","'),
        ("schema: 1\nleads: {file: a.csv, id: id, fields: {n: {format: iso}}}\n", "RE511", "2:42", "`column:`"),
        ("schema: 1\nleads: {file: a.csv, id: id, fields: {n: {column: n, value: 1}}}\n", "RE519", "2:54", "together"),
        ("schema: 1\ntimezone: CEST\n", "RE516", "2:11", '"CEST" is no time zone'),
        ("schema: 1\nleads: {file: a.csv, id: id, timezone: Europe/Pari}\n", "RE516", "2:40", "no time zone"),
        ("schema: 1\nleads: {file: a.csv, id: id, time_format: DD-MM-YYYY}\n", "RE517", "2:43", "no parts such as %Y"),
        ("schema: 1\nleads: {file: a.csv, id: id, time_format: [iso, '%d-%m']}\n", "RE517", "2:49", "no year"),
        ("schema: 1\nleads: {file: a.csv, id: id, time_format: '%Y-%Q'}\n", "RE517", "2:43", '"%Q" is not known'),
        ("schema: 1\nleads: {file: a.csv, id: id, encoding: ansi-fr}\n", "RE518", "2:40", "no text encoding"),
        ("schema: 1\nleads: {file: a.csv, id: id, header: true, columns: [a]}\n", "RE519", "2:53", "together"),
        ("schema: 1\nleads: {file: a.csv, id: id, decimal: ',', thousands: ','}\n", "RE519", "2:8", "the same sign"),
        ("schema: 2\n", "RE512", "1:9", "1"),
        ("- a\n", "RE512", "1:1", "settings (key: value)"),
        ("", "RE512", "1:1", "empty"),
        ("schema: 1\nschema: 1\n", "RE010", "2:1", "twice"),
    ],
)  # fmt: skip
def test_mistakes(write: Write, text: str, code: str, place: str, said: str) -> None:
    [found] = findings(write, text)
    if code == "RE010":
        assert found[0].startswith("RE0")  # YAML mistakes are told by the reader of YAML
        return
    assert found[:2] == (code, place)
    assert said in found[2]


@pytest.mark.parametrize(
    "text",
    [
        "schema: 1\nleads: {file: a.csv, id: id, format: csv}\n",
        "schema: true\n",
        "schema: 1.0\n",
        "schema: 2\n",
        "[]\n",
    ],
)
def test_the_quick_look_agrees_with_the_schema(write: Write, text: str) -> None:
    source = read_file(write("data.yaml", text), "data.yaml").source
    assert source is not None
    root = compose(source).root
    assert root is not None
    assert fits(plain(root), schema(), schema()) == Draft202012Validator(schema()).is_valid(plain(root))


def test_all_findings_in_one_run(write: Write) -> None:
    text = """schema: 1
timezone: Mars/Base
leads:
  fil: leads.csv
  id: id
events:
  - {file: e.csv, lead: l, at: {column: t, format: nope}, type: k, decimal: ","}
  - {file: e.csv, lead: l, at: t, type: k, header: maybe}
"""
    assert sorted((place, code) for code, place, _ in findings(write, text)) == [
        ("4:3", "RE510"),
        ("8:52", "RE512"),
    ]
    fixed = text.replace("fil:", "file:").replace("maybe", "false")
    assert [(place, code) for code, place, _ in findings(write, fixed)] == [("2:11", "RE516"), ("7:52", "RE517")]


def test_names_that_the_model_does_not_declare(write: Write) -> None:
    write("leads.csv", "id,country\n1,US\n")
    write("events.csv", "lead,at,kind\n1,2026-01-01,open\n")
    mapping = load_mapping(
        write(
            "data.yaml",
            """schema: 1
leads: {file: leads.csv, id: id, fields: {contry: country}}
events:
  file: events.csv
  lead: lead
  at: at
  type: {column: kind, values: {open: emailopen}}
  attributes: {pth: lead}
  attributes_of:
    email_open: {asset: lead}
""",
        )
    )
    declared = model({"country": "string"}, events={"email_open": {"path": "string"}})
    with pytest.raises(DataError) as caught:
        read_data(mapping, declared)
    told = [(f.code, f.span and f.span.line, f.severity.value, f.message) for f in caught.value.findings]
    assert told == [
        ("RE513", 2, "error", 'The model declares no lead field "contry". Did you mean "country"?'),
        ("RE514", 7, "warning", 'The model declares no event type "emailopen". Did you mean "email_open"?'),
        ("RE513", 8, "error", 'The model declares no attribute "pth". Did you mean "path"?'),
        ("RE513", 10, "error", 'The model declares no attribute of email_open "asset".'),
    ]


def test_settings_go_down_from_file_to_block_to_column(write: Write) -> None:
    mapping = load_mapping(
        write(
            "data.yaml",
            """schema: 1
timezone: Europe/Paris
missing: "?"
leads:
  file: a.csv
  id: id
  missing: [Select]
  decimal: ","
  fields:
    a: a
    b: {column: b, decimal: ".", missing: none, timezone: UTC}
""",
        )
    )
    fields = mapping.leads[0].fields
    a, b = fields["a"], fields["b"]
    assert (a.decimal, a.timezone, a.missing) == (",", "Europe/Paris", {"?", "Select"})
    assert (b.decimal, b.timezone, b.missing) == (".", "UTC", {"?", "Select", "none"})


def test_a_mapping_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="RE001"):
        load_mapping(tmp_path / "data.yaml")


def _parts(part: object, path: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(part, dict):
        yield path, part
        for key, value in part.items():
            yield from _parts(value, f"{path}/{key}")
    elif isinstance(part, list):
        for i, value in enumerate(part):
            yield from _parts(value, f"{path}/{i}")


def test_every_setting_of_the_schema_is_described() -> None:
    whole = schema()
    for path, part in _parts(whole):
        for name, prop in part.get("properties", {}).items() if isinstance(part.get("properties"), dict) else ():
            target = prop
            if "description" not in prop and "$ref" in prop:
                target = whole["$defs"][prop["$ref"].rsplit("/", 1)[1]]
            assert target.get("description"), f"{path}/{name}"
    Draft202012Validator.check_schema(whole)


def test_every_code_has_an_entry_and_is_used() -> None:
    wording = (Path(__file__).parents[2] / "rules_engine" / "batch" / "sources" / "messages.py").read_text()
    for code, entry in ENTRIES.items():
        assert f'"{code}"' in wording, f"{code} is never said"
        assert all((entry.title, entry.what, entry.why, entry.fix))
    assert len({entry.title for entry in ENTRIES.values()}) == len(ENTRIES)
    assert set(re.findall(r'"(RE\d{3})"', wording)) == set(ENTRIES)


def test_importing_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, rules_engine.batch.sources as s; from pathlib import Path; "
        "print([m for m in ('polars', 'pyarrow', 'numpy', 'numba', 'jsonschema') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
