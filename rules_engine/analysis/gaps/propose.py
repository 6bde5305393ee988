"""Proposals for everything that the tests of a model have not seen, each run before it is proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from rules_engine.analysis.case_types import ModelTest, TestFile
from rules_engine.analysis.compare import Clock
from rules_engine.analysis.coverage import Coverage, Item
from rules_engine.analysis.gaps.blocks import Blocks
from rules_engine.analysis.gaps.candidate import AccountCandidate, Candidate
from rules_engine.analysis.gaps.repeated import repeated
from rules_engine.analysis.gaps.search import Key, Run, Search
from rules_engine.analysis.gaps.smaller import reduced, small_ones
from rules_engine.analysis.gaps.solve import Solver
from rules_engine.analysis.gaps.text import tests_text
from rules_engine.analysis.verdicts.conditions import conditions_of
from rules_engine.engine import Engine
from rules_engine.model.durations import DAY
from rules_engine.model.types import EventRule, Penalty
from rules_engine.records import dataclass

AGES = (0, 1, 10, 35, 61, 100, 200, 400)  # days by which found events are moved back, for what time alone changes
AGAIN = ((0,), (0, 8), (0, 1, 8, 35))  # the same on other days, past the windows of most limits
TIMES = (2, 4, 8, 16, 32)
MIXTURES = 400  # random ones, for what depends on several things at once
NO_TEST = 1_767_268_800_000_000  # 2026-01-01T12:00:00Z: the moment of proposals for a model without tests and dates


@dataclass(frozen=True, slots=True)
class Proposal:
    """`cases` are runs with what each is for, `covered` everything they show that was missing, `text` a tests file.

    `without` is what no input was found for.
    """

    cases: tuple[tuple[Run, frozenset[Key]], ...]
    covered: tuple[Item, ...]
    without: tuple[Item, ...]
    text: str


def propose(engine: Engine, tests: TestFile | Sequence[ModelTest], coverage: Coverage) -> Proposal:
    """Inputs for what is missing in `coverage`. The same model and tests give the same proposals."""
    cases = tests.tests if isinstance(tests, TestFile) else tuple(tests)
    solver = Solver(engine, _moment(engine, cases))
    missing = coverage.missing
    search = Search(solver, missing)
    blocks = Blocks(solver)
    _directly(search, blocks)
    found = list(_building_blocks(search, blocks))
    _together(search, found)
    _often(search, found)
    _mixed(search, blocks, found)
    _accounts(search, found)
    covered = tuple(item for item in missing if (item.kind, item.name) not in search.left)
    wanted = frozenset((item.kind, item.name) for item in covered)
    chosen = [(reduced(search, run, own), own) for run, own in small_ones(search.kept, wanted)]
    without = tuple(search.left.values())
    text = tests_text(engine.model, chosen, without)
    return Proposal(tuple(chosen), covered, without, text)


def _moment(engine: Engine, tests: Sequence[ModelTest]) -> int:
    """The latest moment of the tests; else a hundred days after the version's first day, else a fixed one."""
    moments = [Clock.of(test, engine.zone).as_of for test in tests]
    if moments:
        return max(moments)
    effective = engine.model.effective
    return NO_TEST if effective is None else effective + 100 * DAY


def _directly(search: Search, blocks: Blocks) -> None:
    """For each condition, rule and gate that lacks something, inputs made for it."""
    model = search.engine.model
    for owned in conditions_of(model):
        names = owned.line_names()
        for verdict in (True, False):
            for candidate in blocks.of_condition(owned, verdict):
                kind = "condition true" if verdict else "condition false"
                if not any(key == (kind, name) for key in search.left for name in names):
                    break
                search.attempt(candidate)
    for score in model.scores.values():
        items: tuple[EventRule | Penalty, ...] = (*score.event_rules, *score.penalties)
        for item in items:
            for candidate in blocks.of_event_item(item, score.sales_ready):
                if ("rule fired", f"{score.name}.{item.name}") not in search.left:
                    break
                search.attempt(candidate)
        for rule in score.standing_rules:
            for candidate in blocks.of_standing(rule, score.sales_ready):
                if ("rule fired", f"{score.name}.{rule.name}") not in search.left:
                    break
                search.attempt(candidate)
            if any(kind == "band reached" for kind, _ in search.left):
                for candidate in blocks.of_values(rule, score.sales_ready):
                    search.attempt(candidate)
    for gate in model.gates.values():
        for candidate in blocks.of_gate(gate):
            if ("gate held", gate.name) not in search.left:
                break
            search.attempt(candidate)
    if model.audience is not None and ("lead outside", "audience") in search.left:
        for found in blocks.solver.solve(model.audience, False, model.sales_ready):
            search.attempt(Candidate(blocks.solver.as_of, found.lead, found.account))
            if ("lead outside", "audience") not in search.left:
                break


@dataclass(frozen=True, slots=True)
class _Block:
    """A candidate for which a rule fires, and what it changes the score by."""

    score: str
    candidate: Candidate
    effect: int
    item: EventRule | Penalty | None


def _building_blocks(search: Search, blocks: Blocks) -> Iterator[_Block]:
    """For each rule and penalty an input for which it fires, whether or not it is missing."""
    if search.is_over:
        return
    for score in search.engine.model.scores.values():
        made: list[tuple[str, EventRule | Penalty | None, Iterator[Candidate]]] = []
        items: tuple[EventRule | Penalty, ...] = (*score.event_rules, *score.penalties)
        made += [(item.name, item, blocks.of_event_item(item, score.sales_ready)) for item in items]
        made += [(rule.name, None, blocks.of_standing(rule, score.sales_ready)) for rule in score.standing_rules]
        for name, own, candidates in made:
            for candidate in candidates:
                run = search.attempt(candidate)
                if run is None:
                    continue
                found = run.results[0].scores.get(score.name)
                fired = None if found is None else next((rule for rule in found.rules if rule.rule == name), None)
                if fired is not None and fired.outcome == "fired":
                    yield _Block(score.name, candidate, fired.effective, own)
                    break


def _together(search: Search, found: list[_Block]) -> None:
    """Blocks heaped up, the largest first: of each score, of all, and again on other days; then the losses."""
    names = dict.fromkeys(block.score for block in found)
    for chosen in (*({name} for name in names), set(names)):
        own = [block for block in found if block.score in chosen]
        for sign in (1, -1):
            heap = sorted((block for block in own if block.effect * sign > 0), key=lambda block: -block.effect * sign)
            for days in AGAIN:
                whole: Candidate | None = None
                for back in days:
                    for block in heap:
                        whole = _joined(whole, _older(block.candidate, back))
                        if search.is_over:
                            return
                        search.attempt(whole)


def _often(search: Search, found: list[_Block]) -> None:
    """Each block many times, then the gains of a score together, many times."""
    for times in TIMES:
        for block in found:
            if block.candidate.events and not search.is_over:
                search.attempt(repeated(block.candidate, block.item, times))
        for name in dict.fromkeys(block.score for block in found):
            whole: Candidate | None = None
            for block in found:
                if block.score == name and block.effect > 0:
                    whole = _joined(whole, repeated(block.candidate, block.item, times))
            if whole is not None and not search.is_over:
                search.attempt(whole)


def _mixed(search: Search, blocks: Blocks, found: list[_Block]) -> None:
    """Each block at each age, then random mixtures; the same ones on every run."""
    for block in found:
        for days in AGES[1:]:
            if search.is_over:
                return
            search.attempt(_older(block.candidate, days))
    random = Random(0)
    fields = blocks.solver.field_values()
    pool = [block.candidate for block in found] + [
        run.candidate for run in search.kept if isinstance(run.candidate, Candidate)
    ]
    for _ in range(MIXTURES):
        if search.is_over or not pool:
            return
        chosen = {path: random.choice(values) for path, values in fields.items() if values and random.random() < 0.5}
        whole = Candidate(
            blocks.solver.as_of,
            {name: value for (root, name), value in chosen.items() if root == "lead" and value is not None},
            {name: value for (root, name), value in chosen.items() if root == "account" and value is not None},
        )
        for candidate in random.sample(pool, random.randint(1, min(5, len(pool)))):
            whole = _joined(whole, _older(candidate, random.choice(AGES)))
        search.attempt(whole)


def _accounts(search: Search, found: list[_Block]) -> None:
    """Nobody, then more and more leads that are as high as can be."""
    if not search.engine.model.accounts or search.is_over:
        return
    leads: Candidate | None = None
    for block in sorted(found, key=lambda block: -block.effect):
        if block.effect > 0:
            leads = _joined(leads, block.candidate)
    if leads is None:
        return
    whole = search.complete(leads)
    assert isinstance(whole, Candidate)
    for count in (0, 1, 2, 3, 5, 10, 30):
        search.attempt(AccountCandidate(whole.account, (whole,) * count, whole.as_of))
    for run in list(search.kept):
        one = run.candidate
        if isinstance(one, Candidate):
            for count in (1, 2, 3, 5):
                search.attempt(AccountCandidate(one.account, (one,) * count, one.as_of))


def _older(candidate: Candidate, days: int) -> Candidate:
    events = tuple(replace(event, before=event.before + days * DAY) for event in candidate.events)
    return replace(candidate, events=events)


def _joined(first: Candidate | None, second: Candidate) -> Candidate:
    """Both together; where they say something else of a field, the first one holds. The later moment is taken."""
    if first is None:
        return second
    return Candidate(
        max(first.as_of, second.as_of),
        {**second.lead, **first.lead},
        {**second.account, **first.account},
        (*first.events, *second.events),
    )
