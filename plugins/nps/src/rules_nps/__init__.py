"""Net promoter score: the share of promoters (9, 10) less that of detractors (0 to 6), from -100 to 100."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rules_engine.hooks import Check, Content, Finding, Functions, Member, Rollup, Section, hookimpl

plugin_name = "nps"
__version__ = "1.0.0"

PROMOTER, PASSIVE, DETRACTOR = "promoter", "passive", "detractor"
functions = Functions()


@functions.function(
    "nps_group(answer: number) -> string",
    doc='"promoter" for an answer of 9 or 10, "passive" for 7 or 8, "detractor" for 0 to 6; null for no such answer.',
    examples={"nps_group(9)": '"promoter"', "nps_group(7)": '"passive"', "nps_group(0)": '"detractor"'},
)
def nps_group(answer: float) -> str | None:
    if not 0 <= answer <= 10 or answer != int(answer):
        return None
    return PROMOTER if answer >= 9 else PASSIVE if answer >= 7 else DETRACTOR


@functions.function(
    "nps(answers: list<number>) -> number",
    doc="The net promoter score of a list of answers, from -100 to 100; nulls and what is no answer from 0 to 10 do "
    "not count. Null where none counts.",
    examples={"nps([10, 9, 7, 3])": "25", "nps([])": "null"},
)
def nps(answers: list[object]) -> float | None:
    numbers = (answer for answer in answers if isinstance(answer, float))
    groups = [(nps_group(answer), 1.0) for answer in numbers]
    return _score((group, weight) for group, weight in groups if group is not None)


def _score(weighted: Iterable[tuple[str, float]]) -> float | None:
    found = list(weighted)
    total = sum(weight for _, weight in found)
    if total <= 0:
        return None
    ahead = sum(weight * ((group == PROMOTER) - (group == DETRACTOR)) for group, weight in found)
    return 100 * ahead / total


def roll_up(members: Sequence[Member]) -> float | None:
    """The score of an account whose members' readings are their answers; each counts with its weight."""
    groups = ((nps_group(member.reading), member.weight) for member in members)
    return _score((group, weight) for group, weight in groups if group is not None)


_NAME = re.compile(r"(?:^|_)nps(?:_|$)")


def bounds(model: Any) -> Iterator[Finding]:
    """Fields and attributes named nps whose numbers are not held to 0 to 10: an answer of 100 would make a promoter."""
    places = [model.lead_fields, model.account_fields, *(event.attributes for event in model.events.values())]
    for declared in places:
        for field in declared.values():
            is_answer = _NAME.search(field.name) and str(field.type) == "number"
            if is_answer and (field.minimum, field.maximum) != (0, 10):
                yield Finding(
                    f"`{field.name}` is an answer from 0 to 10, and its numbers are not held to that.",
                    field.span,
                    f"Write `{field.name}: {{type: number, min: 0, max: 10}}`.",
                )


def section(facts: Mapping[str, Any]) -> Content | None:
    """A table of the labels that say promoter, passive and detractor, with the score of the population."""
    rows = []
    for name, counts in facts["labels"].items():
        if counts and set(counts) <= {PROMOTER, PASSIVE, DETRACTOR}:
            score = _score((group, float(count)) for group, count in counts.items())
            cells = [counts.get(group, 0) for group in (PROMOTER, PASSIVE, DETRACTOR)]
            rows.append((name, *cells, None if score is None else round(score, 1)))
    return Content(columns=("label", "promoters", "passives", "detractors", "NPS"), rows=tuple(rows)) if rows else None


@hookimpl
def rules_functions() -> Functions:
    return functions


@hookimpl
def rules_rollups() -> list[Rollup]:
    return [Rollup("nps", roll_up, "The net promoter score of members whose readings are answers from 0 to 10.")]


@hookimpl
def rules_checks() -> list[Check]:
    return [Check("nps_bounds", bounds, "Answers named nps are held to 0 to 10.")]


@hookimpl
def rules_sections() -> list[Section]:
    return [Section("nps", "Net promoter score", "population", section, "Of labels that say promoter or detractor.")]
