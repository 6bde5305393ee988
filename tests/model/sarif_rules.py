"""What a SARIF 2.1.0 log must be, stated anew from the standard (OASIS, sections 3.4 to 3.58) for the objects that we
write: each with all the properties it may have, those it must have, and their types; then the rules that no schema
says, under the names by which validators of SARIF know them (SARIF1xxx), and what code scanning of GitHub asks for
beyond the standard (GH1xxx and its limits), where one breach makes it refuse the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import jsonschema

Json = dict[str, Any]

# --- the objects ----------------------------------------------------------------------------------------------------


def _closed(required: list[str], others: str, **properties: Any) -> Json:
    """An object of the standard: these properties as said, `others` of any shape, and no more."""
    allowed = {name: {} for name in ("properties", *others.split())} | properties
    return {"type": "object", "required": required, "properties": allowed, "additionalProperties": False}


def _ref(name: str) -> Json:
    return {"$ref": f"#/definitions/{name}"}


def _list(name: str, *, unique: bool = False, least: int = 0) -> Json:
    return {"type": "array", "items": _ref(name), "uniqueItems": unique, "minItems": least}


TEXT = {"type": "string"}
INDEX = {"type": "integer", "minimum": -1}
FROM_ONE = {"type": "integer", "minimum": 1}
FROM_ZERO = {"type": "integer", "minimum": 0}
BOOLEAN = {"type": "boolean"}
URI = {"type": "string", "format": "uri"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
_NAMES_OF_TOOLS = (
    "guid organization product productSuite fullName dottedQuadFileVersion releaseDateUtc notifications taxa locations "
    "language contents isComprehensive localizedDataSemanticVersion minimumRequiredLocalizedDataSemanticVersion "
    "associatedComponent translationMetadata supportedTaxonomies globalMessageStrings"
)
_NAMES_OF_RUNS = (
    "conversion versionControlProvenance originalUriBaseIds artifacts logicalLocations graphs runAggregates "
    "baselineGuid redactionTokens defaultEncoding defaultSourceLanguage threadFlowLocations taxonomies addresses "
    "translations policies webRequests webResponses specialLocations externalPropertyFileReferences"
)
_NAMES_OF_RESULTS = (
    "analysisTarget guid correlationGuid stacks codeFlows graphs graphTraversals suppressions baselineState rank "
    "attachments hostedViewerUri workItemUris provenance fixes taxa webRequest webResponse"
)
_NAMES_OF_INVOCATIONS = (
    "commandLine arguments responseFiles startTimeUtc endTimeUtc exitCodeDescription exitSignalName exitSignalNumber "
    "processStartFailureMessage machine account processId executableLocation workingDirectory environmentVariables "
    "stdin stdout stderr stdoutStderr ruleConfigurationOverrides notificationConfigurationOverrides"
)
DEFINITIONS: Json = {
    "message": {
        **_closed([], "", text=TEXT, markdown=TEXT, id=TEXT, arguments={"type": "array", "items": TEXT}),
        "anyOf": [{"required": ["text"]}, {"required": ["id"]}],
    },
    "multiformatMessageString": _closed(["text"], "", text=TEXT, markdown=TEXT),
    "artifactLocation": _closed(
        [],
        "",
        uri={"type": "string", "format": "uri-reference"},
        uriBaseId=TEXT,
        index=INDEX,
        description=_ref("message"),
    ),
    "region": _closed(
        [],
        "snippet",
        startLine=FROM_ONE,
        startColumn=FROM_ONE,
        endLine=FROM_ONE,
        endColumn=FROM_ONE,
        charOffset=INDEX,
        charLength=FROM_ZERO,
        byteOffset=INDEX,
        byteLength=FROM_ZERO,
        message=_ref("message"),
        sourceLanguage=TEXT,
    ),
    "physicalLocation": {
        **_closed(
            [],
            "address",
            artifactLocation=_ref("artifactLocation"),
            region=_ref("region"),
            contextRegion=_ref("region"),
        ),
        "anyOf": [{"required": ["address"]}, {"required": ["artifactLocation"]}],
    },
    "location": _closed(
        [],
        "logicalLocations relationships",
        id=INDEX,
        physicalLocation=_ref("physicalLocation"),
        message=_ref("message"),
        annotations=_list("region", unique=True),
    ),
    "reportingConfiguration": _closed(
        [], "parameters", enabled=BOOLEAN, level=LEVEL, rank={"type": "number", "minimum": -1, "maximum": 100}
    ),
    "reportingDescriptor": _closed(
        ["id"],
        "deprecatedIds guid deprecatedGuids deprecatedNames messageStrings relationships",
        id=TEXT,
        name=TEXT,
        shortDescription=_ref("multiformatMessageString"),
        fullDescription=_ref("multiformatMessageString"),
        help=_ref("multiformatMessageString"),
        helpUri=URI,
        defaultConfiguration=_ref("reportingConfiguration"),
    ),
    "reportingDescriptorReference": {
        **_closed([], "guid toolComponent", id=TEXT, index=INDEX),
        "anyOf": [{"required": ["index"]}, {"required": ["guid"]}, {"required": ["id"]}],
    },
    "toolComponent": _closed(
        ["name"],
        _NAMES_OF_TOOLS,
        name=TEXT,
        version=TEXT,
        semanticVersion=TEXT,
        downloadUri=URI,
        informationUri=URI,
        rules=_list("reportingDescriptor", unique=True),
        shortDescription=_ref("multiformatMessageString"),
        fullDescription=_ref("multiformatMessageString"),
    ),
    "tool": _closed(["driver"], "", driver=_ref("toolComponent"), extensions=_list("toolComponent", unique=True)),
    "result": _closed(
        ["message"],
        _NAMES_OF_RESULTS,
        ruleId=TEXT,
        ruleIndex=INDEX,
        rule=_ref("reportingDescriptorReference"),
        kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        level=LEVEL,
        message=_ref("message"),
        locations=_list("location"),
        relatedLocations=_list("location", unique=True),
        occurrenceCount=FROM_ONE,
        partialFingerprints={"type": "object", "additionalProperties": TEXT},
        fingerprints={"type": "object", "additionalProperties": TEXT},
    ),
    "notification": _closed(
        ["message"],
        "threadId timeUtc exception",
        message=_ref("message"),
        level=LEVEL,
        locations=_list("location", unique=True),
        descriptor=_ref("reportingDescriptorReference"),
        associatedRule=_ref("reportingDescriptorReference"),
    ),
    "invocation": _closed(
        ["executionSuccessful"],
        _NAMES_OF_INVOCATIONS,
        executionSuccessful=BOOLEAN,
        exitCode={"type": "integer"},
        toolExecutionNotifications=_list("notification"),
        toolConfigurationNotifications=_list("notification"),
    ),
    "run": _closed(
        ["tool"],
        _NAMES_OF_RUNS,
        tool=_ref("tool"),
        invocations=_list("invocation"),
        results=_list("result"),
        automationDetails={"type": "object"},
        language={"type": "string", "pattern": "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"},
        columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        newlineSequences={"type": "array", "items": TEXT, "minItems": 1, "uniqueItems": True},
    ),
}
LOG: Json = {
    **_closed(
        ["version", "runs"],
        "inlineExternalProperties",
        **{"$schema": URI},
        version={"enum": ["2.1.0"]},
        runs={"type": "array", "items": _ref("run")},
    ),
    "definitions": DEFINITIONS,
}

# --- what no schema says --------------------------------------------------------------------------------------------

_REFERENCE = re.compile(r"(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9\-._~:/?#@!$&'()*+,;=\[\]])*\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
MOST_RUNS, MOST_RESULTS, MOST_RULES, MOST_LOCATIONS, MOST_CHARACTERS = 20, 25_000, 25_000, 1_000, 1_024


def problems(log: Json) -> list[str]:
    """Everything that is wrong with a log, each beginning with the rule that it breaks."""
    shape = [
        f"schema: {error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(LOG).iter_errors(log)
    ]
    if shape:
        return shape
    return [*_of_standard(log), *_of_github(log)]


def _of_standard(log: Json) -> Iterator[str]:
    if not re.search(r"sarif-(schema-)?2\.1\.0", log.get("$schema", "")):
        yield "SARIF1011 ReferenceFinalSchema: $schema is not that of 2.1.0"
    for run in log["runs"]:
        rules = run["tool"]["driver"].get("rules", [])
        ids = [rule["id"] for rule in rules]
        if len(set(ids)) != len(ids):
            yield "SARIF1001 RuleIdentifiersMustBeUnique"
        for result in run.get("results", []):
            index = result.get("ruleIndex", -1)
            if index >= len(rules):
                yield "SARIF1009 IndexPropertiesMustBeConsistentWithArrays: ruleIndex"
            elif index >= 0 and result.get("ruleId") not in (None, rules[index]["id"]):
                yield "SARIF1010 RuleIdMustBeConsistent: ruleId is not that of the rule at ruleIndex"
            if index < 0 and "ruleId" not in result:
                yield "SARIF1010 RuleIdMustBeConsistent: no rule"
            places = [*result.get("locations", []), *result.get("relatedLocations", [])]
            ids = [place["id"] for place in places if "id" in place]
            if len(set(ids)) != len(ids):
                yield "SARIF 3.28.2: ids of locations are not unique within the result"
            yield from (f"{problem} in {place}" for place in places for problem in _of_place(place))
        for invocation in run.get("invocations", []):
            for told in invocation.get("toolExecutionNotifications", []):
                rule = told.get("associatedRule", {})
                if "index" in rule and (rule["index"] >= len(rules) or rules[rule["index"]]["id"] != rule.get("id")):
                    yield "SARIF1009 IndexPropertiesMustBeConsistentWithArrays: associatedRule"


def _of_place(place: Json) -> Iterator[str]:
    physical = place.get("physicalLocation", {})
    uri = physical.get("artifactLocation", {}).get("uri")
    if uri is not None:
        if not _REFERENCE.match(uri):
            yield "SARIF1002 UrisMustBeValid"
        if not _SCHEME.match(uri) and (uri.startswith("/") or "\\" in unquote(uri)):
            yield "SARIF1004 ExpressUriBaseIdsCorrectly: an absolute path without the scheme file"
        if _SCHEME.match(uri) and not uri.startswith("file:///"):
            yield "SARIF1005 UriMustBeAbsolute: a drive or host taken for a scheme"
    region = physical.get("region")
    if region is not None:
        if "startLine" not in region and "charOffset" not in region and "byteOffset" not in region:
            yield "SARIF1007 RegionPropertiesMustBeConsistent: a region without a beginning"
        start = region.get("startLine", 1), region.get("startColumn", 1)
        end_line = region.get("endLine", start[0])
        if end_line < start[0] or (end_line == start[0] and region.get("endColumn", start[1]) < start[1]):
            yield "SARIF1007 RegionPropertiesMustBeConsistent: a region that ends before it begins"


def _of_github(log: Json) -> Iterator[str]:
    if len(log["runs"]) > MOST_RUNS:
        yield "GitHub: too many runs"
    for run in log["runs"]:
        if "results" not in run:
            yield "GitHub: a run without results"
        rules = run["tool"]["driver"].get("rules", [])
        if len(rules) > MOST_RULES or len(run.get("results", [])) > MOST_RESULTS:
            yield "GH1004 ReviewArraysThatExceedConfigurableDefaults"
        for rule in rules:
            for key in ("shortDescription", "fullDescription", "help"):
                if key == "shortDescription" and not rule.get(key, {}).get("text"):
                    yield f"GitHub: rule {rule['id']} has no {key}"
                if key != "help" and len(rule.get(key, {}).get("text", "")) > MOST_CHARACTERS:
                    yield f"GitHub: {key} of rule {rule['id']} is too long"
        for result in run.get("results", []):
            if not result["message"].get("text"):
                yield "GitHub: a result without a text"
            if not 1 <= len(result.get("locations", [])) <= MOST_LOCATIONS:
                yield "GH1001 ProvideRequiredLocationProperties: a result without a location, the file is refused"
            for place in [*result.get("locations", []), *result.get("relatedLocations", [])]:
                physical = place.get("physicalLocation", {})
                uri = physical.get("artifactLocation", {}).get("uri", "")
                if not uri:
                    yield "GH1001 ProvideRequiredLocationProperties: a location without a uri"
                if _SCHEME.match(uri) and not uri.startswith("file:"):
                    yield "GH1005 LocationsMustBeRelativeUrisOrFilePaths"
                if "startLine" not in physical.get("region", {}):
                    yield "GH1003 ProvideRequiredRegionProperties: a region without startLine"
            for place in result.get("relatedLocations", []):
                if not place.get("message", {}).get("text"):
                    yield "GitHub: a related location without a message is not shown"
