"""Random small expressions over a few declared paths, well typed, for the properties of the checker."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import strategies as st

from rules_engine.feel import ast
from rules_engine.feel.types import BOOLEAN, NUMBER, STRING, ContextOf, Entry, ListOf, Typed

NUMBERS = ("a", "b")
TEXTS = ("s", "t")
VALUES: dict[str, tuple[object, ...]] = {
    "a": (0.0, 1.0, 2.0),
    "b": (0.0, 1.0, 2.0),
    "s": ("x", ""),
    "t": ("x", "y"),
    "p": (True, False),
    "l": ([], ["x"], ["y", "x"]),
    "r": (0.0, 1.0, 2.0),
}
NULLABLE = ("a", "b", "s", "t", "p", "l")
SCOPE = {
    "lead": Typed(
        ContextOf(
            (
                Entry("a", NUMBER),
                Entry("b", NUMBER),
                Entry("s", STRING),
                Entry("t", STRING),
                Entry("p", BOOLEAN),
                Entry("l", ListOf(STRING)),
                Entry("r", NUMBER, nullable=False),
            ),
            "lead",
        ),
        nullable=False,
    )
}


def field(name: str) -> ast.Expression:
    return ast.Path(ast.Name("lead"), name)


def number(value: float) -> ast.Expression:
    return ast.NumberLiteral(float(value), f"{value:g}")


def call(function: str, *values: ast.Expression) -> ast.Expression:
    return ast.Call(function, tuple(ast.Argument(None, value) for value in values))


number_fields = st.sampled_from([field(name) for name in (*NUMBERS, "r")])
text_fields = st.sampled_from([field(name) for name in TEXTS])
number_constants = st.sampled_from([number(value) for value in (0, 1, 2)])
text_constants = st.sampled_from([ast.StringLiteral(text) for text in ("x", "y")])
any_field = st.sampled_from([field(name) for name in NULLABLE])
orders = st.sampled_from(["<", "<=", ">", ">="])
equalities = st.sampled_from(["=", "!="])

folds = st.sampled_from(["sum", "min", "max", "mean", "median", "product", "stddev", "count"])
positions = st.sampled_from([number(1), number(2), ast.Negate(number(1))])
patterns = st.sampled_from([ast.StringLiteral(text) for text in ("x", "[xy]", "x|$y")])
numerals = st.sampled_from([ast.StringLiteral(text) for text in ("1", "x")])
written_lists = st.lists(text_constants | text_fields | st.just(ast.NullLiteral()), max_size=2).map(
    lambda items: ast.ListLiteral(tuple(items))
)

Exprs = st.SearchStrategy[Any]


def numbers(depth: int) -> Exprs:
    leaf = number_fields | number_constants
    if depth == 0:
        return leaf
    deeper = numbers(depth - 1)
    return st.one_of(
        leaf,
        st.builds(ast.Arithmetic, st.sampled_from(["+", "-", "*"]), deeper, deeper),
        st.builds(ast.If, conditions(depth - 1), deeper, deeper | st.just(ast.NullLiteral())),
        st.builds(lambda x, y: call("sum", ast.ListLiteral((x, y))), deeper, deeper),
        st.builds(lambda x, y: call("max", x, y), deeper, deeper),
        st.builds(lambda items: call("count", items), texts_lists(depth - 1)),
        st.builds(lambda text: call("string length", text), texts(depth - 1)),
        st.builds(lambda f, x: call(f, x), st.sampled_from(["floor", "sqrt", "log", "exp", "sum", "stddev"]), deeper),
        st.builds(lambda x, y: call("modulo", x, y), deeper, deeper),
        st.builds(ast.Arithmetic, st.sampled_from(["/", "**"]), deeper, deeper),
        st.builds(lambda f, items: call(f, ast.ListLiteral(tuple(items))), folds, st.lists(deeper, max_size=2)),
        st.builds(
            lambda items, at: ast.Filter(ast.ListLiteral(tuple(items)), at),
            st.lists(deeper | st.just(ast.NullLiteral()), max_size=2),
            positions,
        ),
        st.builds(lambda x: call("number", x, ast.NullLiteral(), ast.NullLiteral()), texts(depth - 1) | numerals),
        st.builds(ast.Filter, moved_lists(deeper), positions),
        st.builds(lambda x, y, key: ast.Path(context(x, y), key), deeper, deeper, st.sampled_from("uv")),
        st.builds(
            lambda x, y, key: call("get value", context(x, y), ast.StringLiteral(key)),
            deeper,
            deeper,
            st.sampled_from("uvw"),
        ),
    )


def context(first: ast.Expression, second: ast.Expression) -> ast.Expression:
    return ast.ContextLiteral((ast.ContextEntry("u", first), ast.ContextEntry("v", second)))


def moved_lists(items: Exprs) -> Exprs:
    """Lists written out, as they are or with their items moved about."""
    items = items | st.just(ast.NullLiteral())
    written = st.lists(items, min_size=1, max_size=3).map(lambda some: ast.ListLiteral(tuple(some)))
    return st.one_of(
        written,
        st.builds(lambda x, y: call("concatenate", x, y), written, written),
        st.builds(lambda x: call("reverse", x), written),
        st.builds(lambda x, item: call("append", x, item), written, items),
        st.builds(lambda f, x, at: call(f, x, at), st.sampled_from(["sublist", "remove"]), written, positions),
        st.builds(lambda x, at: call("sublist", x, at, number(1)), written, positions),
        st.builds(
            lambda f, x, at, item: call(f, x, at, item),
            st.sampled_from(["insert before", "list replace"]),
            written,
            positions,
            items,
        ),
    )


def texts(depth: int) -> Exprs:
    leaf = text_fields | text_constants
    if depth == 0:
        return leaf
    deeper = texts(depth - 1)
    return st.one_of(
        leaf,
        st.builds(ast.Arithmetic, st.just("+"), deeper, deeper),
        st.builds(ast.If, conditions(depth - 1), deeper, deeper),
        st.builds(lambda items: ast.Filter(items, number(1)), texts_lists(depth - 1)),
        st.builds(lambda x, at: call("substring", x, at), deeper, positions),
        st.builds(lambda x, p, y: call("replace", x, p, y), deeper, patterns | deeper, deeper),
        st.builds(lambda x, p, at: ast.Filter(call("split", x, p), at), deeper, patterns, positions),
        st.builds(lambda items: call("string join", items), texts_lists(depth - 1)),
    )


def texts_lists(depth: int) -> Exprs:
    leaf = st.just(field("l"))
    if depth == 0:
        return leaf
    inner = st.just(ast.Name("item")) | texts(depth - 1)
    return st.one_of(
        leaf,
        st.builds(lambda x, y: ast.ListLiteral((x, y)), texts(depth - 1), texts(depth - 1)),
        st.builds(
            lambda items, op, right: ast.Filter(items, ast.Comparison(op, ast.Name("item"), right)),
            leaf,
            equalities,
            inner,
        ),
        st.builds(
            lambda items, body: ast.For((ast.Iterator("x", items),), body),
            leaf,
            st.just(ast.Name("x")) | texts(depth - 1),
        ),
    )


def conditions(depth: int) -> Exprs:
    leaf = st.one_of(
        st.just(field("p")),
        st.builds(ast.Comparison, orders | equalities, number_fields, number_constants),
        st.builds(ast.Comparison, equalities, text_fields, text_constants),
        st.builds(ast.Comparison, equalities, any_field, st.just(ast.NullLiteral())),
    )
    if depth == 0:
        return leaf
    deeper = conditions(depth - 1)
    tests = st.one_of(
        st.builds(ast.ValueTest, texts(depth - 1)),
        st.builds(ast.ValueTest, texts_lists(depth - 1)),
        st.builds(ast.ValueTest, st.just(ast.NullLiteral())),
    )
    number_tests = st.one_of(
        st.builds(ast.ValueTest, numbers(depth - 1)),
        st.builds(ast.OpTest, orders | equalities, numbers(depth - 1)),
        st.builds(
            lambda low, high, closed: ast.ValueTest(ast.RangeLiteral(low, high, closed, True)),
            numbers(depth - 1),
            numbers(depth - 1),
            st.booleans(),
        ),
    )
    return st.one_of(
        leaf,
        st.builds(ast.And, deeper, deeper),
        st.builds(ast.Or, deeper, deeper),
        st.builds(lambda x: call("not", x), deeper),
        st.builds(ast.Comparison, orders | equalities, numbers(depth - 1), numbers(depth - 1)),
        st.builds(ast.Comparison, equalities, texts(depth - 1), texts(depth - 1)),
        st.builds(ast.Comparison, equalities, deeper, deeper),
        st.builds(ast.Comparison, equalities, texts_lists(depth - 1), texts_lists(depth - 1)),
        st.builds(ast.If, deeper, deeper, deeper),
        st.builds(ast.Between, numbers(depth - 1), numbers(depth - 1), numbers(depth - 1)),
        st.builds(lambda v, t: ast.In(v, tuple(t)), texts(depth - 1), st.lists(tests, min_size=1, max_size=2)),
        st.builds(lambda v, t: ast.In(v, tuple(t)), numbers(depth - 1), st.lists(number_tests, min_size=1, max_size=2)),
        st.builds(lambda x, y: call("starts with", x, y), texts(depth - 1), texts(depth - 1)),
        st.builds(lambda x, y: call("list contains", x, y), texts_lists(depth - 1), texts(depth - 1)),
        st.builds(lambda x, p: call("matches", x, p), texts(depth - 1), patterns | texts(depth - 1)),
        st.builds(lambda x, items: call("has word", x, items), texts(depth - 1), written_lists),
        st.builds(lambda items, x: call("list contains", items, x), written_lists, texts(depth - 1)),
        st.builds(lambda x, y: call("is", x, y), texts(depth - 1), texts(depth - 1)),
        st.builds(lambda x, y, f: call(f, ast.ListLiteral((x, y))), deeper, deeper, st.sampled_from(["all", "any"])),
        st.builds(lambda v: ast.InstanceOf(v, ast.TypeName("string")), texts(depth - 1)),
        st.builds(
            lambda kind, items, op, right: ast.Quantified(
                kind, (ast.Iterator("x", items),), ast.Comparison(op, ast.Name("x"), right)
            ),
            st.sampled_from(["some", "every"]),
            texts_lists(depth - 1),
            equalities,
            texts(depth - 1),
        ),
        st.builds(
            lambda kind, items, op, right: ast.Quantified(
                kind, (ast.Iterator("x", items),), ast.Comparison(op, ast.Name("x"), right)
            ),
            st.sampled_from(["some", "every"]),
            moved_lists(numbers(depth - 1)),
            orders | equalities,
            numbers(depth - 1),
        ),
    )


def leads(names: set[str]) -> list[dict[str, object]]:
    """Every lead over the small values of these fields, null included where it can be."""
    columns = [[*VALUES[name], *([None] if name in NULLABLE else [])] for name in sorted(names)]
    return [dict(zip(sorted(names), row, strict=True)) for row in product(*columns)]
