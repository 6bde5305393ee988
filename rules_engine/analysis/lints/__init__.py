"""Lints: what is allowed in a model but is likely not what was meant. Codes RE700-RE799.

Takes a loaded model without errors, gives findings; may import the model, the checker of expressions and diagnostics.
`lint` runs them all, `Suppressions` leaves out what a comment in the file gives a reason for, `ranges` are the lowest
and highest scores that the reasoning rests on. Nothing here reads a clock: whoever asks says what day it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules_engine.analysis.lints.ranges import Range
    from rules_engine.diagnostics.diagnostic import Diagnostic
    from rules_engine.model.load import LoadResult


def lint(
    loaded: LoadResult,
    *,
    functions: Any = None,
    today: date | None = None,
    superseded: bool = False,
    unlocked: bool = False,
    wanted: Callable[[str], bool] = lambda code: True,
) -> tuple[Diagnostic, ...]:
    """The findings of all lints whose code is `wanted`, by place; () for a model with errors.

    `functions` are those of the model's plugins. Without `today` nothing is said about reviews; `superseded` says that
    there is a newer version, which is the one to review; `unlocked` that it is the newest active version of a folder
    without model.lock.
    """
    from rules_engine.analysis.lints.registry import LINTS
    from rules_engine.analysis.lints.subject import Subject

    if loaded.model is None or loaded.root is None or loaded.names is None:
        return ()
    subject = Subject(loaded.model, loaded.root, loaded.names, functions, today, superseded, unlocked)
    found = [finding for code, run in LINTS.items() if wanted(code) for finding in run(subject)]
    return tuple(sorted(found, key=lambda one: (one.span.start if one.span is not None else -1, one.code)))


def ranges_of(loaded: LoadResult, functions: Any = None) -> Mapping[str, Range]:
    """The lowest and highest that each score of a model without errors can come to."""
    from rules_engine.analysis.lints.subject import Subject

    assert loaded.model is not None
    assert loaded.root is not None
    assert loaded.names is not None
    return Subject(loaded.model, loaded.root, loaded.names, functions).ranges
