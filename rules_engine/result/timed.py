"""What of labels and automations can change by time alone: which tallies, scores, instants and dates they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from rules_engine import feel
from rules_engine.feel import ast
from rules_engine.feel.checking import NowComparison, NowPart, now_atoms
from rules_engine.feel.checking.asof import Part
from rules_engine.feel.interpret.bounded import ANYTHING, all_of, any_of, opposite
from rules_engine.feel.interpret.enclose import Key, compile_enclosure
from rules_engine.feel.syntax.walk import walk
from rules_engine.matching.conditions import with_sales_ready
from rules_engine.matching.prepared import Prepared
from rules_engine.model.types import Automation, Condition, Formula, Label
from rules_engine.records import dataclass
from rules_engine.scoring.codes import DAY

HOUR = 3_600_000_000
# How far ahead turns of date parts are tried. More of them would cost each look at a lead more than 2 ms.
TRIED: dict[Part, int] = {"day": 100 * DAY, "hour": 8 * DAY}

Scope: TypeAlias = Mapping[str, object]
Enclosure: TypeAlias = Callable[[Scope], object]  # see `compile_enclosure`
Steady: TypeAlias = Callable[[Scope, object], bool]  # whether the outcome is sure to be this one


@dataclass(frozen=True, slots=True)
class Timed:
    """What the labels and automations read that time moves; made once per model.

    `turns` give the moments at which comparisons with `now` turn over, `dated` are the formulas that read date parts,
    which are `hourly` where one of them is the hour, and are tried for so long a time (`tried`). `scores` are those
    that are read. `now_moves`: some comparison with `now` has no such moment, since that moves with a score. `labels`
    and `automations` are those that read one of these, as functions of a scope with bounds and of their outcome.
    """

    turns: tuple[Callable[[Scope], object], ...]
    dated: tuple[Enclosure, ...]
    hourly: bool
    tried: int
    tallies: tuple[str, ...]
    scores: frozenset[str]
    now_moves: bool
    labels: tuple[tuple[str, Steady], ...]
    automations: tuple[tuple[str, Steady], ...]


class _Maker:
    """Collects what the formulas of a model read, and makes them functions of scopes with bounds."""

    def __init__(self, prepared: Prepared) -> None:
        self.functions = prepared.functions
        self.sales_ready = prepared.model.sales_ready
        self.turns: list[Callable[[Scope], object]] = []
        self.dated: list[Enclosure] = []
        self.parts: set[Part] = set()
        self.loose = False  # some `now` is read whose comparison has no moment of its own
        self.moving: set[int] = set()  # ids of formulas that can change while scores fall

    def enclosure(self, formula: Formula) -> Enclosure:
        tree = with_sales_ready(formula, self.sales_ready)
        in_loops = {id(node) for loop in walk(tree) if isinstance(loop, _LOOPS) for node in walk(loop)}
        still: set[int] = set()
        loose = is_dated = False
        for atom in now_atoms(tree):
            if isinstance(atom, NowPart):
                self.parts.add(atom.part)
                still.add(id(atom.node))
                is_dated = True
            elif id(atom.node) in in_loops or any(_is_named(node, "score") for node in walk(atom.node)):
                loose = True
            else:
                self.turns.append(feel.compile_expression(_turning_point(atom), self.functions))
                still.add(id(atom.node))
        found = compile_enclosure(tree, self.functions, _key_of, frozenset(still))
        if is_dated:
            self.dated.append(found)
        if loose or any(path[0] == "score" for path in formula.reads):
            self.moving.add(id(formula))
        self.loose = self.loose or loose
        return found

    def condition(self, condition: Condition) -> tuple[Enclosure, bool]:
        """As a function, and whether it can change while scores fall."""
        if isinstance(condition, Formula):
            return self.enclosure(condition), id(condition) in self.moving
        parts = [self.condition(part) for part in condition.parts]
        runs = [run for run, _ in parts]
        moves = any(moves for _, moves in parts)
        if condition.kind == "all":
            return (lambda scope: all_of(run(scope) for run in runs)), moves
        if condition.kind == "any":
            return (lambda scope: any_of(run(scope) for run in runs)), moves
        return (lambda scope: opposite(any_of(run(scope) for run in runs))), moves

    def label(self, label: Label) -> Steady | None:
        if label.formula is not None:
            value = self.enclosure(label.formula)
            return _steady_value(value) if id(label.formula) in self.moving else None
        choices = [(one.name, None if one.when is None else self.condition(one.when)) for one in label.choices]
        if not any(when is not None and when[1] for _, when in choices):
            return None
        return _steady_choice([(name, None if when is None else when[0]) for name, when in choices])

    def automation(self, automation: Automation) -> Steady | None:
        if automation.when is None:
            return None
        when, moves = self.condition(automation.when)
        return _steady_truth(when) if moves else None


def timed_of(prepared: Prepared, formulas: Sequence[Formula]) -> Timed:
    """That of a model, whose labels and automations have these formulas."""
    maker, model = _Maker(prepared), prepared.model
    labels = [(name, maker.label(label)) for name, label in model.labels.items()]
    automations = [(name, maker.automation(automation)) for name, automation in model.automations.items()]
    scores = _read(formulas, "score")
    if any(path == ("score",) for formula in formulas for path in formula.reads):
        scores = {score.name for score in prepared.numbering.scores}
    return Timed(
        turns=tuple(maker.turns),
        dated=tuple(maker.dated),
        hourly="hour" in maker.parts,
        tried=min((TRIED[part] for part in maker.parts), default=0),
        tallies=tuple(sorted(_read(formulas, "tally"))),
        scores=frozenset(scores),
        now_moves=maker.loose,
        labels=tuple((name, steady) for name, steady in labels if steady is not None),
        automations=tuple((name, steady) for name, steady in automations if steady is not None),
    )


_LOOPS = (ast.For, ast.Quantified, ast.Filter)


def _key_of(node: ast.Node) -> Key | None:
    """What can have bounds: a score, all scores, `now`."""
    match node:
        case ast.Path(source=ast.Name(name="score"), name=name):
            return ("score", name)
        case ast.Name(name="score" | "now" as name):
            return (name,)
        case ast.Call(function="now"):
            return ("now",)
        case _:
            return None


def _is_named(node: ast.Node, name: str) -> bool:
    return isinstance(node, ast.Name) and node.name == name


def _steady_value(value: Enclosure) -> Steady:
    return lambda scope, today: _same(value(scope), today)


def _same(found: object, today: object) -> bool:
    return found is today or (type(found) is type(today) and found == today)


def _steady_choice(choices: Sequence[tuple[str, Enclosure | None]]) -> Steady:
    def steady(scope: Scope, today: object) -> bool:
        for name, when in choices:
            outcome = True if when is None else when(scope)
            if outcome is ANYTHING:
                return False
            if outcome is True:
                return name == today
        return today is None

    return steady


def _steady_truth(when: Enclosure) -> Steady:
    def steady(scope: Scope, today: object) -> bool:
        outcome = when(scope)
        return outcome is not ANYTHING and (outcome if isinstance(outcome, bool) else None) is today

    return steady


def _turning_point(atom: NowComparison) -> ast.Expression:
    if atom.offset is None:
        return atom.base
    return ast.Arithmetic("+" if atom.sign == 1 else "-", atom.base, atom.offset)


def _read(formulas: Sequence[Formula], root: str) -> set[str]:
    return {path[1] for formula in formulas for path in formula.reads if path[0] == root and len(path) > 1}
