"""Functions made into object code by numba: needed once for each source, processor and version."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from numba import from_dtype, types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from rules_engine.machine.signature import Parameter, Signature

OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_ENTRY: Any = types.int64(types.CPointer(types.int64))  # type: ignore[no-untyped-call]
# what object code may ask of the process that loads it: the C library's mathematics and copying
OUTSIDE = frozenset(
    {"memcpy", "memmove", "memset", "exp2", "exp", "log", "log2", "pow", "fmod", "floor", "ceil", "rint"}
)
_DECLARED = re.compile(r"^declare [^@\n]*@\"?([^\"(]+)\"?\(", re.MULTILINE)
_SHARED = re.compile(r"^define linkonce_odr ", re.MULTILINE)
_EXTERNAL = re.compile(r"^@\"?([^\" ]+)\"? = external ", re.MULTILINE)


class CompileError(Exception):
    """A function cannot be made into object code that stands alone."""


def _array_of(dtype: Any, dimensions: int) -> Any:
    """An intrinsic that takes an address and lengths for an array in the order of C."""
    of = types.Array(from_dtype(dtype), dimensions, "C")

    @intrinsic
    def array_of(typing_context: Any, address: Any, lengths: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            size = context.get_abi_sizeof(context.get_data_type(of.dtype))
            shape = [builder.extract_value(arguments[1], n) for n in range(dimensions)]
            strides = [context.get_constant(types.intp, size)]
            for length in reversed(shape[1:]):
                strides.insert(0, builder.mul(strides[0], length))
            found = context.make_array(of)(context, builder)
            data = builder.inttoptr(arguments[0], found.data.type)
            populate_array(found, data, shape, strides, context.get_constant(types.intp, size), None)  # type: ignore[no-untyped-call]
            return found._getvalue()

        return of(address, lengths), code

    return array_of


def object_code(
    function: Callable[..., Any],
    signature: Signature,
    records: Mapping[str, Any],
    helpers: Callable[[FunctionType], Mapping[str, Any]],
) -> tuple[str, bytes]:
    """The symbol and the object code of an entry point that takes the address of a block of arguments.

    `helpers` gives the functions that a function calls and that are compiled with it, by name: True where they are
    written out. Raises `CompileError`, and numba's own errors for what it cannot compile.
    """
    for name, parameter in zip(inspect.signature(function).parameters, signature.parameters, strict=True):
        if parameter.name != name:
            raise CompileError(f"{function.__name__} takes {name} where {parameter.name} is declared")
    native = numba.njit(**OPTIONS)(_bound(function, helpers, {}))
    names: dict[str, Any] = {"native": native}
    for parameter in (p for p in signature.parameters if p.dimensions):
        dtype = records[parameter.type] if parameter.type in records else np.dtype(parameter.type)
        names[_name_of_type(parameter)] = _array_of(dtype, parameter.dimensions)
    exec(_entry_text(signature), names)
    entry = numba.njit(_ENTRY, **OPTIONS)(names["entry"])
    compiled = entry.overloads[entry.signatures[0]]
    text = compiled.library.get_llvm_str()
    _refuse_outside(function, text)
    machine = _target()
    return compiled.fndesc.llvm_func_name, machine.emit_object(_as_one_program(text, machine))


def _bound(function: Any, helpers: Callable[[Any], Mapping[str, Any]], known: dict[Any, Any]) -> Any:
    """The function, with what it calls made known to numba."""
    names = dict(function.__globals__)
    for name, (helper, is_inlined) in helpers(function).items():
        if helper not in known:
            inline: dict[str, Any] = {"inline": "always"} if is_inlined else {}
            known[helper] = numba.njit(**OPTIONS, **inline)(_bound(helper, helpers, known))
        names[name] = known[helper]
    return FunctionType(function.__code__, names, function.__name__, function.__defaults__)


def _entry_text(signature: Signature) -> str:
    given, cell = [], 0
    for parameter in signature.parameters:
        given.append(_argument(parameter, cell))
        cell += parameter.cells
    call = f"native({', '.join(given)})"
    return f"def entry(block):\n    {f'return {call}' if signature.gives else f'{call}; return 0'}\n"


def _argument(parameter: Parameter, cell: int) -> str:
    if parameter.dimensions == 0:
        return f"block[{cell}]" if parameter.type == "i8" else f"block[{cell}] != 0"
    lengths = "".join(f"block[{cell + n}], " for n in range(1, parameter.cells))
    return f"{_name_of_type(parameter)}(block[{cell}], ({lengths}))"


def _name_of_type(parameter: Parameter) -> str:
    return f"{parameter.type}_{parameter.dimensions}"


def _refuse_outside(function: Callable[..., Any], text: str) -> None:
    outside = {name for name in _DECLARED.findall(text) if not name.startswith("llvm.")} | set(_EXTERNAL.findall(text))
    if outside - OUTSIDE:
        raise CompileError(f"{function.__name__} needs {', '.join(sorted(outside - OUTSIDE))}")


def _as_one_program(text: str, machine: Any) -> Any:
    """The module of LLVM, made faster as a whole: numba has each function answer to callers that it does not know.

    Here nobody calls but the entry point, so each is written for its callers; a fold takes a tenth less for it. After
    what numba has done, more than the first level of optimizing gains nothing.
    """
    module = llvm.parse_assembly(_SHARED.sub("define internal ", text))
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
    builder.getModulePassManager().run(module, builder)
    return module


def _target() -> Any:
    """This machine; code that may stand anywhere, as long as it is in one piece (see `library._loaded`)."""
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        jit=True,
        reloc="pic",
        codemodel="small",
    )
