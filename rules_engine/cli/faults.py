"""What went wrong, in words for the person at the terminal."""

from __future__ import annotations

from collections.abc import Sequence

EXIT_FINE = 0
EXIT_FINDINGS = 1
EXIT_FAULT = 2
EXIT_INTERRUPTED = 130  # by Ctrl-C, as shells count it

TABLE_LIBRARIES = frozenset({"polars", "pyarrow", "numpy", "numba"})
ANALYSIS_LIBRARIES = {"sklearn": "scikit-learn", "scipy": "scipy"}


class CommandError(Exception):
    """A command cannot do what was asked, and the message says why and what to do. Exit code 2."""


def describe(fault: Exception, words: Sequence[str]) -> str:
    """The message for an error that reached the top: typed ones speak for themselves, the rest are called bugs.
    `words` are those of the command line.

    An error that carries findings (a model or data that cannot be used) shows them with their places.
    """
    if type(fault).__module__.startswith("rules_engine."):
        findings = [*getattr(fault, "diagnostics", ()), *getattr(fault, "findings", ())]
        errors = [finding for finding in findings if finding.is_error]
        if errors:
            from rules_engine.cli.wrong_file import wrong_file
            from rules_engine.diagnostics import render

            wrong = wrong_file(errors, words)
            if wrong is not None:
                return f"Error: {wrong}"
            stopped = f"Error: stopped by {len(errors)} error{'s' if len(errors) != 1 else ''}; nothing was done."
            return f"{render(errors)}\n{stopped}"
        return f"Error: {fault}"
    if isinstance(fault, FileNotFoundError) and fault.filename is not None:
        from pathlib import Path

        from rules_engine.cli.wrong_file import no_file

        return f"Error: {no_file(Path(str(fault.filename)))}"
    if isinstance(fault, OSError):
        return f"Error: {fault}" if fault.filename is None else f"Error: {fault.filename}: {fault.strerror}"
    return (
        f"Error: something failed inside the program ({type(fault).__name__}: {fault}). "
        "This is a bug; run the same line with --debug and send what it prints."
    )


def need_batch(error: ImportError) -> Exception:
    """The message for a missing table library; any other failing import is given back as it is."""
    library = (error.name or "").partition(".")[0]
    if library not in TABLE_LIBRARIES:
        return error
    return CommandError(
        f"scoring tables needs {library}, which is not installed. Install it with\n"
        "  pip install 'lead-rules-engine[batch]'"
    )


def need_spark(error: ImportError) -> Exception:
    """The message for a missing Spark; any other failing import as `need_batch` has it."""
    library = (error.name or "").partition(".")[0]
    if library not in ("pyspark", "pandas", "py4j"):
        return need_batch(error)
    return CommandError(
        f"--engine spark needs {library}, which is not installed. Install it with\n"
        "  pip install 'lead-rules-engine[spark]'"
    )


def need_analysis(error: ImportError) -> Exception:
    """The message for a missing library of statistics or tables; any other failing import is given back as it is."""
    library = ANALYSIS_LIBRARIES.get((error.name or "").partition(".")[0])
    if library is None:
        return need_batch(error)
    return CommandError(
        f"this needs {library}, which is not installed. Install it with\n  pip install 'lead-rules-engine[analysis]'"
    )
