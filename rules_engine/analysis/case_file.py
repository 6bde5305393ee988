"""Reads a `tests.yaml`: YAML text -> cases with places, and every mistake of the file as a finding.

May import the YAML reader of the model package, so that places and messages are those an author knows from models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from rules_engine.analysis.case_types import (
    CaseEvent,
    Check,
    Member,
    ModelTest,
    Moment,
    NamesCheck,
    Outcome,
    OutcomeCheck,
    Points,
    Row,
    RowsCheck,
    RowsKind,
    TestFile,
    ValueCheck,
    Wanted,
)
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model import durations, yaml_compose, yaml_read
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode, plain

FILE_KEYS = ("model", "tests")
CASE_KEYS = ("name", "note", "version", "as_of", "lead", "account", "events", "members", "expect", "tolerance")
MEMBER_KEYS = ("lead", "events")
LEAD_EXPECTATIONS = (
    "scored", "scores", "bands", "labels", "gates", "tallies", "ledger", "transitions", "forecast", "next_due", "fired",
    "not_fired", "unknown", "unknown_labels",
)  # fmt: skip
ACCOUNT_EXPECTATIONS = ("accounts",)
SCORE_POINTS = ("activity", "profile", "total", "reading", "peak", "points_to_next_band", "cap", "start")
SCORE_TIMES = ("band_since", "peak_at", "last_increase")
SCORE_WORDS = ("band", "next_band", "capped_by")
SCORE_KEYS = (*SCORE_POINTS, *SCORE_TIMES, *SCORE_WORDS)
ROW_KEYS: Mapping[str, tuple[str, ...]] = {
    "ledger": ("at", "kind", "rule", "nominal", "effective", "reason"),
    "transitions": ("at", "from", "to", "cause"),
    "forecast": ("at", "from", "to", "cause"),
}
OUTCOMES: Mapping[str, Outcome] = {"fired": "fired", "not_fired": "not_fired", "unknown": "unknown"}
ROWS: Mapping[str, RowsKind] = {"ledger": "ledger", "transitions": "transitions", "forecast": "forecast"}
ENTRY_KINDS = ("award", "set", "decay", "give_back", "penalty", "inactivity")
REASONS = ("limit", "rule max", "group max", "max", "min", "floor")

_RELATIVE = re.compile(r"(?P<sign>[-+]?)\s*(?P<length>\d.*)\Z")
_MICRO = Decimal(1_000_000)


def load_tests(path: str | Path, shown: str | None = None) -> TestFile:
    """The cases of a file; `shown` is the path that messages name.

    Never raises for what stands in the file: mistakes are in `findings`, and a case that has one is left out.
    """
    file = shown if shown is not None else str(path)
    read = yaml_read.read_file(Path(path), file)
    if read.source is None:
        return TestFile(file, (), None, read.findings)
    composed = yaml_compose.compose(read.source)
    reader = _Reader([*read.findings, *composed.findings])
    tests, model = reader.file(composed.root, read.source.span(0, 0))
    return TestFile(file, tuple(tests), model, tuple(reader.findings))


@dataclass(slots=True)
class _Reader:
    """Turns nodes into cases; every mistake goes to `findings`."""

    findings: list[Diagnostic] = field(default_factory=list)

    # --- telling

    def wrong(self, code: str, message: str, span: Span, help: str = "") -> None:
        self.findings.append(finding(code, message, span, help))

    def misfit(self, node: Node, what: str, expected: str) -> None:
        self.wrong("RE181", f"{what} must be {expected}.", node.span)

    def keys(self, node: MapNode, known: tuple[str, ...], where: str) -> None:
        for entry in node:
            if entry.key.text not in known:
                hint = did_you_mean(entry.key.text, known)
                self.wrong(
                    "RE182",
                    f'"{entry.key.text}" is no key of {where}.{hint}',
                    entry.key.span,
                    f"Keys here: {', '.join(known)}.",
                )

    # --- shapes

    def mapping(self, node: Node | None, what: str) -> MapNode | None:
        if node is None or isinstance(node, MapNode):
            return node
        if not (isinstance(node, ScalarNode) and node.value is None):
            self.misfit(node, what, "entries (key: value)")
        return None

    def sequence(self, node: Node | None, what: str) -> tuple[Node, ...]:
        if node is None or (isinstance(node, ScalarNode) and node.value is None):
            return ()
        if isinstance(node, ListNode):
            return node.items
        self.misfit(node, what, "a list")
        return ()

    def text(self, node: Node | None, what: str) -> str | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.value is not None:
            return node.text
        self.misfit(node, what, "text")
        return None

    def moment(self, node: Node | None, what: str) -> Moment | None:
        """An ISO time, or a length of time before (`-3 days`) or after the as-of time."""
        text = self.text(node, what)
        if text is None or node is None:
            return None
        relative = _RELATIVE.match(text.strip())
        if relative is not None:
            length = durations.parse(relative["length"])
            if isinstance(length, int):
                return Moment(text, -length if relative["sign"] == "-" else length, node.span)
        try:
            datetime.fromisoformat(text)
        except ValueError:
            self.wrong(
                "RE183",
                f'"{text}" is no time.',
                node.span,
                'Write a time such as 2026-09-01T12:00:00Z, or one relative to as_of such as "-3 days".',
            )
            return None
        return Moment(text, None, node.span)

    def points(self, node: Node | None, what: str) -> Points | None:
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            exact = Decimal(str(node.value)) * _MICRO
            if exact.is_finite():
                return Points(int(exact.to_integral_value(ROUND_HALF_EVEN)))
        self.misfit(node, what, "a number of points")
        return None

    # --- the file

    def file(self, root: Node | None, start: Span) -> tuple[list[ModelTest], str | None]:
        if root is None:
            if not self.findings:
                self.wrong("RE180", "The file holds no tests.", start, "Begin with `tests:` and a list of cases.")
            return [], None
        model: str | None = None
        items: Iterable[Node]
        if isinstance(root, MapNode):
            self.keys(root, FILE_KEYS, "a tests file")
            model = self.text(root.get("model"), "model")
            if "tests" not in root:
                self.wrong("RE180", "The file holds no tests.", root.span, "Begin with `tests:` and a list of cases.")
            items = self.sequence(root.get("tests"), "tests")
        else:
            items = self.sequence(root, "A tests file")
        tests: list[ModelTest] = []
        seen: dict[str, Span] = {}
        for item in items:
            before = len(self.findings)
            test = self.case(item)
            if test is not None and test.name in seen:
                self.wrong(
                    "RE184", f'Two tests are called "{test.name}".', test.span, "Give each test a name of its own."
                )
            if test is not None:
                seen.setdefault(test.name, test.span)
                if not any(f.is_error for f in self.findings[before:]):
                    tests.append(test)
        return tests, model

    def case(self, node: Node) -> ModelTest | None:
        found = self.mapping(node, "A test")
        if found is None:
            return None
        self.keys(found, CASE_KEYS, "a test")
        for needed in ("name", "as_of", "expect"):
            if needed not in found:
                self.wrong("RE185", f"The test has no `{needed}`.", found.span, f"Add `{needed}:` to the test.")
        name = self.text(found.get("name"), "name")
        as_of = self.moment(found.get("as_of"), "as_of")
        if as_of is not None and as_of.offset is not None:
            self.wrong("RE183", "as_of must be a point in time.", as_of.span, "Write it such as 2026-09-01T12:00:00Z.")
        tolerance = self.points(found.get("tolerance"), "tolerance")
        if tolerance is not None and tolerance.micro < 0:
            self.wrong("RE181", "tolerance must not be negative.", found.span)
        members = self.members(found)
        checks = self.expectations(found.get("expect"), members is not None)
        version = self.version(found.get("version"))
        note = self.text(found.get("note"), "note")
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
        self.misfit(node, "version", "a whole number")
        return None

    def fields(self, node: Node | None, what: str) -> dict[str, object]:
        found = self.mapping(node, what)
        return {} if found is None else {entry.key.text: plain(entry.value) for entry in found}

    def members(self, case: MapNode) -> tuple[Member, ...] | None:
        if "members" not in case:
            return None
        for key in ("lead", "events"):
            entry = case.entry(key)
            if entry is not None:
                self.wrong(
                    "RE182",
                    f"`{key}` stands beside `members`.",
                    entry.key.span,
                    f"In a test of an account each member has its own `{key}`.",
                )
        found: list[Member] = []
        for item in self.sequence(case.get("members"), "members"):
            member = self.mapping(item, "A member")
            if member is not None:
                self.keys(member, MEMBER_KEYS, "a member")
                found.append(
                    Member(self.fields(member.get("lead"), "lead"), self.events(member.get("events")), member.span)
                )
        return tuple(found)

    def events(self, node: Node | None) -> tuple[CaseEvent, ...]:
        found: list[CaseEvent] = []
        for item in self.sequence(node, "events"):
            event = self.mapping(item, "An event")
            if event is None:
                continue
            for needed in ("type", "at"):
                if needed not in event:
                    self.wrong("RE185", f"The event has no `{needed}`.", event.span, f"Add `{needed}:` to the event.")
            at = self.moment(event.get("at"), "at")
            given = {entry.key.text: plain(entry.value) for entry in event if entry.key.text != "at"}
            if at is not None:
                found.append(CaseEvent(given, at, event.span))
        return tuple(found)

    # --- expectations

    def expectations(self, node: Node | None, of_account: bool) -> tuple[Check, ...]:
        found = self.mapping(node, "expect")
        if found is None:
            return ()
        allowed = ACCOUNT_EXPECTATIONS if of_account else LEAD_EXPECTATIONS
        self.keys(found, allowed, "expect in a test of an account" if of_account else "expect")
        checks: list[Check] = []
        for entry in found:
            key, value = entry.key.text, entry.value
            if key in ("scores", "accounts"):
                for name, node_ in self.named(value, key):
                    checks.extend(self.score(key, name, node_))
            elif key in ("bands", "labels", "tallies"):
                for name, node_ in self.named(value, key):
                    wanted = self.tally(node_) if key == "tallies" else self.word(node_, f"{key}.{name}")
                    checks.append(ValueCheck((key, name), wanted, node_.span))
            elif key == "scored":
                checks.append(ValueCheck(("scored",), self.word(value, key), value.span))
            elif key == "next_due":
                checks.append(ValueCheck(("next_due",), self.optional_moment(value, key), value.span))
            elif key == "gates":
                checks.extend(self.gates(value))
            elif key == "unknown_labels":
                checks.append(NamesCheck("unknown_labels", self.words(value, key), exactly=False, span=value.span))
            elif key in OUTCOMES:
                for item in self.sequence(value, key):
                    rule = self.text(item, "A rule")
                    if rule is not None:
                        checks.append(OutcomeCheck(rule, OUTCOMES[key], item.span))
            elif key in ROWS:
                for name, node_ in self.named(value, key):
                    checks.append(self.rows(ROWS[key], name, node_))
        return tuple(checks)

    def named(self, node: Node, what: str) -> list[tuple[str, Node]]:
        found = self.mapping(node, what)
        return [] if found is None else [(entry.key.text, entry.value) for entry in found]

    def score(self, kind: str, name: str, node: Node) -> Iterable[ValueCheck]:
        """A number is the reading (the value of an account), null is "no value", a map names what is checked."""
        reading = "reading" if kind == "scores" else "value"
        if isinstance(node, ScalarNode):
            if node.value is None:
                return [ValueCheck((kind, name, "has_value"), False, node.span)]
            points = self.points(node, f"{kind}.{name}")
            return [] if points is None else [ValueCheck((kind, name, reading), points, node.span)]
        found = self.mapping(node, f"{kind}.{name}")
        if found is None:
            return []
        known = SCORE_KEYS if kind == "scores" else ("value", "band", "carried_by")
        self.keys(found, known, "a score" if kind == "scores" else "an account score")
        checks: list[ValueCheck] = []
        for entry in found:
            key, value = entry.key.text, entry.value
            what = f"{kind}.{name}.{key}"
            wanted: Wanted
            if key == "carried_by":
                wanted = self.words(value, what)
            elif isinstance(value, ScalarNode) and value.value is None:
                wanted = None
            elif key in SCORE_TIMES:
                wanted = self.moment(value, what)
            elif key in SCORE_WORDS:
                wanted = self.text(value, what)
            else:
                wanted = self.points(value, what)
            checks.append(ValueCheck((kind, name, key), wanted, value.span))
        return checks

    def word(self, node: Node, what: str) -> Wanted:
        """Any single value: text, number, true, false or null."""
        if isinstance(node, ScalarNode):
            return node.value
        self.misfit(node, what, "a single value")
        return None

    def tally(self, node: Node) -> Wanted:
        return self.word(node, "A tally")

    def words(self, node: Node, what: str) -> tuple[str, ...]:
        texts = (self.text(item, what) for item in self.sequence(node, what))
        return tuple(text for text in texts if text is not None)

    def optional_moment(self, node: Node, what: str) -> Moment | None:
        if isinstance(node, ScalarNode) and node.value is None:
            return None
        return self.moment(node, what)

    def gates(self, node: Node) -> list[Check]:
        """`[a, b]` are all gates that hold; `{a: +10 days}` also says until when."""
        if isinstance(node, MapNode):
            checks: list[Check] = [NamesCheck("gates", node.keys(), exactly=True, span=node.span)]
            for entry in node:
                until = self.optional_moment(entry.value, "gates")
                checks.append(ValueCheck(("gates", entry.key.text, "until"), until, entry.value.span))
            return checks
        return [NamesCheck("gates", self.words(node, "gates"), exactly=True, span=node.span)]

    def rows(self, what: RowsKind, score: str, node: Node) -> RowsCheck:
        """A list; of a ledger it is an excerpt unless it stands as `{complete: true, entries: [...]}`."""
        complete = what != "ledger"
        items: Node | None = node
        if isinstance(node, MapNode):
            self.keys(node, ("complete", "entries"), what)
            mark = node.get("complete")
            if mark is not None:
                if isinstance(mark, ScalarNode) and isinstance(mark.value, bool):
                    complete = mark.value
                else:
                    self.misfit(mark, "complete", "true or false")
            items = node.get("entries")
        rows = [self.row(what, item) for item in self.sequence(items, f"{what}.{score}")]
        return RowsCheck(what, score, tuple(row for row in rows if row is not None), complete, node.span)

    def row(self, what: str, node: Node) -> Row | None:
        found = self.mapping(node, f"An entry of {what}")
        if found is None:
            return None
        known = ROW_KEYS[what]
        self.keys(found, known, f"an entry of {what}")
        fields: dict[str, Wanted] = {}
        for entry in found:
            key, value = entry.key.text, entry.value
            if isinstance(value, ScalarNode) and value.value is None:
                fields[key] = None
            elif key == "at":
                fields[key] = self.moment(value, key)
            elif key in ("nominal", "effective"):
                fields[key] = self.points(value, key)
            else:
                fields[key] = self.text(value, key)
                allowed = {"kind": ENTRY_KINDS, "reason": REASONS}.get(key)
                if allowed and fields[key] not in allowed:
                    self.wrong("RE181", f"{key} must be one of {', '.join(allowed)}.", value.span)
        return Row(fields, found.span)
