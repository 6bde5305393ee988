"""What went wrong, in words for the person at the terminal."""

from __future__ import annotations

EXIT_FINE = 0
EXIT_FINDINGS = 1
EXIT_FAULT = 2


class CommandError(Exception):
    """A command cannot do what was asked, and the message says why and what to do. Exit code 2."""


def describe(fault: Exception) -> str:
    """One message for an error that reached the top: typed ones speak for themselves, the rest are called bugs."""
    if isinstance(fault, CommandError) or type(fault).__module__.startswith("rules_engine."):
        return str(fault)
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"{fault.filename}: {fault.strerror or fault}"
    return (
        f"something failed inside the program ({type(fault).__name__}: {fault}). "
        "This is a bug; run the same line with --debug and send what it prints."
    )


def need_batch(error: ImportError) -> CommandError:
    """The message for a missing table library."""
    library = (error.name or "polars").partition(".")[0]
    return CommandError(
        f"scoring tables needs {library}, which is not installed. Install it with\n"
        "  pip install 'lead-rules-engine[batch]'"
    )
