"""Versions of a model: which one applies when, and that a version in use never changes unseen (RE404 to RE409)."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from rules_engine.analysis.lints.files import Wanted, of_folder
from rules_engine.cli.check import files_to_check
from rules_engine.diagnostics.diagnostic import Severity
from rules_engine.engine import Engine
from rules_engine.model import load_model
from rules_engine.model.versions import choose_version, load_all, load_version, lock_folder

DAY = 86_400_000_000
SEPTEMBER = 1_788_220_800_000_000  # 2026-09-01T00:00:00Z

TEXT = """schema: 1
model: b2b
version: {version}
status: {status}
effective: {effective}
owner: sales@example.com
events: {{demo: {{}}}}
constants: {{rivals: {{file: rivals.txt}}}}
scores:
  readiness:
    rules:
      demo: {{event: demo, points: {points}}}
"""


def put(folder: Path, version: int, status: str = "active", effective: str = "2026-09-01", points: int = 50) -> Path:
    path = folder / f"v{version}.yaml"
    path.write_text(TEXT.format(version=version, status=status, effective=effective, points=points))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rivals.txt").write_text("a.example\n")
    put(tmp_path, 1, "retired", "2026-01-01")
    put(tmp_path, 2, effective="2026-06-01")
    put(tmp_path, 3, effective="2026-09-01")
    put(tmp_path, 4, "draft", "2026-10-01")
    return tmp_path


def test_the_newest_version_that_applies(folder: Path) -> None:
    assert choose_version(folder, as_of=lambda _: SEPTEMBER - 1)[0] == folder / "v2.yaml"
    assert choose_version(folder, as_of=lambda _: SEPTEMBER)[0] == folder / "v3.yaml"
    assert choose_version(folder, as_of=lambda _: SEPTEMBER + 300 * DAY)[0] == folder / "v3.yaml"
    assert choose_version(folder)[0] == folder / "v3.yaml"
    assert choose_version(folder, version=4)[0] == folder / "v4.yaml"
    result = load_version(folder, as_of=lambda _: SEPTEMBER)
    assert result.model is not None
    assert result.model.version == 3


def test_no_version(folder: Path) -> None:
    for result in (load_version(folder, as_of=lambda _: SEPTEMBER - 300 * DAY), load_version(folder, version=9)):
        assert [finding.code for finding in result.diagnostics] == ["RE407"]


def test_two_versions_from_one_day(folder: Path) -> None:
    put(folder, 5, effective="2026-09-01")
    assert [finding.code for finding in load_version(folder, as_of=lambda _: SEPTEMBER).diagnostics] == ["RE408"]


def test_a_version_that_a_lower_one_follows(folder: Path) -> None:
    assert of_folder(folder) == ()
    path = put(folder, 5, effective="2026-08-01")
    put(folder, 6, effective="2026-07-01", status="retired")
    [found] = of_folder(folder)
    assert (found.code, found.severity, found.span and found.span.file) == ("RE739", Severity.WARNING, str(path))
    assert found.message == (
        "Version 5 begins on 2026-08-01, before version 3, which scores from 2026-09-01 on in its place."
    )
    assert [other.span.file for other in found.related] == [str(folder / "v3.yaml")]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_one_day_is_the_same_day_in_every_time_zone(folder: Path, zone: str) -> None:
    path = put(folder, 5, effective="2026-09-01")
    path.write_text(path.read_text() + f"timezone: {zone}\n")
    found = of_folder(folder)
    assert [(one.code, one.span and one.span.file, one.span and one.span.line) for one in found] == [
        ("RE408", str(path), 5)
    ]
    assert [(other.span.file, other.span.line) for other in found[0].related] == [(str(folder / "v3.yaml"), 5)]
    for as_of in (None, SEPTEMBER - DAY // 2, SEPTEMBER, SEPTEMBER + 300 * DAY):  # one of them, then both have begun
        chosen, problem = choose_version(folder, as_of=None if as_of is None else lambda _, at=as_of: at)
        began = as_of is None or as_of >= SEPTEMBER or zone == "Pacific/Auckland"
        assert (chosen, problem) == ((None, found[0]) if began else (folder / "v2.yaml", None))
    assert choose_version(folder, version=5) == (path, None)
    for other, status in ((path, "retired"), (folder / "v3.yaml", "draft")):
        text = other.read_text()
        other.write_text(text.replace("status: active", f"status: {status}"))
        assert of_folder(folder) == ()
        other.write_text(text)


def test_a_recorded_version_that_is_gone_could_be_the_one_that_applies(folder: Path) -> None:
    lock_folder(folder)
    assert of_folder(folder) == ()
    kept = (folder / "v3.yaml").read_text()
    (folder / "v3.yaml").unlink()
    (found,) = of_folder(folder)
    assert (found.code, found.span and found.span.file) == ("RE404", str(folder / "model.lock"))
    for as_of in (None, lambda _: SEPTEMBER, lambda _: SEPTEMBER - 300 * DAY):
        assert choose_version(folder, as_of=as_of) == (None, found)
    assert choose_version(folder, version=3) == (None, found)
    assert choose_version(folder, version=2) == (folder / "v2.yaml", None)
    (folder / "v3.yaml").write_text(kept.replace("status: active", "status: retired"))
    assert of_folder(folder) == ()
    assert choose_version(folder) == (folder / "v2.yaml", None)


@pytest.mark.parametrize(
    ("zone", "as_of", "version"),
    [
        ("America/New_York", "2026-09-01", 3),
        ("America/New_York", date(2026, 9, 1), 3),
        ("America/New_York", datetime(2026, 8, 31, 23, 59, 59, 999_999), 2),  # noqa: DTZ001 - naive on purpose
        ("America/New_York", "2026-09-01T03:59:59.999999Z", 2),
        ("America/New_York", "2026-09-01T04:00:00Z", 3),
        ("Pacific/Auckland", "2026-08-31T23:59:59.999999", 2),
        ("Pacific/Auckland", "2026-08-31T11:59:59.999999Z", 2),
        ("Pacific/Auckland", "2026-08-31T12:00:00Z", 3),
    ],
)
def test_a_naive_as_of_time_is_in_the_time_zone_of_the_model(
    folder: Path, zone: str, as_of: str | date, version: int
) -> None:
    for path in folder.glob("v*.yaml"):
        path.write_text(path.read_text() + f"timezone: {zone}\n")
    assert Engine.load(folder, as_of=as_of).model.version == version


def test_days_in_findings_are_those_of_the_model(folder: Path) -> None:
    for number in (2, 3):
        put(folder, number, effective="2026-06-01")
        path = folder / f"v{number}.yaml"
        path.write_text(path.read_text() + "timezone: Pacific/Auckland\n")
    (twice,) = load_version(folder, as_of=lambda _: SEPTEMBER).diagnostics
    assert "from 2026-06-01 on" in twice.message
    (never,) = load_version(folder, as_of=lambda _: SEPTEMBER - 100 * DAY + DAY // 2).diagnostics
    assert "on 2026-05-25" in never.message  # noon of the 24th in UTC
    (last,) = load_version(folder, as_of=lambda _: 253_402_300_799_999_999).diagnostics
    assert last.code == "RE408"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("status: active", "status: actve", "RE104"),
        ("effective: 2026-09-01", "effective: 2026-09-31", "RE113"),
        ("effective: 2026-09-01\n", "", "RE402"),
        ("schema: 1", "timezone: Europe/Pariss\nschema: 1", "RE217"),
        ("{rivals: {", "{rivals: [", "RE022"),
        ("status: active", "status: [active]", "RE104"),
        ("schema: 1", "\x00", "RE005"),
    ],
)
def test_no_older_version_stands_in_for_one_with_a_mistake(folder: Path, before: str, after: str, code: str) -> None:
    path = folder / "v3.yaml"
    path.write_text(path.read_text().replace(before, after))
    for as_of in (None, lambda _: SEPTEMBER):
        result = load_version(folder, as_of=as_of)
        assert result.model is None
        assert code in [finding.code for finding in result.diagnostics]
        assert {finding.span.file for finding in result.diagnostics if finding.span} == {str(path)}
    assert load_version(folder, version=2).ok


def test_a_draft_that_does_not_read_yet_stands_in_nobodys_way(folder: Path) -> None:
    path = folder / "v4.yaml"
    path.write_text(path.read_text() + "labels: {a: [\n")
    assert choose_version(folder)[0] == folder / "v3.yaml"


def test_the_lock_records_active_versions_once(folder: Path) -> None:
    added, findings = lock_folder(folder)
    assert (added, findings) == ([2, 3], ())
    recorded = json.loads((folder / "model.lock").read_text())
    model = load_model(folder / "v3.yaml").model
    assert model is not None
    assert recorded["versions"]["3"] == {"hash": model.hash}
    assert lock_folder(folder) == ([], ())


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: put(folder, 3, points=60),
        lambda folder: (folder / "rivals.txt").write_text("a.example\nb.example\n"),
        lambda folder: put(folder, 3, status="draft", points=60),
    ],
    ids=["points", "data file", "made a draft"],
)
def test_a_locked_version_never_changes(folder: Path, change) -> None:  # type: ignore[no-untyped-def]
    lock_folder(folder)
    change(folder)
    result = load_model(folder / "v3.yaml")
    assert result.model is None
    [finding] = result.diagnostics
    assert finding.code == "RE404"
    assert "v5.yaml" in finding.help
    assert finding.span is not None
    assert finding.span.line == 4


def test_what_is_no_meaning_may_change(folder: Path) -> None:
    lock_folder(folder)
    path = folder / "v3.yaml"
    text = path.read_text().replace("sales@", "revops@").replace("events: {demo: {}}", "events:\n  demo:\n# note\n")
    path.write_text(text.replace("points: 50", "points: '50', title: Demo, note: why"))
    assert load_model(path).ok  # the quotes are told about, and mean the same


def test_an_active_version_that_is_not_recorded(folder: Path) -> None:
    lock_folder(folder)
    path = put(folder, 5, effective="2027-01-01")
    result = load_model(path)
    assert result.model is not None
    assert [(finding.code, finding.is_error) for finding in result.diagnostics] == [("RE405", False)]


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"versions": {"3": {"hash": "x"}}}', '{"versions": {"a": {}}}', "[" * 100_000]
)
def test_a_lock_that_does_not_read(folder: Path, text: str) -> None:
    (folder / "model.lock").write_text(text)
    assert [finding.code for finding in load_model(folder / "v3.yaml").diagnostics] == ["RE406"]
    assert [finding.code for finding in lock_folder(folder)[1]][:1] == ["RE406"]


def test_all_versions(folder: Path) -> None:
    assert list(load_all(folder)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "name", ["v01.yaml", "v1.yml", "V4.yaml", "v4_new.yaml", "v1 (copy).yaml", "version4.yaml", "v4.yaml.txt"]
)
def test_a_file_like_a_version_that_is_none(folder: Path, name: str) -> None:
    for ours in ("tests.yaml", "data.yaml", "model.lock", "values.yaml", "videos.csv"):
        (folder / ours).write_text("")
    assert of_folder(folder) == ()
    (folder / name).write_text((folder / "v1.yaml").read_text())
    (found,) = of_folder(folder)
    assert (found.code, found.span and found.span.file) == ("RE409", str(folder / name))
    assert of_folder(folder, Wanted(ignore=("RE409",))) == ()


def test_a_version_may_end_in_yml(folder: Path) -> None:
    (folder / "v3.yaml").rename(folder / "v3.yml")
    assert files_to_check([folder]) == [folder / name for name in ("v1.yaml", "v2.yaml", "v3.yml", "v4.yaml")]
