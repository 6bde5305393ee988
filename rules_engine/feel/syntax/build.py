"""Makes the nodes of `feel.ast` from what the grammar recognised: one method per rule or alias of feel.lark.

The parser keeps all words and signs, so a node's place is from its first child to its last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from rules_engine.feel import ast
from rules_engine.feel.errors import FeelSyntaxError

if TYPE_CHECKING:
    from lark import Token

Child: TypeAlias = Any  # a lark Token or one of our nodes
Children: TypeAlias = list[Any]

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([nrt\"'\\]))")
_SURROGATES = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_SPACES = re.compile(r"\s+")


def place(children: Sequence[Child]) -> ast.Place:
    """From the start of the first child to the end of the last."""
    first, last = children[0], children[-1]
    start = first.span.start if isinstance(first, ast.Node) else first.start_pos
    end = last.span.end if isinstance(last, ast.Node) else last.end_pos
    return ast.Place(start, end)


def token_place(token: Token) -> ast.Place:
    return ast.Place(cast(int, token.start_pos), cast(int, token.end_pos))


def unescape(token: Token, inside: str) -> str:
    """Resolves escapes. A backslash before anything else is itself, so "\\d" in a pattern needs no second one."""
    if "\\" not in inside:
        return inside

    def resolve(found: re.Match[str]) -> str:
        digits = found[1] or found[2]
        if digits is None:
            return _ESCAPES[found[3]]
        number = int(digits, 16)
        if number > 0x10FFFF:
            raise FeelSyntaxError(
                f"\\U{digits} is not a character: the highest is \\U10FFFF.",
                start=cast(int, token.start_pos),
                end=cast(int, token.end_pos),
                code="RE306",
            )
        return chr(number)

    text = _ESCAPE.sub(resolve, inside)
    return _SURROGATES.sub(lambda m: chr(0x10000 + ((ord(m[1]) - 0xD800) << 10) + ord(m[2]) - 0xDC00), text)


def _nodes(children: Sequence[Child]) -> tuple[Any, ...]:
    return tuple(child for child in children if isinstance(child, ast.Node))


class TreeBuilder:
    """What lark calls at each reduction, by rule name. Children come with all words and signs."""

    def expression_text(self, children: Children) -> Child:
        return children[0]

    # --- unary tests

    def any_value(self, children: Children) -> ast.UnaryTests:
        return ast.UnaryTests((), any=True, span=place(children))

    def negated_tests(self, children: Children) -> ast.UnaryTests:
        return ast.UnaryTests(children[2].tests, negated=True, span=place(children))

    def plain_tests(self, children: Children) -> ast.UnaryTests:
        return cast(ast.UnaryTests, children[0])

    def tests(self, children: Children) -> ast.UnaryTests:
        return ast.UnaryTests(_nodes(children), span=place(children))

    def value_test(self, children: Children) -> ast.Test:
        return as_test(children[0])

    def operator_test(self, children: Children) -> ast.OpTest:
        return ast.OpTest(children[0].value, children[1], span=place(children))

    # --- operators

    def either(self, children: Children) -> ast.Or:
        return ast.Or(children[0], children[2], span=place(children))

    def both(self, children: Children) -> ast.And:
        return ast.And(children[0], children[2], span=place(children))

    def compare(self, children: Children) -> ast.Comparison:
        return ast.Comparison(children[1].value, children[0], children[2], span=place(children))

    def between(self, children: Children) -> ast.Between:
        return ast.Between(children[0], children[2], children[4], span=place(children))

    def is_in(self, children: Children) -> ast.In:
        membership = children[2]
        tests = membership.tests if isinstance(membership, ast.UnaryTests) else (membership,)
        return ast.In(children[0], tests, span=place(children))

    def in_value(self, children: Children) -> ast.Test:
        return as_test(children[0])

    def in_tests(self, children: Children) -> ast.UnaryTests:
        return ast.UnaryTests(_nodes(children), span=place(children))

    def in_not_equal(self, children: Children) -> ast.OpTest:
        return ast.OpTest("!=", children[2], span=place(children))

    def arithmetic(self, children: Children) -> ast.Arithmetic:
        return ast.Arithmetic(children[1].value, children[0], children[2], span=place(children))

    def negate(self, children: Children) -> ast.Negate:
        return ast.Negate(children[1], span=place(children))

    # --- forms that reach to the right

    def conditional(self, children: Children) -> ast.If:
        return ast.If(children[1], children[3], children[5], span=place(children))

    def loop(self, children: Children) -> ast.For:
        return ast.For(_nodes(children[:-1]), children[-1], span=place(children))

    def quantified(self, children: Children) -> ast.Quantified:
        kind = cast(Literal["some", "every"], children[0].value)
        return ast.Quantified(kind, _nodes(children[:-1]), children[-1], span=place(children))

    def iterator(self, children: Children) -> ast.Iterator:
        end = children[4] if len(children) > 3 else None
        return ast.Iterator(children[0].value, children[2], end, span=place(children))

    # --- types

    def instance_of(self, children: Children) -> ast.InstanceOf:
        return ast.InstanceOf(children[0], children[2], span=place(children))

    def simple_type(self, children: Children) -> ast.TypeName:
        name = _SPACES.sub(" ", children[0].value)
        return ast.TypeName("Null" if name == "null" else name, span=place(children))

    def generic_type(self, children: Children) -> ast.TypeName:
        return ast.TypeName(children[0].value, (children[2],), span=place(children))

    def context_type(self, children: Children) -> ast.TypeName:
        entries = tuple(child for child in children if isinstance(child, tuple))
        return ast.TypeName("context", (), entries, span=place(children))

    def entry_type(self, children: Children) -> tuple[str, ast.TypeName]:
        return _key(children[0]), children[2]

    def function_type(self, children: Children) -> ast.TypeName:
        return ast.TypeName("function", _nodes(children), span=place(children))

    # --- postfix forms and primaries

    def path(self, children: Children) -> ast.Path:
        name = _SPACES.sub(" ", children[2].value)
        return ast.Path(children[0], name, name_span=token_place(children[2]), span=place(children))

    def filter(self, children: Children) -> ast.Filter:
        return ast.Filter(children[0], children[2], span=place(children))

    def literal(self, children: Children) -> Child:
        return children[0]

    def null(self, children: Children) -> ast.NullLiteral:
        return ast.NullLiteral(span=place(children))

    def boolean(self, children: Children) -> ast.BooleanLiteral:
        return ast.BooleanLiteral(children[0].value == "true", span=place(children))

    def number(self, children: Children) -> ast.NumberLiteral:
        value = float(children[0].value)
        if value in (float("inf"), float("-inf")):
            where = token_place(children[0])
            raise FeelSyntaxError(
                "This number is too large: numbers go up to about 1.8e308.",
                start=where.start,
                end=where.end,
                code="RE307",
            )
        return ast.NumberLiteral(value, children[0].value, span=place(children))

    def string(self, children: Children) -> ast.StringLiteral:
        return ast.StringLiteral(unescape(children[0], children[0].value[1:-1]), span=place(children))

    def at(self, children: Children) -> ast.AtLiteral:
        text = children[0].value
        return ast.AtLiteral(unescape(children[0], text[text.index('"') + 1 : -1]), span=place(children))

    def name(self, children: Children) -> ast.Name:
        return ast.Name(children[0].value, span=place(children))

    def parenthesised(self, children: Children) -> Child:
        return replace(children[1], span=place(children))

    def call(self, children: Children) -> ast.Call:
        arguments = tuple(
            child if isinstance(child, ast.Argument) else ast.Argument(None, child, span=child.span)
            for child in _nodes(children[1:])
        )
        name = _SPACES.sub(" ", children[0].value)
        return ast.Call(name, arguments, function_span=token_place(children[0]), span=place(children))

    def argument(self, children: Children) -> ast.Argument:
        return ast.Argument(_SPACES.sub(" ", children[0].value), children[2], span=place(children))

    def list(self, children: Children) -> ast.ListLiteral:
        return ast.ListLiteral(_nodes(children), span=place(children))

    def context(self, children: Children) -> ast.ContextLiteral:
        return ast.ContextLiteral(_nodes(children), span=place(children))

    def entry(self, children: Children) -> ast.ContextEntry:
        return ast.ContextEntry(_key(children[0]), children[2], span=place(children))

    def interval(self, children: Children) -> ast.RangeLiteral:
        opening, low, _, high, closing = children
        return ast.RangeLiteral(low, high, opening.value == "[", closing.value == "]", span=place(children))

    def half_line(self, children: Children) -> ast.RangeLiteral:
        op, end = children[1].value, children[2]
        span = place(children)
        if op == "=":
            return ast.RangeLiteral(end, end, True, True, span=span)
        if op in ("<", "<="):
            return ast.RangeLiteral(None, end, False, op == "<=", span=span)
        return ast.RangeLiteral(end, None, op == ">=", False, span=span)


def as_test(value: Child) -> ast.Test:
    """An expression among tests: what is already a test stays one, and `(= 5)` is `= 5`, also for null."""
    if isinstance(value, ast.RangeLiteral) and value.low is value.high and value.low is not None:
        return ast.OpTest("=", value.low, span=value.span)
    return value if isinstance(value, ast.OpTest) else ast.ValueTest(value, span=value.span)


def _key(token: Token) -> str:
    return unescape(token, token.value[1:-1]) if token.type == "STRING" else token.value
