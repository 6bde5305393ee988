"""A HubSpot lead score (JSON of its lead scoring API) -> a model.

    {"name", "objectTypeId", "maxScore", "groupConfigs": [
      {"groupName", "minValue", "maxValue", "ruleConfigurations": [
        {"enabled", "maximumValue", "configuration": {"calculation": {"type": "CONSTANT", "value"}, ...}}]}]}

What a rule asks for is looked for in its `configuration` as a filter branch of HubSpot's list filters, under whatever
key it stands: filters on properties become conditions on fields, event branches become rules with an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rules_engine.analysis.drafts.comparisons import CannotSayError, Fields, Op, comparison, joined, unwrapped
from rules_engine.analysis.drafts.drafted import Drafted, DraftError, Note, keep_what_checks, require_clean
from rules_engine.analysis.drafts.json_parts import as_list, as_map
from rules_engine.analysis.drafts.names import Names, name_of
from rules_engine.analysis.drafts.yaml_text import Block, to_yaml

_ROOTS = {"0-1": "lead", "0-2": "account", "CONTACT": "lead", "COMPANY": "account"}
_KINDS = {"NUMBER": "number", "BOOL": "boolean", "ENUMERATION": "string", "STRING": "string", "MULTISTRING": "string"}
# The comparison, and whether it or its contrary is meant.
_OPERATORS: dict[str, tuple[Op, bool]] = {
    "IS_EQUAL_TO": ("in", True),
    "IS_NOT_EQUAL_TO": ("in", False),
    "IS_ANY_OF": ("in", True),
    "IS_NONE_OF": ("in", False),
    "CONTAINS": ("contains", True),
    "DOES_NOT_CONTAIN": ("contains", False),
    "STARTS_WITH": ("starts", True),
    "ENDS_WITH": ("ends", True),
    "IS_GREATER_THAN": (">", True),
    "IS_GREATER_THAN_OR_EQUAL_TO": (">=", True),
    "IS_LESS_THAN": ("<", True),
    "IS_LESS_THAN_OR_EQUAL_TO": ("<=", True),
    "IS_BETWEEN": ("between", True),
    "IS_NOT_BETWEEN": ("between", False),
    "IS_KNOWN": ("known", True),
    "IS_NOT_BLANK": ("known", True),
    "IS_UNKNOWN": ("known", False),
    "IS_BLANK": ("known", False),
}
_SEVERAL = frozenset({"contains", "starts", "ends"})
_EVENTS = "UNIFIED_EVENTS"


def is_hubspot(document: object) -> bool:
    """Whether parsed JSON looks like a lead score of HubSpot's API."""
    return isinstance(document, dict) and isinstance(document.get("groupConfigs"), list)


def draft_hubspot(document: object, model: str | None = None) -> Drafted:
    """Drafts version 1 of a model. Raises `DraftError` where no rule can be carried over."""
    if not isinstance(document, dict) or not is_hubspot(document):
        raise DraftError('this is no HubSpot lead score: it has no list "groupConfigs".')
    title = str(document.get("name") or "HubSpot score")
    work = _Work(_ROOTS.get(str(document.get("objectTypeId") or "0-1"), "lead"))
    body = work.score(title, document)
    if not body.get("rules"):
        told = "; ".join(note.why for note in work.notes if note.kind == "left out") or "it has no rules"
        raise DraftError(f"no rule could be carried over: {told}.")
    name = name_of(title, "score")
    made = keep_what_checks(work.document(model or name, {name: Block(body)}), {}, work.notes)
    require_clean(made, {})
    text = to_yaml(made, "Carried over from a HubSpot lead score. What could not be is told by `rules import`.")
    kept = sum(len(score["rules"]) for score in made["scores"].values())
    return Drafted(model or name, (("v1.yaml", text),), kept, work.rules, tuple(work.notes))


@dataclass
class _Work:
    """What is found while the rules are read. `root` is what a property belongs to: lead or account."""

    root: str
    fields: dict[str, Fields] = field(default_factory=dict)
    events: dict[str, Fields] = field(default_factory=dict)
    event_names: Names = field(default_factory=lambda: Names("event"))
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    rules: int = 0

    def document(self, model: str, scores: Mapping[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = {"schema": 1, "model": model, "version": 1, "status": "draft"}
        if self.fields:
            document["fields"] = Block({root: Block(fields.types) for root, fields in self.fields.items()})
        if self.events:
            document["events"] = Block({name: fields.types for name, fields in self.events.items()})
            for source, name in self.event_names.items():
                why = f"is HubSpot's event type {source}; give it a name people know, here and in data.yaml"
                self.notes.append(Note("to do", f"events.{name}", why))
            why = "a rule with an event counts at each of them, up to its max; add `limit` where it counts once"
            self.notes.append(Note("guessed", "events", why))
        document["scores"] = Block(scores)
        return document

    def score(self, title: str, document: Mapping[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"title": title}
        highest = document.get("maxScore")
        if isinstance(highest, (int, float)) and highest > 0:
            body["max"] = highest
        elif document.get("maxScorePerCategory") is not None:
            self.notes.append(Note("left out", title, "the highest score of a category; set `max` where it is wanted"))
        rules: dict[str, Any] = {}
        names = Names("rule")
        for group in document["groupConfigs"]:
            if isinstance(group, dict):
                rules |= self.group(group, names)
        if self.groups:
            body["groups"] = Block(self.groups)
        return body | {"rules": Block(rules)}

    def group(self, group: Mapping[str, Any], names: Names) -> dict[str, Any]:
        title = str(group.get("groupName") or "group")
        name = name_of(title, "group")
        rules: dict[str, Any] = {}
        for number, rule in enumerate(as_list(group.get("ruleConfigurations")), 1):
            self.rules += 1
            where = f"rule {number} of {title}"
            if not isinstance(rule, dict) or rule.get("enabled") is False:
                self.notes.append(Note("left out", where, "it is switched off in HubSpot"))
                continue
            try:
                rules[names.of(f"{name} {number}")] = self.rule(where, rule)
            except CannotSayError as error:
                self.notes.append(Note("left out", where, str(error)))
        self.limits(title, name, group, rules)
        return rules

    def limits(self, title: str, name: str, group: Mapping[str, Any], rules: Mapping[str, Any]) -> None:
        """A group's highest value is a cap of the rules with an event; there is none for rules on properties."""
        highest, lowest = group.get("maxValue"), group.get("minValue")
        with_events = [rule for rule in rules.values() if "event" in rule]
        if isinstance(highest, (int, float)) and highest > 0 and with_events:
            self.groups[name] = {"max": highest}
            for rule in with_events:
                rule["group"] = name
        if isinstance(highest, (int, float)) and len(with_events) < len(rules):
            why = f"the limit of {highest} points holds for rules with an event alone, not for those on properties"
            self.notes.append(Note("changed", title, why))
        if isinstance(lowest, (int, float)) and lowest:
            self.notes.append(Note("left out", title, f"the lowest value {lowest}; only a whole score has one here"))

    def rule(self, where: str, rule: Mapping[str, Any]) -> dict[str, Any]:
        configuration = rule.get("configuration")
        calculation = configuration.get("calculation") if isinstance(configuration, dict) else None
        if not isinstance(configuration, dict) or not isinstance(calculation, dict):
            raise CannotSayError("it has no calculation")
        if calculation.get("type") != "CONSTANT" or not isinstance(calculation.get("value"), (int, float)):
            raise CannotSayError(f"its points are no constant ({calculation.get('type')})")
        event, parts = self.asks(configuration)
        made: dict[str, Any] = {}
        if event is not None:
            made["event"] = event
        if parts:
            made["when"] = unwrapped(joined(parts, "and"))
        made["points"] = calculation["value"]
        highest = rule.get("maximumValue", rule.get("maxValue"))
        if event is not None and isinstance(highest, (int, float)) and highest > 0:
            made["max"] = highest
        for key in sorted(configuration.keys() - {"calculation", "id"} - set(_branch_keys(configuration))):
            self.notes.append(Note("left out", where, f"its setting {key}"))
        return Block(made) if "when" in made else made

    def asks(self, configuration: Mapping[str, Any]) -> tuple[str | None, list[str]]:
        """The event of a rule (None for one on properties), and its conditions."""
        branches = [configuration[key] for key in _branch_keys(configuration)]
        if not branches:
            raise CannotSayError("what it asks for is not in the file (no filters)")
        events = [branch for top in branches for branch in _walk(top) if branch.get("filterBranchType") == _EVENTS]
        if not events:
            fields = self.fields.setdefault(self.root, Fields(self.root))
            return None, [self.branch(branch, fields, holds=True) for branch in branches]
        if len(events) > 1 or sum(len(_filters(branch)) for top in branches for branch in _walk(top)) > len(
            _filters(events[0])
        ):
            raise CannotSayError("it asks for several events, or for an event and properties at once")
        event = events[0]
        if event.get("operator") not in (None, "HAS_COMPLETED"):
            raise CannotSayError(f"it asks for events that did not happen ({event.get('operator')})")
        name = self.event_names.of(str(event.get("eventTypeId") or "event"))
        fields = self.events.setdefault(name, Fields("event", Names("attribute")))
        return name, [self.filter(one, fields, holds=True) for one in _filters(event)]

    def branch(self, branch: Mapping[str, Any], fields: Fields, *, holds: bool) -> str:
        kind = str(branch.get("filterBranchType") or branch.get("filterBranchOperator") or "AND")
        if kind not in ("AND", "OR", "NOT_ALL", "NOT_ANY"):
            raise CannotSayError(f"there is nothing like a {kind} branch")
        inner = holds != kind.startswith("NOT")
        parts = [self.filter(one, fields, holds=inner) for one in _filters(branch)]
        parts += [self.branch(one, fields, holds=inner) for one in _branches(branch)]
        wants_all = kind in ("AND", "NOT_ALL")
        return joined(parts, "and" if wants_all == inner else "or")

    def filter(self, one: Mapping[str, Any], fields: Fields, *, holds: bool) -> str:
        if one.get("filterType") != "PROPERTY":
            raise CannotSayError(f"there is nothing like a filter of type {one.get('filterType')}")
        operation = as_map(one.get("operation"))
        operator, kind = str(operation.get("operator")), str(operation.get("operationType"))
        source = str(one.get("property") or "")
        known = _OPERATORS.get(operator)
        if known is None or (kind not in _KINDS and known[0] != "known"):
            raise CannotSayError(f"there is nothing like {operator} ({kind}) of {source}")
        op, meant = known
        its_kind = fields.types.get(fields.names.of(source), "string") if op == "known" else _KINDS[kind]
        path = fields.path(source, its_kind)
        values = _values(operation)
        missing = (op == "known" and not meant) or bool(operation.get("includeObjectsWithNoValueSet"))
        if op in _SEVERAL and len(values) > 1:
            says = [comparison(path, op, [v], its_kind, holds=meant == holds, missing=missing == holds) for v in values]
            return joined(says, "or" if meant == holds else "and")
        if op == "in" and len(values) == 1:
            op = "="
        return comparison(path, op, values, its_kind, holds=meant == holds, missing=missing == holds)


def _values(operation: Mapping[str, Any]) -> list[Any]:
    if isinstance(operation.get("values"), list):
        return list(operation["values"])
    if operation.get("lowerBound") is not None and operation.get("upperBound") is not None:
        return [operation["lowerBound"], operation["upperBound"]]
    return [operation["value"]] if operation.get("value") is not None else []


def _branch_keys(configuration: Mapping[str, Any]) -> list[str]:
    """The keys of a configuration under which a filter branch stands."""
    return [
        key
        for key, value in configuration.items()
        if isinstance(value, dict) and ("filterBranchType" in value or "filterBranches" in value or "filters" in value)
    ]


def _branches(branch: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in as_list(branch.get("filterBranches")) if isinstance(one, dict)]


def _filters(branch: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in as_list(branch.get("filters")) if isinstance(one, dict)]


def _walk(branch: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield branch
    for one in _branches(branch):
        yield from _walk(one)
