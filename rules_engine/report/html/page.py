"""Puts a page into the template: escaped texts, the styles, the charts and the libraries that draw them.

Everything that comes from data passes through the template's escaping or, in charts, through `_json`; the page's
Content-Security-Policy lets only its own two scripts run and nothing be loaded.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import vl_convert
from altair import SCHEMA_VERSION
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rules_engine import __version__
from rules_engine.report.explanation import shown_children
from rules_engine.report.html.blocks import Block, Page, Section, Table
from rules_engine.result.types import Explanation

_HERE = Path(__file__).parent
MOST_ENTRIES = 5  # ledger entries of a rule that an explanation shows
# Colours of bands from the lowest to the highest, mixed for as many as a score has.
_LIGHT = ("#b3c3d4", "#6fa3cf", "#2f74b0", "#143c66")
_DARK = ("#44566a", "#4f86b8", "#8cbfea", "#e0f0ff")


def render(page: Page) -> str:
    """The whole page as HTML. The same page gives the same text."""
    version = SCHEMA_VERSION.rpartition(".")[0]
    bundle = vl_convert.javascript_bundle(vl_version=version)  # type: ignore[call-arg]  # its stub knows no default
    library = bundle.replace("</script", r"<\/script")  # what a script holds must not end its element
    drawing = (_HERE / "charts.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.jinja").render(
        page=page,
        policy=_policy(library, drawing),
        style=Markup(_style(page)),
        library=Markup(library),
        drawing=Markup(drawing),
        licence=Markup((_HERE / "vega-licence.txt").read_text(encoding="utf-8")),
        engine_version=__version__,
        blocks=_blocks,
        children=_children,
        json=_json,
    )


def _blocks(section: Section) -> Iterator[tuple[str, Block | list[Block]]]:
    """The blocks with their kinds; narrow tables that follow each other stand side by side, as one block "Tables"."""
    for narrow, run in groupby(section.blocks, key=lambda block: isinstance(block, Table) and block.is_narrow):
        if narrow:
            yield "Tables", list(run)
        else:
            yield from ((type(block).__name__, block) for block in run)


def _children(node: Explanation) -> list[Explanation]:
    return list(shown_children(node, MOST_ENTRIES))


def _json(value: object) -> Markup:
    """JSON that may stand in a script element: no `<` can end it or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _policy(*scripts: str) -> str:
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _style(page: Page) -> str:
    light, dark = (_band_colors(page.band_counts, stops) for stops in (_LIGHT, _DARK))
    return (
        f"{(_HERE / 'style.css').read_text(encoding='utf-8')}"
        f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@media print {{ :root {{ {light} }} }}"
    )


def _band_colors(counts: Sequence[int], stops: tuple[str, ...]) -> str:
    return " ".join(
        f"--band-{count}-{number}: {_mixed(stops, number / max(count - 1, 1))};"
        for count in counts
        for number in range(count)
    )


def _mixed(stops: tuple[str, ...], share: float) -> str:
    """The colour at `share` (0..1) of the way along the stops."""
    place = share * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    rest = place - first
    pairs = zip(_channels(stops[first]), _channels(stops[first + 1]), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * rest):02x}" for low, high in pairs)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))
