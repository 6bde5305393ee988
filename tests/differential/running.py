"""From a drawn model to both implementations: write the file, load it once, score with each."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import yaml

from rules_engine.engine import Engine
from rules_engine.model.types import Model
from rules_engine.result.types import Result
from tests.differential.histories import Case
from tests.reference.reference import score_reference


class Plain(yaml.SafeDumper):
    """YAML without anchors, as an analyst would write it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(body: dict[str, Any]) -> str:
    return yaml.dump(body, Dumper=Plain, sort_keys=False, allow_unicode=True)


def load(body: dict[str, Any]) -> Engine:
    """The engine of a drawn model; a `ModelError` here is a fault of the generator or of the loader."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v1.yaml"
        path.write_text(as_yaml(body), encoding="utf-8")
        return Engine.load(path)


def run_engine(
    engine: Engine, case: Case, as_of: int | None = None, events: list[dict[str, Any]] | None = None
) -> Result:
    return engine.score(
        case.lead,
        case.account,
        case.events if events is None else events,
        as_of=case.as_of if as_of is None else as_of,
    )


def slack_of(model: Model) -> int:
    """Micropoints by which totals may differ: one for each rule with a continuous law, more where entries follow.

    An amount that depends on the score (a percent of it, `set`, what a cap or the floor leaves room for) carries the
    difference on, so the bound is a few times the number of such rules, not exactly it.
    """
    rules = [rule for score in model.scores.values() for rule in score.event_rules]
    smooth = [rule for rule in rules if rule.decay is not None and rule.decay.kind != "steps"]
    return 4 * len(smooth)


def run_reference(engine: Engine, case: Case) -> dict[str, Any]:
    return score_reference(engine.model, case.lead, case.account, case.events, case.as_of, slack_of(engine.model))


def shuffled(events: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    order = list(events)
    random.Random(seed).shuffle(order)
    return order
