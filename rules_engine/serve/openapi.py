"""The description of the service: an OpenAPI 3.1 document, and a plain page of it that needs no network."""

from __future__ import annotations

from html import escape
from typing import Any

from rules_engine.model.types import Model
from rules_engine.serve.settings import Settings

_SCORE = "Score one lead from what is sent; nothing is kept"  # without the store


def document(model: Model, settings: Settings) -> dict[str, Any]:
    """The document of a service over this model."""
    from rules_engine import __version__

    as_of = {
        "name": "as_of",
        "in": "query",
        "schema": {"type": "string"},
        "description": "An ISO 8601 time or date; the present if left out.",
    }
    limit = {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        "description": "How many leads to list.",
    }
    paths: dict[str, Any] = {
        "/health": {"get": _operation("Whether the service runs", "Health", secured=False)},
        "/metrics": {"get": {**_operation("Counters for Prometheus", None), "responses": _text_responses()}},
        "/score": {"post": _operation(_SCORE, "Result", body="ScoreRequest")},
        "/events": {"post": _operation("Take in events and records of leads and accounts", "Taken", body="Records")},
        "/leads/{lead_id}": {
            "get": _operation("The scores of a lead now", "Result", [_path("lead_id"), as_of], missing=True)
        },
        "/leads/{lead_id}/explanation": {
            "get": _operation("Why a lead has its scores", "Explanation", [_path("lead_id"), as_of], missing=True)
        },
        "/accounts/{account_id}": {
            "get": _operation("The roll-ups of an account now", "Account", [_path("account_id"), as_of], missing=True)
        },
        "/accounts/{account_id}/explanation": {
            "get": _operation(
                "Why an account stands where it does, down to its people",
                "Explanation",
                [_path("account_id"), as_of],
                missing=True,
            )
        },
        "/segments/{name}": {
            "get": _operation("The leads of a segment now", "Segment", [_path("name"), as_of, limit], missing=True)
        },
    }
    if settings.token is None:
        for path in paths.values():
            for operation in path.values():
                operation["security"] = []
                operation["responses"].pop("401", None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Lead scores of {model.name}",
            "version": __version__,
            "description": f"The model {model.name}, version {model.version}.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(settings),
        },
    }


def _operation(
    summary: str,
    answer: str | None,
    parameters: list[dict[str, Any]] | None = None,
    *,
    body: str | None = None,
    missing: bool = False,
    secured: bool = True,
) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": _response("The answer", answer)} if answer is not None else {}
    if secured:
        responses["401"] = _response("The token is missing or wrong", "Error")
    if summary != _SCORE:
        away = "Health" if answer == "Health" else "Error"
        responses["503"] = _response("The store cannot be used now; Retry-After says when to ask again", away)
    if answer != "Health":
        responses["500"] = _response("A plugin failed, or the service did", "Error")
    if missing:
        responses["404"] = _response("There is none of this name", "Error")
        responses["409"] = _response("Only a history could tell, and the store keeps none", "Error")
    if body is not None:
        responses["400"] = _response("The body is not JSON", "Error")
        responses["408"] = _response("The body did not arrive in time", "Error")
        responses["413"] = _response("The body is too large", "Error")
        responses["415"] = _response("The body does not say that it is JSON, or is packed", "Error")
    if body is not None or parameters:
        both = {"anyOf": [{"$ref": "#/components/schemas/Error"}, {"$ref": "#/components/schemas/Taken"}]}
        schema = both if body == "Records" else {"$ref": "#/components/schemas/Error"}
        responses["422"] = {
            "description": "What was sent cannot be used",
            "content": {"application/json": {"schema": schema}},
        }
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if parameters:
        operation["parameters"] = parameters
    if not secured:
        operation["security"] = []
    if body is not None:
        schema = {"$ref": f"#/components/schemas/{body}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _response(description: str, schema: str | None) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


def _text_responses() -> dict[str, Any]:
    text = {"description": "The counters", "content": {"text/plain": {"schema": {"type": "string"}}}}
    refused = {"401": "The token is missing or wrong", "500": "The service failed"}
    return {"200": text, **{status: _response(why, "Error") for status, why in refused.items()}}


def _schemas(settings: Settings) -> dict[str, Any]:
    text, anything = {"type": "string"}, {"type": "object"}
    identity = {"type": ["string", "integer"], "minLength": 1}
    own = {"type": ["string", "integer", "null"], "description": "The same again, within a month, is known already."}
    time = {"type": ["string", "integer"], "description": "ISO 8601, or microseconds since 1970 UTC."}
    maybe = {"type": ["string", "null"]}
    place = {"type": ["integer", "null"], "description": "From 0; null: a lead or account of the store."}
    event = {
        "type": "object",
        "required": ["lead", "type", "at"],
        "properties": {"lead": identity, "type": text, "at": time, "id": own, "attributes": anything},
        "description": "An event; attributes may stand beside the other keys.",
    }
    lead = {
        "type": "object",
        "required": ["lead", "fields"],
        "properties": {
            "lead": identity,
            "fields": anything,
            "account": {**identity, "type": ["string", "integer", "null"]},
        },
        "additionalProperties": False,
        "description": "The fields of a lead as they are now, and its account.",
    }
    account = {
        "type": "object",
        "required": ["account", "fields"],
        "properties": {"account": identity, "fields": anything},
        "additionalProperties": False,
        "description": "The fields of an account as they are now.",
    }
    record = {"anyOf": [event, lead, account]}
    return {
        "Error": {"type": "object", "required": ["error"], "properties": {"error": text}},
        "Health": _object(status={"enum": ["ok", "store away"]}, model=text, version={"type": "integer"}),
        "ScoreRequest": {
            "type": "object",
            "required": ["as_of"],
            "properties": {
                "lead": anything,
                "account": {"type": ["object", "null"]},
                "events": {"type": "array", "items": anything},
                "as_of": time,
                "lead_id": maybe,
            },
            "additionalProperties": False,
        },
        "Records": {"anyOf": [record, {"type": "array", "items": record, "maxItems": settings.most_records}]},
        "Taken": _object(
            events={"type": "integer"},
            known={"type": "integer"},
            rejected={"type": "array", "items": _object(record=place, reason=text)},
            problems={"type": "array", "items": _object(record=place, where=text, problem=text)},
            failed={
                "type": "array",
                "items": _object(lead=text, reason=text, kept={"type": "boolean"}, plugin=maybe, place=maybe),
            },
            band_changes={"type": "array", "items": _object(lead=text, score=text, at=text)},
            fired={"type": "array", "items": _object(automation=text, lead=text, at=text)},
        ),
        "Result": _object(model=text, version={"type": "integer"}, as_of=text, scores=anything, labels=anything),
        "Explanation": _object(
            text=text,
            kind=text,
            points={"type": ["number", "null"]},
            children={"type": "array", "items": {"$ref": "#/components/schemas/Explanation"}},
        ),
        "Account": _object(account=text, as_of=text, members={"type": "integer"}, scores=anything),
        "Segment": _object(
            segment=text,
            found={"type": "integer"},
            leads={
                "type": "array",
                "items": _object(
                    rank={"type": "integer"}, lead=text, value={"type": ["number", "null"]}, scores=anything
                ),
            },
            failed={"type": "array", "items": _object(lead=text, plugin=maybe, place=maybe)},
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def page(described: dict[str, Any]) -> str:
    """The document as a page: each operation with its parameters and answers."""
    rows = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            asked = [f"{one['name']} ({one['in']})" for one in operation.get("parameters", ())]
            if "requestBody" in operation:
                asked.append("a JSON body")
            answers = [f"{status}: {told['description']}" for status, told in sorted(operation["responses"].items())]
            cells = ([f"{method.upper()} {path}"], [operation["summary"]], asked, answers)
            rows.append("<tr>" + "".join(f"<td>{'<br>'.join(map(escape, lines))}</td>" for lines in cells) + "</tr>")
    title = escape(described["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>:root{color-scheme:light dark}body{font:1rem/1.4 sans-serif;margin:2rem}"
        "td,th{border:1px solid #999;padding:.4rem;text-align:left;vertical-align:top}table{border-collapse:collapse}"
        "td:first-child{font-family:monospace;overflow-wrap:anywhere}"
        "@media(max-width:50rem){body{margin:1rem}th{display:none}tr{display:block;border-top:1px solid #999}"
        "td{display:block;border:0}td:empty{display:none}}</style>"
        f"<h1>{title}</h1><p>{escape(described['info']['description'])} The same for programs: "
        '<a href="openapi.json">openapi.json</a>. Send the token as <code>Authorization: Bearer …</code>.</p>'
        "<table><tr><th>request</th><th>what it does</th><th>takes</th><th>answers</th></tr>"
        f"{''.join(rows)}</table></html>"
    )
