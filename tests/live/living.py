"""A small model with all of a live lead: decay, a label, automations, an account, and an action that notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rules_engine.engine import Engine
from rules_engine.hooks import Action, Delivery, Observer, UndeliverableError, hookimpl

DAY = 86_400_000_000
T0 = 1_790_000_000_000_000  # 2026-09-21T13:33:20Z

MODEL = """
schema: 1
model: living
version: {version}
fields:
  lead: {{title: string, country: string}}
  account: {{employees: number}}
events:
  visit: {{path: string}}
  ask: {{}}
scores:
  heat:
    decay: {{expires: 10 days}}
    rules:
      page: {{event: visit, points: {page}}}
      ask: {{event: ask, points: 20}}
      french: {{event: visit, when: 'lead.country = "FR"', points: 1}}
    bands: {{cold: any, warm: 10, hot: 30}}
  fit:
    rules:
      boss: {{when: 'has word(lead.title, "vp")', points: 20}}
      large: {{when: account.employees > 100, points: 5}}
    bands: {{low: any, high: 20}}
labels:
  mood:
    hot: band.heat = "hot"
    gone: last_increase.heat != null and now - last_increase.heat > duration("30 days")
    other: otherwise
accounts:
  committee: {{of: heat, combine: top 2, bands: {{quiet: any, in_market: 40}}}}
segments:
  warmest: {{where: 'at least(band.heat, "warm")', highest: score.heat, take: 2}}
automations:
  hand_over:
    when: label.mood = "hot"
    cooldown: 15 days
    do: [{{action: note, to: sales}}]
  wake_up:
    when: label.mood = "gone"
    do: [{{action: note, to: marketing}}, {{action: note, to: sales}}]
  boss_seen:
    when: band.fit = "high"
    on_new_version: fire
    do: [{{action: note, to: management}}]
"""

# Of a model whose account weighs its members by a field, which may be negative.
WEIGHTS = (
    ("country: string}", "country: string, nps: number}"),
    ("combine: top 2,", "combine: top 2, weight: lead.nps,"),
)


class Notes:
    """A plugin: its action writes down what arrives, and refuses while `broken` or `impossible`."""

    plugin_name = "notes"

    def __init__(self) -> None:
        self.arrived: list[Delivery] = []
        self.moves: list[tuple[str | None, str, str]] = []
        self.fired: list[str] = []
        self.broken = self.impossible = False

    def _deliver(self, delivery: Delivery) -> None:
        if self.impossible:
            raise UndeliverableError("nobody of this name")
        if self.broken:
            raise ConnectionError("no line")
        self.arrived.append(delivery)

    @hookimpl
    def rules_actions(self) -> list[Action]:
        schema = {"type": "object", "properties": {"to": {"type": "string"}}}
        return [Action("note", schema, self._deliver)]

    @hookimpl
    def rules_observers(self) -> list[Observer]:
        return [
            Observer(
                "watch",
                band_changed=lambda lead, move: self.moves.append((lead, move.score, move.after)),
                automation_fired=lambda delivery: self.fired.append(delivery.key),
            )
        ]


def model_text(version: int = 1, page: int = 5) -> str:
    return MODEL.format(version=version, page=page)


def living(
    folder: Path,
    notes: Notes | None = None,
    *,
    version: int = 1,
    page: int = 5,
    replacing: Sequence[tuple[str, str]] = (),
) -> Engine:
    path = folder / f"living{version}.yaml"
    text = model_text(version, page)
    for old, new in replacing:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Engine.load(path, plugins=[notes or Notes()], discover=False)


def visit(lead: str, at: int, **more: Any) -> dict[str, Any]:
    return {"lead": lead, "type": "visit", "at": at, "path": "/", **more}


def ask(lead: str, at: int, **more: Any) -> dict[str, Any]:
    return {"lead": lead, "type": "ask", "at": at, **more}
