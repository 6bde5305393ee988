"""`dataclass` for records with slots: what the standard one gives, defined in a third of the time.

    @dataclass(frozen=True, slots=True)
    class Place: ...

    @dataclass(slots=True)
    class Counts: ...        # whose fields may be set anew

The standard decorator writes and compiles six functions for each class, half a millisecond; `rules check` defines some
hundred and fifty records before it reads a line. Here only `__init__` is compiled; the other methods are shared code
that goes by the names of the fields. Records behave the same: equality, hash, `replace`, `match`, pickle, errors.
One thing differs: a class of the standard decorator cannot inherit from one of these, nor the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter, ge, gt, le, lt

    def dataclass(*, slots, frozen=False, eq=True, order=False):
        """Makes a class with slots, a word that stands for the reader and the type checker."""
        if not slots:
            raise TypeError("only for records with slots; take dataclasses.dataclass for others")
        return lambda cls: _record(cls, frozen, eq, order)

    def _record(cls, frozen, eq, order):
        cls.__doc__ = cls.__doc__ or cls.__qualname__  # else the standard one writes the signature out, at length
        cls = _with_slots(dataclasses.dataclass(init=False, repr=False, eq=False)(cls), frozen, eq, order)
        cls.__init__ = _initialiser(cls, frozen)
        return cls

    def _with_slots(cls, frozen, eq, order):
        """The class anew with a slot per field of its own, and the methods that all records share."""
        fields = dataclasses.fields(cls)
        names = tuple(field.name for field in fields)
        inherited = {name for base in cls.__mro__[1:-1] for name in base.__dict__.get("__slots__", ())}
        body = {key: value for key, value in cls.__dict__.items() if key not in {*names, "__dict__", "__weakref__"}}
        body["__slots__"] = tuple(name for name in names if name not in inherited)
        body["__qualname__"] = cls.__qualname__
        compared = _getter([field.name for field in fields if field.compare])
        shared = {"__repr__": _showing([field.name for field in fields if field.repr])}
        if eq:
            shared |= {"__eq__": _equality(compared), "__hash__": _hashing(compared) if frozen else None}
        if order:
            signs = {"__lt__": lt, "__le__": le, "__gt__": gt, "__ge__": ge}
            shared |= {name: _ordering(compared, sign) for name, sign in signs.items()}
        body |= {name: method for name, method in shared.items() if body.get(name) is None}
        if frozen:
            body["__setattr__"] = _refuse_assignment
            body["__delattr__"] = _refuse_deletion
        body["__getstate__"] = _state(names)
        body["__setstate__"] = _restoring(names)
        return type(cls)(cls.__name__, cls.__bases__, body)

    def _initialiser(cls, frozen):
        """`__init__(self, a, b=..., *, c=...)`; writes through the slots where assignment is refused."""
        scope = {"_ABSENT": dataclasses.MISSING}
        plain, by_name, body = [], [], []
        for field in dataclasses.fields(cls):
            name, value = field.name, field.name
            if frozen:
                scope[f"_set_{name}"] = getattr(cls, name).__set__
            default = ""
            if field.default is not dataclasses.MISSING:
                scope[f"_default_{name}"] = field.default
                default = f"=_default_{name}"
            elif field.default_factory is not dataclasses.MISSING:
                scope[f"_make_{name}"] = field.default_factory
                default = "=_ABSENT"
                value = f"_make_{name}() if {name} is _ABSENT else {name}"
            if not field.init:
                raise TypeError(f"{cls.__qualname__}.{name}: records are filled by their arguments alone")
            (by_name if field.kw_only else plain).append(name + default)
            body.append(f" _set_{name}(self, {value})" if frozen else f" self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append(" self.__post_init__()")
        parameters = ", ".join(["self", *plain, *(["*", *by_name] if by_name else [])])
        exec("\n".join([f"def __init__({parameters}):", *(body or [" pass"])]), scope)
        scope["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
        return scope["__init__"]

    def _getter(names):
        if len(names) > 1:
            return attrgetter(*names)
        if names:
            get = attrgetter(*names)
            return lambda record: (get(record),)
        return lambda record: ()

    def _equality(compared):
        def equal(self, other):
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        return equal

    def _ordering(compared, sign):
        def ordered(self, other):
            return sign(compared(self), compared(other)) if other.__class__ is self.__class__ else NotImplemented

        return ordered

    def _hashing(compared):
        def hashed(self):
            return hash(compared(self))

        return hashed

    def _showing(names):
        def shown(self):
            return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

        return shown

    def _state(names):
        def state(self):
            return [getattr(self, name) for name in names]

        return state

    def _restoring(names):
        def restore(self, state):
            for name, value in zip(names, state, strict=True):
                object.__setattr__(self, name, value)

        return restore

    def _refuse_assignment(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_deletion(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
