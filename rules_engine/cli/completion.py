"""What the shell is offered beside commands, options and files: codes, and the names that a model file declares.

Takes the half-typed command line as click has it. A model that cannot be read offers nothing: a shell that asks has no
place for a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from rules_engine.model.yaml_nodes import MapNode


def codes(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Codes of findings with their titles; of a list of codes the last one."""
    from rules_engine.diagnostics.codes import CODES

    before, comma, last = typed.rpartition(",")
    wanted = last.upper()
    return _items({f"{before}{comma}{code}": CODES[code].title for code in CODES if code.startswith(wanted)})


def versions(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The numbers of the versions in the model's folder."""
    return _items({str(number): None for number in _versions(context) if str(number).startswith(typed)})


def scores(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The scores of the model."""
    return _declared(context, "scores", typed)


def segments(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The segments of the model."""
    return _declared(context, "segments", typed)


def _declared(context: click.Context, block: str, typed: str) -> list[CompletionItem]:
    """The entries of a block of the newest version, with their titles."""
    from rules_engine.model.yaml_nodes import MapNode, ScalarNode

    found: dict[str, str | None] = {}
    root = _root(context)
    entries = root.get(block) if root is not None else None
    for entry in entries.entries if isinstance(entries, MapNode) else ():
        title = entry.value.get("title") if isinstance(entry.value, MapNode) else None
        for name in _written_out(entry.key.text, entry.value):
            if name.startswith(typed):
                found[name] = title.text if isinstance(title, ScalarNode) else None
    return _items(found)


def _items(found: Mapping[str, str | None]) -> list[CompletionItem]:
    """Texts with what is shown beside them. Click's module for it is loaded when a shell asks."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(text, help=told) for text, told in found.items()]


def _written_out(name: str, value: object) -> Iterator[str]:
    """The name of a block, or those that its `for_each` makes: interest_crm, interest_analytics."""
    from rules_engine.model.yaml_nodes import ListNode, MapNode, ScalarNode

    each = value.get("for_each") if isinstance(value, MapNode) else None
    if not isinstance(each, MapNode):
        yield name
        return
    for entry in each.entries:
        for item in entry.value.items if isinstance(entry.value, ListNode) else ():
            if isinstance(item, ScalarNode):
                yield f"{name}_{item.text}"


def _root(context: click.Context) -> MapNode | None:
    from rules_engine.model import yaml_read
    from rules_engine.model.yaml_compose import compose
    from rules_engine.model.yaml_nodes import MapNode

    path = _model(context)
    if path is not None and path.is_dir():
        found = _versions(context)
        path = found[max(found)] if found else None
    source = yaml_read.read_file(path, str(path)).source if path is not None and path.is_file() else None
    root = compose(source).root if source is not None else None
    return root if isinstance(root, MapNode) else None


def _versions(context: click.Context) -> Mapping[int, Path]:
    from rules_engine.model.lock import version_files

    path = _model(context)
    return version_files(path) if path is not None and path.is_dir() else {}


def _model(context: click.Context) -> Path | None:
    """The model, or the later one of two, that stands on the line so far.

    Click reads the words of a line that ends with an option without its value as `args` only.
    """
    given: list[Any] = [context.params.get(name) for name in ("model", "before", "after")]
    words = [word for word in (*given, *context.args) if word]
    return Path(words[-1]) if words else None
