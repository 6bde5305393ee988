"""Reads `expect:` of a test: what must come out, flattened into checks that each know their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules_engine.analysis.case_nodes import CaseNodes
from rules_engine.analysis.case_types import (
    Check,
    Moment,
    NamesCheck,
    Outcome,
    OutcomeCheck,
    Row,
    RowsCheck,
    RowsKind,
    ValueCheck,
    Wanted,
)
from rules_engine.model.yaml_nodes import MapNode, Node, ScalarNode
from rules_engine.records import dataclass

LEAD_EXPECTATIONS = (
    "scores", "bands", "labels", "gates", "tallies", "ledger", "transitions", "forecast", "next_due", "fired",
    "not_fired", "unknown", "unknown_labels", "scored",
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


@dataclass(frozen=True, slots=True)
class Expectations:
    """Turns `expect:` into checks."""

    nodes: CaseNodes

    def of_case(self, node: Node | None, of_account: bool) -> tuple[Check, ...]:
        """The checks of `expect:`."""
        found = self.nodes.mapping(node, "expect")
        if found is None:
            return ()
        allowed = ACCOUNT_EXPECTATIONS if of_account else LEAD_EXPECTATIONS
        self.nodes.keys(found, allowed, "expect in a test of an account" if of_account else "expect")
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
                for item in self.nodes.sequence(value, key):
                    rule = self.nodes.text(item, "A rule")
                    if rule is not None:
                        checks.append(OutcomeCheck(rule, OUTCOMES[key], item.span))
            elif key in ROWS:
                for name, node_ in self.named(value, key):
                    checks.append(self.rows(ROWS[key], name, node_))
        return tuple(checks)

    def named(self, node: Node, what: str) -> list[tuple[str, Node]]:
        found = self.nodes.mapping(node, what)
        return [] if found is None else [(entry.key.text, entry.value) for entry in found]

    def score(self, kind: str, name: str, node: Node) -> Iterable[ValueCheck]:
        """A number is the reading (the value of an account), null is "no value", a map names what is checked."""
        reading = "reading" if kind == "scores" else "value"
        if isinstance(node, ScalarNode):
            if node.value is None:
                return [ValueCheck((kind, name, "has_value"), False, node.span)]
            points = self.nodes.points(node, f"{kind}.{name}")
            return [] if points is None else [ValueCheck((kind, name, reading), points, node.span)]
        found = self.nodes.mapping(node, f"{kind}.{name}")
        if found is None:
            return []
        known = SCORE_KEYS if kind == "scores" else ("value", "band", "carried_by")
        self.nodes.keys(found, known, "a score" if kind == "scores" else "an account score")
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
                wanted = self.nodes.moment(value, what)
            elif key in SCORE_WORDS:
                wanted = self.nodes.text(value, what)
            else:
                wanted = self.nodes.points(value, what)
            checks.append(ValueCheck((kind, name, key), wanted, value.span))
        return checks

    def word(self, node: Node, what: str) -> Wanted:
        """Any single value: text, number, true, false or null."""
        if isinstance(node, ScalarNode):
            return node.value
        self.nodes.misfit(node, what, "a single value")
        return None

    def tally(self, node: Node) -> Wanted:
        return self.word(node, "A tally")

    def words(self, node: Node, what: str) -> tuple[str, ...]:
        texts = (self.nodes.text(item, what) for item in self.nodes.sequence(node, what))
        return tuple(text for text in texts if text is not None)

    def optional_moment(self, node: Node, what: str) -> Moment | None:
        if isinstance(node, ScalarNode) and node.value is None:
            return None
        return self.nodes.moment(node, what)

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
            self.nodes.keys(node, ("complete", "entries"), what)
            mark = node.get("complete")
            if mark is not None:
                if isinstance(mark, ScalarNode) and isinstance(mark.value, bool):
                    complete = mark.value
                else:
                    self.nodes.misfit(mark, "complete", "true or false")
            items = node.get("entries")
        rows = [self.row(what, item) for item in self.nodes.sequence(items, f"{what}.{score}")]
        return RowsCheck(what, score, tuple(row for row in rows if row is not None), complete, node.span)

    def row(self, what: str, node: Node) -> Row | None:
        found = self.nodes.mapping(node, f"An entry of {what}")
        if found is None:
            return None
        known = ROW_KEYS[what]
        self.nodes.keys(found, known, f"an entry of {what}")
        fields: dict[str, Wanted] = {}
        for entry in found:
            key, value = entry.key.text, entry.value
            if isinstance(value, ScalarNode) and value.value is None:
                fields[key] = None
            elif key == "at":
                fields[key] = self.nodes.moment(value, key)
            elif key in ("nominal", "effective"):
                fields[key] = self.nodes.points(value, key)
            else:
                fields[key] = self.nodes.text(value, key)
                allowed = {"kind": ENTRY_KINDS, "reason": REASONS}.get(key)
                if allowed and fields[key] not in allowed:
                    self.nodes.wrong("RE181", f"{key} must be one of {', '.join(allowed)}.", value.span)
        return Row(fields, found.span)
