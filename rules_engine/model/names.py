"""Which names a model declares, filled as the file is read, so that later parts can refer to earlier ones."""

from __future__ import annotations

from dataclasses import field

from rules_engine.feel.ast import Expression
from rules_engine.feel.types import Type
from rules_engine.model.types import EventType, Field, Label, Score, Tally
from rules_engine.model.yaml_nodes import ScalarNode
from rules_engine.records import dataclass


@dataclass(slots=True)
class Definition:
    """A name of `define:`: its tree with the names it uses already inlined; None after a mistake in it."""

    name: str
    node: ScalarNode
    tree: Expression | None
    uses: frozenset[str] = frozenset()  # other definitions, by name


@dataclass(slots=True)
class Names:
    """Everything declared so far. `score_names` and `bands` are known before the scores are read."""

    lead_fields: dict[str, Field] = field(default_factory=dict)
    account_fields: dict[str, Field] = field(default_factory=dict)
    events: dict[str, EventType] = field(default_factory=dict)
    stages: tuple[str, ...] = ()
    constants: dict[str, object] = field(default_factory=dict)
    constant_types: dict[str, Type] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    broken_tallies: set[str] = field(default_factory=set)
    scores: dict[str, Score] = field(default_factory=dict)
    score_names: dict[str, ScoreName] = field(default_factory=dict)
    broken_scores: set[str] = field(default_factory=set)
    broken_bands: set[str] = field(default_factory=set)  # scores whose bands cannot be told
    knows_scores: bool = True  # False where a mistake hides which scores there are
    variables: set[str] = field(default_factory=set)
    families: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gates: tuple[str, ...] = ()
    labels: dict[str, Label] = field(default_factory=dict)
    label_names: tuple[str, ...] = ()
    broken_labels: set[str] = field(default_factory=set)
    used_definitions: set[str] = field(default_factory=set)  # by expressions; those used by definitions are in `uses`

    def may_be_score(self, name: str) -> bool:
        """Whether a score that is not among those read may yet be meant: a mistake at it, which is told, hides it."""
        return not self.knows_scores or name in self.broken_scores


@dataclass(slots=True)
class ScoreName:
    """A score before it is read: its bands in rising order and whether it may have no value."""

    name: str
    bands: tuple[str, ...]
    may_lack: bool
    sales_ready: int
