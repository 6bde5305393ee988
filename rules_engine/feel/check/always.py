"""Conditions that are always or never true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules_engine.feel import ast
from rules_engine.feel.check.findings import Finding
from rules_engine.feel.types import Typed


def constant_conditions(node: ast.Node, types: Mapping[int, Typed]) -> Iterable[Finding]:
    return ()
