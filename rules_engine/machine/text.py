"""The module that numba compiles: the kernel's functions, the driver's, and the constants that they use, as text."""

from __future__ import annotations

import ast
import builtins
import inspect
from types import ModuleType

from rules_engine.machine import buffers, driver, layout, lead_driver
from rules_engine.machine.flatten import FlattenError, flatten
from rules_engine.scoring import amounts, bands, decay, entries, fold, power, remains

MODULES = (power, amounts, remains, bands, decay, entries, fold, buffers, driver, lead_driver)
ROOTS = ("fold_range", "begin_lead", "bring_lead")
INTRODUCED = ("put_5", "put_8", "row_of", "push", "pop", "replace")  # what lists are rewritten to

_HEAD = '''\
"""The fold of the lead scoring engine over flat arrays, made from the source of its kernel. Not to be edited."""

import numpy as np
from numba import int64, njit, types
from numba.extending import intrinsic
from rules_engine.machine.compiler import OPTIONS

compiled = njit(**OPTIONS)
'''
_POINTERS = """

@intrinsic
def pointer(typing_context, array):
    def data(context, builder, signature, arguments):
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), data


@intrinsic
def unchanging(typing_context, data, index):
    def load(context, builder, signature, arguments):
        value = builder.load(builder.gep(arguments[0], [arguments[1]]))
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    return data.dtype(data, index), load
"""
_CHECKS = """from rules_engine.machine.bounds import bounded
"""


def module_text(*, checked: bool = False) -> str:
    """The whole module, which is the same for every model. Raises `FlattenError` for what cannot be rewritten."""
    functions, constants = _reachable()
    text = flatten(functions, ROOTS, layout.places(), checked=checked)
    return "\n\n".join([header(checked=checked) + "\n".join(constants), text, ""])


def header(*, checked: bool) -> str:
    """What stands before the text that `flatten` makes: the names that it introduces."""
    return _HEAD + (_CHECKS if checked else _POINTERS)


def _reachable() -> tuple[dict[str, ast.FunctionDef], list[str]]:
    """The functions that the driver needs, callees first, and lines that define the other names they use."""
    trees: dict[str, tuple[ModuleType, ast.FunctionDef]] = {}
    for module in MODULES:
        for statement in ast.parse(inspect.getsource(module)).body:
            if isinstance(statement, ast.FunctionDef):
                if statement.name in trees:
                    raise FlattenError(f"two functions {statement.name}")
                trees[statement.name] = module, statement
    found: dict[str, ast.FunctionDef] = {}
    constants: dict[str, str] = {}

    def visit(name: str) -> None:
        if name in found:
            return
        module, function = trees[name]
        found[name] = function
        for used in _free_names(function):
            if used in trees:
                visit(used)
            elif used not in constants and not hasattr(builtins, used):
                constants[used] = _definition(used, module)
        found[name] = found.pop(name)  # callees before callers

    for root in (*ROOTS, *INTRODUCED):
        visit(root)
    for name, function in found.items():
        # the library compiles the roots, with their entry points
        function.decorator_list = [] if name in ROOTS else [ast.Name("compiled", ast.Load())]
    return found, sorted(constants.values())


def _free_names(function: ast.FunctionDef) -> list[str]:
    """Names that a function reads and does not bind, in order; annotations apart."""
    bound = {p.arg for p in function.args.args}
    read: dict[str, None] = {}
    annotations = {
        id(part) for node in ast.walk(function) if isinstance(node, ast.AnnAssign) for part in ast.walk(node.annotation)
    }
    for statement in function.body:
        for node in ast.walk(statement):
            if id(node) in annotations:
                continue
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store):
                    bound.add(node.id)
                else:
                    read[node.id] = None
    return [name for name in read if name not in bound]


def _definition(name: str, module: ModuleType) -> str:
    value = getattr(module, name)
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    if isinstance(value, (int, float)):
        return f"{name} = {value!r}"
    if isinstance(value, list) and value and isinstance(value[0], (int, float)):
        return f"from {_home(name, value)} import {name} as _{name}; {name} = np.array(_{name})"
    if callable(value) and value.__module__ in ("math", "heapq", "_heapq"):
        return f"from {value.__module__.lstrip('_')} import {value.__name__} as {name}"
    raise FlattenError(f"{name} in {module.__name__}")


def _home(name: str, value: object) -> str:
    return next(module.__name__ for module in MODULES if getattr(module, name, None) is value)
