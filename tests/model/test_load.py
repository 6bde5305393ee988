"""Reading a model file: what cannot be a broken file of a few lines, and what must not be an error."""

import time
from pathlib import Path

import pytest

from rules_engine.model import load_model, load_text
from rules_engine.model.types import FixedPoints, FormulaPoints, Group, ValuePoints

HEAD = "schema: 1\nmodel: b2b\nversion: 1\n"
EVENTS = "events: {demo: {}, page_view: {path: string}, download: {asset: string}}\n"


def codes(text: str | bytes, path: Path | str = "model.yaml") -> list[str]:
    return [finding.code for finding in load_text(text, path).diagnostics]


def model_of(text: str, path: Path | str = "model.yaml"):
    result = load_text(HEAD + EVENTS + text, path)
    assert result.diagnostics == ()
    assert result.model is not None
    return result.model


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = load_model(tmp_path / "v1.yaml")
    assert [(d.code, d.is_error) for d in result.diagnostics] == [("RE001", True)]
    assert result.model is None


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert [d.code for d in load_model(tmp_path).diagnostics] == ["RE001"]


def test_a_file_too_large() -> None:
    assert codes(HEAD + "# " + "x" * 1_000_000) == ["RE002"]


def test_too_many_values() -> None:
    assert codes("stages: [" + "a," * 200_000 + "]") == ["RE002"]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(
            ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
            + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
        ),
        "[" * 500_000,
        "{a: " * 200_000,
        "- " * 300_000,
        "a: " + "'" * 900_000,
        "? " * 300_000,
        "a:\n" + "".join(" " * i + "- a:\n" for i in range(900)),
        'x: "' + "\\u0041" * 150_000 + '"',
        HEAD + "define: {a: " + "(" * 5000 + "1" + ")" * 5000 + "}",
        HEAD + "define:\n" + "".join(f"  a{i}: a{i + 1} and a{i + 1}\n" for i in range(60)) + "  a60: lead.x > 1\n",
        HEAD + "&" * 100_000,
    ],
    ids=[
        "references",
        "brackets",
        "braces",
        "dashes",
        "quotes",
        "questions",
        "indentation",
        "escapes",
        "parentheses",
        "definitions",
        "anchors",
    ],
)
def test_a_bomb_ends_fast_with_a_finding(text: str) -> None:
    start = time.process_time()
    assert any(finding.is_error for finding in load_text(text, "model.yaml").diagnostics)
    assert time.process_time() - start < 1.0


def test_definitions_that_double() -> None:
    text = (
        HEAD + "define:\n" + "".join(f"  a{i}: a{i + 1} and a{i + 1}\n" for i in range(60)) + "  a60: sales_ready > 1\n"
    )
    assert "RE222" in codes(text)


def test_a_data_file_too_long(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("x\n" * 100_001)
    text = HEAD + EVENTS + "constants: {c: {file: long.txt}}\nscores: {s: {rules: {d: {event: demo, points: 1}}}}\n"
    assert codes(text, tmp_path / "model.yaml") == ["RE582"]


def test_a_link_out_of_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "model"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("x\n")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "sub").symlink_to(tmp_path)
    text = HEAD + EVENTS + "constants: {c: {file: link.txt}, d: {file: sub/secret.txt}}\n"
    text += "scores: {s: {rules: {d: {event: demo, points: 1}}}}\n"
    assert codes(text, inside / "model.yaml") == ["RE580", "RE580"]


def test_words_that_older_yaml_changes_stay_text() -> None:
    model = model_of(
        "constants: {a: [on, off, yes, no, 1:30, 2026-01-01]}\nscores: {s: {rules: {d: {event: demo, points: 0o17}}}}\n"
    )
    assert model.constants["a"] == ["on", "off", "yes", "no", "1:30", "2026-01-01"]
    assert model.scores["s"].event_rules[0].points == FixedPoints(15_000_000)


def test_values_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes("\ufeff# comment\r\na.example\r\n\r\n b.example \n".encode())
    text = "constants: {c: {file: c.txt}}\nscores: {s: {rules: {d: {event: demo, points: 1}}}}\n"
    assert model_of(text, tmp_path / "model.yaml").constants["c"] == ["a.example", "b.example"]


def test_references_may_share_a_few_values() -> None:
    model = model_of("scores: {s: {rules: {d: &d {event: demo, points: 1}, e: *d}}}\n")
    assert [rule.name for rule in model.scores["s"].event_rules] == ["d", "e"]


def test_conditions_in_all_forms() -> None:
    model = model_of(
        "scores:\n  s:\n    rules:\n      d:\n        event: page_view\n        points: 1\n        when:\n"
        '          any:\n          - event.path = "/a"\n          - all: [event.path != null, event.path = "/b"]\n'
    )
    when = model.scores["s"].event_rules[0].when
    assert isinstance(when, Group)
    assert when.kind == "any"
    assert isinstance(when.parts[1], Group)
    assert when.parts[1].kind == "all"


def test_a_table_keeps_the_condition_of_its_rule(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('points;asset;note\n5;ebook;"a; b"\n10 %;video;\n1,5;clip;\n')
    model = model_of(
        "fields: {lead: {nps: number}}\nscores:\n  s:\n    rules:\n      sheet:\n        event: download\n"
        "        when: lead.nps > 3\n        table: {file: a.csv, match: event.asset}\n        limit: 1\n",
        tmp_path / "model.yaml",
    )
    rules = model.scores["s"].event_rules
    assert [rule.name for rule in rules] == ["sheet.ebook", "sheet.video", "sheet.clip"]
    assert [rule.points for rule in rules] == [FixedPoints(5_000_000), FixedPoints(10_000_000), FixedPoints(1_500_000)]
    assert isinstance(rules[0].when, Group)
    assert rules[0].note == "a; b"
    assert rules[0].row is not None
    assert (rules[0].row.line, rules[0].row.key) == (2, "ebook")


def test_a_score_with_its_own_sales_ready() -> None:
    model = model_of(
        "scores:\n  s:\n    sales_ready: 50\n    rules:\n      d: {event: demo, points: 30%}\n"
        "      e: {event: demo, points: sales_ready / 2}\ngates:\n  g: {event: demo, hold: forever, cap: 40%}\n"
    )
    fixed, formula = model.scores["s"].event_rules
    assert fixed.points == FixedPoints(15_000_000)
    assert isinstance(formula.points, FormulaPoints)
    assert formula.points.formula.reads == frozenset()
    assert model.gates["g"].caps == (("s", 20_000_000),)
    assert model.gates["g"].hold is None


def test_values_of_a_boolean() -> None:
    model = model_of("fields: {lead: {vip: boolean}}\nscores: {s: {rules: {v: {of: lead.vip, values: {true: 5}}}}}\n")
    points = model.scores["s"].standing_rules[0].points
    assert isinstance(points, ValuePoints)
    assert points.values == ((True, 5_000_000),)


def test_findings_come_in_the_order_of_the_file() -> None:
    findings = load_text(HEAD + "b: 1\na: 2\nscores: {s: {}}\n", "model.yaml").diagnostics
    starts = [finding.span.start for finding in findings if finding.span is not None]
    assert starts == sorted(starts)
    assert len(starts) >= 3


def test_windows_line_ends_count_as_one() -> None:
    [finding] = [
        f
        for f in load_text((HEAD + "status: x\nscores: {}").replace("\n", "\r\n"), "m").diagnostics
        if f.code == "RE104"
    ]
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (4, 9)
