"""What plugins add to the language of a model: functions, laws of decay, actions. Plain data, made by the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """A law of decay by name (`law: business_days, ...`).

    `parameters` is the JSON Schema of its keys. `table` turns them into rising (age in microseconds, weight) steps,
    at most 400; weights fall from 1 towards 0.
    """

    name: str
    parameters: Mapping[str, Any]
    table: Callable[[Mapping[str, Any]], Sequence[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Extensions:
    """`functions` is a FEEL registry with the plugins' functions, None for the built-in ones.

    `actions` maps an action's name to the JSON Schema of its parameters; None means that the host knows no actions,
    and automations are then not checked against them. `plugins` maps installed plugins to their versions.
    """

    functions: Any = None
    laws: Mapping[str, Law] = field(default_factory=dict)
    actions: Mapping[str, Mapping[str, Any]] | None = None
    plugins: Mapping[str, str] | None = None


NONE = Extensions()
