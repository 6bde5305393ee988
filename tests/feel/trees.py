"""Random trees of expressions, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from rules_engine.feel import ast

names = st.sampled_from(["a", "b", "lead", "date", "time", "größe", "日本", "item", "order", "partial"])
fields = st.sampled_from(["a", "title", "time offset", "start included", "in", "for", "null", "not"])
functions = st.sampled_from(["starts with", "date and time", "date", "not", "max", "years and months duration", "f"])
texts = st.text(max_size=6) | st.sampled_from(["\\d", '"', "\\", "a\nb", "//", "/*", "🐎", "\t", "\x85", "\ud800"])
keys = st.sampled_from(["a", "two words", "for", "", '"', "0", "date and time"])
numbers = st.floats(0, allow_nan=False, allow_infinity=False, allow_subnormal=True) | st.integers(0, 10**6).map(float)

simple_types = st.sampled_from(
    ["number", "string", "date and time", "days and time duration", "Any", "Null", "list", "nonsense"]
).map(ast.TypeName)
type_names = st.recursive(
    simple_types,
    lambda inner: (
        inner.map(lambda item: ast.TypeName("list", (item,)))
        | inner.map(lambda item: ast.TypeName("range", (item,)))
        | st.lists(st.tuples(st.sampled_from(["a", "b c"]), inner), min_size=1, max_size=2).map(
            lambda entries: ast.TypeName("context", (), tuple(entries))
        )
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: ast.TypeName("function", tuple(parts)))
    ),
    max_leaves=3,
)

leaves = (
    st.just(ast.NullLiteral())
    | st.booleans().map(ast.BooleanLiteral)
    | numbers.map(ast.NumberLiteral)
    | texts.map(ast.StringLiteral)
    | texts.map(ast.AtLiteral)
    | (names | st.just("?")).map(ast.Name)
)


def _tests(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Test]:
    ops = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    return st.builds(ast.OpTest, ops, inner) | st.builds(ast.ValueTest, inner)


def _tuples(inner: st.SearchStrategy, least: int = 0) -> st.SearchStrategy[tuple]:
    return st.lists(inner, min_size=least, max_size=3).map(tuple)


def ranges(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.RangeLiteral]:
    closed = st.booleans()
    return (
        st.builds(ast.RangeLiteral, inner, inner, closed, closed)
        | st.builds(ast.RangeLiteral, st.none(), inner, st.just(False), closed)
        | st.builds(ast.RangeLiteral, inner, st.none(), closed, st.just(False))
    )


def _larger(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    iterators = _tuples(st.builds(ast.Iterator, names, inner, st.none() | inner), 1)
    positional = _tuples(st.builds(ast.Argument, st.none(), inner))
    named = _tuples(st.builds(ast.Argument, st.sampled_from(["a", "start position", "for", "date"]), inner), 1)
    return st.one_of(
        st.builds(ast.Path, inner, fields),
        st.builds(ast.Filter, inner, inner),
        st.builds(ast.Call, functions, positional),
        st.builds(ast.Call, functions, named),
        st.builds(ast.Negate, inner),
        st.builds(ast.Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(ast.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(ast.And, inner, inner),
        st.builds(ast.Or, inner, inner),
        st.builds(ast.Between, inner, inner, inner),
        st.builds(ast.In, inner, _tuples(_tests(inner), 1)),
        st.builds(ast.If, inner, inner, inner),
        st.builds(ast.For, iterators, inner),
        st.builds(ast.Quantified, st.sampled_from(["some", "every"]), iterators, inner),
        st.builds(ast.InstanceOf, inner, type_names),
        _tuples(inner).map(ast.ListLiteral),
        _tuples(st.builds(ast.ContextEntry, keys, inner)).map(ast.ContextLiteral),
        ranges(inner),
    )


expressions: st.SearchStrategy[ast.Expression] = st.recursive(leaves, _larger, max_leaves=12)
unary_tests: st.SearchStrategy[ast.UnaryTests] = st.just(ast.UnaryTests((), any=True)) | st.builds(
    ast.UnaryTests, _tuples(_tests(expressions), 1), st.booleans()
)
