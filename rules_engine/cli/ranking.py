"""The score that leads are ranked by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules_engine.cli.faults import CommandError

if TYPE_CHECKING:
    from rules_engine.model.types import Model


def ranking_score(model: Model, by: str | None) -> str:
    """The one that was asked for; else the last combined score, else the first."""
    if by is not None:
        if by not in model.scores:
            from rules_engine.diagnostics.nearest import did_you_mean

            known = f" Its scores are: {', '.join(model.scores)}."
            raise CommandError(f"{model.name} has no score {by}.{did_you_mean(by, tuple(model.scores)) or known}")
        return by
    combined = [name for name, score in model.scores.items() if score.combine]
    return combined[-1] if combined else next(iter(model.scores))
