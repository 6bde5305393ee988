"""What the checker says of conditions that a missing value makes true, or false."""

from __future__ import annotations

from collections.abc import Sequence

from rules_engine.feel import ast
from rules_engine.feel.checking.findings import Finding, finding
from rules_engine.feel.checking.wording import all_of, code


def true_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    said = f"can be true because {_are_missing(paths)}, so missing data would count"
    return _finding("RE380", place, said, "it should not count", fix)


def none_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    """A line of `none`, which helps the whole to be true by not being true."""
    said = f"stands in `none` and can be false because {_are_missing(paths)}, so missing data would count"
    return _finding("RE380", place, said, "it should not count", fix)


def value_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    said = f"gives a value because {_are_missing(paths)}, so missing data would count"
    return _finding("RE381", place, said, "it should give nothing", fix)


def false_when_missing(place: ast.Node, paths: Sequence[str], fix: str) -> Finding:
    said = f"can be false because {_are_missing(paths)}, and `otherwise` counts when it is false"
    return _finding("RE382", place, said, "it should count for neither", fix)


def _are_missing(paths: Sequence[str]) -> str:
    return f"{all_of([f'`{path}`' for path in paths])} {'is' if len(paths) == 1 else 'are'} missing"


def _finding(number: str, place: ast.Node, said: str, meant: str, fix: str) -> Finding:
    help = f"Say what a missing value means. If {meant}, write: {fix}"
    return finding(number, place, f"{code(place)} {said}.", help, fix)
