"""Reads a `tests.yaml`: YAML text -> cases with places, and every mistake of the file as a finding.

May import the YAML reader of the model package, so that places and messages are those an author knows from models.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rules_engine.analysis.case_expectations import Expectations
from rules_engine.analysis.case_nodes import CaseNodes
from rules_engine.analysis.case_types import CaseEvent, Member, ModelTest, TestFile
from rules_engine.diagnostics.diagnostic import Span
from rules_engine.model import yaml_compose, yaml_read
from rules_engine.model.yaml_nodes import MapNode, Node, ScalarNode, plain
from rules_engine.records import dataclass

FILE_KEYS = ("model", "tests")
CASE_KEYS = ("name", "note", "version", "as_of", "lead", "account", "events", "members", "expect", "tolerance")
MEMBER_KEYS = ("lead", "events")


def load_tests(path: str | Path, shown: str | None = None, *, needs_expect: bool = True) -> TestFile:
    """The cases of a file; `shown` is the path that messages name. Each must have an `expect:`, if one is needed.

    Never raises for what stands in the file: mistakes are in `findings`, and a case that has one is left out.
    """
    file = shown if shown is not None else str(path)
    read = yaml_read.read_file(Path(path), file)
    if read.source is None:
        return TestFile(file, (), None, read.findings)
    composed = yaml_compose.compose(read.source)
    nodes = CaseNodes([*read.findings, *composed.findings])
    tests, model = _Reader(nodes, needs_expect).file(composed.root, read.source.span(0, 0))
    return TestFile(file, tuple(tests), model, tuple(nodes.findings))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns nodes into cases."""

    nodes: CaseNodes
    needs_expect: bool

    # --- the file

    def file(self, root: Node | None, start: Span) -> tuple[list[ModelTest], str | None]:
        if root is None:
            if not self.nodes.findings:
                self.nodes.wrong("RE180", "The file holds no tests.", start, "Begin with `tests:` and a list of cases.")
            return [], None
        model: str | None = None
        items: Iterable[Node]
        if isinstance(root, MapNode):
            self.nodes.keys(root, FILE_KEYS, "a tests file")
            model = self.nodes.text(root.get("model"), "model")
            if "tests" not in root:
                self.nodes.wrong(
                    "RE180", "The file holds no tests.", root.span, "Begin with `tests:` and a list of cases."
                )
            items = self.nodes.sequence(root.get("tests"), "tests")
        else:
            items = self.nodes.sequence(root, "A tests file")
        tests: list[ModelTest] = []
        seen: dict[str, Span] = {}
        for item in items:
            before = len(self.nodes.findings)
            test = self.case(item)
            if test is not None and test.name in seen:
                self.nodes.wrong(
                    "RE184", f'Two tests are called "{test.name}".', test.span, "Give each test a name of its own."
                )
            if test is not None:
                seen.setdefault(test.name, test.span)
                if not any(f.is_error for f in self.nodes.findings[before:]):
                    tests.append(test)
        return tests, model

    def case(self, node: Node) -> ModelTest | None:
        found = self.nodes.mapping(node, "A test")
        if found is None:
            return None
        self.nodes.keys(found, CASE_KEYS, "a test")
        for needed in ("name", "as_of", "expect"):
            if needed not in found and (needed != "expect" or self.needs_expect):
                self.nodes.wrong("RE185", f"The test has no `{needed}`.", found.span, f"Add `{needed}:` to the test.")
        name = self.nodes.text(found.get("name"), "name")
        as_of = self.nodes.moment(found.get("as_of"), "as_of")
        if as_of is not None and as_of.offset is not None:
            self.nodes.wrong(
                "RE183", "as_of must be a point in time.", as_of.span, "Write it such as 2026-09-01T12:00:00Z."
            )
        tolerance = self.nodes.points(found.get("tolerance"), "tolerance")
        if tolerance is not None and tolerance.micro < 0:
            self.nodes.wrong("RE181", "tolerance must not be negative.", found.span)
        members = self.members(found)
        checks = Expectations(self.nodes).of_case(found.get("expect"), members is not None)
        version = self.version(found.get("version"))
        note = self.nodes.text(found.get("note"), "note")
        lead, account = self.fields(found.get("lead"), "lead"), self.fields(found.get("account"), "account")
        events = self.events(found.get("events"))
        if name is None or as_of is None:
            return None
        return ModelTest(
            name, as_of, lead, account, events, members, checks, tolerance.micro if tolerance else 0, version, note,
            found.span,
        )  # fmt: skip

    def version(self, node: Node | None) -> int | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self.nodes.misfit(node, "version", "a whole number")
        return None

    def fields(self, node: Node | None, what: str) -> dict[str, object]:
        found = self.nodes.mapping(node, what)
        return {} if found is None else {entry.key.text: plain(entry.value) for entry in found}

    def members(self, case: MapNode) -> tuple[Member, ...] | None:
        if "members" not in case:
            return None
        for key in ("lead", "events"):
            entry = case.entry(key)
            if entry is not None:
                self.nodes.wrong(
                    "RE182",
                    f"`{key}` stands beside `members`.",
                    entry.key.span,
                    f"In a test of an account each member has its own `{key}`.",
                )
        found: list[Member] = []
        for item in self.nodes.sequence(case.get("members"), "members"):
            member = self.nodes.mapping(item, "A member")
            if member is not None:
                self.nodes.keys(member, MEMBER_KEYS, "a member")
                found.append(
                    Member(self.fields(member.get("lead"), "lead"), self.events(member.get("events")), member.span)
                )
        return tuple(found)

    def events(self, node: Node | None) -> tuple[CaseEvent, ...]:
        found: list[CaseEvent] = []
        for item in self.nodes.sequence(node, "events"):
            event = self.nodes.mapping(item, "An event")
            if event is None:
                continue
            named = event.keys()
            if len(named) == 1 and "type" not in event and "at" not in event:
                help = f"Write it with `type:` and `at:`: {{type: {named[0]}, at: 2026-08-31}}."
                self.nodes.wrong("RE185", "The event has no `type` and no `at`.", event.span, help)
                continue
            for needed in ("type", "at"):
                if needed not in event:
                    self.nodes.wrong(
                        "RE185", f"The event has no `{needed}`.", event.span, f"Add `{needed}:` to the event."
                    )
            at = self.nodes.moment(event.get("at"), "at")
            given = {entry.key.text: plain(entry.value) for entry in event if entry.key.text != "at"}
            if at is not None:
                found.append(CaseEvent(given, at, event.span))
        return tuple(found)
