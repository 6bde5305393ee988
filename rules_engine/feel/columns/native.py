"""The native forms: parts of an expression as Polars expressions, only where these are certain to agree.

Each form says why it agrees, where that is not plain. What is missing here is lifted, so a form left out costs time
and never a difference. Left out on purpose: `**`, text `+` (the interpreter limits its length), upper and lower case
(another version of Unicode).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import count
from typing import Any, Literal, TypeAlias, cast

import polars as pl

from rules_engine.feel import ast, types
from rules_engine.feel.builtins.declare import Builtin, Registry
from rules_engine.feel.checking import check_types, reads
from rules_engine.feel.checking.tree import static_path, uses_input
from rules_engine.feel.columns import texts
from rules_engine.feel.columns.inputs import NANOS, column_name, reading
from rules_engine.feel.columns.lift import ROW, Lift, certain_type
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.functions import all_functions
from rules_engine.feel.interpret.compile import Compiler
from rules_engine.feel.syntax.print import print_expression
from rules_engine.feel.types import ContextOf, Type, Typed, plain
from rules_engine.feel.values import DaysTimeDuration
from rules_engine.records import dataclass

Kind: TypeAlias = Literal["string", "number", "boolean", "null", "other"]
"""What an operand is. "null" is the literal; of "other" kinds (dates, lists) only whether they are null is native."""

_KINDS: dict[Type, Kind] = {types.STRING: "string", types.NUMBER: "number", types.BOOLEAN: "boolean"}
_ORDERED = ("string", "number")


@dataclass(frozen=True, slots=True)
class Step:
    """A column computed before others: a part that is used twice, or numbers of which the infinite become null.

    Used twice in place, it would be written out twice for Polars, and again at each level above. `anywhere`: the name
    is that of the part, whose values are the same in other expressions over the same rows.
    """

    name: str
    expr: pl.Expr
    finite: bool
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A part as a Polars expression over a working frame to which `steps` have been added, in their order.

    `plain`: a literal or a column. `unbounded`: there can be infinities where the interpreter has null. `+`, `-` and
    `*` never make one finite again, so that a sum of many terms is looked at once, at its end.
    """

    expr: pl.Expr
    kind: Kind
    steps: tuple[Lift | Step, ...] = ()
    plain: bool = False
    unbounded: bool = False


def _made(expr: pl.Expr, kind: Kind, *parts: Form, unbounded: bool = False) -> Form:
    steps = {step.name: step for part in parts for step in part.steps}
    return Form(expr, kind, tuple(steps.values()), unbounded=unbounded)


class Forms:
    """Finds the forms of the parts of one expression."""

    def __init__(self, scope: Mapping[str, Typed], functions: Registry) -> None:
        self.scope = scope
        self.functions = functions
        self._numbers = count()

    def lift(self, node: ast.Expression, kind: Type) -> Lift:
        run = Compiler(self.functions).compile(node)
        return Lift(_name_of(node), node, reading(node, self.scope), kind, run)

    def native(self, node: ast.Expression) -> Form | None:
        """The native form of a part, its own parts lifted where they must be; None where it has to be lifted whole."""
        handler = _HANDLERS.get(type(node))
        return None if handler is None else handler(self, node)

    def kept(self, node: ast.Expression, form: Form) -> Form:
        """A form that costs much: computed once for all expressions in which the same part stands."""
        step = Step(_name_of(node), form.expr, form.unbounded, anywhere=True)
        return Form(pl.col(step.name), form.kind, (*form.steps, step), plain=True)

    def shared(self, form: Form) -> Form:
        """A form that can be used any number of times."""
        return form if form.plain else self._stepped(form, finite=form.unbounded)

    def finished(self, form: Form) -> Form:
        """A form whose numbers are finite or null."""
        return self._stepped(form, finite=True) if form.unbounded else form

    def _stepped(self, form: Form, *, finite: bool) -> Form:
        step = Step(f"##{next(self._numbers)}", form.expr, finite)
        return Form(pl.col(step.name), form.kind, (*form.steps, step), plain=True)

    def operand(self, node: ast.Expression) -> Form | None:
        """A part of a native form, ready to be used: native, or lifted if its type is known for certain."""
        form = self.term(node)
        return None if form is None else self.finished(form)

    def term(self, node: ast.Expression) -> Form | None:
        """The same, but perhaps with infinities: for arithmetic, which keeps them."""
        form = self.native(node) or self._constant(node)
        if form is not None:
            return form
        found = check_types(node, self.scope, self.functions)
        known = certain_type(node, found.typed.type)
        kind = _KINDS.get(plain(known))
        if kind is None or not found.ok:
            return None
        lift = self.lift(node, known)
        return Form(pl.col(lift.name), kind, (lift,), plain=True)

    def _constant(self, node: ast.Expression) -> Form | None:
        """The value of a part that reads nothing: `"/products/" + "crm"`."""
        if reads(node):
            return None
        try:
            value = Compiler(self.functions).compile(node)({})
        except FeelLimitError:
            return None
        if isinstance(value, bool):
            return Form(pl.lit(value), "boolean", plain=True)
        if isinstance(value, float):
            return Form(pl.lit(value, pl.Float64), "number", plain=True)
        return Form(pl.lit(str(value), pl.String), "string", plain=True) if isinstance(value, str) else None

    def operands(self, *nodes: ast.Expression) -> list[Form] | None:
        forms = [form for node in nodes if (form := self.operand(node)) is not None]
        return forms if len(forms) == len(nodes) else None


def _name_of(node: ast.Expression) -> str:
    """The column of a part in a working frame. The same part has the same name, and the same values, everywhere."""
    return "#" + print_expression(node)


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
    return Form(pl.col(column_name(path)), _KINDS.get(plain(kind), "other"), plain=True)


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
    return _made(_ORDER[node.op](nanos, pl.lit(length.nanos, pl.Int128)), "boolean", later, earlier)


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
        return _made(value.expr.is_null() if op == "=" else value.expr.is_not_null(), "boolean", value)
    if left.kind != right.kind or left.kind in ("null", "other"):
        return None
    if op == "=":
        return _made(left.expr.eq_missing(right.expr), "boolean", left, right)
    if op == "!=":
        return _made(left.expr.ne_missing(right.expr), "boolean", left, right)
    if left.kind not in _ORDERED:
        return None
    return _made(_ORDER[op](left.expr, right.expr), "boolean", left, right)


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
    return _made(made, "boolean", left, right)


def _arithmetic(forms: Forms, node: ast.Arithmetic) -> Form | None:
    operate = _ARITHMETIC.get(node.op)
    if operate is None:
        return None
    left, right = forms.term(node.left), forms.term(node.right)
    if left is None or right is None or left.kind != "number" or right.kind != "number":
        return None
    if node.op == "/" and not (left.expr.meta.root_names() or right.expr.meta.root_names()):
        return None  # one number for all rows is not a column
    return _made(operate(left.expr, right.expr), "number", left, right, unbounded=True)


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
    return _made(-operand.expr, "number", operand, unbounded=operand.unbounded)


def _between(forms: Forms, node: ast.Between) -> Form | None:
    parts = forms.operands(node.value, node.low, node.high)
    return None if parts is None else _within(forms.shared(parts[0]), parts[1], parts[2])


def _within(
    value: Form, low: Form, high: Form, low_op: ast.CompareOp = ">=", high_op: ast.CompareOp = "<="
) -> Form | None:
    above, below = _compared(low_op, value, low), _compared(high_op, value, high)
    return None if above is None or below is None else _made(above.expr & below.expr, "boolean", value, low, high)


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
    return _made(chosen, kind, *parts)


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
        return _made(value.expr.is_in(literals).fill_null(False), "boolean", value)
    tests = [_test(forms, value, test) for test in node.tests]
    if not tests or None in tests:
        return None
    known = [test for test in tests if test is not None]
    return _made(reduce(lambda one, other: one | other, (test.expr for test in known)), "boolean", value, *known)


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
        return _made(reduce(lambda one, other: one | other, (item.expr for item in known)), "boolean", *known)
    wanted = forms.operand(test.value)
    return None if wanted is None else _compared("=", value, wanted)


def _item(forms: Forms, value: Form, item: ast.Expression) -> Form | None:
    """An item of a list that is tested: in it or not, never null."""
    if isinstance(item, ast.RangeLiteral):
        if not isinstance(item.low, ast.NumberLiteral) or not isinstance(item.high, ast.NumberLiteral):
            return None  # an end that is null makes the range null, and null is in a list with null
        within = _in_range(forms, value, item)
        return None if within is None else _made(within.expr.fill_null(False), "boolean", within)
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
    given = [forms.shared(form) for form in given]
    made = expr(*(form.expr for form in given))
    missing = [form.expr.is_null() for form in given]
    form = _made(pl.when(~pl.any_horizontal(missing)).then(made), result, *given)
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
        best = _made(chosen.otherwise(nothing), "number", best, form)
    return best


def _columns_of(builtin: Builtin) -> tuple[tuple[Kind, ...], Kind, Columns] | None:
    """The column form of a function: the kinds it takes, the kind it gives, and the form itself."""
    if builtin is all_functions().get(builtin.name) and builtin.name in _COLUMNS:
        return *_SIGNATURES[builtin.name], _COLUMNS[builtin.name]
    if builtin.columns is None or len(builtin.signatures) != 1:
        return None
    (signature,) = builtin.signatures
    kinds = [_KINDS.get(parameter.type) for parameter in signature.parameters]
    result = None if callable(signature.result) else _KINDS.get(signature.result)
    if result is None or any(p.variadic or p.optional or p.nullable for p in signature.parameters):
        return None
    known = tuple(kind for kind in kinds if kind is not None)
    columns = cast(Columns, builtin.columns)
    return (known, result, columns) if len(known) == len(kinds) else None


_HANDLERS: dict[type[ast.Node], Callable[[Forms, Any], Form | None]] = {
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
