"""Text → tree: `parse` for an expression, `parse_unary_tests` for a list of tests. Both are cached.

Takes: the text as the author wrote it. Gives: nodes of `feel.ast`. Raises: `FeelSyntaxError` in the author's words,
`FeelLimitError` past the stated length or depth, and nothing else.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, cast

from rules_engine.feel import ast
from rules_engine.feel.errors import FeelLimitError, FeelSyntaxError
from rules_engine.feel.limits import MAX_DEPTH, MAX_LENGTH
from rules_engine.feel.syntax.brackets import with_ranges_for_empty_lists
from rules_engine.feel.syntax.build import TreeBuilder
from rules_engine.feel.syntax.walk import deepest

if TYPE_CHECKING:
    from lark import Lark


@cache
def _parser() -> Lark:
    from rules_engine.feel.syntax.tables import load_parser

    return load_parser(TreeBuilder())


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.Expression:
    """The tree of an expression, such as `lead.nps >= 9 and lead.country = "US"`."""
    return cast(ast.Expression, _parse(text, "expression_text"))


@lru_cache(maxsize=1024)
def parse_unary_tests(text: str) -> ast.UnaryTests:
    """The tree of unary tests, such as `"a", "b"`, `not(> 3)`, `[1..5), ? * 2 < 9` or `-`."""
    try:
        return cast(ast.UnaryTests, _parse(text, "unary_tests_text"))
    except FeelSyntaxError:
        # `not(…)` alone is a negated list of tests; where more follows, it is the function: `not(? > 3) and ? > 1`.
        try:
            return cast(ast.UnaryTests, _parse(text, "tests_text"))
        except FeelSyntaxError:
            pass
        raise


def parse_or_none(text: str) -> ast.Expression | None:
    """The same for a text of which nobody wants to know what is wrong with it."""
    from lark.exceptions import UnexpectedInput, VisitError

    try:
        return cast(ast.Expression, _tree(text, "expression_text"))
    except (UnexpectedInput, VisitError):
        return None


def _parse(text: str, start: str) -> ast.Node:
    from lark.exceptions import VisitError

    if len(text) > MAX_LENGTH:
        raise FeelLimitError(
            f"This expression has {len(text):,} characters; at most {MAX_LENGTH:,} are allowed.",
            start=MAX_LENGTH,
            end=len(text),
            help="Keep long lists in a file and name them under `constants`.",
        )
    try:
        node = _read(text, start)
    except VisitError as problem:
        raise problem.orig_exc from None
    too_deep = deepest(cast(ast.Node, node), MAX_DEPTH)
    if too_deep is not None:
        raise FeelLimitError(
            f"This expression is nested more than {MAX_DEPTH} levels deep.",
            start=too_deep.span.start,
            end=too_deep.span.end,
            help='Split it with `define`, or write `x in ("a", "b", …)` instead of a long chain of `or`.',
            code="RE311",
        )
    return cast(ast.Node, node)


def _read(text: str, start: str) -> object:
    from lark.exceptions import UnexpectedInput

    try:
        return _tree(text, start)
    except UnexpectedInput as problem:
        from rules_engine.feel.syntax.mistakes import explain_mistake

        raise explain_mistake(text, problem, _tree, start) from None


def _tree(text: str, start: str) -> object:
    from lark.exceptions import UnexpectedInput

    try:
        return _parser().parse(text, start=start)
    except UnexpectedInput:
        other = with_ranges_for_empty_lists(text)
        if other != text:
            try:
                return _parser().parse(other, start=start)
            except UnexpectedInput:
                pass
        raise
