"""What the checker says of conditions that a missing value makes true, or false."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.feel import ast
from rules_engine.feel.checking.findings import Finding, finding
from rules_engine.feel.checking.wording import all_of, code


def true_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    names = all_of([f"`{path}`" for path in paths])
    return finding(
        "RE380",
        place,
        f"{code(place)} can be true because {names} {_is(paths)} missing, so missing data would count.",
        f"Say what a missing value means. If it should not count, write: {fix}",
        fix,
    )


def none_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    """A line of `none`, which helps the whole to be true by not being true."""
    names = all_of([f"`{path}`" for path in paths])
    return finding(
        "RE380",
        place,
        f"{code(place)} stands in `none` and can be false because {names} {_is(paths)} missing, "
        "so missing data would count.",
        f"Say what a missing value means. If it should not count, write: {fix}",
        fix,
    )


def value_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    names = all_of([f"`{path}`" for path in paths])
    return finding(
        "RE381",
        place,
        f"{code(place)} gives a value because {names} {_is(paths)} missing, so missing data would count.",
        f"Say what a missing value means. If it should give nothing, write: {fix}",
        fix,
    )


def false_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    names = all_of([f"`{path}`" for path in paths])
    return finding(
        "RE382",
        place,
        f"{code(place)} can be false because {names} {_is(paths)} missing, and `otherwise` counts when it is false.",
        f"Say what a missing value means. If it should count for neither, write: {fix}",
        fix,
    )


def _is(paths: Sequence[str]) -> str:
    return "is" if len(paths) == 1 else "are"
