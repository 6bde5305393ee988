"""The next version: other points, every other byte kept, whatever the layout of the file; nothing is overwritten."""

from __future__ import annotations

import difflib
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from rules_engine.analysis.versions.csv_cells import rows
from rules_engine.analysis.versions.faults import VersionError
from rules_engine.analysis.versions.next_version import NextVersion, newest_file, next_version, write
from rules_engine.analysis.versions.points import read_version

DAY = date(2026, 11, 20)
RULESETS = Path(__file__).parents[2] / "rulesets"
HEAD = "schema: 1\nmodel: m\nversion: 1\n"
EVENTS = "events: {demo: {}, view: {path: string}}\n"
RULES = "scores:\n  r:\n    rules:\n      demo: {event: demo, points: 60%}  # why\n"


def made(folder: Path, text: str, changes: dict[str, float | str], **files: str) -> NextVersion:
    (folder / "v1.yaml").write_bytes(text.encode())
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content.encode())
    return next_version(folder, changes, "Why.", day=DAY)


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new."""
    matcher = difflib.SequenceMatcher(None, old := before.splitlines(), new := after.splitlines(), autojunk=False)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    return [line for _, a, b, _, _ in steps for line in old[a:b]], [line for *_, a, b in steps for line in new[a:b]]


def comments(text: str) -> list[str]:
    return re.findall(r"(?:^|\s)#.*$", text, re.MULTILINE)


@pytest.mark.parametrize("folder", sorted(path.parent for path in RULESETS.glob("*/v1.yaml")), ids=lambda p: p.name)
def test_every_number_of_a_shipped_model_changes_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("data"))
    before = read_version(newest_file(copy))
    wanted = {cell.address: abs(cell.amount) / 1e6 + 1.25 for cell in before.cells if cell.amount is not None}
    result = next_version(copy, wanted, "All.", day=DAY)
    now = {cell.address: cell.amount for cell in result.after.cells if cell.amount is not None}
    assert now == {address: round(points * 1e6) for address, points in wanted.items()}
    assert comments(result.files[0][1]) == comments(before.source.text)


def test_only_the_number_and_the_head_change(tmp_path: Path) -> None:
    text = HEAD + "status: active  # in use\neffective: 2026-01-01\n" + EVENTS + RULES
    result = made(tmp_path, text, {"r.demo": 80})
    gone, new = changed_lines(text, result.files[0][1])
    assert gone == [
        "version: 1",
        "status: active  # in use",
        "effective: 2026-01-01",
        "      demo: {event: demo, points: 60%}  # why",
    ]
    assert new == [
        "version: 2",
        "status: draft  # in use",
        "effective: 2026-11-20",
        "changes:",
        '  - {version: 2, date: 2026-11-20, note: "Why."}',
        "      demo: {event: demo, points: 80}  # why",
    ]


CHANGE = '{version: 2, date: 2026-11-20, note: "Why."}'
OLD = "{version: 1, date: 2026-01-01, note: First.}"
LAYOUTS = {
    "newest first": (f"changes:\n  - {OLD}\n", f"changes:\n  - {CHANGE}\n  - {OLD}\n"),
    "without indent": (f"changes:\n- {OLD}\n", f"changes:\n- {CHANGE}\n- {OLD}\n"),
    "one line": (f"changes: [{OLD}]\n", f"changes: [{CHANGE}, {OLD}]\n"),
    "empty": ("changes: []\n", f"changes: [{CHANGE}]\n"),
    "block entries": (
        "changes:\n  - version: 1\n    date: 2026-01-01\n    note: >\n      Long\n      words.\n",
        f"changes:\n  - {CHANGE}\n  - version: 1\n    date: 2026-01-01\n    note: >\n      Long\n      words.\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_changes_in_any_layout(before: str, after: str, tmp_path: Path) -> None:
    result = made(tmp_path, HEAD + before + EVENTS + RULES, {"r.demo": 80})
    assert after in result.files[0][1]


def test_changes_oldest_first_stay_so(tmp_path: Path) -> None:
    text = HEAD.replace("version: 1", "version: 2") + f"changes:\n  - {OLD}\n  - {CHANGE}\n" + EVENTS + RULES
    (tmp_path / "v2.yaml").write_text(text)
    result = next_version(tmp_path, {"r.demo": 80}, "Third.", day=DAY)
    assert f'{CHANGE}\n  - {{version: 3, date: 2026-11-20, note: "Third."}}\n' in result.files[0][1]


def test_windows_line_breaks_and_no_break_at_the_end(tmp_path: Path) -> None:
    text = (HEAD + EVENTS + RULES).replace("\n", "\r\n").removesuffix("\r\n")
    result = made(tmp_path, text, {"r.demo": 80})
    assert "\n" not in result.files[0][1].replace("\r\n", "")
    assert result.files[0][1].endswith("# why")
    write(result)
    assert (tmp_path / "v2.yaml").read_bytes() == result.files[0][1].encode()


def test_a_note_keeps_its_quotes_and_letters(tmp_path: Path) -> None:
    (tmp_path / "v1.yaml").write_text(HEAD + EVENTS + RULES)
    result = next_version(tmp_path, {"r.demo": 80}, 'Sales:\n "no" # \\ é \x07', day=DAY)
    assert result.after.model.changes[0].note == 'Sales: "no" # \\ é \x07'


SHEET = (
    HEAD + "stages: [learn]\n" + EVENTS
    + "scores:\n  r:\n    rules:\n      assets: {event: view, table: {file: assets.csv, match: event.path}}\n"
    + "      again: {event: view, table: {file: assets.csv, match: event.path}}\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("asset,stage,points\npaper,learn,5\n", "asset,stage,points\npaper,learn,7.5\n"),
        ("asset;points\npaper;5\nother;1,5\n", "asset;points\npaper;7,5\nother;1,5\n"),
        ('points,asset\r\n"5","paper"\r\n', 'points,asset\r\n7.5,"paper"\r\n'),
        ('asset,points,note\npaper, 5 ,"a ""b""\nc"\n\n', 'asset,points,note\npaper,7.5,"a ""b""\nc"\n\n'),
    ],
)
def test_rows_of_a_sheet_go_to_a_file_of_their_own(before: str, after: str, tmp_path: Path) -> None:
    result = made(tmp_path, SHEET, {"r.assets.paper": 7.5}, assets=before)
    assert [path.name for path, _ in result.files] == ["v2.yaml", "assets_v2.csv"]
    assert result.files[1][1] == after
    assert "assets: {event: view, table: {file: assets_v2.csv" in result.files[0][1]
    assert "again: {event: view, table: {file: assets.csv" in result.files[0][1]


def test_two_rules_with_one_sheet_and_different_rows(tmp_path: Path) -> None:
    changes: dict[str, float | str] = {"r.assets.paper": 7, "r.again.paper": 8}
    result = made(tmp_path, SHEET, changes, assets="asset,points\npaper,5\n")
    assert [path.name for path, _ in result.files] == ["v2.yaml", "assets_v2.csv", "assets_again_v2.csv"]


def test_the_score_of_one_product_stands_for_all(tmp_path: Path) -> None:
    text = HEAD + EVENTS + RULES.replace("  r:\n", "  r:\n    for_each: {product: [a, b]}\n")
    result = made(tmp_path, text, {"r_a.demo": 10, "r_b.demo": "10"})
    assert [score.event_rules[0].points for score in result.after.model.scores.values()] == [
        result.after.model.scores["r_a"].event_rules[0].points
    ] * 2


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        (RULES, {"r.dmo": 5}, 'v1.yaml has no points at r.dmo. Did you mean "r.demo"?'),
        (RULES, {"r.demo": "60%"}, "no points differ"),
        (RULES, {"r.demo": "many"}, '"many" is no number of points for r.demo; write 15 or 60%.'),
        (RULES, {"r.demo": 1e14}, "is more than 9000000000000 points"),
        (RULES, {"r.demo": float("nan")}, "nan is no number of points"),
        (RULES.replace("60%", "2 * 3 + event.at.year"), {"r.demo": 5}, "the points of r.demo are computed"),
        (RULES + "    penalties:\n      p: {event: demo, remove: 5}\n", {"r.p": -3}, "write what it takes away"),
        (
            RULES.replace("demo, points: 60%}", "demo, points: &x 60%}\n      two: {event: demo, points: *x}"),
            {"r.demo": 5},
            "r.demo and r.two are one number in the file",
        ),
        (
            "fields: {lead: {n: number}}\nscores:\n  r:\n    rules:\n"
            "      s: {of: lead.n, at_least: {0: 1}, missing: 2}\n",
            {"r.s": 5},
            "r.s has several points; name one of them: r.s.at_least.0, r.s.missing.",
        ),
    ],
)
def test_what_cannot_be_done_is_told(text: str, changes: dict[str, float | str], told: str, tmp_path: Path) -> None:
    with pytest.raises(VersionError) as error:
        made(tmp_path, HEAD + EVENTS + text, changes)
    assert told in str(error.value)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    result = made(tmp_path, SHEET, {"r.assets.paper": 7}, assets="asset,points\npaper,5\n")
    (tmp_path / "assets_v2.csv").write_text("mine")
    with pytest.raises(VersionError, match=r"assets_v2\.csv exists and is not overwritten"):
        write(result)
    assert not (tmp_path / "v2.yaml").exists()
    with pytest.raises(VersionError, match=r"assets_v2\.csv exists and is not overwritten"):
        next_version(tmp_path, {"r.assets.paper": 7}, "Why.", day=DAY)


def test_cells_of_a_csv_text() -> None:
    text = 'a,"b ""c""",\r\n"x\ny",,z\n'
    found = rows(text, ",")
    assert [[cell.value for cell in row] for row in found] == [["a", 'b "c"', ""], ["x\ny", "", "z"]]
    assert [text[cell.start : cell.end] for cell in found[0]] == ["a", '"b ""c"""', ""]
