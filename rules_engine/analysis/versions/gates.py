"""`--fail-if`: one comparison about the effect of a change, judged true or false.

    newly(readiness.sales_ready) > 2%       leads in the band now that were not before
    no_longer(readiness.sales_ready) > 10   leads that were in the band and are not now
    moved(readiness) > 5%                   leads in another band than before
    changed(readiness) > 20%                leads whose reading changed

A percent is of the leads that at least one of the versions scores.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from rules_engine.analysis.versions.faults import VersionError
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.types import Model
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.analysis.versions.effect import Effect, ScoreEffect

_FORM = re.compile(r"\s*(\w+)\s*\(\s*([^()]*?)\s*\)\s*(>=|<=|!=|=|>|<)\s*(\d+(?:\.\d+)?)\s*(%?)\s*\Z")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
_OF_A_BAND = ("newly", "no_longer")
_OF_A_SCORE = ("moved", "changed")
_EXAMPLE = 'write it like "newly(readiness.sales_ready) > 2%" or "moved(readiness) > 50"'


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a gate went: the leads it counts, and that count or its percent (`value`). `fails`: the text is true."""

    text: str
    leads: int
    value: float
    percent: bool
    fails: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """A `--fail-if` text, read. `score` is its name in the version after (`was` if only the one before has it)."""

    text: str
    function: str
    score: str
    band: str | None
    sign: str
    bound: float
    percent: bool

    def judge(self, effect: Effect) -> Verdict:
        """Whether the text is true of an effect. Nobody scored at all is 0%."""
        leads = _leads(self, effect)
        value = float(leads)
        if self.percent:
            value = 100 * leads / effect.scored if effect.scored else 0.0
        return Verdict(self.text, leads, value, self.percent, _SIGNS[self.sign](value, self.bound))


def read_gate(text: str, before: Model, after: Model) -> Gate:
    """Reads the text and checks its names. Raises `VersionError`, with the nearest name."""
    form = _FORM.match(text)
    if form is None:
        raise VersionError(f'--fail-if "{text}" cannot be read; {_EXAMPLE}.')
    function, inside, sign, bound, percent = form.groups()
    if function not in _OF_A_BAND + _OF_A_SCORE:
        near = did_you_mean(function, _OF_A_BAND + _OF_A_SCORE)
        known = ", ".join(_OF_A_BAND + _OF_A_SCORE)
        raise VersionError(f'--fail-if "{text}": there is no {function}(...). Known are {known}.{near}')
    score, dot, band = inside.partition(".")
    score = score.strip()
    if score not in after.scores or score not in before.scores:
        which = after if score not in after.scores else before
        near = did_you_mean(score, tuple(which.scores))
        raise VersionError(f'--fail-if "{text}": version {which.version} has no score {score}.{near}')
    if function in _OF_A_SCORE:
        if dot:
            raise VersionError(f'--fail-if "{text}": {function} is about a whole score; write {function}({score}).')
        return Gate(text, function, score, None, sign, float(bound), bool(percent))
    bands = [level.name for model in (after, before) for level in model.scores[score].bands]
    if band.strip() not in bands:
        listed = ", ".join(dict.fromkeys(bands)) or "none"
        near = did_you_mean(band.strip(), bands)
        missing = f"no band {band.strip()}" if dot else f"no band named; write {function}({score}.<band>)"
        raise VersionError(f'--fail-if "{text}": {missing}. The bands of {score} are: {listed}.{near}')
    return Gate(text, function, score, band.strip(), sign, float(bound), bool(percent))


def _leads(gate: Gate, effect: Effect) -> int:
    found: ScoreEffect = effect.scores[gate.score]
    if gate.function == "changed":
        return found.changed
    if gate.function == "moved":
        return found.moved
    counted = 0
    for (before, after), leads in found.moves.items():
        there = (before == gate.band, after == gate.band)
        if there == ((False, True) if gate.function == "newly" else (True, False)):
            counted += leads
    return counted
