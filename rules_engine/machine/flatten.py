"""The kernel's source, rewritten over two flat arrays, so that it compiles fast and one compile serves all models.

Compiling functions that take `Plan`, `State` and `Inputs` as structs of some ninety arrays takes minutes, since each is
passed on by value to every function. The text is therefore rewritten: all columns of a plan and a state lie in `cells`
(whole numbers) and `reals` (doubles), and `cells` begins with where each of them starts:

    state.s_fixed[s] += change          ->  cells[unchanging(cells, 57) + s] += change
    plan.step_weight[step]              ->  unchanging(reals, unchanging(cells, 103) + step)
    pool, exponent = state.i_pool, ...  ->  pool, exponent = unchanging(cells, 90), ...; then pool[i] -> reals[pool + i]
    len(plan.k_score)                   ->  unchanging(cells, 41) - unchanging(cells, 40)
    inputs.m_at[n]                      ->  m_at[cells[0] + n]

`unchanging` is a load of what never changes while the fold runs, so the compiler need not load it again after a store.
Lists become buffers, whose lengths stand in `cells`, since counting references to them took 40 % of the time:

    ledger.extend((t, s, ...))          ->  put_8(cells, ledger, 6, t, s, ...)
    heappush(heap, pending)             ->  push(cells, heap, pending)
    heap[0][0], len(heap)               ->  row_of(cells, heap, 0)[0], cells[10]

A form that is not known here raises `FlattenError` when the text is made, never a wrong number.

Where indexes are to be checked, the arrays stay arrays, and each index is to lie in its column first:

    state.s_fixed[s] += change          ->  cells[cells[57] + bounded(s, cells[130] - cells[57], 7)] += change

and then in its array, as `checking` does it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from rules_engine.machine.checking import Checking, bounded, site_of
from rules_engine.records import dataclass

STRUCTS = ("Plan", "State", "Inputs")
# lists of the kernel, and the cell of the header that has their length; the next one has the size of the buffer
BUFFERS = {"ledger": 6, "moves": 8, "heap": 10}
CHANGING = 13  # the cells of the header before this one change from lead to lead
# parameters of the driver that stand for the two arrays themselves
ARRAYS = {"Cells": "cells", "Reals": "reals"}
TUPLES = frozenset({"pending", "row"})  # names of what is pending, wherever it is read by its position


class FlattenError(Exception):
    """The kernel's source uses a form that the rewriting does not know."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column is: the cell that holds its start, and the array. `size` is the cell of its length or end."""

    array: str
    start: int
    size: int | None  # cell of the length (columns of a lead), or of the next column's start
    is_length: bool = False
    is_fixed: bool = False  # of the plan: nothing that is written can change it
    narrow: bool = False  # 32-bit: widened when read, so that every function is compiled for one type
    end: int | None = None  # of a column of a state: cell of where it ends, which checked code alone reads


Places = Mapping[tuple[str, str], Place]


def flatten(
    functions: Mapping[str, ast.FunctionDef], roots: Sequence[str], places: Places, *, checked: bool = False
) -> str:
    """The text of the given functions, which call only each other, over flat arrays. The trees are changed.

    The `roots` take arrays; all below them take pointers to their data, which are one machine word each; where indexes
    are `checked` they take arrays, too.
    `places` tells where each column of each struct is, by ("Plan", "s_start"). Raises `FlattenError`.
    """
    for function in functions.values():
        _Unannotated().visit(function)
    inputs = _inputs_needed(functions, places)
    structs = {name: [_struct(p) for p in function.args.args] for name, function in functions.items()}
    for function in functions.values():
        _Rewriting(function, structs, inputs, places, checked).run()
        if checked:
            _CheckingCells(function, TUPLES).visit(function)
    for root in roots:
        _take_pointers(functions[root], [*ARRAYS.values(), *inputs[root], *BUFFERS], "" if checked else "pointer")
    module = ast.Module(body=list(functions.values()), type_ignores=[])
    return ast.unparse(ast.fix_missing_locations(module))


def _struct(parameter: ast.arg) -> str | None:
    name = parameter.annotation.id if isinstance(parameter.annotation, ast.Name) else None
    return name if name in STRUCTS or name in ARRAYS else None


def _is_list(parameter: ast.arg) -> bool:
    return isinstance(parameter.annotation, ast.Subscript) and ast.unparse(parameter.annotation).startswith("list[")


def _inputs_needed(functions: Mapping[str, ast.FunctionDef], places: Places) -> dict[str, tuple[str, ...]]:
    """Which columns of the inputs each function reads, itself or in what it calls."""
    columns = [column for struct, column in places if struct == "Inputs"]
    own: dict[str, set[str]] = {}
    for name, function in functions.items():
        taken = {p.arg for p in function.args.args if _struct(p) == "Inputs"}
        own[name] = {
            node.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in taken
        }
    calls = {
        name: {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} & functions.keys()
        for name, function in functions.items()
    }
    grown = True
    while grown:
        grown = False
        for name, called in calls.items():
            found = own[name].union(*(own[other] for other in called))
            grown |= found != own[name]
            own[name] = found
    return {name: tuple(c for c in columns if c in found) for name, found in own.items()}


def _cell(number: int) -> ast.expr:
    """What stands in a cell of the header; where a column starts never changes."""
    if number >= CHANGING:
        return _fixed("cells", ast.Constant(number))
    return ast.Subscript(ast.Name("cells", ast.Load()), ast.Constant(number), ast.Load())


def _fixed(array: str, index: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("unchanging", ast.Load()), [ast.Name(array, ast.Load()), index], [])


def _length(place: Place, start: ast.expr) -> ast.expr:
    """How long a column is that begins at `start`."""
    end = place.size if place.size is not None else place.end
    if end is None:
        raise FlattenError(f"nothing tells where the column at cell {place.start} ends")
    return _cell(end) if place.is_length else ast.BinOp(_cell(end), ast.Sub(), start)


def _take_pointers(function: ast.FunctionDef, arrays: list[str], pointer: str) -> None:
    taken = [parameter for parameter in function.args.args if parameter.arg in arrays]
    lines = [f"{parameter.arg} = {pointer}({parameter.arg}_array)" for parameter in taken]
    for parameter in taken:
        parameter.arg += "_array"
    function.body[:0] = ast.parse("\n".join(lines)).body


class _Unannotated(ast.NodeTransformer):
    """Local names without the types that are written beside them."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return None if node.value is None else ast.Assign([node.target], node.value, lineno=node.lineno)


class _CheckingCells(Checking):
    """Checks what is left when columns have become places: cells of the header are surely there."""

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802 - named by `ast`
        if isinstance(node.func, ast.Name) and node.func.id == "unchanging":
            array, index = node.args
            return self.visit_Subscript(ast.copy_location(ast.Subscript(array, index, ast.Load()), node))
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # noqa: N802 - named by `ast`
        if isinstance(node.value, ast.Name) and node.value.id == "cells" and isinstance(node.slice, ast.Constant):
            return node
        return super().visit_Subscript(node)


class _Rewriting(ast.NodeTransformer):
    """One function: its parameters, and every access to a column."""

    def __init__(
        self,
        function: ast.FunctionDef,
        signatures: Mapping[str, list[str | None]],
        inputs: Mapping[str, tuple[str, ...]],
        places: Places,
        checked: bool,
    ) -> None:
        self.function, self.signatures, self.inputs, self.places = function, signatures, inputs, places
        self.checked = checked
        self.structs = {p.arg: s for p in function.args.args if (s := _struct(p)) in STRUCTS}
        self.buffers = {p.arg for p in function.args.args if _is_list(p)}
        if not self.buffers <= BUFFERS.keys():
            raise FlattenError(f"{function.name}: {sorted(self.buffers - BUFFERS.keys())}")
        self.aliases: dict[str, Place] = {}

    def run(self) -> None:
        function = self.function
        self._find_aliases()
        function.body = [self.visit(statement) for statement in function.body]
        function.args.args = self._parameters(function)
        function.returns = None
        for parameter in function.args.args:
            parameter.annotation = None
        if isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant):
            function.body = function.body[1:]
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in self.structs:
                raise self._unknown(node)

    def _parameters(self, function: ast.FunctionDef) -> list[ast.arg]:
        kept = [p for p in function.args.args if _struct(p) is None]
        return [ast.arg(name) for name in self._flat(function.name)] + kept

    def _flat(self, name: str) -> list[str]:
        """The arrays that function `name` takes first."""
        return [*(ARRAYS.values() if any(self.signatures[name]) else ()), *self.inputs[name]]

    def _unknown(self, node: ast.AST) -> FlattenError:
        return FlattenError(f"line {getattr(node, 'lineno', '?')} of {self.function.name}: {ast.unparse(node)}")

    # --- columns under a short name -----------------------------------------------------------------------------

    def _find_aliases(self) -> None:
        """Names that stand for a column, such as `pool = state.i_pool`: each for one column throughout."""
        for node in ast.walk(self.function):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                for name, value in _pairs(node.targets[0], node.value):
                    place = self._column(value)
                    if place is not None:
                        if not isinstance(name, ast.Name) or self.aliases.get(name.id, place) != place:
                            raise self._unknown(node)
                        self.aliases[name.id] = place

    def _column(self, node: ast.expr) -> Place | None:
        """The place of `plan.X` or of an alias of it."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id)
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            return None
        struct = self.structs.get(node.value.id)
        if struct is None:
            return None
        place = self.places.get((struct, node.attr))
        if place is None:
            raise self._unknown(node)
        return place

    # --- the forms ----------------------------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        pairs = _pairs(node.targets[0], node.value) if len(node.targets) == 1 else []
        if any(self._column(value) is not None for _, value in pairs):
            values = [
                _cell(place.start) if (place := self._column(value)) is not None else self.visit(value)
                for _, value in pairs
            ]
            node.value = values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())
            return node
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self.buffers:
            row = [ast.Name("cells", ast.Load()), ast.Name(node.value.id, ast.Load()), self.visit(node.slice)]
            return ast.Call(ast.Name("row_of", ast.Load()), row, [])
        place = self._column(node.value)
        if place is None:
            return self.generic_visit(node)
        if isinstance(node.slice, (ast.Slice, ast.UnaryOp)):
            raise self._unknown(node)
        start = ast.Name(node.value.id, ast.Load()) if isinstance(node.value, ast.Name) else _cell(place.start)
        site = site_of(self.function, node, "its column")
        index = self.visit(node.slice)
        if self.checked:
            index = bounded(index, _length(place, start), site)
        index = ast.BinOp(start, ast.Add(), index)
        if place.is_fixed:
            return _fixed(place.array, index)
        found = ast.Subscript(ast.Name(place.array, ast.Load()), index, node.ctx)
        if place.narrow and isinstance(node.ctx, ast.Load):
            return ast.Call(ast.Name("int64", ast.Load()), [found], [])
        return found

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not isinstance(node.func, ast.Name):
            return self._extend(node)
        if node.func.id == "len" and (place := self._column(node.args[0])) is not None:
            if place.size is None:
                raise self._unknown(node)
            return _length(place, _cell(place.start))
        first = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else None
        if node.func.id == "len" and first in self.buffers:
            return _cell(BUFFERS[first])
        if node.func.id in _OF_HEAPS:
            if first not in self.buffers:
                raise self._unknown(node)
            given = [self.visit(value) for value in node.args[1:]]
            lists = [ast.Name(name, ast.Load()) for name in ("cells", first)]
            return ast.Call(ast.Name(_OF_HEAPS[node.func.id], ast.Load()), [*lists, *given], [])
        structs = self.signatures.get(node.func.id)
        if structs is None:
            return self.generic_visit(node)
        if node.keywords or len(node.args) != len(structs):
            raise self._unknown(node)
        flat: list[ast.expr] = [ast.Name(name, ast.Load()) for name in self._flat(node.func.id)]
        kept = [self.visit(given) for given, struct in zip(node.args, structs, strict=True) if struct is None]
        return ast.Call(node.func, flat + kept, [])

    def _extend(self, node: ast.Call) -> ast.AST:
        """`ledger.extend((t, s, ...))`, the only method of a list that is known."""
        target = node.func
        if (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.value.id in self.buffers
            and target.attr == "extend"
            and len(node.args) == 1
            and isinstance(node.args[0], ast.Tuple)
        ):
            values = [self.visit(value) for value in node.args[0].elts]
            buffer, length = target.value.id, ast.Constant(BUFFERS[target.value.id])
            given = [ast.Name("cells", ast.Load()), ast.Name(buffer, ast.Load()), length]
            return ast.Call(ast.Name(f"put_{len(values)}", ast.Load()), [*given, *values], [])
        return self.generic_visit(node)


_OF_HEAPS = {"heappush": "push", "heappop": "pop", "heapreplace": "replace"}


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]
