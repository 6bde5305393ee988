"""What differs between a result of the engine and one of the reference: one line for each difference.

Everything must be equal to the micropoint and the microsecond. Only where a model has continuous laws, amounts may
differ by `slack` micropoints, and what hangs on less than that (a tick of nothing, a crossing) may move with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules_engine.result.types import Result, ScoreResult
from tests.reference.judge import to_reading

HUNDREDTH = 10_000
Line = tuple[int, str, str | None, int, int, str | None]


def differences(result: Result, expected: dict[str, Any], slacks: Mapping[str, int]) -> list[str]:
    """Empty if the two agree."""
    if result.scored != expected["scored"]:
        return [f"scored: engine {result.scored}, reference {expected['scored']}"]
    if not result.scored:
        return []
    found = list(_tallies(result, expected))
    gates = [(gate.name, gate.until) for gate in result.gates]
    if sorted(gates) != sorted(expected["gates"]):
        found.append(f"gates: engine {gates}, reference {expected['gates']}")
    if set(result.scores) != set(expected["scores"]):
        found.append(f"scores: engine {list(result.scores)}, reference {list(expected['scores'])}")
    hanging = False
    for name, score in result.scores.items():
        wanted, slack = expected["scores"][name], slacks[name]
        if "transitions" in wanted:
            hanging |= bool(slack and wanted["fragile"])
            found += [f"{name}: {line}" for line in _score(score, wanted, slack)]
            found += [f"{name}: {line}" for line in _transitions(result, name, wanted, slack)]
        elif score.has_value or score.band is not None:
            found.append(f"{name}: engine has a value {score.total}, reference has none")
    if not hanging and not any(slacks.values()):
        if dict(result.labels) != expected["labels"]:
            found.append(f"labels: engine {dict(result.labels)}, reference {expected['labels']}")
        if sorted(result.unknown_labels) != sorted(expected["unknown_labels"]):
            found.append(f"unknown labels: engine {result.unknown_labels}, reference {expected['unknown_labels']}")
    return found


def _tallies(result: Result, expected: dict[str, Any]) -> Iterator[str]:
    if set(result.tallies) != set(expected["tallies"]):
        yield f"tallies: engine {sorted(result.tallies)}, reference {sorted(expected['tallies'])}"
        return
    for name, value in expected["tallies"].items():
        if result.tallies[name] != value:
            yield f"tally {name}: engine {result.tallies[name]!r}, reference {value!r}"


def _score(score: ScoreResult, expected: dict[str, Any], slack: int) -> Iterator[str]:
    ledger = [(e.at, e.kind, e.rule, e.nominal, e.effective, e.reason) for e in score.ledger]
    if score.start + sum(line[4] for line in ledger) != score.activity:
        yield f"start {score.start} + entries {sum(line[4] for line in ledger)} is not the activity {score.activity}"
    if score.reading != to_reading(score.total, score.cap):
        yield f"reading {score.reading} is not the total {score.total} under the cap {score.cap}"
    if not score.has_value:
        yield f"engine has no value, reference has {expected['total']}"
    for key in ("start", "profile", "cap", "last_increase"):
        if getattr(score, key) != expected[key] and not (slack and key == "last_increase"):
            yield f"{key}: engine {getattr(score, key)}, reference {expected[key]}"
    for key, room in (("activity", slack), ("total", slack), ("reading", HUNDREDTH), ("peak", HUNDREDTH)):
        if abs(getattr(score, key) - expected[key]) > (room if slack else 0):
            yield f"{key}: engine {getattr(score, key)}, reference {expected[key]}"
    contributions = {item.rule: item.amount for item in score.contributions}
    if contributions != expected["contributions"]:
        yield f"contributions: engine {contributions}, reference {expected['contributions']}"
    if not slack and score.peak_at != expected["peak_at"]:
        yield f"peak_at: engine {score.peak_at}, reference {expected['peak_at']}"
    if not (slack and expected["fragile"]):
        if score.band != expected["band"]:
            yield f"band: engine {score.band}, reference {expected['band']}"
        if not slack and score.band_since != expected["band_since"]:
            yield f"band_since: engine {score.band_since}, reference {expected['band_since']}"
    yield from _ledger(ledger, expected["ledger"], slack)


def _told(ledger: Sequence[Line], slack: int) -> list[Line]:
    """Decay that the floor held back entirely may be told or not; with a slack, so may what is smaller than it."""
    kept = [line for line in ledger if not (line[1] == "decay" and line[4] == 0)]
    return [line for line in kept if not slack or line[5] == "limit" or abs(line[4]) > slack]


def _ledger(ledger: Sequence[Line], expected: Sequence[Line], slack: int) -> Iterator[str]:
    engine, reference = _told(ledger, slack), _told(expected, slack)
    for mine, wanted in zip(engine, reference, strict=False):
        same = mine == wanted
        if slack:
            near = abs(mine[3] - wanted[3]) <= slack and abs(mine[4] - wanted[4]) <= slack
            if mine[1] == "decay":
                near = abs(mine[4] - wanted[4]) <= slack
            cut = mine[5] == wanted[5] or any(abs(line[3] - line[4]) <= slack for line in (mine, wanted))
            same = mine[:3] == wanted[:3] and near and cut
        if not same:
            yield f"ledger: engine {mine}, reference {wanted}"
            return
    if len(engine) != len(reference):
        longer = engine if len(engine) > len(reference) else reference
        who = "engine" if longer is engine else "reference"
        yield f"ledger: {who} alone has {longer[min(len(engine), len(reference))]}"


def _transitions(result: Result, name: str, expected: dict[str, Any], slack: int) -> Iterator[str]:
    if slack and expected["fragile"]:
        return
    mine = [t for t in result.transitions if t.score == name]
    wanted = expected["transitions"]
    for own, other in zip(mine, wanted, strict=False):
        named = (own.before, own.after) == (other.before, other.after) and own.cause in other.causes
        if not named or not other.earliest <= own.at <= other.latest:
            yield f"transition: engine {own}, reference {other}"
            return
    if len(mine) != len(wanted):
        yield f"transitions: engine {mine[len(wanted) :]} more, reference {wanted[len(mine) :]} more"
