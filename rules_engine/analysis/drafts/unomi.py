"""An Apache Unomi scoring plan -> a model: each element of the plan is a rule that holds while its condition does.

A plan is `{"itemId", "metadata": {...}, "elements": [{"condition": {"type", "parameterValues"}, "value"}]}`; a list of
plans gives a score each. Conditions on profile properties become conditions on lead fields, `pastEventCondition`
becomes a tally.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rules_engine.analysis.drafts.comparisons import CannotSayError, Fields, Op, comparison, joined, unwrapped
from rules_engine.analysis.drafts.drafted import Drafted, DraftError, Note, keep_what_checks, require_clean
from rules_engine.analysis.drafts.json_parts import as_list, as_map
from rules_engine.analysis.drafts.names import Names, name_of
from rules_engine.analysis.drafts.yaml_text import Block, to_yaml

# The comparison, whether it is meant or its contrary, and what a profile without the property gives.
_OPERATORS: dict[str, tuple[Op, bool, bool]] = {
    "equals": ("=", True, False),
    "notEquals": ("=", False, True),
    "lessThan": ("<", True, False),
    "greaterThan": (">", True, False),
    "lessThanOrEqualTo": ("<=", True, False),
    "greaterThanOrEqualTo": (">=", True, False),
    "between": ("between", True, False),
    "exists": ("known", True, False),
    "missing": ("known", False, True),
    "contains": ("contains", True, False),
    "notContains": ("contains", False, True),
    "startsWith": ("starts", True, False),
    "endsWith": ("ends", True, False),
    "matchesRegex": ("matches", True, False),
    "in": ("in", True, False),
    "notIn": ("in", False, True),
}
_VALUES = (
    ("propertyValueInteger", "number"),
    ("propertyValueDouble", "number"),
    ("propertyValueDate", "date and time"),
    ("propertyValue", "string"),
    ("propertyValuesInteger", "number"),
    ("propertyValuesDouble", "number"),
    ("propertyValuesDate", "date and time"),
    ("propertyValues", "string"),
)


def is_unomi(document: object) -> bool:
    """Whether parsed JSON looks like a scoring plan, or a list of them."""
    plans = document if isinstance(document, list) else [document]
    return bool(plans) and all(isinstance(plan, dict) and isinstance(plan.get("elements"), list) for plan in plans)


def draft_unomi(document: object, model: str | None = None) -> Drafted:
    """Drafts version 1 of a model. Raises `DraftError` where no element can be carried over."""
    plans = [plan for plan in (document if isinstance(document, list) else [document]) if isinstance(plan, dict)]
    if not is_unomi(document):
        raise DraftError('this is no Unomi scoring plan: it has no list "elements".')
    work = _Work()
    scores: dict[str, Any] = {}
    names = Names("score")
    for plan in plans:
        title = str(_metadata(plan).get("name") or plan.get("itemId") or "score")
        name = names.of(str(plan.get("itemId") or title))
        rules = work.plan(name, plan)
        if rules:
            lowest = sum(min(rule["points"], 0) for rule in rules.values())
            low = {"min": lowest} if lowest else {}  # a plan of Unomi may fall below 0
            scores[name] = Block({"title": title, **low, "rules": Block(rules)})
    if not scores:
        raise DraftError("no element could be carried over: " + "; ".join(note.why for note in work.notes[:5]))
    chosen = model or name_of(str(_metadata(plans[0]).get("name") or plans[0].get("itemId") or ""), "unomi")
    made = keep_what_checks(work.document(chosen, scores), {}, work.notes)
    require_clean(made, {})
    kept = sum(len(score["rules"]) for score in made["scores"].values())
    comment = "Carried over from an Apache Unomi scoring plan. What could not be is told by `rules import`."
    text = to_yaml(made, comment)
    return Drafted(chosen, (("v1.yaml", text),), kept, sum(len(plan["elements"]) for plan in plans), tuple(work.notes))


def _metadata(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    return as_map(plan.get("metadata"))


@dataclass
class _Work:
    """What is found while the conditions are read."""

    lead: Fields = field(default_factory=lambda: Fields("lead"))
    events: dict[str, Fields] = field(default_factory=dict)
    event_names: Names = field(default_factory=lambda: Names("event"))
    tallies: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    texts: bool = False

    def document(self, model: str, scores: Mapping[str, Any]) -> dict[str, Any]:
        if self.texts:
            why = "Unomi compares texts without regard to case and accents; here the letters must be the same"
            self.notes.append(Note("changed", "texts", why))
        document: dict[str, Any] = {"schema": 1, "model": model, "version": 1, "status": "draft"}
        if self.lead.types:
            document["fields"] = Block({"lead": Block(self.lead.types)})
            for source, name in self.lead.names.items():
                self.notes.append(Note("to do", f"lead.{name}", f"is {source} of the profile; map it in data.yaml"))
        if self.events:
            document["events"] = Block({name: fields.types for name, fields in self.events.items()})
        if self.tallies:
            document["tallies"] = Block({name: Block(tally) for name, tally in self.tallies.items()})
        document["scores"] = Block(scores)
        return document

    def plan(self, score: str, plan: Mapping[str, Any]) -> dict[str, Any]:
        if _metadata(plan).get("enabled") is False:
            self.notes.append(Note("changed", score, "the plan is switched off in Unomi; here it is a draft"))
        rules: dict[str, Any] = {}
        for number, element in enumerate(plan["elements"], 1):
            where = f"element {number} of {score}"
            try:
                rules[f"element_{number}"] = self.element(element)
            except CannotSayError as error:
                self.notes.append(Note("left out", where, f"{error}"))
        return rules

    def element(self, element: Any) -> dict[str, Any]:
        if not isinstance(element, dict) or not isinstance(element.get("condition"), dict):
            raise CannotSayError("it has no condition")
        value = element.get("value")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise CannotSayError(f"its value {value!r} is no number of points")
        when = unwrapped(self.condition(element["condition"], holds=True))
        points = {"points": value}
        return points if when == "true" else Block({"when": when, **points})

    def condition(self, condition: Any, *, holds: bool) -> str:
        if not isinstance(condition, dict):
            raise CannotSayError("a condition is missing")
        kind, given = str(condition.get("type") or "").strip(), as_map(condition.get("parameterValues"))
        if kind == "matchAllCondition":
            return "true" if holds else "false"
        if kind == "booleanCondition":
            parts = [self.condition(part, holds=holds) for part in as_list(given.get("subConditions"))]
            word = str(given.get("operator") or "and").lower()
            return joined(parts, word if holds else {"and": "or", "or": "and"}.get(word, "and"))
        if kind == "notCondition":
            return self.condition(given.get("subCondition"), holds=not holds)
        if kind == "profilePropertyCondition":
            return self.compare(self.lead, given, holds=holds)
        if kind == "pastEventCondition":
            return self.past(given, holds=holds)
        raise CannotSayError(f"there is nothing like the condition {kind or '(no type)'}")

    def compare(self, fields: Fields, given: Mapping[str, Any], *, holds: bool) -> str:
        source = str(given.get("propertyName") or "")
        operator = str(given.get("comparisonOperator") or "")
        known = _OPERATORS.get(operator)
        if not source or known is None:
            raise CannotSayError(
                f"there is nothing like the comparison {operator or '(none)'} of {source or '(nothing)'}"
            )
        if any(key.endswith("DateExpr") for key in given):
            raise CannotSayError(f"{source} is compared with a date that moves ({operator})")
        kind: str = "string"
        values: list[Any] = []
        for key, its_kind in _VALUES:
            if given.get(key) is not None:
                kind, values = its_kind, given[key] if isinstance(given[key], list) else [given[key]]
                break
        if known[0] == "known":
            kind = fields.types.get(fields.names.of(source.removeprefix("properties.")), "string")
        self.texts = self.texts or (kind == "string" and known[0] != "known")
        path = fields.path(source.removeprefix("properties."), kind)
        meant, missing = known[1] == holds, known[2] == holds
        return comparison(path, known[0], values, kind, holds=meant, missing=missing)

    def past(self, given: Mapping[str, Any], *, holds: bool) -> str:
        if given.get("fromDate") or given.get("toDate"):
            raise CannotSayError("events between two fixed dates cannot be counted")
        event, when = self.event(given.get("eventCondition"))
        tally: dict[str, Any] = {"event": event}
        if when:
            tally["when"] = unwrapped(joined(when, "and"))
        days = given.get("numberOfDays")
        if isinstance(days, int) and days > 0:
            tally["within"] = f"{days} day{'s' if days != 1 else ''}"
        name = next((name for name, known in self.tallies.items() if known == tally), None)
        if name is None:
            name = f"{event}_{len(self.tallies) + 1}"
            self.tallies[name] = tally
        path = f"tally.{name}"
        low, high = given.get("minimumEventCount"), given.get("maximumEventCount")
        if str(given.get("operator") or "eventsOccurred") == "eventsNotOccurred":
            low, high, holds = None, None, not holds
        parts = [f"{path} >= {low if isinstance(low, int) and low > 0 else 1}"]
        if isinstance(high, int) and high > 0:
            parts.append(f"{path} <= {high}")
        if holds:
            return joined(parts, "and")
        return joined([part.replace(">=", "<") if ">=" in part else part.replace("<=", ">") for part in parts], "or")

    def event(self, condition: Any) -> tuple[str, list[str]]:
        """The event type of a condition on one event, and what else must be true of it."""
        parts = [condition]
        if isinstance(condition, dict) and condition.get("type") == "booleanCondition":
            given = as_map(condition.get("parameterValues"))
            if str(given.get("operator") or "and").lower() != "and":
                raise CannotSayError("events of which one thing or another is true cannot be counted in one tally")
            parts = as_list(given.get("subConditions"))
        types = [part for part in parts if isinstance(part, dict) and part.get("type") == "eventTypeCondition"]
        if len(types) != 1:
            kind = parts[0].get("type") if parts and isinstance(parts[0], dict) else "nothing"
            raise CannotSayError(f"the events to count are not named by one eventTypeCondition but by {kind}")
        source = str(as_map(types[0].get("parameterValues")).get("eventTypeId") or "")
        if not source:
            raise CannotSayError("the events to count have no type")
        name = self.event_names.of(source)
        fields = self.events.setdefault(name, Fields("event", Names("attribute")))
        when = []
        for part in parts:
            if part is types[0]:
                continue
            if not isinstance(part, dict) or part.get("type") != "eventPropertyCondition":
                raise CannotSayError(f"there is nothing like {part.get('type') if isinstance(part, dict) else part}")
            when.append(self.compare(fields, as_map(part.get("parameterValues")), holds=True))
        return name, when
