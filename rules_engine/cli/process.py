"""Settings of a process that does one command and ends."""

from __future__ import annotations

import atexit
import gc
import os
import sys

OBJECTS = 200_000  # made and not freed, between two looks for garbage
TURN = 0.000_5  # seconds of Python after which a thread lets one go on that waits

_ours = False  # whether the process was started for one command
_code: int | None = None  # with which the command ends


def set_up_process() -> None:
    """Tells the interpreter and libraries, before they are loaded, what the process is for.

    Libraries and a model are very many objects that stay: to look through them for garbage again and again, while all
    threads wait, takes a tenth of a small job. What is large is freed without that. Turns are short because one thread
    loads libraries, which is long work in Python, while another reads data, which is short work between long calls that
    need no turn. The library of matrices in NumPy would start a thread per core, and these look for work for a while
    before they sleep; nothing here multiplies large matrices.
    """
    global _ours
    _ours = True
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
    if not atexit._ncallbacks():  # what is registered first comes last, and after `_leave` comes nothing
        atexit.register(_leave)
    sys.setswitchinterval(TURN)
    for name in ("stdout", "stderr"):  # closed by who started the process: nobody listens
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open to the end


def score_in_threads() -> None:
    """Tells Polars, before it is loaded, that leads will be scored in a thread per processor.

    These call it for small things all the time, and each call wakes its threads, which look for work in each other's
    queues, and so take processors from those that score. Half as many do as well.
    """
    from rules_engine.batch.processors import processors

    os.environ.setdefault("POLARS_MAX_THREADS", str(max(processors() // 2, 1)))


def keep_what_is_there() -> None:
    """From now on no look for garbage goes through what has been made up to now."""
    if _ours and not _looks_at_what_is_left():
        gc.freeze()


def ends_with(code: int) -> int:
    """Notes the code with which the command ends, and gives it back."""
    global _code
    _code = code
    return code


def _leave() -> None:
    """Ends the process without taking libraries and model apart, object by object: the system frees them at once."""
    if _code is None or _looks_at_what_is_left():
        return
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):  # the interpreter has its own words and code for that
        return
    os._exit(_code)


def _looks_at_what_is_left() -> bool:
    """Whether a library is there that writes to stderr what it finds left at the end."""
    return "_duckdb" in sys.modules
