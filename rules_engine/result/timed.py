"""What of labels and automations can change by time alone: which tallies, scores, instants and dates they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from rules_engine import feel
from rules_engine.feel.ast import Arithmetic, Comparison, Expression, Name, NullLiteral, NumberLiteral, Path
from rules_engine.feel.checking import NowComparison, NowPart, now_atoms
from rules_engine.feel.checking.asof import Part
from rules_engine.feel.checking.tree import walk
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import Formula
from rules_engine.records import dataclass
from rules_engine.scoring.amounts import MICRO
from rules_engine.scoring.codes import DAY

HOUR = 3_600_000_000
# How far ahead turns of date parts are tried. More of them would cost each look at a lead more than 2 ms.
TRIED: dict[Part, int] = {"day": 100 * DAY, "hour": 8 * DAY}


@dataclass(frozen=True, slots=True)
class Timed:
    """What the formulas of labels and automations read that time moves; made once per model.

    `turns` give the moments at which comparisons with `now` turn over, `dated` are the formulas that read date parts,
    which are `hourly` where one of them is the hour, and are tried for so long a time (`tried`). `bounds` are the
    numbers that a reading may be compared with, in micropoints: below each of them a comparison may be another.
    `computes`: some formula does more with a score than compare it with a written number.
    """

    turns: tuple[Callable[[Mapping[str, object]], object], ...]
    dated: tuple[Callable[[Mapping[str, object]], object], ...]
    hourly: bool
    tried: int
    tallies: tuple[str, ...]
    scores: frozenset[str]
    bounds: tuple[int, ...]
    computes: bool


def timed_of(prepared: Prepared, formulas: Sequence[Formula]) -> Timed:
    """That of a model's formulas."""
    functions = prepared.functions
    atoms = [(formula, atom) for formula in formulas for atom in now_atoms(formula.tree)]
    turning = [_turning_point(atom) for _, atom in atoms if isinstance(atom, NowComparison)]
    parts: set[Part] = {atom.part for _, atom in atoms if isinstance(atom, NowPart)}
    dated = {id(formula): formula for formula, atom in atoms if isinstance(atom, NowPart)}
    numbers = {node.value for f in formulas for node in walk(f.tree) if isinstance(node, NumberLiteral)}
    numbers.add(prepared.model.sales_ready / MICRO)
    bounds = {round(number * MICRO) for number in numbers if isfinite(number * MICRO)}  # some are no points: any size
    return Timed(
        turns=tuple(feel.compile_expression(one, functions) for one in turning),
        dated=tuple(feel.compile_expression(formula.tree, functions) for formula in dated.values()),
        hourly="hour" in parts,
        tried=min((TRIED[part] for part in parts), default=0),
        tallies=tuple(sorted(_read(formulas, "tally"))),
        scores=frozenset(_read(formulas, "score")),
        bounds=tuple(sorted({at for bound in bounds for at in (bound, bound + MICRO // 100)})),
        computes=any(_computes(formula.tree) for formula in formulas),
    )


def _turning_point(atom: NowComparison) -> Expression:
    if atom.offset is None:
        return atom.base
    return Arithmetic("+" if atom.sign == 1 else "-", atom.base, atom.offset)


def _read(formulas: Sequence[Formula], root: str) -> set[str]:
    return {path[1] for formula in formulas for path in formula.reads if path[0] == root and len(path) > 1}


def _computes(tree: Expression) -> bool:
    """Whether a score stands elsewhere than in a comparison with a written number."""
    nodes = list(walk(tree))
    plain = {
        id(side)
        for node in nodes
        if isinstance(node, Comparison)
        for side, other in ((node.left, node.right), (node.right, node.left))
        if isinstance(other, NumberLiteral | NullLiteral)
    }
    paths = [node for node in nodes if isinstance(node, Path) and id(node) not in plain]
    return any(isinstance(path.source, Name) and path.source.name == "score" for path in paths)
