"""Free and disposable mail, as a model and as a table see it."""

from __future__ import annotations

from pathlib import Path

import pytest
import rules_free_mail as plugin

from rules_engine import Engine, feel
from rules_engine.feel.types import STRING, ContextOf, Entry, Typed

MODEL = """
schema: 1
model: mail
version: 1
requires: {plugins: {free_mail: ">=1,<2"}}
fields: {lead: {email: string}}
events: {signup: {}}
scores:
  fit:
    min: -100
    rules:
      company: {when: 'mail_kind(lead.email) = "company"', points: 10}
      free: {when: is_free_mail(lead.email), points: -5}
      disposable: {when: is_disposable_mail(lead.email), points: -50}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("model") / "v1.yaml"
    path.write_text(MODEL, encoding="utf-8")
    return Engine.load(path, plugins=[plugin], discover=False)


@pytest.mark.parametrize(
    ("email", "points"),
    [
        ("ann@example.com", 10),
        ("ANN@GMail.com ", -5),
        ("ann@yahoo.co.uk", -5),
        ("ann@sub.mailinator.com", -50),
        ("gmail.com", -5),
        ("ann@notgmail.com", 10),
        ("gmail.com@example.com", 10),
        ("ann@gmail.com.", -5),
        ("no address", 0),
        ("@gmail.com", 0),
        (None, 0),
    ],
)
def test_points(engine: Engine, email: str | None, points: int) -> None:
    result = engine.score({"email": email}, as_of="2026-01-01")
    assert result.scores["fit"].reading == points * 1_000_000


def test_the_lists_are_clean() -> None:
    free, disposable = plugin.domains("free.txt"), plugin.domains("disposable.txt")
    assert all(domain == domain.lower() and "." in domain and " " not in domain for domain in free | disposable)
    assert free & disposable == set()
    lines = [
        line
        for name in ("free.txt", "disposable.txt")
        for line in (Path(plugin.__file__).parent / name).read_text(encoding="utf-8").split("\n")
        if line and not line.startswith("#")
    ]
    assert len(lines) == len(free) + len(disposable)


@pytest.mark.parametrize("builtin", list(plugin.functions), ids=lambda one: one.name)
def test_examples(engine: Engine, builtin: object) -> None:
    for text, value in builtin.examples:  # type: ignore[attr-defined]
        run = feel.compile_expression(feel.parse(text), engine.extensions.functions)
        assert run({}) == feel.evaluate(value), text


ADDRESSES = [
    "ann@example.com", "ANN@GMail.com ", "a@b@web.de", "@@gmx.de", "@gmail.com", "gmail.com", "x@team.mailinator.com",
    "x@a.b.c.d.e.mailinator.com", "ann@gmail.com.", "ann", "", "a b@c d.com", "ann@.gmail.com",
    "mailinator.com.evil.org", None,
]  # fmt: skip


@pytest.mark.parametrize("name", ["is_free_mail", "is_disposable_mail"])
def test_over_columns_as_one_by_one(engine: Engine, name: str) -> None:
    pl = pytest.importorskip("polars")
    from rules_engine.feel.columns import compile_columns

    functions = engine.extensions.functions
    lead = Typed(ContextOf((Entry("email", STRING, True),), "lead"), nullable=False)
    program = compile_columns(f"{name}(lead.email)", {"lead": lead}, functions)
    frame = pl.DataFrame({"email": ADDRESSES}, schema={"email": pl.String})
    run = feel.compile_expression(feel.parse(f"{name}(lead.email)"), functions)
    assert program.how == "native"
    assert program.evaluate(frame, {"lead.email": "email"}).to_list() == [
        run({"lead": {"email": address}}) for address in ADDRESSES
    ]
