"""Points from the sales interview: percent ready times the sales-ready score.

Reads the sheet that `rules sheet --out` writes (.xlsx, or saved as .csv). The answer of a row is, in this order: what
stands under "New points" (a percent, or a number of points); the mean of the columns whose name begins with "Percent
ready" and goes on ("Percent ready Ann"), one per person asked; the percent under "Percent ready", if it was changed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.analysis.backtest.types import Estimate
from rules_engine.analysis.calibrate.cells import today, whole
from rules_engine.analysis.calibrate.types import Calibration, Proposal
from rules_engine.analysis.versions.points import PointCell, VersionFile
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.records import dataclass

RULE, PERCENT, NEW = "rule", "percent ready", "new points"
_NUMBER = re.compile(r"([-+]?\d+(?:[.,]\d+)?)\s*(%?)\Z")
_CLOSE = 0.0005  # a percent shown with one decimal stands for anything this near


@dataclass(frozen=True, slots=True)
class Answer:
    """What people said about one cell: shares of the sales-ready score (0.6 for 60%), or points."""

    address: str
    shares: tuple[float, ...]
    points: float | None
    place: str


def from_interview(version: VersionFile, path: Path) -> Calibration:
    """Proposals from an answered sheet. Raises `BacktestError` for a sheet that cannot be read."""
    answers = {answer.address: answer for answer in _answers(path, version)}
    proposals = []
    for cell in version.cells:
        answer = answers.get(cell.address)
        if answer is not None:
            proposals.append(_proposal(cell, answer))
    return Calibration(
        model=version.model.name,
        version=version.model.version,
        file=str(version.path),
        score=", ".join(dict.fromkeys(each.address.partition(".")[0] for each in proposals)),
        method="interview",
        sales_ready=version.model.sales_ready / 1e6,
        cases=None,
        won=None,
        proposals=tuple(proposals),
        how=(
            f"{len(proposals)} number{'s' if len(proposals) != 1 else ''} answered in {path.name}; points are percent "
            "times the sales-ready score, rounded to whole ones, halves to the even number.",
            "Where several people were asked, the mean counts, and the ends are their lowest and highest answer.",
        ),
    )


def _proposal(cell: PointCell, answer: Answer) -> Proposal:
    if cell.amount is None:
        raise BacktestError(f"{answer.place}: the points of {cell.address} are computed ({cell.text}); leave it blank.")
    ready, sign = cell.sales_ready / 1e6, -1 if cell.kind == "remove" else 1
    given = [sign * share * ready for share in answer.shares] or [sign * (answer.points or 0.0)]
    mean = sum(given) / len(given)
    points = whole(mean)
    if cell.kind == "remove" and points < 1:
        raise BacktestError(
            f"{answer.place}: {cell.address} is a penalty; write what it takes away with a minus sign, at least one "
            "point."
        )
    interval = Estimate(mean, min(given), max(given)) if len(given) > 1 else None
    verdict = "same" if today(cell) == points else "change"
    return Proposal(
        cell.address, cell.title, cell.stage, today(cell), points, interval, len(given) if interval else None, None,
        "same" if verdict == "same" else "change", _text(cell, points),
    )  # fmt: skip


def _text(cell: PointCell, points: int) -> str:
    """A percent stays a percent in the file where it comes out whole."""
    if cell.text.strip().endswith("%"):
        percent = 100 * points * 1_000_000 / cell.sales_ready
        if percent == round(percent):
            return f"{percent:.0f}%"
    return str(points)


# --- reading --------------------------------------------------------------------------------------------------------


def _answers(path: Path, version: VersionFile) -> Iterator[Answer]:
    rows = list(_rows(path))
    if not rows:
        raise BacktestError(f"{path} is empty.")
    heads = [" ".join(str(head or "").split()).casefold() for head in rows[0]]
    rule, percent, new = _column(heads, RULE, path), _column(heads, PERCENT, path), _column(heads, NEW, path)
    _same_version(heads, version, path)
    people = [place for place, head in enumerate(heads) if head.startswith(PERCENT + " ")]
    seen: set[str] = set()
    for number, row in enumerate(rows[1:], 2):
        cells = [*row, *[""] * (len(heads) - len(row))]
        address = cells[rule].strip().removeprefix("'")
        if not address:
            continue
        place = f"{path.name}, row {number}"
        cell = version.cell(address)
        if cell is None:
            known = [each.address for each in version.cells]
            raise BacktestError(f"{place}: the version has no points at {address}.{did_you_mean(address, known)}")
        if address in seen:
            raise BacktestError(f"{place}: {address} stands there a second time.")
        seen.add(address)
        answer = _answer(cell, place, cells[new], [cells[each] for each in people], cells[percent])
        if answer is not None:
            yield answer


def _answer(cell: PointCell, place: str, new: str, people: list[str], percent: str) -> Answer | None:
    if new.strip():
        value, is_share = _value(new, place)
        return Answer(cell.address, (value,), None, place) if is_share else Answer(cell.address, (), value, place)
    shares = tuple(_share(text, place) for text in people if text.strip())
    if shares:
        return Answer(cell.address, shares, None, place)
    if people or not percent.strip():
        return None
    share = _share(percent, place)
    sign = -1 if cell.kind == "remove" else 1
    if cell.amount is not None and abs(share - sign * cell.amount / cell.sales_ready) < _CLOSE:
        return None
    return Answer(cell.address, (share,), None, place)


def _value(text: str, place: str) -> tuple[float, bool]:
    """A number, and whether it is a share ("60%" is 0.6)."""
    match = _NUMBER.match(text.strip().removeprefix("'"))
    if match is None:
        raise BacktestError(f'{place}: "{text.strip()}" is no percent; write 60%.')
    number = float(match[1].replace(",", "."))
    return (number / 100, True) if match[2] else (number, False)


def _share(text: str, place: str) -> float:
    """A percent; "60" without its sign is one too, 0.6 is not, since it may be either."""
    value, is_share = _value(text, place)
    if is_share:
        return value
    if 0 < abs(value) < 1:
        raise BacktestError(f'{place}: is "{text.strip()}" a share or a percent? Write 60%.')
    return value / 100


def _column(heads: list[str], name: str, path: Path) -> int:
    if heads.count(name) != 1:
        problem = "there is no column" if name not in heads else "there are several columns"
        raise BacktestError(
            f'{path}: {problem} "{name.capitalize()}" in the first row; `rules sheet --out` writes such a sheet.'
        )
    return heads.index(name)


def _same_version(heads: list[str], version: VersionFile, path: Path) -> None:
    """The column of today's points names the version that the sheet was made from."""
    made = [int(match[1]) for head in heads if (match := re.match(r"points v(\d+)\Z", head))]
    if made and made[0] != version.model.version:
        raise BacktestError(
            f"{path} was made from version {made[0]}, but {version.path} is version {version.model.version}; name the "
            "version to start from, or make the sheet anew."
        )


def _rows(path: Path) -> Iterator[list[str]]:
    """The rows of a sheet as text; cells in percent format end in %."""
    if not path.is_file():
        raise BacktestError(f"{path} does not exist.")
    if path.suffix.lower() == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        yield from csv.reader(text.splitlines(), delimiter=delimiter)
        return
    if path.suffix.lower() != ".xlsx":
        raise BacktestError(f"{path}: an interview sheet ends in .xlsx or .csv.")
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, data_only=True)
    except (OSError, KeyError, ValueError) as error:
        raise BacktestError(f"{path} is no Excel workbook (.xlsx) that can be read: {error}.") from error
    page = book["points"] if "points" in book.sheetnames else book.worksheets[0]
    for row in page.iter_rows():
        yield [_shown(cell.value, str(cell.number_format)) for cell in row]


def _shown(value: object, number_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        share = "%" in number_format
        text = f"{value * 100 if share else value:.6f}".rstrip("0").rstrip(".")
        return text + ("%" if share else "")
    return str(value)
