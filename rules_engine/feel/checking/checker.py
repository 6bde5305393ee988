"""What the parts of the checker share: the names at a place, and the run that collects types and findings.

A part that has a finding gets the type POISON, which fits everywhere, so that one mistake gives one message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, TypeAlias

from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import messages_kinds
from rules_engine.feel.checking.findings import Finding
from rules_engine.feel.checking.relations import is_open
from rules_engine.feel.types import ANY, BOOLEAN, NULL, POISON, Typed
from rules_engine.records import dataclass

NOTHING = Typed(NULL, nullable=True)
UNKNOWN = Typed(ANY, nullable=True)
WRONG = Typed(POISON, nullable=True)


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that can be used at a place. `open`: there may be others (fields of an item of unknown type)."""

    names: Mapping[str, Typed]
    open: bool = False

    def bind(self, **names: Typed) -> Scope:
        return replace(self, names={**self.names, **names})

    def bind_name(self, name: str, typed: Typed) -> Scope:
        return replace(self, names={**self.names, name: typed})


@dataclass(slots=True)
class Checker:
    """One run over one expression. `roots` are the names of the scope it began with."""

    functions: Registry
    roots: frozenset[str]
    handlers: Mapping[type[ast.Node], Handler]
    findings: list[Finding] = field(default_factory=list)
    types: dict[int, Typed] = field(default_factory=dict)  # by id of the node; the tree outlives the run
    failing: set[int] = field(default_factory=set)  # nodes, by id, that may be null though what they are made of is not

    def report(self, finding: Finding) -> Typed:
        """Notes a mistake; gives the type of the part that has it."""
        self.findings.append(finding)
        return WRONG

    def type_of(self, node: ast.Node, scope: Scope) -> Typed:
        typed = self.handlers[type(node)](self, node, scope)
        self.types[id(node)] = typed
        return typed

    def condition(self, node: ast.Expression, scope: Scope, where: str) -> Typed:
        """Checks a part that must be true or false; `where` begins the message: "The condition of `if`"."""
        typed = self.type_of(node, scope)
        if not is_open(typed.type) and typed.type != BOOLEAN:
            return self.report(messages_kinds.not_a_condition(node, typed.type, where))
        return typed


Handler: TypeAlias = Callable[[Checker, Any, Scope], Typed]
