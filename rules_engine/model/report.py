"""Collects the findings of one load. A mistake that an earlier stage has told at a place is not told again there."""

from __future__ import annotations

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model import messages_shape as say
from rules_engine.model.yaml_nodes import Node

MOST = 200


class Report:
    """Findings in the order found; `done` gives them by place."""

    def __init__(self) -> None:
        self._findings: list[Diagnostic] = []
        self._seen: set[tuple[object, ...]] = set()
        self._misfits: list[Diagnostic] = []
        self._misspelt: set[int] = set()
        self._meant: dict[tuple[int, str], Node] = {}
        self._unsure: set[str] = set()
        self._told: set[int] = set()  # nodes whose mistake is told already, by id; the tree outlives the report

    def add(self, finding: Diagnostic) -> None:
        """Keeps a finding once, however often (as for the scores of a `for_each`) it is made."""
        span = finding.span
        key = (finding.code, span and (span.file, span.start, span.end), finding.message if span is None else "")
        if key not in self._seen:
            self._seen.add(key)
            self._findings.append(finding)

    def extend(self, findings: tuple[Diagnostic, ...] | list[Diagnostic]) -> None:
        for finding in findings:
            self.add(finding)

    def misfit(self, node: Node, expected: str) -> None:
        """A value of the wrong kind. The check against the schema tells it first; this is the net under it."""
        if not self.is_told(node):
            self._misfits.append(say.misfit(node, expected))

    def unsure(self, section: str) -> None:
        """Marks a section ("events", "bands") as not readable: names that it seems to lack may be declared there."""
        self._unsure.add(section)

    def is_unsure(self, *sections: str) -> bool:
        return not self._unsure.isdisjoint(sections)

    def tell(self, node: Node) -> None:
        """Marks a node as wrong, so that nobody reads it any more."""
        self._told.add(id(node))

    def misspell(self, node: Node) -> None:
        """Marks a block with an unknown key: what it seems to lack may be that key."""
        self._misspelt.add(id(node))

    def mean(self, node: Node, key: str, value: Node) -> None:
        """Marks a value of the block `node` as that of a misspelt key, so that the rest can be read with it."""
        self._meant.setdefault((id(node), key), value)

    def meant(self, node: Node, key: str) -> Node | None:
        """The value of a key that is misspelt."""
        return self._meant.get((id(node), key))

    def is_misspelt(self, node: Node) -> bool:
        """Whether the block has an unknown key."""
        return id(node) in self._misspelt

    def add_missing(self, node: Node, finding: Diagnostic) -> None:
        """Keeps a finding that the block `node` lacks something, unless a key of it is misspelt."""
        if not self.is_misspelt(node):
            self.add(finding)

    def is_told(self, node: Node) -> bool:
        return id(node) in self._told

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self._findings)

    def done(self) -> tuple[Diagnostic, ...]:
        """All findings by file and place."""
        for misfit in self._misfits:
            span = misfit.span
            assert span is not None
            if not any(
                f.is_error and f.span is not None and f.span.file == span.file
                and f.span.start <= max(span.end, span.start + 1) and max(f.span.end, f.span.start + 1) >= span.start
                for f in self._findings
            ):  # fmt: skip
                self.add(misfit)
        return tuple(sorted(self._findings, key=_place)[:MOST])


def _place(finding: Diagnostic) -> tuple[str, int, int, str]:
    span = finding.span
    return ("", -1, -1, finding.code) if span is None else (span.file, span.start, span.end, finding.code)
