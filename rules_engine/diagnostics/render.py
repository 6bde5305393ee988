"""Findings as text: for people in full or one line each, for programs as JSON, GitHub commands, SARIF or JUnit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from rules_engine.diagnostics.diagnostic import Diagnostic, Severity
from rules_engine.diagnostics.render_text import render_concise, render_full
from rules_engine.diagnostics.source import Source

FOR_PROGRAMS = ("json", "github", "sarif", "junit")
FORMATS = ("full", "concise", *FOR_PROGRAMS)


def render(
    findings: Iterable[Diagnostic],
    form: str = "full",
    sources: Iterable[Source] = (),
    failing: Collection[Severity] = (Severity.ERROR,),
) -> str:
    """The findings in a format of `FORMATS`, in the order given; "" for none in the formats for people.

    The full format shows lines of the files: those of `sources` by their name, any other is read from disk. `failing`
    are the severities that count as failed, where a format tells what passed from what failed (JUnit).
    """
    found = tuple(findings)
    if form == "full":
        return render_full(found, _Texts(sources))
    return render_concise(found) if form == "concise" else _for_programs(found, form, failing)


def _for_programs(found: tuple[Diagnostic, ...], form: str, failing: Collection[Severity]) -> str:
    from rules_engine.diagnostics import render_machine, render_sarif  # late: a person at a terminal needs none of them

    renderers: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
        "json": render_machine.render_json,
        "github": render_machine.render_github,
        "sarif": render_sarif.render_sarif,
        "junit": lambda shown: render_machine.render_junit(shown, failing),
    }
    return renderers[form](found)


class _Texts(dict[str, "Source | None"]):
    """Texts by file name; a missing one is read when first asked for, None where it cannot be."""

    def __init__(self, sources: Iterable[Source]) -> None:
        super().__init__((source.file, source) for source in sources)

    def __missing__(self, file: str) -> Source | None:
        try:
            text = Path(file).read_bytes().decode("utf-8-sig")
        except (OSError, ValueError):
            self[file] = None
        else:
            self[file] = Source.of(file, text)
        return self[file]
