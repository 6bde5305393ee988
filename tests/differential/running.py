"""From a drawn model to both implementations: write the file, load it once, score with each."""

from __future__ import annotations

import math
import random
import tempfile
from pathlib import Path
from typing import Any

import yaml

from rules_engine.engine import Engine
from rules_engine.model.types import Model, Score
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


def slack_of(model: Model) -> dict[str, int]:
    """Micropoints by which the totals of each score may differ: one for each rule with a half-life or linear law.

    A combined score carries the difference of its parts on, times their weights.
    """

    def slack(score: Score) -> int:
        if score.combine:
            return sum(math.ceil(weight * slack(model.scores[name])) for name, weight in score.combine)
        return sum(rule.decay is not None and rule.decay.kind != "steps" for rule in score.event_rules)

    return {name: slack(score) for name, score in model.scores.items()}


def run_reference(engine: Engine, case: Case) -> dict[str, Any]:
    return score_reference(engine.model, case.lead, case.account, case.events, case.as_of, slack_of(engine.model))


def shuffled(events: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    order = list(events)
    random.Random(seed).shuffle(order)
    return order
