"""The native forms: parts of an expression as Polars expressions, only where these are certain to agree.

Each form says why it agrees, where that is not plain. What is missing here is lifted, so a form left out costs time
and never a difference. Left out on purpose: `**`, text `+` (the interpreter limits its length), upper and lower case
(another version of Unicode).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TypeAlias, cast

import polars as pl

from rules_engine.feel import ast, types
from rules_engine.feel.builtins.declare import Builtin, Registry
from rules_engine.feel.checking import check_types, reads
from rules_engine.feel.checking.tree import static_path, uses_input
from rules_engine.feel.columns import texts
from rules_engine.feel.columns.forms import KINDS, Form, Forms, Handlers, Kind, form_of
from rules_engine.feel.columns.inputs import NANOS, column_name
from rules_engine.feel.columns.lift import ROW
from rules_engine.feel.functions import all_functions
from rules_engine.feel.interpret.compile import Compiler
from rules_engine.feel.types import ContextOf, Typed, plain
from rules_engine.feel.values import DaysTimeDuration

_ORDERED = ("string", "number")

# --- literals and columns


def _null(forms: Forms, node: ast.NullLiteral) -> Form:
    return Form(pl.lit(None), "null", plain=True)


def _boolean(forms: Forms, node: ast.BooleanLiteral) -> Form:
    return Form(pl.lit(node.value), "boolean", plain=True)


def _number(forms: Forms, node: ast.NumberLiteral) -> Form:
    return Form(pl.lit(node.value, pl.Float64), "number", plain=True)


def _string(forms: Forms, node: ast.StringLiteral) -> Form:
    return Form(pl.lit(node.value, pl.String), "string", plain=True)


def _leaf(forms: Forms, node: ast.Name | ast.Path) -> Form | None:
    path = static_path(node)
    if path is None or path[0] not in forms.scope:
        return None
    kind = forms.scope[path[0]].type
    for name in path[1:]:
        entry = kind.get(name) if isinstance(kind, ContextOf) else None
        if entry is None:
            return None
        kind = entry.type
    if isinstance(kind, ContextOf) or kind in (types.ANY, types.POISON, types.NULL):
        return None
    return Form(pl.col(column_name(path)), KINDS.get(plain(kind), "other"), plain=True)


# --- operators


def _comparison(forms: Forms, node: ast.Comparison) -> Form | None:
    elapsed = _elapsed(forms, node)
    if elapsed is not None:
        return elapsed
    sides = forms.operands(node.left, node.right)
    return None if sides is None else _compared(node.op, *sides)


def _elapsed(forms: Forms, node: ast.Comparison) -> Form | None:
    """`now - last.visit > duration("30 days")`: whole numbers of nanoseconds, as in the interpreter."""
    if node.op not in _ORDER or not isinstance(node.left, ast.Arithmetic) or node.left.op != "-" or reads(node.right):
        return None
    moments = [form for side in (node.left.left, node.left.right) if (form := _moment(forms, side)) is not None]
    if len(moments) != 2:
        return None
    length = Compiler(forms.functions).compile(node.right)({})
    if not isinstance(length, DaysTimeDuration):
        return None
    later, earlier = moments
    nanos = _nanos(later.expr) - _nanos(earlier.expr)
    return form_of(_ORDER[node.op](nanos, pl.lit(length.nanos, pl.Int128)), "boolean", later, earlier)


def _moment(forms: Forms, node: ast.Expression) -> Form | None:
    """A column of moments that are known to carry a zone."""
    form = _leaf(forms, node) if isinstance(node, ast.Name | ast.Path) else None
    if form is None or form.kind != "other":
        return None
    return form if check_types(node, forms.scope, forms.functions).typed.type == types.ZONED_DATE_AND_TIME else None


def _nanos(moment: pl.Expr) -> pl.Expr:
    """Since 1970, of a column of any precision; 128 bits, as years far off do not fit into 64."""
    return moment.map_batches(_to_nanos, return_dtype=pl.Int128)


def _to_nanos(moments: pl.Series) -> pl.Series:
    unit = NANOS[moments.dtype.time_unit] if isinstance(moments.dtype, pl.Datetime) else 1
    return moments.to_physical().cast(pl.Int128) * pl.Series([unit], dtype=pl.Int128)


def _compared(op: ast.CompareOp, left: Form, right: Form) -> Form | None:
    """`=` is null-safe; the order is null where a side is. Code points and UTF-8 bytes order texts alike."""
    if op in ("=", "!=") and "null" in (left.kind, right.kind):
        if left.kind == right.kind:
            return None
        value = left if right.kind == "null" else right
        return form_of(value.expr.is_null() if op == "=" else value.expr.is_not_null(), "boolean", value)
    if left.kind != right.kind or left.kind in ("null", "other"):
        return None
    if op == "=":
        return form_of(left.expr.eq_missing(right.expr), "boolean", left, right)
    if op == "!=":
        return form_of(left.expr.ne_missing(right.expr), "boolean", left, right)
    if left.kind not in _ORDERED:
        return None
    return form_of(_ORDER[op](left.expr, right.expr), "boolean", left, right)


_ORDER: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _both(forms: Forms, node: ast.And | ast.Or) -> Form | None:
    """Polars' `&` and `|` are Kleene's, as FEEL's `and` and `or` are."""
    sides = forms.operands(node.left, node.right)
    if sides is None or any(side.kind != "boolean" for side in sides):
        return None
    left, right = sides
    made = left.expr & right.expr if isinstance(node, ast.And) else left.expr | right.expr
    return form_of(made, "boolean", left, right)


def _arithmetic(forms: Forms, node: ast.Arithmetic) -> Form | None:
    operate = _ARITHMETIC.get(node.op)
    if operate is None:
        return None
    left, right = forms.term(node.left), forms.term(node.right)
    if left is None or right is None or left.kind != "number" or right.kind != "number":
        return None
    if node.op == "/":
        if not (left.expr.meta.root_names() or right.expr.meta.root_names()):
            return None  # one number for all rows is not a column
        right = forms.finished(right)  # by an infinity, which the interpreter has as null, it would be 0
    return form_of(operate(left.expr, right.expr), "number", left, right, unbounded=True)


_ARITHMETIC: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: pl.map_batches([left, right], _quotients, return_dtype=pl.Float64),
}


def _quotients(sides: Sequence[pl.Series]) -> pl.Series:
    """Divides each pair. By a single number, also one in a single row, Polars would multiply by its inverse, a unit in
    the last place off; so single numbers are written out.

    What has no quotient is infinite or not a number, and becomes null with the others of that kind.
    """
    if any(side.is_empty() for side in sides):
        return pl.Series([], dtype=pl.Float64)
    height = max(map(len, sides))
    doubles = (side.cast(pl.Float64) for side in sides)
    left, right = (side if len(side) > 1 else side.new_from_index(0, max(height, 2)) for side in doubles)
    return (left / right).head(height)


def _negate(forms: Forms, node: ast.Negate) -> Form | None:
    operand = forms.term(node.operand)
    if operand is None or operand.kind != "number":
        return None
    return form_of(-operand.expr, "number", operand, unbounded=operand.unbounded)


def _between(forms: Forms, node: ast.Between) -> Form | None:
    parts = forms.operands(node.value, node.low, node.high)
    return None if parts is None else _within(forms.shared(parts[0]), parts[1], parts[2])


def _within(
    value: Form, low: Form, high: Form, low_op: ast.CompareOp = ">=", high_op: ast.CompareOp = "<="
) -> Form | None:
    above, below = _compared(low_op, value, low), _compared(high_op, value, high)
    return None if above is None or below is None else form_of(above.expr & below.expr, "boolean", value, low, high)


def _if(forms: Forms, node: ast.If) -> Form | None:
    """A condition that is null takes `else` in both."""
    parts = forms.operands(node.condition, node.then, node.otherwise)
    if parts is None:
        return None
    condition, then, otherwise = parts
    kinds = {then.kind, otherwise.kind} - {"null"}
    if condition.kind != "boolean" or len(kinds) != 1 or "other" in kinds:
        return None
    kind = kinds.pop()
    chosen = pl.when(condition.expr).then(_per_row(then, kind)).otherwise(_per_row(otherwise, kind))
    return form_of(chosen, kind, *parts)


def _per_row(branch: Form, kind: Kind) -> pl.Expr:
    """A branch with a value for each row. Where all rows take a branch that is a literal, Polars 2.1 goes on with one
    row, and `0 = (if row.b then 1 else 2)` would have one value."""
    if branch.expr.meta.root_names():
        return branch.expr
    if kind == "number":
        return pl.col(ROW) * 0.0 + branch.expr
    if kind == "boolean":
        return (pl.col(ROW) >= 0) & branch.expr
    return pl.col(ROW).cast(pl.String).str.head(0) + branch.expr


# --- tests


def _in(forms: Forms, node: ast.In) -> Form | None:
    """Kleene's `or` of the tests."""
    value = forms.operand(node.value)
    if value is None or value.kind not in ("string", "number", "boolean"):
        return None
    value = forms.shared(value)
    literals = _literals(node.tests, value.kind)
    if literals is not None:
        # one lookup; null is in no list of literals
        return form_of(value.expr.is_in(literals).fill_null(False), "boolean", value)
    tests = [_test(forms, value, test) for test in node.tests]
    if not tests or None in tests:
        return None
    known = [test for test in tests if test is not None]
    return form_of(reduce(lambda one, other: one | other, (test.expr for test in known)), "boolean", value, *known)


def _literals(tests: tuple[ast.Test, ...], kind: Kind) -> list[object] | None:
    """The values of `in ("a", "b")` and `in ["a", "b"]`."""
    values: tuple[object, ...] = tuple(test.value for test in tests if isinstance(test, ast.ValueTest))
    if len(values) == len(tests) == 1 and isinstance(values[0], ast.ListLiteral):
        values = values[0].items
    wanted = {"string": ast.StringLiteral, "number": ast.NumberLiteral}.get(kind)
    if wanted is None or not values or not all(type(value) is wanted for value in values) or len(values) < len(tests):
        return None
    return [value.value for value in values if isinstance(value, ast.StringLiteral | ast.NumberLiteral)]


def _test(forms: Forms, value: Form, test: ast.Test) -> Form | None:
    if uses_input(test):
        return None
    if isinstance(test, ast.OpTest):
        end = forms.operand(test.value)
        return None if end is None else _compared(test.op, value, end)
    if isinstance(test.value, ast.RangeLiteral):
        return _in_range(forms, value, test.value)
    if isinstance(test.value, ast.ListLiteral):
        items = [_item(forms, value, item) for item in test.value.items]
        if not items or None in items:
            return None
        known = [item for item in items if item is not None]
        return form_of(reduce(lambda one, other: one | other, (item.expr for item in known)), "boolean", *known)
    wanted = forms.operand(test.value)
    return None if wanted is None else _compared("=", value, wanted)


def _item(forms: Forms, value: Form, item: ast.Expression) -> Form | None:
    """An item of a list that is tested: in it or not, never null."""
    if isinstance(item, ast.RangeLiteral):
        if not isinstance(item.low, ast.NumberLiteral) or not isinstance(item.high, ast.NumberLiteral):
            return None  # an end that is null makes the range null, and null is in a list with null
        within = _in_range(forms, value, item)
        return None if within is None else form_of(within.expr.fill_null(False), "boolean", within)
    wanted = forms.operand(item)
    return None if wanted is None else _compared("=", value, wanted)


def _in_range(forms: Forms, value: Form, bounds: ast.RangeLiteral) -> Form | None:
    if bounds.low is None or bounds.high is None:
        return None
    ends = forms.operands(bounds.low, bounds.high)
    if ends is None:
        return None
    low_op: ast.CompareOp = ">=" if bounds.low_closed else ">"
    high_op: ast.CompareOp = "<=" if bounds.high_closed else "<"
    return _within(value, ends[0], ends[1], low_op, high_op)


# --- functions

Columns: TypeAlias = Callable[..., pl.Expr]

_COLUMNS: dict[str, Columns] = {
    "not": lambda negand: ~negand,
    "contains": lambda string, match: string.str.contains(match, literal=True),
    "starts with": lambda string, match: string.str.starts_with(match),
    "ends with": lambda string, match: string.str.ends_with(match),
    "email domain": texts.email_domain,
}
"""For the language's own functions that have a native form. A plugin's declares it as `Builtin.columns`."""

_COSTLY = {"email domain"}

_SIGNATURES: dict[str, tuple[tuple[Kind, ...], Kind]] = {
    "not": (("boolean",), "boolean"),
    "contains": (("string", "string"), "boolean"),
    "starts with": (("string", "string"), "boolean"),
    "ends with": (("string", "string"), "boolean"),
    "email domain": (("string",), "string"),
}


def _call(forms: Forms, node: ast.Call) -> Form | None:
    builtin = forms.functions.get(node.function)
    if builtin is None or any(argument.name is not None for argument in node.arguments):
        return None
    if node.function in _EXTREMES and builtin is all_functions().get(node.function):
        return _extreme(forms, node)
    columns = _columns_of(builtin)
    given = forms.operands(*(argument.value for argument in node.arguments)) if columns is not None else None
    if columns is None or given is None:
        return None
    parameters, result, expr = columns
    if tuple(form.kind for form in given) != parameters:
        return None
    if not any(form.expr.meta.root_names() for form in given):
        return None  # one text for all rows is not a column: a form in Python would give a single row
    given = [forms.shared(form) for form in given]
    made = expr(*(form.expr for form in given))
    missing = [form.expr.is_null() for form in given]
    form = form_of(pl.when(~pl.any_horizontal(missing)).then(made), result, *given)
    return forms.kept(node, form) if builtin.name in _COSTLY else form


_EXTREMES: dict[str, tuple[ast.CompareOp, ast.CompareOp]] = {"min": ("<", ">="), "max": (">", "<=")}


def _extreme(forms: Forms, node: ast.Call) -> Form | None:
    """The least or greatest of several numbers, the first of equal ones; null where one is."""
    better, other = (_ORDER[op] for op in _EXTREMES[node.function])
    given = forms.operands(*(argument.value for argument in node.arguments)) if len(node.arguments) > 1 else None
    if given is None or any(form.kind != "number" for form in given):
        return None
    best, nothing = given[0], _per_row(Form(pl.lit(None, pl.Float64), "number"), "number")
    for form in given[1:]:
        best, form = forms.shared(best), forms.shared(form)
        one, two = _per_row(form, "number"), _per_row(best, "number")
        chosen = pl.when(better(form.expr, best.expr)).then(one).when(other(form.expr, best.expr)).then(two)
        best = form_of(chosen.otherwise(nothing), "number", best, form)
    return best


def _columns_of(builtin: Builtin) -> tuple[tuple[Kind, ...], Kind, Columns] | None:
    """The column form of a function: the kinds it takes, the kind it gives, and the form itself."""
    if builtin is all_functions().get(builtin.name) and builtin.name in _COLUMNS:
        return *_SIGNATURES[builtin.name], _COLUMNS[builtin.name]
    if builtin.columns is None or len(builtin.signatures) != 1:
        return None
    (signature,) = builtin.signatures
    kinds = [KINDS.get(parameter.type) for parameter in signature.parameters]
    result = None if callable(signature.result) else KINDS.get(signature.result)
    if result is None or any(p.variadic or p.optional or p.nullable for p in signature.parameters):
        return None
    known = tuple(kind for kind in kinds if kind is not None)
    columns = cast(Columns, builtin.columns)
    return (known, result, columns) if len(known) == len(kinds) else None


_HANDLERS: Handlers = {
    ast.NullLiteral: _null,
    ast.BooleanLiteral: _boolean,
    ast.NumberLiteral: _number,
    ast.StringLiteral: _string,
    ast.Name: _leaf,
    ast.Path: _leaf,
    ast.Comparison: _comparison,
    ast.And: _both,
    ast.Or: _both,
    ast.Arithmetic: _arithmetic,
    ast.Negate: _negate,
    ast.Between: _between,
    ast.If: _if,
    ast.In: _in,
    ast.Call: _call,
}


def native_forms(scope: Mapping[str, Typed], functions: Registry) -> Forms:
    """The native forms of an expression over a scope."""
    return Forms(scope, functions, _HANDLERS)
