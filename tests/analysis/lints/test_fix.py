"""`rules check --fix`: every fix takes its finding away and brings no error; what is not certain is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_engine.analysis.lints.files import Wanted, findings_of
from rules_engine.analysis.lints.fix import fix_file

CASES = Path(__file__).resolve().parents[2] / "cases"
FILES = sorted([*(CASES / "broken").glob("*.yaml"), *(CASES / "lints").glob("*.yaml")])
# What --fix can mend in the cases of broken models and of lints.
MENDED = {
    "RE004", "RE021", "RE026", "RE101", "RE121", "RE124", "RE126", "RE127", "RE201", "RE202", "RE203", "RE204", "RE205",
    "RE216", "RE321", "RE322", "RE334", "RE791",
}  # fmt: skip

MODEL = """\
schema: 1
model: slips
version: 1
events:
  page_view: {path: string}
  page_vied: {path: string}
  demo_request: {}
scores:
  use:
    rules:
      demo: {event: demo_request, points: 50}
"""


def test_each_fix_takes_its_finding_away(tmp_path: Path) -> None:
    mended: set[str] = set()
    for file in FILES:
        fixed = fix_file(file, Wanted(), None)
        if not fixed.done:
            continue
        copy = tmp_path / file.name
        copy.write_text(fixed.text, encoding="utf-8")
        (tmp_path / "data").mkdir(exist_ok=True)
        left = {(found.code, found.message) for found in findings_of(copy)}
        before = {(found.code, found.message) for found in findings_of(file)}
        done = {(found.code, found.message) for found, _ in fixed.done}
        assert not done & left, file.name
        if not any(code.startswith("RE02") for code, _ in done):  # a file that could not be read shows more now
            assert not {code for code, message in left - before if findings_error(code)}, file.name
        mended |= {code for code, _ in done}
    assert mended == MENDED


def findings_error(code: str) -> bool:
    from rules_engine.diagnostics.codes import CODES

    return CODES[code].severity == "error" and not code.startswith("RE58")  # the copy has no data files beside it


def fixed(tmp_path: Path, text: str) -> str:
    file = tmp_path / "v1.yaml"
    file.write_text(text, encoding="utf-8")
    return fix_file(file, Wanted(), None).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("event: demo_request, points", "event: demo_requst, points", id="one name is near"),
        pytest.param("      demo:", "      demo:", id="nothing to do"),
        pytest.param("model: slips", "modell: slips", id="a key"),
    ],
)
def test_mends(tmp_path: Path, before: str, after: str) -> None:
    slipped = MODEL.replace(before, after)
    assert fixed(tmp_path, slipped) == MODEL


def test_leaves_a_slip_that_could_be_two_names(tmp_path: Path) -> None:
    slipped = MODEL.replace("event: demo_request", "event: page_vie")
    assert fixed(tmp_path, slipped) == slipped


def test_never_changes_what_a_model_means(tmp_path: Path) -> None:
    """A quoted number is read as one: without the quotes it is the same model, so the fix may stand."""
    assert fixed(tmp_path, MODEL.replace("points: 50", 'points: "50"')) == MODEL


def test_mends_every_use_of_a_name_that_is_told_once(tmp_path: Path) -> None:
    right = 'when: event.path = "/a" or event.path = "/b", event: page_view, points: 5'
    whole = MODEL.replace("event: demo_request, points: 50", right)
    assert fixed(tmp_path, whole.replace("event.path", "event.pth")) == whole
