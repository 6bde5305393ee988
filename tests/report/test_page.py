"""The page of `rules report`: data stays text, nothing is loaded, each chart has its table; drawn in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rules_engine.analysis.population.overview import describe_population
from rules_engine.batch.score import open_batch
from rules_engine.report.html.content import page_of
from rules_engine.report.html.page import render
from tests.cli.transcripts import REPOSITORY
from tests.report import nasty

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
without_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs one")
VOID = {"meta", "img", "br", "link", "hr", "input"}


class Outline(HTMLParser):
    """What a page is made of: each element with its attributes and the elements around it, and the texts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((tuple(self.open), data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nasty")
    model, data = nasty.write(folder)
    batch = open_batch(model, data, as_of="2026-04-01")
    file = folder / "report.html"
    file.write_text(render(page_of(describe_population(batch, by="total", top=4, weeks=6))), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def outline(page: Path) -> Outline:
    found = Outline()
    found.feed(page.read_text(encoding="utf-8"))
    found.close()
    return found


def test_texts_of_data_stay_texts(outline: Outline) -> None:
    assert outline.all("img") == []
    assert [script.get("type") for script in outline.all("script")].count(None) == 2  # the library and the drawing
    assert not [name for _, attributes, _ in outline.elements for name in attributes if name.startswith("on")]
    cells = "".join(text for around, text in outline.texts if "table" in around)
    for text in nasty.NASTY:
        assert text in cells


def test_every_element_is_closed(outline: Outline) -> None:
    assert outline.open == []


def test_nothing_is_loaded(outline: Outline) -> None:
    loading = [
        (tag, attributes)
        for tag, attributes, _ in outline.elements
        if tag in ("link", "iframe", "object", "embed", "base")
        or {"src", "srcset", "data", "poster"} & attributes.keys()
    ]
    assert loading == []
    assert all((attributes["href"] or "").startswith("#") for attributes in outline.all("a"))
    style = "".join(text for around, text in outline.texts if "style" in around)
    assert "url(" not in style
    assert "@import" not in style


def test_policy_allows_the_two_scripts_only(outline: Outline) -> None:
    (policy,) = [a["content"] or "" for a in outline.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    scripts = policy.split(";")[1]
    assert len(re.findall(r"'sha256-[\w+/=]+'", scripts)) == 2
    assert "unsafe" not in scripts


def test_every_chart_has_a_table_and_a_text(outline: Outline) -> None:
    figures = len(outline.all("figure"))
    charts = [a for a in outline.all("div") if a.get("class") == "chart"]
    specs = [a for a in outline.all("script") if a.get("type") == "application/json"]
    assert figures == len(charts) == len(specs) > 12
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in charts)
    tables = [around for tag, _, around in outline.elements if tag == "table"]
    assert sum("figure" in around for around in tables) == figures


def test_every_table_has_a_caption_and_scopes(outline: Outline) -> None:
    assert len(outline.all("caption")) == len(outline.all("table"))
    assert {header.get("scope") for header in outline.all("th")} == {"col", "row"}


def test_names_are_used_once(outline: Outline) -> None:
    names = [attributes["id"] for _, attributes, _ in outline.elements if "id" in attributes]
    assert len(names) == len(set(names))


def test_links_lead_somewhere(outline: Outline) -> None:
    names = {attributes.get("id") for _, attributes, _ in outline.elements}
    assert {(link["href"] or "")[1:] for link in outline.all("a")} <= names


def test_same_population_same_bytes(page: Path) -> None:
    batch = open_batch(page.parent / "v1.yaml", page.parent / "data.yaml", as_of="2026-04-01")
    again = render(page_of(describe_population(batch, by="total", top=4, weeks=6)))
    assert again == page.read_text(encoding="utf-8")


def browse(page: Path, *settings: str) -> str:
    """The page as the browser has it once its scripts have run. The browser must not complain of anything."""
    assert CHROMIUM is not None
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    words += [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
    ]
    words += [f"--user-data-dir={page.parent / 'browser'}", "--virtual-time-budget=20000", *settings, "--dump-dom"]
    done = subprocess.run([*words, page.as_uri()], capture_output=True, encoding="utf-8", timeout=120, check=False)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert complaints == []
    return done.stdout


@pytest.fixture(scope="module")
def drawn(page: Path) -> str:
    return browse(page)


@pytest.mark.long
@without_browser
def test_browser_draws_every_chart(drawn: str, outline: Outline) -> None:
    root = drawn[: drawn.index("<head>")]
    charts = len([a for a in outline.all("script") if a.get("type") == "application/json"])
    assert f'data-charts="{charts}"' in root
    assert 'data-failed="0"' in root
    assert drawn.count('class="marks"') == charts


@pytest.mark.long
@without_browser
def test_browser_runs_no_text_of_the_data(drawn: str) -> None:
    assert "<title>nasty version 1</title>" in drawn


@pytest.mark.long
@without_browser
def test_charts_take_their_colours_from_the_page(drawn: str) -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", drawn, re.DOTALL))
    assert "var(--band-3-2)" in drawings
    assert "var(--ink)" in drawings


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a model with many scores and labels."""
    rules = REPOSITORY / "rulesets" / "b2b_saas"
    batch = open_batch(rules, rules / "data.yaml", as_of="2026-10-28")
    file = tmp_path_factory.mktemp("long") / "report.html"
    file.write_text(render(page_of(describe_population(batch, by="total", top=3, weeks=26))), encoding="utf-8")
    return file


def measured(page: Path, width: int, *, printed: bool) -> dict[str, int]:
    """How many pixels the page and its widest table stick out of a window, or a sheet of paper, of this width."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)  # lets the measuring script run
    if printed:
        text = text.replace("@media print", "@media all").replace("@media (min-width: 66rem)", "@media not all")
    script = """<script>addEventListener("load", () => {
      const out = box => box.scrollWidth - box.clientWidth;
      const tables = [...document.querySelectorAll(".scroll")].map(out);
      document.title = JSON.stringify({page: out(document.documentElement), tables: Math.max(...tables)});
    })</script></body>"""
    copy = page.with_name(f"measured-{width}-{printed}.html")
    copy.write_text(script.join(text.rsplit("</body>", 1)), encoding="utf-8")
    found = re.search(r"<title>(.*?)</title>", browse(copy, f"--window-size={width},1000"))
    assert found is not None
    sizes: dict[str, int] = json.loads(found[1])
    return sizes


@pytest.mark.long
@without_browser
def test_narrow_window_scrolls_tables_alone(long_page: Path) -> None:
    sizes = measured(long_page, 500, printed=False)  # Chromium makes no narrower one
    assert sizes["page"] == 0
    assert sizes["tables"] > 0


@pytest.mark.long
@without_browser
def test_tables_fit_on_paper(long_page: Path) -> None:
    assert measured(long_page, 688, printed=True) == {"page": 0, "tables": 0}  # A4 without its margins


def test_specifications_are_json(outline: Outline, page: Path) -> None:
    found = re.findall(
        r'<script type="application/json"[^>]*>(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL
    )
    assert {json.loads(text)["$schema"].rpartition("/")[2] for text in found} == {"v6.4.1.json"}
