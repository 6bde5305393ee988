"""Runs a model's tests: each case of a `tests.yaml` is scored and compared, exactly unless it names a tolerance.

`load_tests` reads the file, `run_tests` scores its cases with one engine, `run_file` finds the versions it needs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, TypeAlias

from rules_engine.analysis import values_read
from rules_engine.analysis.case_file import load_tests
from rules_engine.analysis.case_types import CaseEvent, Check, ModelTest, TestFile, TestFileError
from rules_engine.analysis.case_values import no_such_value
from rules_engine.analysis.compare import Clock, Comparison, Failure
from rules_engine.analysis.coverage import Coverage, measure
from rules_engine.analysis.verdicts.given import Given
from rules_engine.analysis.verdicts.seen import LinesSeen
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.engine import Engine, InputError, ScoringError
from rules_engine.feel.values.zones import zone_of
from rules_engine.matching.calendar import format_instant
from rules_engine.model.types import Model
from rules_engine.records import dataclass
from rules_engine.result.types import AccountResult, Result

__all__ = [
    "TestFile",
    "TestFileError",
    "TestOutcome",
    "TestReport",
    "called",
    "coverage_of",
    "load_tests",
    "newest_engine",
    "run_file",
    "run_tests",
    "with_engines",
]

Status: TypeAlias = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """How one case went. `reason` says why it was skipped, or what is wrong with its input.

    `results` are those of its lead, or of each member of its account, whose roll-ups are in `account`; `given` is what
    each was scored from.
    """

    __test__ = False

    name: str
    status: Status
    failures: tuple[Failure, ...]
    span: Span
    version: int
    reason: str | None = None
    results: tuple[Result, ...] = ()
    account: AccountResult | None = None
    given: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class TestReport:
    """How a file of cases went with one version of a model."""

    __test__ = False

    file: str
    model: str
    version: int
    outcomes: tuple[TestOutcome, ...]
    coverage: Coverage

    @property
    def passed(self) -> int:
        return sum(outcome.status == "passed" for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        return sum(outcome.status == "failed" for outcome in self.outcomes)

    @property
    def skipped(self) -> int:
        return sum(outcome.status == "skipped" for outcome in self.outcomes)

    @property
    def ok(self) -> bool:
        return self.failed == 0


def run_tests(engine: Engine, tests: TestFile | Iterable[ModelTest]) -> TestReport:
    """Scores each case with `engine` and compares. Cases that name another version are skipped.

    Raises `TestFileError` for a file with mistakes: a case that could not be read must not look like one that passed.
    """
    file = ""
    if isinstance(tests, TestFile):
        if tests.has_errors:
            raise TestFileError(tests.file, tests.findings)
        file, tests = tests.file, tests.tests
    outcomes = tuple(_guarded(engine, test) for test in tests)
    model = engine.model
    return TestReport(file, model.name, model.version, outcomes, coverage_of(engine, outcomes))


def coverage_of(engine: Engine, outcomes: Iterable[TestOutcome]) -> Coverage:
    """What cases have seen of the model."""
    outcomes = tuple(outcomes)
    results = [result for outcome in outcomes for result in outcome.results]
    accounts = [outcome.account for outcome in outcomes if outcome.account is not None]
    seen = LinesSeen(engine)
    lines = {line for outcome in outcomes for given in outcome.given for line in seen.of(given)}
    return measure(engine.model, results, accounts, lines)


def run_file(path: str | Path) -> tuple[TestReport, ...]:
    """Runs a `tests.yaml` with the model it carries, or with the versions (`v<N>.yaml`) beside it."""
    return tuple(run_tests(engine, cases) for engine, cases in with_engines(load_tests(path), path))


def with_engines(
    found: TestFile, path: str | Path, version: str | Path | None = None
) -> tuple[tuple[Engine, TestFile], ...]:
    """The cases of a file with the engine that each is for: of the model it carries, of one `version`'s file, or of
    the versions beside it, each that a case names; those without a `version` are for the newest.

    Raises `TestFileError` for a file with mistakes, `FileNotFoundError` where there is no version.
    """
    if found.has_errors:
        raise TestFileError(found.file, found.findings)
    if version is not None:
        return ((Engine.load(version), found),)
    if found.model is not None:
        with tempfile.TemporaryDirectory() as folder:
            only = Path(folder) / "v1.yaml"
            only.write_text(found.model, encoding="utf-8")
            return ((Engine.load(only), found),)
    versions = sorted(versions_beside(path).items())
    if not versions:
        raise FileNotFoundError(f"There is no version (v1.yaml, v2.yaml, ...) beside {path}")
    newest = versions[-1][0]
    missing = tuple(
        _no_version(test, dict(versions)) for test in found.tests if test.version not in (None, *dict(versions))
    )
    if missing:
        raise TestFileError(found.file, missing)
    sessions = []
    for number, file in versions:
        cases = tuple(test for test in found.tests if (test.version or newest) == number)
        if cases:
            sessions.append((Engine.load(file), replace(found, tests=cases)))
    return tuple(sessions)


def newest_engine(path: str | Path, version: str | Path | None = None) -> tuple[Engine, TestFile]:
    """The newest version beside a tests file that does not exist yet, or the one named, with no cases."""
    versions = versions_beside(path)
    if version is None and not versions:
        raise FileNotFoundError(f"There is no version (v1.yaml, v2.yaml, ...) beside {path}")
    return Engine.load(versions[max(versions)] if version is None else version), TestFile(str(path), ())


def called(found: TestFile, pattern: str) -> TestFile:
    """The cases whose name holds `pattern`, in any case of letters; `*` and `?` stand for any letters and for one."""
    wanted = f"*{pattern.casefold().replace('[', '[[]')}*"  # a bracket stands for itself
    return replace(found, tests=tuple(test for test in found.tests if fnmatchcase(test.name.casefold(), wanted)))


def _no_version(test: ModelTest, versions: Mapping[int, Path]) -> Diagnostic:
    known = ", ".join(str(number) for number in versions)
    return finding(
        "RE186",
        f'The test "{test.name}" is for version {test.version}, which does not exist.',
        test.span,
        f"Versions beside the file: {known}.",
    )


def versions_beside(path: str | Path) -> Mapping[int, Path]:
    """The version files in the folder of a `tests.yaml`."""
    folder = Path(path).parent
    return {int(file.stem[1:]): file for file in folder.glob("v*.yaml") if file.stem[1:].isdigit()}


def _guarded(engine: Engine, test: ModelTest) -> TestOutcome:
    """A case whose input the engine refuses has failed; the others go on."""
    try:
        return _run(engine, test)
    except (InputError, ScoringError) as error:
        return TestOutcome(test.name, "failed", (), test.span, engine.model.version, str(error))


def _run(engine: Engine, test: ModelTest) -> TestOutcome:
    model = engine.model
    if test.version is not None and test.version != model.version:
        reason = f"it is for version {test.version}"
        return TestOutcome(test.name, "skipped", (), test.span, model.version, reason)
    clock = Clock.of(test, zone_of(model.timezone))
    comparison = Comparison(clock, test.tolerance)
    if test.members is not None:
        return _run_account(engine, test, comparison)
    given = Given(test.lead, test.account, _events(test.events, clock), test.as_of.text, _identity(test.lead))
    result = given.score(engine)
    failures = list(_undeclared(model, test.lead, test.account, test.events, test.span))
    for check in test.checks:
        failure = comparison.lead(check, result)
        if failure is not None:
            values = values_read.values_behind(check, model, test, result)
            looks = values_read.conditions_behind(check, engine, test, given, result)
            failures.append(replace(_with_known(failure, check, model), values=values, looks=looks))
    status: Status = "failed" if failures else "passed"
    return TestOutcome(test.name, status, tuple(failures), test.span, model.version, None, (result,), given=(given,))


def _run_account(engine: Engine, test: ModelTest, comparison: Comparison) -> TestOutcome:
    members, every = [], []
    for number, member in enumerate(test.members or (), 1):
        events, lead_id = _events(member.events, comparison.clock), _identity(member.lead) or str(number)
        given = Given(member.lead, test.account, events, test.as_of.text, lead_id)
        members.append((member.lead, given.score(engine)))
        every.append(given)
    account = engine.score_account(test.account, members, as_of=test.as_of.text)
    scores = account.scores
    failures = list(_undeclared(engine.model, {}, test.account, (), test.span))
    for member in test.members or ():
        failures += _undeclared(engine.model, member.lead, {}, member.events, member.span)
    failures += (
        _with_known(failure, check, engine.model)
        for check in test.checks
        if (failure := comparison.account(check, scores)) is not None
    )
    status: Status = "failed" if failures else "passed"
    results = tuple(result for _, result in members)
    version = engine.model.version
    return TestOutcome(test.name, status, tuple(failures), test.span, version, None, results, account, tuple(every))


def _with_known(failure: Failure, check: Check, model: Model) -> Failure:
    """A failure that also says where the band or value that was expected does not exist."""
    missing = no_such_value(check, model)
    return replace(failure, got=f"{failure.got}; {missing}") if missing else failure


def _events(events: tuple[CaseEvent, ...], clock: Clock) -> tuple[Mapping[str, object], ...]:
    """The events as the engine takes them. Absolute times go as they were written, so that reading them is tested."""
    return tuple(
        {**event.given, "at": event.at.text if event.at.offset is None else format_instant(clock.instant(event.at))}
        for event in events
    )


def _identity(lead: Mapping[str, object]) -> str | None:
    given = lead.get("id")
    return None if given is None else str(given)


def _undeclared(
    model: Model, lead: Mapping[str, object], account: Mapping[str, object], events: tuple[CaseEvent, ...], span: Span
) -> Iterator[Failure]:
    """A mistyped name of a field, event type or attribute would silently be read as missing, or left out.

    Data have events and attributes that a model does not declare, and a test may show that; so of these only a name is
    told that is nearly one that is declared.
    """
    for what, given, fields in (("lead", lead, model.lead_fields), ("account", account, model.account_fields)):
        for name in given:
            if name not in fields and name != "id":
                meant = did_you_mean(name, fields).replace(" ", ". ", 1)
                yield Failure(
                    f"{what}.{name}", f"a {what} field that the model declares", f"no such field{meant}", span
                )
    for event in events:
        kind = str(event.given.get("type"))
        if kind not in model.events:
            if meant := did_you_mean(kind, model.events):
                wanted = "an event type that the model declares"
                yield Failure(f"event {kind}", wanted, f"no such type.{meant}", event.span)
            continue
        attributes = model.events[kind].attributes
        nested = event.given.get("attributes")
        for name in nested if isinstance(nested, Mapping) else event.given:
            if name not in (*attributes, "type", "id") and (meant := did_you_mean(name, attributes)):
                wanted = f"an attribute that the model declares for {kind}"
                yield Failure(f"event {kind}, {name}", wanted, f"no such attribute.{meant}", event.span)
