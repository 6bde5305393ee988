"""SARIF output has the shape of SARIF 2.1.0 (OASIS), as far as we use it: required keys, known keys, words, bounds."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from rules_engine.diagnostics import Diagnostic, Related, Severity, Span, render

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
FROM_ONE = {"type": "integer", "minimum": 1}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


REGION = closed(["startLine"], startLine=FROM_ONE, startColumn=FROM_ONE, endLine=FROM_ONE, endColumn=FROM_ONE)
PLACE = closed(
    [],
    artifactLocation=closed(["uri"], uri={"type": "string", "pattern": r"^[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*$"}),
    region=REGION,
)
LOCATIONS = {"type": "array", "items": closed([], physicalLocation=PLACE, message=TEXT)}
RULE = closed(
    ["id"],
    id={"type": "string"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed([], level=LEVEL),
)
RESULT = closed(
    ["message"],
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": -1},
    level=LEVEL,
    message=TEXT,
    locations=LOCATIONS,
    relatedLocations=LOCATIONS,
)
RUN = closed(
    ["tool"],
    tool=closed(
        ["driver"],
        driver=closed(["name"], name={"type": "string"}, rules={"type": "array", "items": RULE, "uniqueItems": True}),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": RESULT},
)
LOG = closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"enum": ["2.1.0"]},
    runs={"type": "array", "items": RUN},
)

PLACE_OF_FILE = Span("my models/größe 100%.yaml", 0, 3, 1, 1, 1, 4)
FOUND = [
    Diagnostic("RE201", Severity.ERROR, "Wrong.", PLACE_OF_FILE, "Mend it.", (Related("the first", PLACE_OF_FILE),)),
    Diagnostic("RE731", Severity.HINT, "Fades.", PLACE_OF_FILE),
    Diagnostic("RE405", Severity.WARNING, "Not locked."),
]


@pytest.mark.parametrize("findings", [[], FOUND], ids=["none", "some"])
def test_shape(findings: list[Diagnostic]) -> None:
    jsonschema.Draft7Validator(LOG).validate(json.loads(render(findings, "sarif")))


def test_rules_and_results_belong_together() -> None:
    (run,) = json.loads(render(FOUND, "sarif"))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [found.code for found in FOUND]
