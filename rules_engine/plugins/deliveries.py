"""What an automation that fired hands to its actions. Who fires them (an outbox, a host) delivers and tries again."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from rules_engine.matching.calendar import format_instant, to_datetime
from rules_engine.matching.fields import to_plain
from rules_engine.model.extensions import Delivery, Extensions
from rules_engine.model.types import Automation, Model
from rules_engine.result.types import Result
from rules_engine.scoring.amounts import to_points

_UTC = ZoneInfo("UTC")


def deliveries_of(automation: Automation, result: Result, at: int) -> tuple[tuple[str, Delivery], ...]:
    """The deliveries of a firing at an instant (microseconds), each with the name of its action, in file order.

    The key is the automation, the lead, the instant and the action's place: the same each time it is computed.
    """
    lead = result.lead_id or ""
    facts = facts_of(result)
    return tuple(
        (
            action.name,
            Delivery(
                key=f"{automation.name}/{lead}/{format_instant(at)}/{place}",
                automation=automation.name,
                lead_id=lead,
                at=to_datetime(at, _UTC),
                parameters=action.parameters,
                result=facts,
            ),
        )
        for place, action in enumerate(automation.do, 1)
    )


def facts_of(result: Result) -> Mapping[str, object]:
    """What an action may say about a lead, as plain JSON values: readings in points, bands, labels. No events."""
    return {
        "model": result.model,
        "version": result.version,
        "as_of": format_instant(result.as_of),
        "scores": {
            name: {"reading": to_points(score.reading), "band": score.band}
            for name, score in result.scores.items()
            if score.has_value
        },
        "labels": {name: to_plain(value) for name, value in result.labels.items()},
        "gates": [gate.name for gate in result.gates],
    }


def missing_actions(model: Model, using: Extensions) -> tuple[str, ...]:
    """The actions that a model's automations name and no plugin has. Who is about to run them stops there."""
    known = using.actions or {}
    named = (action.name for automation in model.automations.values() for action in automation.do)
    return tuple(dict.fromkeys(name for name in named if name not in known))
