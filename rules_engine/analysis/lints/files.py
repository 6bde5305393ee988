"""Everything that `rules check` finds in one file: mistakes, then lints, less what comments leave out.

Takes a path, gives findings by place. The name of a file says what it holds: tests.yaml, data.yaml, else a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Related, Severity
from rules_engine.model import extensions, yaml_read
from rules_engine.model.lock import FILE as LOCK
from rules_engine.model.lock import version_files
from rules_engine.model.versions import VersionHead, check_folder, heads
from rules_engine.model.yaml_compose import compose
from rules_engine.records import dataclass

if TYPE_CHECKING:
    from rules_engine.batch.sources import Mapping
    from rules_engine.model.load import LoadResult

TESTS = "tests.yaml"
MAPPING = "data.yaml"
# How a comment that leaves out findings begins; where there is none, nothing more is read.
_MARK = re.compile(r"#[ \t]*rules[ \t]*:")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which codes to show: those that begin with a text of `select` (all where it is empty) and none of `ignore`.

    Where both fit, the longer one counts: `ignore` RE7, `select` RE750. Errors are always shown.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        chosen = max((len(text) for text in self.select if code.startswith(text)), default=-1 if self.select else 0)
        left_out = max((len(text) for text in self.ignore if code.startswith(text)), default=-1)
        return chosen >= 0 and chosen > left_out

    def shows(self, found: Diagnostic) -> bool:
        return found.severity is Severity.ERROR or self.has(found.code)


def findings_of(
    file: Path, wanted: Wanted | None = None, today: date | None = None, using: extensions.Extensions = extensions.NONE
) -> tuple[Diagnostic, ...]:
    """The findings of a file that are wanted, by place. `today` is the day by which reviews are judged."""
    chosen = wanted or Wanted()
    if file.name == TESTS:
        from rules_engine.analysis.case_file import load_tests

        return _read_apart(file, load_tests(file).findings, chosen)
    if file.name == MAPPING:
        return _read_apart(file, _of_mapping(file), chosen)
    from rules_engine.model import load_model

    return of_model(load_model(file, using), chosen, today, using)


def of_folder(folder: Path, wanted: Wanted | None = None) -> tuple[Diagnostic, ...]:
    """The findings of a model's folder that no file has by itself."""
    versions = heads(folder)
    found = (*check_folder(folder, versions), *_out_of_order(versions))
    return tuple(one for one in found if (wanted or Wanted()).shows(one))


def _out_of_order(versions: Sequence[VersionHead]) -> Iterator[Diagnostic]:
    """Each version, by number, that begins before one of a lower number, with the last of these."""
    begun = [(head.day, head) for head in versions if head.status == "active" and head.day is not None]
    latest = accumulate(begun, partial(max, key=itemgetter(0)))
    for (day, head), (last, other) in zip(begun, latest, strict=True):
        if last > day:  # those of one day are told as that, in whatever time zones
            yield finding(
                "RE739",
                f"Version {head.number} begins on {head.day}, before version {other.number}, which scores from "
                f"{other.day} on in its place.",
                head.place,
                f"Let version {head.number} begin later, or retire version {other.number}.",
                (Related("it begins here", other.place),),
            )


def of_model(
    loaded: LoadResult, wanted: Wanted, today: date | None = None, using: extensions.Extensions = extensions.NONE
) -> tuple[Diagnostic, ...]:
    """The findings of a loaded model file."""
    found = loaded.diagnostics
    source = loaded.source
    if loaded.model is not None:
        from rules_engine.analysis.lints import lint

        has_comments = source is not None and _MARK.search(source.text) is not None
        lints = lint(
            loaded,
            functions=using.functions,
            today=today,
            superseded=_is_superseded(Path(loaded.model.file), loaded.model.version),
            unlocked=loaded.model.status == "active" and _is_unlocked(Path(loaded.model.file)),
            # what is not wanted may still be what a comment is for
            wanted=(lambda code: True) if has_comments else wanted.has,
        )
        found = (*_not_said_again(found, lints), *lints)
    if source is not None and _MARK.search(source.text):
        from rules_engine.analysis.lints.suppress import Suppressions

        comments = Suppressions.of(source, loaded.root)
        left = comments.left(found)
        looked_for = None if loaded.model is not None else ()
        unused = [one for one in comments.unused(looked_for) if today is not None or "RE750" not in one.message]
        found = (*left, *comments.problems, *unused)
    return tuple(one for one in sorted(found, key=_place) if wanted.shows(one))


def _not_said_again(found: Sequence[Diagnostic], lints: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Without what RE360 says of an expression that is never true where RE710 says of its rule that it never fires, for
    the same reason."""
    dead = [(one.span, one.message.partition(": ")[2]) for one in lints if one.code == "RE710" and one.span is not None]

    def is_said(one: Diagnostic) -> bool:
        return one.code == "RE360" and any(
            one.span is not None and span.start <= one.span.start < span.end and one.message.endswith(f": {reason}")
            for span, reason in dead
        )

    return [one for one in found if not is_said(one)]


def _is_superseded(file: Path, version: int) -> bool:
    return file.parent.is_dir() and any(number > version for number in version_files(file.parent))


def _is_unlocked(file: Path) -> bool:
    """Whether a version in use is one that `rules lock` would record, the newest in use of a folder without a lock."""
    if not file.parent.is_dir() or (file.parent / LOCK).exists():
        return False
    active = [head.path for head in heads(file.parent) if head.status == "active"]
    return active[-1:] == [file]


def _read_apart(file: Path, found: Sequence[Diagnostic], wanted: Wanted) -> tuple[Diagnostic, ...]:
    """Leaves out what comments ask for; the file is read once more where it has such comments."""
    source = yaml_read.read_file(file, str(file)).source
    if source is not None and _MARK.search(source.text):
        from rules_engine.analysis.lints.suppress import Suppressions

        comments = Suppressions.of(source, compose(source).root)
        found = (*comments.left(found), *comments.problems, *comments.unused())
    return tuple(one for one in sorted(found, key=_place) if wanted.shows(one))


def _place(found: Diagnostic) -> tuple[str, int, int, str]:
    span = found.span
    return ("", -1, -1, found.code) if span is None else (span.file, span.start, span.end, found.code)


def _of_mapping(file: Path) -> Sequence[Diagnostic]:
    from rules_engine.batch.sources import DataError, load_mapping

    try:
        mapping = load_mapping(file)
    except DataError as error:
        return error.findings
    return (*mapping.findings, *_against_newest(mapping, file.parent))


def _against_newest(mapping: Mapping, folder: Path) -> Sequence[Diagnostic]:
    """What the mapping names that the newest version beside it does not declare."""
    from rules_engine.batch.sources.check_model import against_model
    from rules_engine.model import load_model
    from rules_engine.plugins import installed

    versions = version_files(folder)
    model = load_model(versions[max(versions)], installed()).model if versions else None
    return against_model(mapping, model) if model is not None else ()
