"""What can be wrong with a sheet (CSV) of a `table:`: codes RE590-RE599."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Span
from rules_engine.diagnostics.nearest import did_you_mean

_COLUMNS_HELP = "The first line names the columns: asset, stage, points and, if wanted, note."


def no_header(span: Span, delimiter: str) -> Diagnostic:
    """No cell of the first line is a column's name."""
    names = delimiter.join(("asset", "stage", "points"))
    help = f"Let the file begin with a line of these names, `{names}`, and nothing stand before it."
    return finding("RE590", "The first line of a sheet names its columns, and none is here.", span, help)


def unknown_column(span: Span, column: str, known: tuple[str, ...]) -> Diagnostic:
    told = f'"{column}" is not a column of a sheet.' if column else "A column of the sheet has no name."
    return finding("RE590", f"{told}{did_you_mean(column, known)}", span, _COLUMNS_HELP)


def missing_column(span: Span, column: str, known: tuple[str, ...]) -> Diagnostic:
    return finding("RE590", f'The sheet has no column "{column}".', span, _COLUMNS_HELP)


def repeated_column(span: Span) -> Diagnostic:
    return finding("RE590", "The sheet names a column twice.", span, _COLUMNS_HELP)


def too_many_cells(span: Span, cells: int, columns: int) -> Diagnostic:
    return finding(
        "RE591",
        f"This line has {cells} cells, but the sheet has {columns} columns.",
        span,
        "Put text that holds a comma in double quotes.",
    )


def not_csv(span: Span, reason: str) -> Diagnostic:
    return finding(
        "RE591",
        f"This line cannot be read as CSV: {reason}.",
        span,
        "A quote that is opened must be closed; a quote inside one is doubled.",
    )


def no_asset(span: Span) -> Diagnostic:
    return finding("RE592", "This line has no asset.", span, "Write what the rule matches in the column asset.")


def repeated_asset(span: Span, asset: str, first: int) -> Diagnostic:
    return finding(
        "RE593", f'"{asset}" stands twice in the sheet; the first is in line {first}.', span, "Keep one of the lines."
    )


def no_points(span: Span, asset: str, text: str) -> Diagnostic:
    found = f'"{text}" is not a number or a percent' if text else "there are none"
    return finding(
        "RE594",
        f'The points of "{asset}" are not readable: {found}.',
        span,
        'Write a number or a percent, such as 10 or "30%".',
    )


def unknown_stage(span: Span, stage: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE595",
        f'"{stage}" is not among the stages of the model.{did_you_mean(stage, known)}',
        span,
        f"The stages are: {', '.join(known)}." if known else "Declare stages in the model: `stages: [learn, decide]`.",
    )


def too_many_rows(span: Span, most: int) -> Diagnostic:
    return finding("RE596", f"The sheet has more than {most:,} rows.", span, "Split it into several rules.")


def no_rows(span: Span) -> Diagnostic:
    return finding("RE596", "The sheet has no rows.", span, _COLUMNS_HELP)
