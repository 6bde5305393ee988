"""What a native form is, and how the forms of the parts of an expression are found and put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, Literal, TypeAlias

import polars as pl

from rules_engine.feel import ast, types
from rules_engine.feel.builtins.declare import Registry
from rules_engine.feel.checking import check_types, reads
from rules_engine.feel.columns.inputs import reading
from rules_engine.feel.columns.lift import Lift, certain_type
from rules_engine.feel.errors import FeelLimitError
from rules_engine.feel.interpret.compile import Compiler
from rules_engine.feel.syntax.print import print_expression
from rules_engine.feel.types import Type, Typed, plain
from rules_engine.records import dataclass

Kind: TypeAlias = Literal["string", "number", "boolean", "null", "other"]
"""What an operand is. "null" is the literal; of "other" kinds (dates, lists) only whether they are null is native."""

KINDS: dict[Type, Kind] = {types.STRING: "string", types.NUMBER: "number", types.BOOLEAN: "boolean"}


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
    `*` never make one finite again, nor does `/` of what is divided, so that a sum of many terms is looked at once, at
    its end. What divides is looked at before: by an infinity anything is 0.
    """

    expr: pl.Expr
    kind: Kind
    steps: tuple[Lift | Step, ...] = ()
    plain: bool = False
    unbounded: bool = False


Handlers: TypeAlias = Mapping[type[ast.Node], Callable[["Forms", Any], Form | None]]
"""What makes the form of a kind of part."""


def form_of(expr: pl.Expr, kind: Kind, *parts: Form, unbounded: bool = False) -> Form:
    """A form made of parts, with their steps."""
    steps = {step.name: step for part in parts for step in part.steps}
    return Form(expr, kind, tuple(steps.values()), unbounded=unbounded)


class Forms:
    """Finds the forms of the parts of one expression."""

    def __init__(self, scope: Mapping[str, Typed], functions: Registry, handlers: Handlers) -> None:
        self.scope = scope
        self.functions = functions
        self._handlers = handlers
        self._numbers = count()

    def lift(self, node: ast.Expression, kind: Type) -> Lift:
        run = Compiler(self.functions).compile(node)
        return Lift(_name_of(node), node, reading(node, self.scope), kind, run)

    def native(self, node: ast.Expression) -> Form | None:
        """The native form of a part, its own parts lifted where they must be; None where it has to be lifted whole."""
        handler = self._handlers.get(type(node))
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
        """The same, but perhaps with infinities: for arithmetic, which keeps them, but for what divides."""
        form = self.native(node) or self._constant(node)
        if form is not None:
            return form
        found = check_types(node, self.scope, self.functions)
        known = certain_type(node, found.typed.type)
        kind = KINDS.get(plain(known))
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
