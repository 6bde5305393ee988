"""The next version of a model with other points: new files, with every byte that does not change kept.

    made = next_version("rulesets/b2b_saas", {"readiness.demo": 80, "readiness.trial.otherwise": "20%"},
                        note="Sales: demos close more often.", day=date(2026, 11, 20))
    write(made)                     # v4.yaml, and assets_v4.csv where rows of a sheet change; never overwrites

The new version is a draft. A person makes it active, after looking at it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from rules_engine.analysis.versions import csv_cells
from rules_engine.analysis.versions.edits import Edit, apply, line_break, line_start, next_line
from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.points import NUMBER, PointCell, VersionFile, amount_of, read_version
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.engine import ModelError
from rules_engine.model import amounts
from rules_engine.model.extensions import Extensions
from rules_engine.model.lock import version_files
from rules_engine.model.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class NextVersion:
    """What the next version would be: its number, the texts of its files by path (the model's first), both versions.

    `changed` are the cells of the version before whose amount is another now, with the new text.
    """

    number: int
    files: tuple[tuple[Path, str], ...]
    before: VersionFile
    after: VersionFile
    changed: tuple[tuple[PointCell, str], ...]


def newest_file(folder_or_file: str | Path) -> Path:
    """The file itself, or the version with the highest number of a folder (drafts too)."""
    path = Path(folder_or_file)
    if not path.is_dir():
        return path
    files = version_files(path)
    if not files:
        raise VersionError(f"no model in {path}: a version of a model is a file such as {path / 'v1.yaml'}.")
    return files[max(files)]


def next_version(
    folder_or_file: str | Path,
    changes: Mapping[str, float | str],
    note: str,
    *,
    day: date,
    using: Extensions | None = None,
) -> NextVersion:
    """The files of the version after the newest one (or after the file named), with the points in `changes`.

    `changes` maps the address of a cell (see `points.py`) to a number of points or a percent such as "60%"; a name of
    one product's score (`interest_crm.page`) stands for the rule of all. `note` and `day` go into its entry under
    `changes:`, `day` also into `effective`. Equal points are no change. Nothing is written: see `write`.

    Raises `VersionError` for an address or value that does not fit, or where nothing would change, and `ModelError`
    where the version has errors.
    """
    before = read_version(newest_file(folder_or_file), using)
    folder = before.path.parent
    number = max([before.model.version, *version_files(folder)]) + 1
    changed = _resolved(before, changes)
    if not changed:
        raise VersionError("no points differ from those of the version, so there is no next one to make.")
    sheets = _sheets(before, changed, number)
    edits = [
        *_head_edits(before, number, day, note),
        *(Edit(cell.start, cell.end, text) for cell, text in changed if cell.file is None),
        *(Edit(node.start, node.end, _scalar(name)) for node, name, _ in sheets),
    ]
    text = apply(before.source.text, edits)
    path = folder / f"v{number}.yaml"
    files = ((path, text), *{folder / name: sheet for _, name, sheet in sheets}.items())
    after = _read_back(before, files, using)
    _compare(before, after, changed)
    return NextVersion(number, files, before, after, changed)


def write(made: NextVersion) -> tuple[Path, ...]:
    """Writes the files, all or none. Raises `VersionError` where one of them exists."""
    written: list[Path] = []
    try:
        for path, text in made.files:
            with path.open("x", encoding="utf-8", newline="") as file:
                written.append(path)
                file.write(text)
    except FileExistsError as error:
        for path in written:
            path.unlink()
        raise VersionError(f"{error.filename} exists and is not overwritten; nothing was written.") from error
    except OSError:
        for path in written:
            path.unlink()
        raise
    return tuple(written)


# --- which cells change ---------------------------------------------------------------------------------------------


def _resolved(before: VersionFile, changes: Mapping[str, float | str]) -> tuple[tuple[PointCell, str], ...]:
    """The cells with their new texts, in file order; those whose amount stays are left out."""
    wanted: dict[str, tuple[PointCell, str, int]] = {}
    for address, value in changes.items():
        cell = _cell_of(before, address)
        text, amount = new_text(cell, value)
        known = wanted.get(cell.address)
        if known is not None and known[2] != amount:
            raise VersionError(f"{cell.address} is to become both {known[1]} and {text}; it stands once in the file.")
        wanted[cell.address] = (cell, text, amount)
    found = [(cell, text) for cell, text, amount in wanted.values() if amount != cell.amount]
    for changing, _ in found:
        for cell in before.cells:
            if cell is not changing and cell.file is None and (changing.file, changing.start) == (None, cell.start):
                raise VersionError(
                    f"{changing.address} and {cell.address} are one number in the file (a YAML alias); "
                    "write them apart first."
                )
    order = {cell.address: place for place, cell in enumerate(before.cells)}
    return tuple(sorted(found, key=lambda pair: order[pair[0].address]))


def _cell_of(before: VersionFile, address: str) -> PointCell:
    cell = before.cell(address)
    if cell is not None:
        return cell
    score, _, rest = address.partition(".")
    typed = before.model.scores.get(score)
    if typed is not None and typed.family is not None:
        cell = before.cell(f"{typed.family}.{rest}")
        if cell is not None:
            return cell
    parts = [known.address for known in before.cells if known.address.startswith(address + ".")]
    if parts:
        raise VersionError(f"{address} has several points; name one of them: {', '.join(parts)}.")
    known_addresses = [known.address for known in before.cells]
    raise VersionError(f"{before.path} has no points at {address}.{did_you_mean(address, known_addresses)}")


def new_text(cell: PointCell, value: float | str) -> tuple[str, int]:
    """A value as it is to stand in the file, and its micropoints. `VersionError` where it cannot stand there."""
    text = _number(value) if isinstance(value, (int, float)) else value.strip()
    amount = amount_of(text, cell.sales_ready)
    if amount is None:
        raise VersionError(f'"{text}" is no number of points for {cell.address}; write 15 or 60%.')
    if abs(amount) > amounts.MOST_POINTS * amounts.MICRO:
        raise VersionError(f"{text} for {cell.address} is more than {amounts.MOST_POINTS} points.")
    if cell.amount is None:
        raise VersionError(
            f"the points of {cell.address} are computed ({cell.text}); change the formula in the model file."
        )
    if cell.kind == "remove" and amount <= 0:
        raise VersionError(f"{cell.address} is a penalty: write what it takes away, without a minus sign.")
    text = text.lstrip("+")
    if cell.kind == "row" and csv_cells.delimiter_of(cell.source.text) == ";":
        text = text.replace(".", ",")
    return text, amount


def _number(value: float) -> str:
    """Points to six places, without a trailing .0 or an exponent."""
    text = f"{value:.6f}"
    if not NUMBER.match(text):
        raise VersionError(f"{value} is no number of points.")
    return text.rstrip("0").rstrip(".")


# --- the new texts --------------------------------------------------------------------------------------------------


def _head_edits(before: VersionFile, number: int, day: date, note: str) -> Iterator[Edit]:
    """`version`, `status`, `effective` and an entry of `changes`."""
    root, text = before.root, before.source.text
    version = root.entry("version")
    if root.flow or version is None:
        raise VersionError(f"{before.path} is written on one line in braces; write its keys on lines of their own.")
    yield Edit(version.value.start, version.value.end, str(number))
    status = root.entry("status")
    if status is not None:
        yield Edit(status.value.start, status.value.end, "draft")
    effective = root.entry("effective")
    if effective is not None:
        yield Edit(effective.value.start, effective.value.end, day.isoformat())
    change = f"{{version: {number}, date: {day.isoformat()}, note: {_quoted(note)}}}"
    yield _change_edit(text, root, change)


def _change_edit(text: str, root: MapNode, change: str) -> Edit:
    end = line_break(text)
    entry = root.entry("changes")
    items = entry.value.items if entry is not None and isinstance(entry.value, ListNode) else ()
    if entry is None or not items:
        if entry is not None:
            return Edit(entry.value.start, max(entry.value.end, entry.value.start), f"[{change}]")
        head = [root.entry(key) for key in ("schema", "model", "version", "status", "effective", "owner")]
        last = max(found.value.end for found in head if found is not None)
        at = next_line(text, last)
        start = "" if text[:at].endswith("\n") else end
        return Edit(at, at, f"{start}changes:{end}  - {change}{end}")
    assert isinstance(entry.value, ListNode)
    first, last_item = items[0], items[-1]
    newest_first = _version_of(first) >= _version_of(last_item)
    if entry.value.flow:
        return (
            Edit(first.start, first.start, f"{change}, ")
            if newest_first
            else Edit(last_item.end, last_item.end, f", {change}")
        )
    begin = line_start(text, first.start)
    lead = text[begin : first.start]
    indent = lead[: len(lead) - len(lead.lstrip())]
    if newest_first:
        return Edit(begin, begin, f"{indent}- {change}{end}")
    at = next_line(text, last_item.end)
    start = "" if text[:at].endswith("\n") else end
    return Edit(at, at, f"{start}{indent}- {change}{end}")


def _version_of(item: Node) -> int:
    node = item.get("version") if isinstance(item, MapNode) else None
    return node.value if isinstance(node, ScalarNode) and isinstance(node.value, int) else 0


def _quoted(note: str) -> str:
    """Text in double quotes, as YAML and JSON both read it, on one line."""
    words = " ".join(note.split())
    readable = all(letter.isprintable() for letter in words)
    return json.dumps(words, ensure_ascii=not readable)


def _scalar(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", name) else json.dumps(name, ensure_ascii=False)


def _sheets(
    before: VersionFile, changed: tuple[tuple[PointCell, str], ...], number: int
) -> list[tuple[Node, str, str]]:
    """For each rule whose sheet changes: the node that names the file, the new name, the new text of the file."""
    by_rule: dict[tuple[str, str], list[tuple[PointCell, str]]] = {}
    for cell, text in changed:
        if cell.kind == "row":
            by_rule.setdefault((cell.score, cell.rule), []).append((cell, text))
    taken: dict[str, str] = {}
    found: list[tuple[Node, str, str]] = []
    for (score, rule), cells in by_rule.items():
        file = cells[0][0].file or ""
        sheet = apply(cells[0][0].source.text, (Edit(cell.start, cell.end, text) for cell, text in cells))
        name = _next_name(file, number)
        if taken.setdefault(name, sheet) != sheet:
            name = _next_name(file, number, rule)
            if taken.setdefault(name, sheet) != sheet:
                raise VersionError(f"two rules called {rule} change {file} differently; give one a sheet of its own.")
        if (before.path.parent / name).exists():
            raise VersionError(f"{before.path.parent / name} exists and is not overwritten; move it away first.")
        found.append((_file_node(before, score, rule), name, sheet))
    return found


def _next_name(file: str, number: int, rule: str | None = None) -> str:
    """`assets.csv` and `assets_v3.csv` become `assets_v4.csv`."""
    stem, ending = os.path.splitext(file)
    stem = re.sub(r"_v\d+\Z", "", stem)
    return f"{stem}{'' if rule is None else '_' + rule}_v{number}{ending}"


def _file_node(before: VersionFile, score: str, rule: str) -> Node:
    node: Node | None = before.root
    for key in ("scores", score, "rules", rule, "table", "file"):
        node = node.get(key) if isinstance(node, MapNode) else None
    assert node is not None  # the cells of the rule were read from that file
    return node


# --- what was made is read again ------------------------------------------------------------------------------------


def _read_back(before: VersionFile, files: tuple[tuple[Path, str], ...], using: Extensions | None) -> VersionFile:
    """Loads the new version from a copy of the folder, so that nothing that does not load is ever written."""
    folder = before.path.parent
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for entry in _named_files(before.root):
            target = copy / entry
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / entry, target)
        for path, text in files:
            target = copy / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        try:
            return read_version(copy / files[0][0].name, using)
        except ModelError as error:
            told = [finding.message for finding in error.diagnostics if finding.is_error]
            raise VersionError("the new version would have errors, so it is not made: " + " ".join(told)) from error


def _named_files(node: Node) -> Iterator[str]:
    """Data files of a model: values of `file:` keys."""
    if isinstance(node, MapNode):
        for entry in node:
            if _is_file(entry):
                assert isinstance(entry.value, ScalarNode)
                yield entry.value.text
            else:
                yield from _named_files(entry.value)
    elif isinstance(node, ListNode):
        for item in node:
            yield from _named_files(item)


def _is_file(entry: Entry) -> bool:
    return entry.key.text == "file" and isinstance(entry.value, ScalarNode)


def _compare(before: VersionFile, after: VersionFile, changed: tuple[tuple[PointCell, str], ...]) -> None:
    """The new version holds the new amounts and every other one as it was. A difference is a fault of this module."""
    expected = {cell.address: cell.amount for cell in before.cells}
    for cell, _ in changed:
        made = after.cell(cell.address)
        expected[cell.address] = None if made is None else made.amount
        if made is None or made.amount == cell.amount:
            raise RuntimeError(f"{cell.address} did not change")
    if {cell.address: cell.amount for cell in after.cells} != expected:
        raise RuntimeError("points changed that were not to change")
