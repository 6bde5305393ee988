"""The numbers of points of a version, as calibration sees them: each with the rule of the model that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from rules_engine.analysis.calibrate.types import Proposal
from rules_engine.analysis.versions.points import PointCell
from rules_engine.model.types import Model

MICRO = 1_000_000


def rule_of(cell: PointCell) -> str:
    """The rule's name in the model; each row of a CSV table is a rule there."""
    return f"{cell.rule}.{cell.part}" if cell.kind == "row" else cell.rule


def key_of(model: Model, score: str) -> str:
    """The key under which a score stands in the file: its own name, or that of its `for_each`."""
    return model.scores[score].family or score


def whole(points: float) -> int:
    """Whole points, halves to the even number."""
    return round(points)


def cells_of(cells: Iterable[PointCell], keys: Iterable[str]) -> list[PointCell]:
    """The cells of rules (no penalties) of the scores named, in file order."""
    wanted = set(keys)
    return [cell for cell in cells if cell.score in wanted and cell.kind != "remove"]


def left(cell: PointCell, why: str) -> Proposal:
    """A cell about which nothing is proposed."""
    return Proposal(cell.address, cell.title, cell.stage, today(cell), None, None, None, None, verdict="left", why=why)


def today(cell: PointCell) -> float | None:
    """Today's points; None where they are computed."""
    return None if cell.amount is None else cell.amount / MICRO
