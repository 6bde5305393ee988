"""Data files beside a model: lists of values and sheets of rules, only ever from inside the model's own folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.source import Source
from rules_engine.model import messages_declarations as say
from rules_engine.model import yaml_read
from rules_engine.model.reading import Reading
from rules_engine.model.yaml_nodes import Node


def open_data_file(reading: Reading, node: Node | None) -> Source | None:
    """The text of the data file that `node` names; None after telling why there is none.

    No absolute paths, no `..`, no way out through a link: a model can read only what lies in its folder.
    """
    name = reading.text(node)
    if name is None or node is None:
        return None
    problem = _outside(name)
    if problem is not None:
        reading.report.add(say.path_outside(node, name, problem))
        return None
    path = reading.folder / name
    try:
        root, real = reading.folder.resolve(), path.resolve()
        if not real.is_relative_to(root):
            reading.report.add(say.path_outside(node, name, "it is a link to a place outside the model's folder"))
            return None
        if not real.is_file():
            reading.report.add(say.no_such_file(node, name, _files(root)))
            return None
    except (OSError, ValueError, RuntimeError):
        reading.report.add(say.no_such_file(node, name, ()))
        return None
    shown = os.path.join(os.path.dirname(reading.source.file), name)
    read = yaml_read.read_file(real, shown)
    told: list[Diagnostic] = [f for f in read.findings if f.is_error]
    if told:
        reading.report.extend(told)
    return read.source


def _outside(name: str) -> str | None:
    """Why a path is refused before the disk is looked at."""
    if "\\" in name or (len(name) > 1 and name[1] == ":"):
        return "write it with forward slashes, relative to the model's folder"
    path = PurePosixPath(name)
    if path.is_absolute() or name.startswith("~"):
        return "it must be relative to the model's folder"
    if ".." in path.parts:
        return 'it leads out of the model\'s folder with ".."'
    return None


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(item.name for item in folder.iterdir() if item.is_file()))[:1000]
