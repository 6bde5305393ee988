"""A file given where another kind of file is wanted: one sentence, in place of a finding for each of its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rules_engine.cli.faults import CommandError

if TYPE_CHECKING:
    from rules_engine.diagnostics.diagnostic import Diagnostic

MODEL = "a model (v<N>.yaml)"
TESTS = "a file of tests (tests.yaml)"
MAPPING = "a mapping of data (data.yaml)"

# Keys at the left margin that no other kind of file has, the surest first.
_TELLING = (
    (TESTS, {"tests"}),
    (MODEL, {"model", "version", "scores"}),
    (MAPPING, {"leads", "outcomes", "lookups"}),
)
_KEY = re.compile(r"^([a-z_]+):", re.MULTILINE)
_YAML = (".yaml", ".yml", ".json")  # JSON is YAML, too
_ENOUGH = 100_000


def yaml_file(path: Path) -> Path:
    """The path of a file that is there and is YAML by its name."""
    if not path.exists():
        raise CommandError(no_file(path))
    if path.suffix.lower() not in _YAML:
        raise CommandError(f"{path} is no YAML file (.yaml). One of the YAML files of a model is wanted here.")
    return path


def no_file(path: Path) -> str:
    """That there is no such file, with the nearest name beside it; an ending that was left out is the nearest."""
    from rules_engine.diagnostics.nearest import did_you_mean

    beside = sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []
    whole = f"{path.name}.yaml"
    near = f' Did you mean "{whole}"?' if whole in beside else did_you_mean(path.name, beside)
    return f"{path} does not exist.{near}"


def wrong_file(errors: Sequence[Diagnostic], words: Sequence[str]) -> str | None:
    """The sentence, where the errors are of one file that was taken for another kind; None where they are mistakes.

    Of what is no YAML only a file that the words of the command line name can be the wrong one: tables and lists that a
    model names, and model.lock, are none.
    """
    files = {error.span.file for error in errors if error.span is not None}
    if len(files) != 1:
        return None
    path = Path(next(iter(files)))
    if not path.is_file():
        return None
    wanted = _wanted(errors[0].code)
    if path.suffix.lower() not in _YAML:
        named = {Path(word.partition("=")[2] if word.startswith("--") else word) for word in words}
        return f"{path} is no YAML file (.yaml). {_sentence(wanted)} is wanted here." if path in named else None
    found = _found(path)
    if wanted is None or found is None or found == wanted:
        return None
    return f"{path} is {found}. {_sentence(wanted)} is wanted here."


def _sentence(wanted: str | None) -> str:
    return "One of the YAML files of a model" if wanted is None else wanted[0].upper() + wanted[1:]


def _wanted(code: str) -> str | None:
    """What the file was taken for, by the stage that complains; None where the file is no YAML at all."""
    number = int(code[2:])
    if 180 <= number < 190:
        return TESTS
    if 500 <= number < 600:
        return MAPPING
    return MODEL if 100 <= number < 500 else None


def _found(path: Path) -> str | None:
    """What the file is by its keys; None where they do not tell."""
    keys = set(_KEY.findall(path.read_text(encoding="utf-8", errors="replace")[:_ENOUGH]))
    return next((kind for kind, telling in _TELLING if keys & telling), None)
