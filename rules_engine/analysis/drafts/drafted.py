"""What drafting gives: the texts of files, and notes on what was guessed, changed or left out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from rules_engine.analysis.drafts.yaml_text import Block, to_yaml
from rules_engine.model import load_model
from rules_engine.records import dataclass

NoteKind = Literal["left out", "changed", "guessed", "to do"]


class DraftError(Exception):
    """A file from which no model can be drafted; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know about one thing of the source: `where` names it there."""

    kind: NoteKind
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """Files by name (relative to the model's folder), how many rules came over of how many, and the notes."""

    model: str
    files: tuple[tuple[str, str], ...]
    rules: int
    of: int
    notes: tuple[Note, ...]


def keep_what_checks(document: Mapping[str, Any], files: Mapping[str, str], notes: list[Note]) -> dict[str, Any]:
    """The document without the rules that would not load, each told in a note with the reason.

    Scores that are left without rules go too. `files` are the data files that the model names.
    """
    scores = document["scores"]
    if not _errors(document, files):
        return dict(document)
    kept: dict[str, Any] = {}
    for score, body in scores.items():
        rules = {}
        for name, rule in body["rules"].items():
            alone = {**document, "scores": {score: Block({**_without_bands(body), "rules": Block({name: rule})})}}
            errors = _errors(alone, files)
            if errors:
                notes.append(Note("left out", f"{score}.{name}", errors[0]))
            else:
                rules[name] = rule
        if rules:
            kept[score] = Block({**body, "rules": Block(rules)})
    if not kept:
        raise DraftError("no rule of the file could be carried over: " + "; ".join(note.why for note in notes[:5]))
    return {**document, "scores": Block(kept)}


def _without_bands(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "bands"}


def _errors(document: Mapping[str, Any], files: Mapping[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8", newline="")
        path = folder / "v1.yaml"
        path.write_text(to_yaml(document), encoding="utf-8")
        return [finding.message for finding in load_model(path).diagnostics if finding.is_error]


def require_clean(document: Mapping[str, Any], files: Mapping[str, str]) -> None:
    """Raises `DraftError` where the model does not load after all."""
    errors = _errors(document, files)
    if errors:
        raise DraftError("the drafted model would have errors, so it is not written: " + " ".join(errors[:5]))


def write(folder: Path, files: tuple[tuple[str, str], ...]) -> tuple[Path, ...]:
    """Writes the files below a folder, all or none; never over one that exists (`DraftError`)."""
    there = [folder / name for name, _ in files if (folder / name).exists()]
    if there:
        raise DraftError(f"{there[0]} exists and is not overwritten; name another folder.")
    written = []
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        written.append(path)
    return tuple(written)
