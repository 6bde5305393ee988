"""What an automation that fired hands to its actions. Who fires them (an outbox, a host) delivers and tries again."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.matching.fields import to_plain
from rules_engine.model.extensions import Delivery, Extensions, Facts
from rules_engine.model.types import Automation, Model
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import to_points

_UTC = ZoneInfo("UTC")


def deliveries_of(automation: Automation, result: Result, at: int) -> tuple[tuple[str, Delivery], ...]:
    """The deliveries of a firing at an instant (microseconds), each with the name of its action, in file order.

    The key is the automation, with a number for each action after the first, the instant and the lead: the same each
    time it is computed, and no other firing's. The lead stands last, since its id may have any characters.
    """
    lead, facts = result.lead_id or "", facts_of(result)
    whose = f"{format_instant(at)}/{lead}"
    return tuple(
        (
            action.name,
            Delivery(
                key=f"{automation.name}/{whose}" if n == 1 else f"{automation.name}#{n}/{whose}",
                automation=automation.name,
                lead_id=lead,
                at=to_datetime(at, _UTC),
                parameters=action.parameters,
                result=facts,
            ),
        )
        for n, action in enumerate(automation.do, 1)
    )


def facts_of(result: Result) -> Facts:
    """What an action is told of a lead, as plain JSON values: readings in points, bands, labels. No fields, no events.

    A score without a value is None.
    """
    return {
        "model": result.model,
        "version": result.version,
        "as_of": format_instant(result.as_of),
        "scores": {
            name: {"reading": to_points(score.reading), "band": score.band} if score.has_value else None
            for name, score in result.scores.items()
        },
        "labels": {name: to_plain(value) for name, value in result.labels.items()},
    }


def missing_actions(model: Model, using: Extensions) -> tuple[str, ...]:
    """The actions that a model's automations name and no plugin has. Who is about to run them stops there."""
    known = using.actions or {}
    named = (action.name for automation in model.automations.values() for action in automation.do)
    return tuple(dict.fromkeys(name for name in named if name not in known))
