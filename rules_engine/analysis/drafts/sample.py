"""A sample of a data file: its columns with what their values look like.

Takes a CSV, JSON lines or Parquet file (gzip too); gives columns with types, missing markers, formats of times and
counts. Only the first rows are looked at.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from rules_engine.analysis.drafts.drafted import DraftError

ROWS = 100_000
_BYTES = 30_000_000
ENUMERATED = 12  # so many different texts at most make a list of allowed values
# Always read as missing; those of the second set only where everything else is a number or a time.
_MARKERS = frozenset({"null", "(null)", "n/a", "#n/a", "nan", "\\n", "?", "-", "--", "(blank)"})
_PERHAPS = frozenset({"na", "none", "unknown", "nil", "undefined"})
_BOOLEAN = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f"})
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z")
_COMMA = re.compile(r"[-+]?\d+(?:,\d+)?\Z")
_LEADING_ZERO = re.compile(r"0\d+\Z")
_ISO = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?\s*(?:Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?\Z"
)
_PATTERNS = tuple(
    day + clock
    for day in ("%d-%m-%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y")
    for clock in (" %H:%M:%S", " %H:%M", "")
)
_EXCEL_DAY = re.compile(r"[45]\d{4}(?:[.,]\d+)?\Z")  # 2009 to 2064
_EPOCHS = ((10, "epoch s"), (13, "epoch ms"), (16, "epoch us"), (19, "epoch ns"))
_TIME_WORD = re.compile(r"(?:^|[_\W])(?:ts|at|time|timestamp|date|created|updated|occurred)(?:$|[_\W])|time|date", re.I)


@dataclass(frozen=True)
class Column:
    """One column. `path` is its name, with dots into nested records; `kind` a type of the model.

    `filled` counts rows with a value, `values` the most frequent texts with their counts (all of them while few),
    `distinct` how many there are. `markers` are texts that stand for a missing value. `form` is the format of times,
    `with_time` tells times from days, `decimal` is the sign in numbers. `middle` is the median of numbers.
    """

    path: str
    kind: str
    rows: int
    filled: int
    distinct: int
    values: tuple[tuple[str, int], ...]
    markers: tuple[str, ...] = ()
    form: str | None = None
    with_time: bool = False
    decimal: str = "."
    middle: float | None = None
    ambiguous: bool = False

    @property
    def is_key(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.filled == self.distinct == self.rows

    @property
    def allowed(self) -> tuple[str, ...]:
        """The values of an enumeration: few, short and repeated texts; () for free text."""
        if self.kind != "string" or not 2 <= self.distinct <= ENUMERATED or self.filled < 3 * self.distinct:
            return ()
        texts = tuple(value for value, _ in self.values)
        return texts if all(len(text) <= 40 for text in texts) else ()


@dataclass(frozen=True)
class Table:
    """One file. `keys` holds the different values of each column (for joins); `explode` is a list that becomes rows."""

    path: Path
    rows: int
    columns: tuple[Column, ...]
    keys: Mapping[str, frozenset[str]]
    texts: Mapping[str, Sequence[str | None]]
    delimiter: str | None = None
    encoding: str | None = None
    explode: str | None = None

    def column(self, path: str | None) -> Column | None:
        return next((column for column in self.columns if column.path == path), None)


def read_table(path: Path) -> Table:
    """Raises `DraftError` for a file that cannot be read or holds no rows, `OSError` where there is none."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = suffixes[-1] if suffixes else ""
    delimiter = encoding = explode = None
    if kind in (".csv", ".tsv", ".txt"):
        columns, delimiter, encoding = _csv(path, kind)
    elif kind in (".jsonl", ".ndjson"):
        columns, explode = _json_lines(path)
    elif kind in (".parquet", ".pq"):
        columns, explode = _parquet(path)
    else:
        raise DraftError(f"{path}: a sample is a .csv, .tsv, .jsonl or .parquet file (also with .gz).")
    rows = max((len(values) for values in columns.values()), default=0)
    if not rows:
        raise DraftError(f"{path} holds no rows.")
    profiled = tuple(_profile(name, values) for name, values in columns.items())
    texts = {name: [_text(value) for value in values] for name, values in columns.items()}
    keys = {name: frozenset(text for text in own if text) for name, own in texts.items()}
    return Table(path, rows, profiled, keys, texts, delimiter, encoding, explode)


# --- readers --------------------------------------------------------------------------------------------------------


def _head(path: Path) -> bytes:
    """The beginning of a file, unpacked, up to a line break."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            data = stream.read(_BYTES)
    except (EOFError, gzip.BadGzipFile) as error:
        raise DraftError(f"{path} is cut short or no gzip file.") from error
    return data if len(data) < _BYTES else data[: data.rfind(b"\n") + 1]


def _csv(path: Path, kind: str) -> tuple[dict[str, list[object]], str | None, str | None]:
    data = _head(path).removeprefix(b"\xef\xbb\xbf")
    encoding = None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text, encoding = data.decode("cp1252", errors="replace"), "cp1252"
    first = text.partition("\n")[0]
    usual = "\t" if kind == ".tsv" else ","
    delimiter = max((usual, ",", ";", "\t", "|"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        rows = [row for row in islice(reader, ROWS) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DraftError(f"{path} cannot be read as CSV: {error}.") from error
    if len(set(header)) < len(header) or not any(header):
        raise DraftError(f"{path}: the first row must hold a name of its own for each column.")
    columns: dict[str, list[object]] = {
        name: [row[place].strip() if place < len(row) else None for row in rows]
        for place, name in enumerate(header)
        if name
    }
    return columns, None if delimiter == usual else {"\t": "tab"}.get(delimiter, delimiter), encoding


def _json_lines(path: Path) -> tuple[dict[str, list[object]], str | None]:
    records = []
    for number, line in enumerate(islice(_head(path).decode("utf-8", errors="replace").splitlines(), ROWS), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DraftError(f"{path}, line {number} is no JSON: {error}.") from error
        if isinstance(record, dict):
            records.append(record)
    return _flattened(records)


def _parquet(path: Path) -> tuple[dict[str, list[object]], str | None]:
    import polars as pl

    try:
        return _flattened(pl.read_parquet(path, n_rows=ROWS).to_dicts())
    except pl.exceptions.PolarsError as error:
        raise DraftError(f"{path} cannot be read as Parquet: {error}.") from error


def _flattened(records: Sequence[Mapping[str, object]]) -> tuple[dict[str, list[object]], str | None]:
    """Records as columns, nested ones by paths with dots. A list of records becomes rows, if there is only one."""
    flat = [_flat(record) for record in records]
    lists = {key for row in flat for key, value in row.items() if isinstance(value, list) and _records(value)}
    explode = lists.pop() if len(lists) == 1 else None
    if explode is not None:
        rows: list[dict[str, object]] = []
        for row in flat:
            items = row.pop(explode, None)
            for item in items if isinstance(items, list) else ():
                inner = _flat(item) if isinstance(item, dict) else {}
                rows.append(row | {f"{explode}.{key}": value for key, value in inner.items()})
        flat = rows[:ROWS]
    names = dict.fromkeys(key for row in flat for key in row)
    return {name: [row.get(name) for row in flat] for name in names}, explode


def _records(value: list[object]) -> bool:
    return bool(value) and all(isinstance(item, dict) for item in value)


def _flat(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, dict) and depth < 6:
            found |= _flat(value, f"{prefix}{key}.", depth + 1)
        else:
            found[f"{prefix}{key}"] = value
    return found


def _text(value: object) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, (datetime, date)):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).strip() or None


# --- what the values look like --------------------------------------------------------------------------------------


def _profile(path: str, values: Sequence[object]) -> Column:
    if any(isinstance(value, list) for value in values):
        return Column(path, "list<string>", len(values), sum(bool(value) for value in values), 0, ())
    texts = [text for value in values if (text := _text(value))]
    counts = Counter(texts)
    markers = [text for text in counts if text.casefold() in _MARKERS]
    rest = [text for text in counts if text not in markers]
    perhaps = [text for text in rest if text.casefold() in _PERHAPS]
    sure = [text for text in rest if text not in perhaps]
    kind, form, decimal, ambiguous = _kind(path, sure)
    if perhaps and kind in ("number", "date", "date and time"):
        markers, rest = [*markers, *perhaps], sure
    elif perhaps:
        kind, form, decimal, ambiguous = _kind(path, rest)
    for marker in markers:
        del counts[marker]
    return Column(
        path=path,
        kind=kind,
        rows=len(values),
        filled=sum(counts.values()),
        distinct=len(counts),
        values=tuple(counts.most_common(60)),
        markers=tuple(sorted(markers)),
        form=form,
        with_time=kind == "date and time",
        decimal=decimal,
        middle=_middle(counts, decimal) if kind == "number" else None,
        ambiguous=ambiguous,
    )


def _kind(path: str, texts: Sequence[str]) -> tuple[str, str | None, str, bool]:
    """Type, format of times, decimal sign, and whether the order of day and month is a guess."""
    if not texts:
        return "string", None, ".", False
    if {text.casefold() for text in texts} <= _BOOLEAN:
        return "boolean", None, ".", False
    if any(_LEADING_ZERO.match(text) for text in texts):
        return "string", None, ".", False
    if _TIME_WORD.search(path) and all(_EXCEL_DAY.match(text) for text in texts):
        return ("date and time" if any(len(text) > 5 for text in texts) else "date"), "excel days", ".", False
    if all(_NUMBER.match(text) for text in texts):
        form = _epoch(path, texts)
        return ("number", None, ".", False) if form is None else ("date and time", form, ".", False)
    if all(_COMMA.match(text) for text in texts):
        return "number", None, ",", False
    if all(_ISO.match(text) for text in texts):
        return ("date and time" if any(":" in text for text in texts) else "date"), "iso", ".", False
    fits = [pattern for pattern in _PATTERNS if all(_parses(text, pattern) for text in texts)]
    if fits:
        ambiguous = {"%d/%m/%Y", "%m/%d/%Y"} <= {pattern[:8] for pattern in fits}
        return ("date and time" if "%H" in fits[0] else "date"), fits[0], ".", ambiguous
    return "string", None, ".", False


def _epoch(path: str, texts: Sequence[str]) -> str | None:
    """Whole numbers of the length of a time since 1970, in a column that is called so."""
    if not _TIME_WORD.search(path):
        return None
    for digits, form in _EPOCHS:
        if all(len(text) == digits and text.isdigit() and text[0] in "123" for text in texts):
            return form
    return None


def _parses(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007  only whether it fits
    except ValueError:
        return False
    return True


def _middle(counts: Counter[str], decimal: str) -> float | None:
    numbers = sorted(float(text.replace(",", ".") if decimal == "," else text) for text in counts.elements())
    return numbers[len(numbers) // 2] if numbers else None
