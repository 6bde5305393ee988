"""A new model's folder: model, tests, mapping, and a workflow for CI. All of it checks clean and its tests pass."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rules_engine.analysis.drafts import starter
from rules_engine.analysis.drafts.drafted import Drafted, DraftError, Note
from rules_engine.analysis.drafts.propose import POINTS, Proposal, propose
from rules_engine.analysis.drafts.roles import Role, find_roles
from rules_engine.analysis.drafts.sample import read_table
from rules_engine.analysis.drafts.yaml_text import Block, to_yaml
from rules_engine.analysis.model_tests import run_file
from rules_engine.batch.sources import DataError, load_mapping
from rules_engine.batch.sources.check_model import against_model
from rules_engine.model import load_model, load_text
from rules_engine.model.types import Model
from rules_engine.records import dataclass
from rules_engine.scoring.amounts import format_points


@dataclass(frozen=True, slots=True)
class Wish:
    """What the new model is to be: `sales_ready` in points, `day` the day of its first entry of `changes`."""

    model: str
    day: date
    sales_ready: float = 100
    timezone: str = "UTC"
    owner: str | None = None


def starter_files(wish: Wish) -> Drafted:
    """A model of its own with invented data."""
    owner = "" if wish.owner is None else to_yaml({"owner": wish.owner})
    ready = format_points(round(wish.sales_ready * 1e6))
    words = {"model": wish.model, "day": wish.day.isoformat(), "timezone": wish.timezone, "owner": owner}
    shares = {f"p{share}": _points(share, wish) for share in (18, 30, 45, 60, 100)}
    before = {"day": (wish.day - timedelta(days=1)).isoformat()}
    files = (
        ("v1.yaml", starter.MODEL.format(**words, sales_ready=ready)),
        ("tests.yaml", starter.TESTS.format(day=wish.day.isoformat(), **shares)),
        ("data.yaml", starter.MAPPING),
        ("data/leads.csv", starter.LEADS),
        ("data/accounts.csv", starter.ACCOUNTS),
        ("data/events.csv", starter.EVENTS.format(**before)),
    )
    _require_clean(files)
    return Drafted(wish.model, files, 7, 7, ())


def first_score(drafted: Drafted) -> str:
    """The first score of a drafted model."""
    return next(iter(_model_of(drafted).scores))


def has_events(drafted: Drafted) -> bool:
    """Whether a drafted model knows events, and its data has some."""
    return bool(_model_of(drafted).events)


def _model_of(drafted: Drafted) -> Model:
    model = load_text(dict(drafted.files)["v1.yaml"], "v1.yaml").model
    assert model is not None  # it loaded before it was given away
    return model


def _points(share: int, wish: Wish) -> str:
    return format_points(round(wish.sales_ready * 1e6 * share / 100))


def sample_files(wish: Wish, samples: Sequence[tuple[Path, Role | None]], folder: Path) -> Drafted:
    """A model whose fields, events and mapping come from samples of data. `folder` is where it will lie."""
    notes: list[Note] = []
    tables = [(read_table(path), role) for path, role in samples]
    made = propose(find_roles(tables, notes), folder, wish.day.isoformat(), notes)
    document = _document(made, wish)
    if not document["scores"]:
        raise DraftError("the samples hold no event and no field, so there is nothing to score by.")
    notes.append(Note("to do", "points", f"each rule is worth {POINTS} points until somebody says what it is worth"))
    about = f"{wish.model}: fields and events from a sample of data. The points are placeholders."
    mapping = to_yaml(made.mapping, "Where the data lies, told from a sample.")
    nothing = {
        "name": "nothing is known of a lead",
        "as_of": wish.day.isoformat(),
        "expect": {"scores": dict.fromkeys(document["scores"], 0)},
    }
    tests = to_yaml({"tests": [Block(test) for test in (nothing, *made.tests)]})
    files = (("v1.yaml", to_yaml(document, about, _unused(made))), ("tests.yaml", tests), ("data.yaml", mapping))
    _require_clean(files)
    rules = sum(len(score["rules"]) for score in document["scores"].values())
    return Drafted(wish.model, files, rules, rules, tuple(notes))


def _document(made: Proposal, wish: Wish) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": 1,
        "model": wish.model,
        "version": 1,
        "status": "draft",
        "effective": wish.day.isoformat(),
        **({"owner": wish.owner} if wish.owner is not None else {}),
        "timezone": wish.timezone,
        "sales_ready": wish.sales_ready,
        "changes": [{"version": 1, "date": wish.day.isoformat(), "note": "Proposed from a sample of data."}],
    }
    fields = {"lead": made.lead_fields, "account": made.account_fields}
    if any(fields.values()):
        document["fields"] = Block({root: own for root, own in fields.items() if own})
    if made.events:
        document["events"] = Block(dict(made.events))
    scores: dict[str, Any] = {}
    if made.readiness:
        scores["readiness"] = Block(
            {"floor": "5%", "decay": {"half_life": "90 days"}, "rules": Block(made.readiness), "bands": _BANDS}
        )
    if made.fit:
        best = POINTS * len(made.fit)
        bands = {"B": "any", "A": best} if best > POINTS else None
        scores["fit"] = Block({"rules": Block(made.fit), **({"bands": bands} if bands else {})})
    document["scores"] = Block(scores)
    return document


def _unused(made: Proposal) -> dict[str, str]:
    """Comments that keep `rules check` quiet about what the first rules do not read yet."""
    comment = "rules: ignore RE740 because they come from a sample; delete those that no rule will read"
    read = {*made.fit, *(name.removeprefix("account_") for name in made.fit)}
    above = {"events": comment} if any(made.events.values()) else {}
    if any(name not in read for name in (*made.lead_fields, *made.account_fields)):
        above["fields"] = comment
    return above


_BANDS = {"cold": "any", "warm": "20%"}


def _require_clean(files: Sequence[tuple[str, str]]) -> None:
    """Loads what is about to be written and runs its tests. Raises `DraftError` where something is wrong after all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in files:
            if not file.startswith("data/"):
                (folder / file).write_text(text, encoding="utf-8")
        loaded = load_model(folder / "v1.yaml")
        told = [finding.message for finding in loaded.diagnostics if finding.is_error]
        if loaded.model is not None:
            try:
                mapping = load_mapping(folder / "data.yaml")
                told += [f.message for f in (*mapping.findings, *against_model(mapping, loaded.model)) if f.is_error]
            except DataError as error:
                told += [finding.message for finding in error.findings]
            if not told:
                failed = [
                    test.name
                    for report in run_file(folder / "tests.yaml")
                    for test in report.outcomes
                    if test.status != "passed"
                ]
                told += [f'the test "{test}" fails' for test in failed]
    if told:
        raise DraftError("the new model would have errors, so it is not written: " + " ".join(told[:5]))


def workflow_text(folder: str, model: str, score: str) -> str:
    """A GitHub workflow that checks, tests and guards the model in `folder` (relative to the repository).

    The gate is on the bands of `score`.
    """
    return f"""\
# Checks the scoring model {model} on every change. Commands: rules check, rules test, rules lock, rules diff.
name: scoring model {model}
on:
  pull_request:
    paths: ["{folder}/**"]
  push:
    branches: [main]
jobs:
  rules:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install 'lead-rules-engine[batch]'
      - run: rules check {folder} --format github
      - run: rules test {folder}
      - run: rules lock {folder} --check
      - name: What the newest version changes for the same leads
        if: hashFiles('{folder}/v2.yaml') != ''
        run: rules diff {folder} --data {folder}/data.yaml --fail-if "moved({score}) > 20%"
"""
