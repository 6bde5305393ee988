"""All codes with their catalogue entries, gathered from the stages. Each stage keeps its own entries as plain data.

The modules are named, not imported: diagnostics is the lowest stage, and one finding needs only its own stage's texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from rules_engine.diagnostics.catalogue import Entry

# First and last code of a range, and the module whose ENTRIES has them.
_REGISTRIES = (
    ("RE000", "RE099", "rules_engine.model.entries_yaml"),
    ("RE100", "RE179", "rules_engine.model.entries_shape"),
    ("RE180", "RE199", "rules_engine.analysis.entries"),
    ("RE200", "RE299", "rules_engine.model.entries_names"),
    ("RE300", "RE319", "rules_engine.feel.syntax.entries"),
    ("RE320", "RE399", "rules_engine.feel.checking.entries"),
    ("RE400", "RE429", "rules_engine.model.entries_declarations"),
    ("RE430", "RE459", "rules_engine.model.entries_rules"),
    ("RE460", "RE489", "rules_engine.model.entries_scores"),
    ("RE490", "RE499", "rules_engine.model.entries_plugins"),
    ("RE500", "RE579", "rules_engine.batch.sources.entries"),
    ("RE580", "RE599", "rules_engine.model.entries_files"),
    ("RE700", "RE799", "rules_engine.analysis.lints.entries"),
)


class _Codes(Mapping[str, Entry]):
    """Code -> entry; a registry is loaded when one of its codes is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Mapping[str, Entry]] = {}

    def __getitem__(self, code: str) -> Entry:
        for first, last, module in _REGISTRIES:
            if first <= code <= last and len(code) == len(first):
                return self._entries(module)[code]
        raise KeyError(code)

    def __iter__(self) -> Iterator[str]:
        for _, _, module in _REGISTRIES:
            yield from self._entries(module)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _entries(self, module: str) -> Mapping[str, Entry]:
        if module not in self._loaded:
            entries: Mapping[str, Entry] = import_module(module).ENTRIES
            self._loaded[module] = entries
        return self._loaded[module]


CODES: Mapping[str, Entry] = _Codes()
