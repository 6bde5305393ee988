"""An action that tells another system by HTTPS: signed, with an idempotency key, tried again where that can help.

    automations:
      hand_over: {when: label.temperature = "hot", do: [{action: webhook, to: crm, data: {queue: sales}}]}

Where `crm` is, and the secret that signs, is set where automations run, never in a model:

    RULES_WEBHOOK_CRM_URL=https://crm.example.com/hooks/leads
    RULES_WEBHOOK_CRM_SECRET=...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules_engine.hooks import Action, Delivery, hookimpl

plugin_name = "webhook"
__version__ = "1.0.0"

PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["to"],
    "additionalProperties": False,
    "properties": {
        "to": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]*$",
            "description": "The receiver's name; its address and secret are settings of where automations run.",
        },
        "data": {"type": "object", "description": "What the receiver is given beside the facts about the lead."},
    },
}


def deliver(delivery: Delivery) -> None:
    """Posts the delivery; see `rules_webhook.post`."""
    from rules_webhook.post import post  # late: a model that is only checked needs no HTTP

    post(delivery)


@hookimpl
def rules_actions() -> list[Action]:
    return [Action("webhook", PARAMETERS, deliver, "Posts the lead's facts as signed JSON to a receiver by HTTPS.")]
