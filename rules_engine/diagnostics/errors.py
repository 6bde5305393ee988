"""What the typed errors of the engine have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Portable(Exception):  # noqa: N818 - a part of errors, not one
    """An error that can be pickled and copied, whatever its `__init__` takes.

    Pools of processes and task queues hand errors back pickled. By itself Python makes one anew from its message alone;
    where `__init__` wants more, that fails where the error arrives, and breaks the pool or lets it wait for ever.
    """

    def __reduce__(self) -> tuple[Callable[..., Portable], tuple[Any, ...]]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[Portable], args: tuple[Any, ...], attributes: dict[str, Any]) -> Portable:
    error = kind.__new__(kind, *args)  # which sets `args`, and so what it says
    error.__dict__.update(attributes)
    return error
