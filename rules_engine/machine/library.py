"""Libraries of compiled functions: declared in Python, loaded from what is kept, else compiled."""

from __future__ import annotations

import ctypes
import sys
import warnings
from array import array
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import FunctionType
from typing import Any

from rules_engine.machine.checked import CHECKED, fault, is_checked
from rules_engine.machine.kept import CACHE_DIR, Objects, cache_folder, key_of, read_objects, write_objects
from rules_engine.machine.signature import Parameter, Signature, SignatureError, parse_signature

PACKAGE = Path(__file__).parent.parent
_CHECKS = tuple(PACKAGE / "machine" / name for name in ("checking.py", "bounds.py"))  # what checked code depends on
_Native = Callable[[int, int, int], int]  # the addresses of result, error and block; gives a status
_BYTES = ctypes.c_char * 0
_NATIVE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class CacheWarning(UserWarning):
    """Compiled code cannot be kept: the next process will compile it again."""


class Inlined:
    """A function that is written out where compiled functions call it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *given: Any) -> Any:
        """As plain Python, which is what the type checker reads."""
        return self.function(*given)


class Function:
    """A compiled function of a library: called with arrays of numpy, or with the address of a block of arguments."""

    def __init__(
        self, library: Library, name: str, signature: str, records: Mapping[str, Any], function: Any = None
    ) -> None:
        self.library = library
        self.name = name
        self.records = records
        self.function = function
        self.signature: Signature = parse_signature(signature, records)
        self.__doc__ = getattr(function, "__doc__", None)

    @cached_property
    def native(self) -> _Native:
        """The machine code. The first call of a function of the library loads all of it, or compiles it."""
        return _NATIVE(self.library.address(self.name))

    def __call__(self, *given: Any, **named: Any) -> int:
        """Calls it with numbers and arrays as declared. Other threads run meanwhile. Raises `SignatureError`."""
        parameters = self.signature.parameters
        given += tuple(named.pop(parameter.name) for parameter in parameters[len(given) :])
        if named or len(given) != len(parameters):
            raise SignatureError(f"{self.name} takes {len(parameters)} arguments, not {len(given) + len(named)}")
        cells: list[int] = []
        for parameter, value in zip(parameters, given, strict=True):
            self._put(cells, parameter, value)
        return self.call(array("q", cells))

    def call(self, block: array[int]) -> int:
        """Calls it with a block of arguments: of an array its address and lengths, of a number itself.

        Raises `BoundsError` where checked code finds an index that leaves its array.
        """
        found = ctypes.c_int64(0)
        error = ctypes.c_void_p(0)
        status = self.native(ctypes.addressof(found), ctypes.addressof(error), block.buffer_info()[0])
        if status:  # compiled code raises nothing; its checks might
            raise fault(self.name, error)
        return found.value

    def _put(self, cells: list[int], parameter: Parameter, value: Any) -> None:
        if parameter.dimensions == 0:
            cells.append(int(value))
            return
        dtype = self.records.get(parameter.type)
        if value.ndim != parameter.dimensions or not value.flags.c_contiguous or not _is_of(value, parameter, dtype):
            wanted = f"{parameter.type} of {parameter.dimensions} dimensions in one piece"
            raise SignatureError(f"{parameter.name} of {self.name} is to be {wanted}, not {value.dtype} {value.shape}")
        cells.append(_address(value))
        cells.extend(value.shape)


def _address(value: Any) -> int:
    """Where the numbers of an array stand. Asking the array itself takes three times as long."""
    return ctypes.addressof(_BYTES.from_buffer(value)) if value.flags.writeable else int(value.ctypes.data)


def _is_of(value: Any, parameter: Parameter, record: Any) -> bool:
    if record is not None:
        return bool(value.dtype == record)
    dtype = value.dtype
    return dtype.kind == parameter.type[0] and dtype.itemsize == int(parameter.type[1:]) and bool(dtype.isnative)


class Library:
    """Functions that are compiled together.

    `sources` are the files (patterns within the package) whose text the code depends on; `modules` are those that
    declare functions, imported before anything is compiled.
    """

    def __init__(self, name: str, sources: Iterable[str], modules: Iterable[str] = ()) -> None:
        self.name = name
        self.sources = tuple(sources)
        self.modules = tuple(modules)
        self.functions: dict[str, Function] = {}
        self._engines: dict[Path, Any] = {}  # by file: tests name other folders
        self._lock = Lock()

    def declare(
        self, signature: str, name: str, records: Mapping[str, Any] | None = None, make: Callable[[], Any] | None = None
    ) -> Function:
        """A function whose source `make` gives when it must be compiled."""
        self.functions[name] = Function(self, name, signature, records or {}, make)
        return self.functions[name]

    def compiled(
        self, signature: str, records: Mapping[str, Any] | None = None
    ) -> Callable[[Callable[..., Any]], Function]:
        """Declares the decorated function, which is in the subset of Python that numba compiles."""

        def declared(function: Callable[..., Any]) -> Function:
            return self.declare(signature, function.__name__, records, lambda: _source(function))

        return declared

    def address(self, name: str) -> int:
        """The address of a function's machine code."""
        with self._lock:
            path = self.path
            if path not in self._engines:
                self._engines[path] = _loaded(self._objects(path))
            engine, symbols = self._engines[path]
            return int(engine.get_function_address(symbols[name]))

    @cached_property
    def _key(self) -> str:
        import llvmlite.binding as llvm

        texts = [_text(path) for pattern in self.sources for path in sorted(PACKAGE.glob(pattern))]
        features = llvm.get_host_cpu_features().flatten()
        versions = (sys.version, llvm.get_host_cpu_name(), features, *_versions())
        checks = (f"{CHECKED}=1", *map(_text, _CHECKS)) if is_checked() else ()
        return key_of(*texts, *versions, *checks)

    @property
    def path(self) -> Path:
        """The file that keeps the code, whether or not it is there."""
        return cache_folder() / f"{self.name}-{self._key}.code"

    def _objects(self, path: Path) -> Objects:
        kept = read_objects(path)
        if kept is not None:
            return kept
        for module in self.modules:
            import_module(module)
        made = self._compile()
        try:
            write_objects(path, made)
        except OSError as error:
            warnings.warn(
                f"compiled code cannot be kept in {path.parent} ({error}), so each run compiles it anew, which takes "
                f"about half a minute; make the folder writable, or name another one in {CACHE_DIR}",
                CacheWarning,
                stacklevel=2,
            )
        return made

    def _compile(self) -> Objects:
        from rules_engine.machine.compiler import object_code

        return {
            name: object_code(function.function(), function.signature, function.records, _helpers)
            for name, function in self.functions.items()
        }


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _source(function: Any) -> Any:
    """What is compiled of a function that is declared as it is written."""
    if not is_checked():
        return function
    from rules_engine.machine.checking import checking

    return checking(function)


def _helpers(function: FunctionType) -> dict[str, tuple[Any, bool]]:
    """What a function calls that is compiled with it, and whether that is written out."""
    found = {name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__}
    helpers: dict[str, tuple[Any, bool]] = {}
    for name, value in found.items():
        if isinstance(value, Inlined):
            helpers[name] = _source(value.function), True
        elif isinstance(value, Function):
            helpers[name] = value.function(), False
    return helpers


def _versions() -> list[str]:
    """Of numba and llvmlite, without loading numba: the names of what pip keeps beside them (`numba-0.61.0.dist-info`).

    `importlib.metadata` says the same, and takes longer than all the rest.
    """
    found: list[str] = []
    for package in ("numba", "llvmlite"):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            found += sorted(path.name for path in Path(spec.origin).parent.parent.glob(f"{package}-*"))
    return found


def _loaded(objects: Objects) -> tuple[Any, dict[str, str]]:
    """An engine of LLVM that holds the code, for as long as the process runs, and the symbol of each function.

    The memory manager of llvmlite puts all sections of an object into one piece, so that calls and constants are near.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    engine = llvm.create_mcjit_compiler(
        llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine(jit=True), use_lmm=True
    )
    for _, code in objects.values():
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine, {name: symbol for name, (symbol, _) in objects.items()}
