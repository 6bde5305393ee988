"""All wording about data and mapping files: one function per mistake, and the catalogue entries of RE5xx."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rules_engine.batch.sources.entries import ENTRIES
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import did_you_mean

if TYPE_CHECKING:
    from rules_engine.batch.sources.table import BadRow

__all__ = ["ENTRIES"]


def _finding(code: str, message: str, span: Span | None = None, help: str = "") -> Diagnostic:
    return Diagnostic(code, ENTRIES[code].severity, message, span, help)


def shown(value: object) -> str:
    """A value of the data in a message: quoted, and cut when long."""
    if value is None:
        return "nothing"
    text = str(value)
    return f'"{text[:57]}..."' if len(text) > 60 else f'"{text}"'


def _listed(names: Iterable[str], most: int = 8) -> str:
    all_names = [shown(name if name.isprintable() else repr(name)[1:-1]) for name in names]
    more = f" and {len(all_names) - most} more" if len(all_names) > most else ""
    return ", ".join(all_names[:most]) + more


# --- files ----------------------------------------------------------------------------------------------------------


def no_file(span: Span, pattern: str, folder: str, others: Sequence[str]) -> Diagnostic:
    kind = "No file fits the pattern" if any(c in pattern for c in "*?[") else "There is no file"
    return _finding(
        "RE501",
        f'{kind} "{pattern}".{did_you_mean(pattern, others)}',
        span,
        f'File names are relative to the folder "{folder}".',
    )


def cannot_read(span: Span, file: str, reason: str) -> Diagnostic:
    return _finding("RE500", f'The data file "{file}" cannot be read: {reason}.', span, "Check that you may read it.")


def pipe(span: Span, file: str) -> Diagnostic:
    return _finding(
        "RE500", f'"{file}" is a pipe, which can be read only once, and a data file is opened several times.', span,
        "Write what comes through it into a file first, and name that file.",
    )  # fmt: skip


def folder(span: Span, file: str) -> Diagnostic:
    inside = file.rstrip("/")
    help = f"Name its files by a pattern: `{inside}/*.parquet`, or with those of its folders `{inside}/**/*.parquet`."
    return _finding("RE500", f'"{file}" is a folder.', span, help)


def unknown_scheme(span: Span, scheme: str, known: Sequence[str]) -> Diagnostic:
    return _finding(
        "RE544",
        f'No installed plugin reads "{scheme}://".{did_you_mean(scheme, known)}',
        span,
        f"What the installed plugins read: {', '.join(f'{name}://' for name in known)}."
        if known
        else "Install the plugin that does; `rules plugins` lists what is installed.",
    )


def source_unreadable(span: Span, shown: str, reason: str) -> Diagnostic:
    return _finding("RE545", f'"{shown}" cannot be read: {reason}', span, "Correct the address, or what it leads to.")


def unknown_format(span: Span, file: str) -> Diagnostic:
    if file.lower().endswith((".xlsx", ".xls", ".xlsm", ".ods")):
        return _finding(
            "RE502", f'"{file}" is the workbook of a spreadsheet program, which is not read.', span,
            "Save the sheet as CSV (UTF-8) and name that file; `delimiter:` says what stands between its columns.",
        )  # fmt: skip
    if file.lower().endswith((".zip", ".tar", ".tgz", ".7z", ".rar")):
        return _finding(
            "RE502", f'"{file}" is an archive of files, which is not read.', span,
            "Unpack it, and name the files that were in it; .gz, .bz2, .zst and .xz are unpacked while they are read.",
        )  # fmt: skip
    return _finding(
        "RE502",
        f'The name of "{file}" does not say what kind of file it is.',
        span,
        "Add `format: csv`, `format: jsonl`, `format: json` or `format: parquet`.",
    )


_BETWEEN = (";", ",", "\t", "|")


def no_column(span: Span, wanted: Sequence[str], file: str, names: Sequence[str]) -> Diagnostic:
    what = f'no column "{wanted[0]}"' if len(wanted) == 1 else f"none of the columns {_listed(wanted)}"
    return _finding(
        "RE503",
        f'"{file}" has {what}.{did_you_mean(wanted[0], names)}',
        span,
        _undivided(names)
        or f"Its columns: {_listed(names, 12)}. For the same value in every row write {{value: {wanted[0]}}}.",
    )


def is_undivided(names: Sequence[str]) -> bool:
    """Whether a header was read as one name although another sign stands between names."""
    return len(names) == 1 and any(sign in names[0] for sign in _BETWEEN)


def _undivided(names: Sequence[str]) -> str:
    """What to do then; else nothing."""
    if not is_undivided(names):
        return ""
    between = max(_BETWEEN, key=names[0].count)
    sign = {"\t": "tab", ",": '","', ";": '";"', "|": '"|"'}[between]
    read = f"Its first line was read as one name: {shown(names[0])}."
    return f"{read} Say what stands between the columns: `delimiter: {sign}`."


_PASS_OVER = (
    "Rename one in the file, or pass over the header with `skip_lines: 1` and name all columns with `columns:`."
)


def two_columns(span: Span, file: str, name: str, help: str = _PASS_OVER) -> Diagnostic:
    told = f'"{file}" has two columns called "{name}", so that it is not clear which one is meant.'
    return _finding("RE504", told, span, help)


def cut_short(span: Span, file: str) -> Diagnostic:
    return _finding(
        "RE505",
        f'The compressed file "{file}" is cut short or damaged, so that rows at its end are missing.',
        span,
        "Fetch the file again; it may still have been written when it was copied.",
    )


def empty_file(span: Span, file: str) -> Diagnostic:
    return _finding(
        "RE506", f'"{file}" is empty: it has not even a line with column names.', span,
        "Export it again, or take it out of the mapping file.",
    )  # fmt: skip


def malformed(span: Span, file: str, kind: str, reason: str) -> Diagnostic:
    return _finding(
        "RE507", f'"{file}" is not a {kind} file that can be read: {reason}.', span,
        "Say what it is with `format:` or `encoding:`, or export it again.",
    )  # fmt: skip


def columns_differ(span: Span, file: str, given: int, found: int) -> Diagnostic:
    return _finding(
        "RE508", f'`columns:` lists {given} names, but rows of "{file}" have {found} cells.', span,
        "List one name per column, in the order of the file.",
    )  # fmt: skip


def no_records(span: Span, file: str, path: str | None) -> Diagnostic:
    where = f'at "{path}"' if path else "at its top"
    return _finding(
        "RE509", f'"{file}" holds no list of records {where}.', span,
        "Write the path of the list, such as `records: data.contacts`; for one record per line write `format: jsonl`.",
    )  # fmt: skip


def of_no_type(table: str, row: int | None, column: str, why: str, help: str) -> Diagnostic:
    where = f'"{table}"' + ("" if row is None else f", row {row}")
    return _finding("RE546", f'{where}, column "{column}": {why}.', None, help)


def not_a_rejects_file(path: str) -> Diagnostic:
    return _finding(
        "RE542", f'"{path}" exists and is no rejects file of an earlier run, so it is not overwritten.', None,
        "Name another file for rejected rows.",
    )  # fmt: skip


# --- the mapping file -----------------------------------------------------------------------------------------------


_MEANT = {"separator": "delimiter", "sep": "delimiter", "charset": "encoding", "path": "file", "filename": "file"}
_MEANT |= {"date": "at", "time": "at", "timestamp": "at", "event": "type", "event_type": "type", "name": "type"}
_MEANT |= {"lead_id": "lead", "company": "account", "account_id": "account"}


def unknown_key(span: Span, key: str, known: Sequence[str]) -> Diagnostic:
    other = _MEANT.get(key)
    meant = f' Did you mean "{other}"?' if other in known else did_you_mean(key, known)
    return _finding("RE510", f'"{key}" is no setting here.{meant}', span, f"Settings here: {_listed(known, 30)}.")


def missing_key(span: Span, key: str, block: str) -> Diagnostic:
    given = {"schema": "1", "file": "<name>"}.get(key, "<name of a column>")
    return _finding("RE511", f"{block} says no `{key}:`.", span, f"Add `{key}: {given}`.")


def wrong_value(span: Span, key: str, expected: str) -> Diagnostic:
    if not key:
        help = "It is the mapping: `schema: 1`, `leads:`, `events:`; tables are named in it (`file: leads.csv`)."
        return _finding("RE512", f"This needs {expected}.", span, help)
    return _finding("RE512", f"`{key}:` needs {expected}.", span)


def unknown_field(span: Span, kind: str, name: str, known: Sequence[str]) -> Diagnostic:
    return _finding(
        "RE513",
        f'The model declares no {kind} "{name}".{did_you_mean(name, known)}',
        span,
        "Take it out of the mapping, or declare it in the model." + (f" Declared: {_listed(known)}." if known else ""),
    )


def field_of_account(span: Span, name: str) -> Diagnostic:
    return _finding(
        "RE513", f'"{name}" is a field of the account in the model, not of the lead.', span,
        f"Move it to `accounts:`, whose `file:` may be the same: "
        f"`accounts: {{file: ..., id: <column of the company>, duplicates: first, fields: {{{name}: ...}}}}`, "
        "and name that column as `account:` of the leads.",
    )  # fmt: skip


def unknown_event(span: Span, name: str, known: Sequence[str]) -> Diagnostic:
    return _finding(
        "RE514", f'The model declares no event type "{name}".{did_you_mean(name, known)}', span,
        "Its events are ignored and counted. " + (f"Declared: {_listed(known)}." if known else ""),
    )  # fmt: skip


def unknown_lookup(span: Span, name: str, known: Sequence[str]) -> Diagnostic:
    return _finding(
        "RE515", f'`lookups:` has no entry "{name}".{did_you_mean(name, known)}', span,
        f"Entries: {_listed(known)}." if known else "Add `lookups:` at the top level, with the table that says it.",
    )  # fmt: skip


def unknown_zone(span: Span, name: str) -> Diagnostic:
    return _finding(
        "RE516", f'"{name}" is no time zone.', span,
        'Write a name such as "Europe/Paris" or "UTC"; short names such as "EST" stand for several zones.',
    )  # fmt: skip


def unknown_time_format(span: Span, form: str, part: str) -> Diagnostic:
    return _finding(
        "RE517", f'The time format "{form}" cannot be used: {part}.', span,
        'Write "iso", "epoch s", "epoch ms", "epoch us", "epoch ns", "excel days", or a pattern such as "%d-%m-%Y" or '
        '"%d/%m/%Y %H:%M:%S".',
    )  # fmt: skip


def unknown_encoding(span: Span, name: str) -> Diagnostic:
    return _finding(
        "RE518", f'"{name}" is no text encoding.', span, 'Usual ones: "utf-8", "cp1252", "latin-1", "utf-16".'
    )


def not_together(span: Span, one: str, other: str, why: str) -> Diagnostic:
    return _finding("RE519", f"`{one}:` and `{other}:` cannot stand together: {why}.", span, "Take one of them out.")


# --- rows -----------------------------------------------------------------------------------------------------------

ROW_CODES = {
    "wrong number of cells": "RE520",
    "bytes are not text": "RE521",
    "not JSON": "RE522",
    "cell not JSON": "RE535",
    "key twice": "RE537",
    "no id": "RE523",
    "not in the lookup": "RE536",
    "no time": "RE524",
    "time not readable": "RE525",
    "time out of range": "RE526",
    "no event type": "RE527",
    "id occurs twice": "RE528",
    "unknown lead": "RE529",
    "required but missing": "RE533",
    "no list of events": "RE534",
}
VALUE_CODES = {
    "wrong type": "RE530",
    "not in one_of": "RE531",
    "outside min and max": "RE532",
}


def bad_row(file: str, bad: BadRow) -> Diagnostic:
    return _finding(ROW_CODES[bad.reason], f"{file}, row {bad.row}: {bad.message}")


def cells(found: int, expected: int, text: str) -> str:
    if "\n" in text.rstrip("\r\n") and text.count('"') % 2:
        return quote_not_closed()
    more = "more" if found > expected else "fewer"
    return f"The row has {found} cells, {more} than the {expected} columns."


def quote_not_closed() -> str:
    return "A quote is opened in this row and never closed, so that the rows after it cannot be told apart."


def not_text(encoding: str) -> str:
    hint = " Files saved by Excel are often cp1252." if encoding.lower().startswith("utf") else ""
    return f'The row has bytes that are no text in the encoding "{encoding}".{hint}'


def encoding_hint(encoding: str) -> str:
    """What to do about such rows where nobody has named another encoding."""
    utf = encoding.lower().startswith("utf")
    return "Name the `encoding:` of the file, such as cp1252, which Excel often writes." if utf else ""


def not_json(reason: str) -> str:
    return f"The line is not a JSON record: {reason}."


def cell_not_json(column: str) -> str:
    return f'The cell of column "{column}" is not JSON.'


def key_twice(key: str) -> str:
    return f'The key "{key}" stands twice in one record, so that nobody can tell which value is meant.'


def not_a_list(path: str) -> str:
    return f'There is no list at "{path}" in this row.'


def row_message(reason: str, column: str, value: object, item: int | None) -> str:
    where = f' in column "{column}"' if column else ""
    which = f" (item {item} of the row)" if item is not None else ""
    given = f": {shown(value)}" if value is not None else ""
    return f"{reason}{where}{given}{which}"


def rejected(file: str, row: int, reason: str, column: str, value: object, item: int | None, hint: str) -> Diagnostic:
    return _finding(ROW_CODES[reason], f"{file}, row {row}: {row_message(reason, column, value, item)}.", None, hint)


def misfit(file: str, row: int, place: str, reason: str, column: str, value: object) -> Diagnostic:
    return _finding(
        VALUE_CODES[reason], f'{file}, row {row}, column "{column}": {reason} for {place}: {shown(value)}.', None,
        "The value is read as missing; correct the data, or the mapping or the field's declaration.",
    )  # fmt: skip


# --- summaries ------------------------------------------------------------------------------------------------------


def field_without_column(span: Span | None, owner: str, name: str, alike: str | None) -> Diagnostic:
    """`alike`: a column whose name is spelled almost as that of the field."""
    kind, block = ("field", "fields") if owner in ("lead", "account") else ("attribute", "attributes")
    told = f"No column gives the {kind} {owner}.{name}, which the model reads; it is missing everywhere."
    if alike is not None:
        told += f" If the column {shown(alike)} is meant, write `{block}: {{{name}: {shown(alike)}}}`."
    return _finding("RE540", told, span, "Name its column in the mapping file.")


def never_there(span: Span, wanted: Sequence[str], file: str, names: Sequence[str]) -> Diagnostic:
    what = " or ".join(f'"{name}"' for name in wanted)
    return _finding(
        "RE543", f'No record of "{file}" has {what}; it is missing everywhere.{did_you_mean(wanted[0], names)}', span,
        f"Keys of its records: {_listed(names, 12)}.",
    )  # fmt: skip


def nothing_read(span: Span, block: str, hint: str) -> Diagnostic:
    help = hint or "See the rejected rows: a wrong column or format rejects all."
    return _finding("RE541", f"No row of {block} could be used.", span, help)


def no_files_left(span: Span, block: str) -> Diagnostic:
    told = f"The names of their folders leave all files of {block} out."
    return _finding("RE541", told, span, "See what `where:` asks for, and how the folders are called.")


def no_rows(span: Span, block: str) -> Diagnostic:
    return _finding("RE541", f"There are no rows of {block}.", span, "See whether the export went well.")
