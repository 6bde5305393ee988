"""What is native and what is lifted, which columns are taken, and how often the interpreter runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rules_engine import feel
from rules_engine.feel.checking import Typed
from rules_engine.feel.types import BOOLEAN, NUMBER, STRING, ZONED_DATE_AND_TIME, Band, ContextOf, Entry, ListOf

pl = pytest.importorskip("polars")

from rules_engine.feel.columns import ColumnTypeError, compile_columns, evaluate_together  # noqa: E402

LEAD = ContextOf(
    (Entry("title", STRING), Entry("nps", NUMBER), Entry("staff", BOOLEAN), Entry("at", ZONED_DATE_AND_TIME)), "lead"
)
TYPES = {"lead": Typed(LEAD, nullable=False), "now": Typed(ZONED_DATE_AND_TIME, nullable=False)}
COLUMNS = {"lead.title": "title", "lead.nps": "nps", "lead.staff": "staff", "lead.at": "at"}


def values(text: str, **columns: object) -> list[object]:
    found: list[object] = compile_columns(text, TYPES).evaluate(pl.DataFrame(columns), COLUMNS).to_list()
    return found


@pytest.mark.parametrize(
    ("text", "how", "lifted"),
    [
        ('lead.nps >= 9 and lead.title in ("a", "b")', "native", ()),
        ("lead.nps between 1 and 5 or not(lead.staff)", "native", ()),
        ("lead.nps in [1..5) or lead.nps in (7, [9..10], > 20)", "native", ()),
        ('if starts with(lead.title, "VP") then 2 * lead.nps + 1 else -lead.nps', "native", ()),
        ("lead.at = null", "native", ()),
        ("lead.nps / 3 > 1", "native", ()),
        ("min(lead.nps, 5 * lead.nps, 7) + max(lead.nps, 2)", "native", ()),
        ('starts with(lead.title, "/products/" + "crm")', "native", ()),
        ("lead.nps ** 3 > 1", "mixed", ("lead.nps ** 3",)),
        ('email domain(lead.title) = "a.b"', "native", ()),
        ('lead.nps > 1 and has word(lead.title, "vp")', "mixed", ('has word(lead.title, "vp")',)),
        ('upper case(lead.title) = "VP"', "mixed", ("upper case(lead.title)",)),
        ('lead.title + "x"', "lifted", ('lead.title + "x"',)),
        ('now - lead.at > duration("1 day")', "native", ()),
        ('now + duration("1 day") > lead.at', "lifted", ('now + duration("1 day") > lead.at',)),
        ("some x in [1, 2] satisfies x = lead.nps", "lifted", ("some x in [1, 2] satisfies x = lead.nps",)),
        ('lead.nps = "a"', "lifted", ('lead.nps = "a"',)),
    ],
)
def test_how(text: str, how: str, lifted: tuple[str, ...]) -> None:
    program = compile_columns(text, TYPES)
    assert (program.how, program.lifted) == (how, lifted)


def test_reads() -> None:
    assert compile_columns("lead.nps > 1 or lead.at < now()", TYPES).reads == {"lead.nps", "lead.at", "now"}
    assert compile_columns("count(get entries(lead))", TYPES).reads == set(COLUMNS)


def test_the_interpreter_runs_once_per_distinct_combination() -> None:
    seen: list[object] = []
    functions = feel.all_functions().copy()

    @functions.function("spy(value: string) -> string")
    def spy(value: str) -> object:
        seen.append(value)
        return value * 2

    frame = pl.DataFrame({"title": ["a", "b", None, "a", "b", "a"]})
    found = compile_columns("spy(lead.title)", TYPES, functions).evaluate(frame, COLUMNS)
    assert found.to_list() == ["aa", "bb", None, "aa", "bb", "aa"]
    assert sorted(map(str, seen)) == ["a", "b"]


def test_together_a_part_that_several_expressions_have_runs_once() -> None:
    seen: list[object] = []
    functions = feel.all_functions().copy()

    @functions.function("spy(value: string) -> string")
    def spy(value: str) -> object:
        seen.append(value)
        return value * 2

    texts = ('spy(lead.title) = "aa"', 'lead.nps > 1 and spy(lead.title) != "aa"', "lead.nps > 1", "spy(lead.title)")
    programs = [compile_columns(text, TYPES, functions) for text in texts]
    frame = pl.DataFrame({"title": ["a", "b"], "nps": [1.0, 2.0]})
    kept: dict[str, pl.Series] = {}
    found = [column.to_list() for column in evaluate_together(programs[:3], frame, COLUMNS, kept=kept)]
    found += [column.to_list() for column in evaluate_together(programs[3:], frame, COLUMNS, kept=kept)]
    assert found == [[True, False], [False, True], [False, True], ["aa", "bb"]]
    assert seen == ["a", "b"]


def test_a_function_with_a_column_form_is_native() -> None:
    functions = feel.Registry()

    @functions.function("half(value: number) -> number")
    def half(value: float) -> object:
        raise AssertionError("the column form is to be used")

    known = functions.get("half")
    assert known is not None
    program = compile_columns(
        "half(lead.nps) > 1", TYPES, feel.Registry({"half": replace(known, columns=lambda value: value * 0.5)})
    )
    assert program.how == "native"
    assert program.evaluate(pl.DataFrame({"nps": [1, 3, None]}), COLUMNS).to_list() == [False, True, None]


def test_another_function_of_a_known_name_is_not_taken_for_it() -> None:
    functions = feel.Registry()
    functions.function("contains(string: string, match: string) -> boolean")(lambda string, match: True)
    program = compile_columns('contains(lead.title, "x")', TYPES, functions)
    assert program.how == "lifted"
    assert program.evaluate(pl.DataFrame({"title": ["a", None]}), COLUMNS).to_list() == [True, None]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series([7, 0, None], dtype=pl.Int64),
        pl.Series([7, 0, None], dtype=pl.UInt8),
        pl.Series([7.0, 0.0, float("nan")]),
        pl.Series([7.0, -0.0, float("inf")], dtype=pl.Float32),
        pl.Series([Decimal("7.00"), Decimal("0.00"), None]),
    ],
)
def test_all_numbers_are_doubles(column: object) -> None:
    assert values("lead.nps", nps=column) == [7.0, 0.0, None]
    assert values("string(lead.nps)", nps=column) == ["7", "0", None]
    assert values("lead.nps / 49", nps=column) == [7 / 49, 0.0, None]


def test_decimals_are_read_by_their_text() -> None:
    assert values("lead.nps * 1", nps=[Decimal("0.1"), Decimal("1.005")]) == [0.1, 1.005]


@pytest.mark.parametrize("divisor", [3.0, 7.0, 49.0, 0.1])
@pytest.mark.parametrize("rows", [1, 50])
def test_quotients_are_those_of_doubles(divisor: float, rows: int) -> None:
    numbers = [float(n) for n in range(rows)]
    assert values(f"lead.nps / {divisor}", nps=numbers) == [n / divisor for n in numbers]


def test_a_sum_of_infinite_parts_is_null() -> None:
    big = [1e308, -1e308, 1.0]
    assert values("lead.nps * 10 - lead.nps * 10", nps=big) == [None, None, 0.0]
    assert values("lead.nps * 10 > 5", nps=big) == [None, None, True]
    assert values("(if lead.nps > 0 then lead.nps * 10 else 1) + 1", nps=big) == [None, 2.0, 11.0]


def test_categories_are_texts() -> None:
    title = pl.Series(["vp", "chief", None], dtype=pl.Categorical)
    assert values('lead.title = "vp"', title=title) == [True, False, False]
    assert values('has word(lead.title, "vp")', title=title) == [True, False, None]


def test_bands_keep_their_order() -> None:
    types = {"band": Typed(ContextOf((Entry("fit", Band("fit", ("C", "B", "A"))),), "band"))}
    frame = pl.DataFrame({"fit": ["A", "C", "B", None]})
    found = compile_columns('at least(band.fit, "B")', types).evaluate(frame, {"band.fit": "fit"})
    assert found.to_list() == [True, False, True, None]


def test_values_of_every_row() -> None:
    now = datetime(2026, 9, 2, tzinfo=UTC)
    frame = pl.DataFrame({"at": [datetime(2026, 9, 1, tzinfo=UTC), now, None]})
    program = compile_columns('now - lead.at >= duration("1 day") and now != null', TYPES)
    assert program.evaluate(frame, COLUMNS, {"now": now}).to_list() == [True, False, None]
    types = {**TYPES, "constants": Typed(ContextOf((Entry("pages", ListOf(STRING)), Entry("most", NUMBER))))}
    known = {"constants": {"pages": ["/a"], "most": 3}}
    program = compile_columns("lead.title in constants.pages and lead.nps < constants.most", types)
    rows = pl.DataFrame({"title": ["/a", "/a", "/b", None], "nps": [1, 5, 1, 1]})
    assert program.evaluate(rows, COLUMNS, known).to_list() == [True, False, False, False]


def test_a_limit_counts_only_where_the_interpreter_comes_to_it() -> None:
    costly = "count(for x in 1..lead.nps return x) > 3"
    guarded = f"lead.staff and {costly}"
    frame = {"nps": [5, 2_000_000], "staff": [True, False]}
    assert values(guarded, **frame) == [True, False]
    with pytest.raises(feel.FeelLimitError):
        values(costly, **frame)


def test_parts_used_twice_are_not_written_out_twice() -> None:
    text = "lead.nps"
    for _ in range(40):
        text = f"(if ({text} + 1) between 0 and 5 then {text} else 1)" if len(text) < 2000 else f"-({text} + 1)"
    assert values(text, nps=[1.0, None]) is not None


def test_no_rows() -> None:
    empty = {"title": pl.Series([], dtype=pl.String), "nps": pl.Series([], dtype=pl.Float64)}
    for text in ("lead.nps > 3", 'has word(lead.title, "x")', "1 + 1", "lead.nps + string length(lead.title)"):
        assert values(text, **empty) == []


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"nps": ["a"]}, "lead.nps is declared as number, and its column 'nps' holds String"),
        ({"title": ["a"]}, "there is no column 'nps' for lead.nps"),
    ],
)
def test_wrong_columns_are_refused(columns: dict[str, object], message: str) -> None:
    with pytest.raises(ColumnTypeError, match=message):
        values("lead.nps > 1", **columns)


def test_a_path_without_a_column_is_refused() -> None:
    with pytest.raises(ColumnTypeError, match="now has no column"):
        values("lead.at < now", at=[datetime(2026, 9, 1, tzinfo=UTC)])


@pytest.mark.parametrize(
    "address",
    [
        "Ann@Example.COM",
        " a@b.c ",
        "a@b@c.d",
        "@b.c",
        "A.b@c.de",
        "a@B.c",
        "a@b@c",
        "a@",
        "<a@b.c>",
        "a@b.c.",
        "a@Ä.de",
        "a@b c",
        "\x1ca@b.c",
        "",
        None,
    ],
)
def test_email_domains_are_those_of_the_interpreter(address: str | None) -> None:
    found = compile_columns("email domain(lead.title)", TYPES).evaluate(pl.DataFrame({"title": [address]}), COLUMNS)
    assert found.to_list() == [feel.evaluate("email domain(s)", {"s": address})]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_distances_of_moments_are_exact(unit: Any) -> None:
    now = datetime(2026, 9, 2, tzinfo=UTC)
    column = pl.Series("at", [now - timedelta(days=1), None], dtype=pl.Datetime(unit, "UTC"))
    program = compile_columns('now - lead.at > duration("1 day") or now - lead.at >= duration("1 day")', TYPES)
    assert program.evaluate(pl.DataFrame([column]), COLUMNS, {"now": now}).to_list() == [True, None]


@pytest.mark.parametrize("staff", [None, True, False])
@pytest.mark.parametrize(
    "text",
    ["0 = (if lead.staff then 0 else 1)", '"a" < (if lead.staff then "b" else "c")', "0 = min(lead.nps, lead.nps, 3)"],
)
def test_a_value_for_each_row_where_all_take_the_same_branch(text: str, staff: bool | None) -> None:
    number = None if staff is None else 5.0
    found = values(text, staff=pl.Series([staff] * 3, dtype=pl.Boolean), nps=pl.Series([number] * 3, dtype=pl.Float64))
    assert len(found) == 3


@pytest.mark.parametrize(
    "text",
    [
        'email domain("a@b.co")',
        'lead.title >= email domain("a@b.co")',
        'if lead.staff then email domain("a@b.co") else null',
        'contains(email domain("a@b.co"), lead.title)',
        'lead.title in (email domain("a@b.co"), email domain("a"))',
    ],
)
def test_a_function_of_constants_has_a_value_for_every_row(text: str) -> None:
    rows = {"title": ["b.co", "a", None], "staff": [True, False, None]}
    leads = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    assert values(text, **rows) == [feel.evaluate(text, {"lead": lead}) for lead in leads]


@pytest.mark.parametrize(
    "text",
    [
        "1 / (lead.nps / 0)",
        "1 / (1 / lead.nps)",
        "1 / -(1 / lead.nps)",
        "lead.nps / (lead.nps * 1e308)",
        "1 / (1 + 2 / (lead.nps - 10))",
        "string length(lead.title) / (3 / lead.nps)",
        "(1 / lead.nps) / 3",
    ],
)
def test_what_is_divided_by_nothing_is_nothing(text: str) -> None:
    rows = {"nps": [0.0, -0.0, 1.0, 10.0, None], "title": ["a", "", "b", None, "c"]}
    leads = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
    assert values(text, **rows) == [feel.evaluate(text, {"lead": lead}) for lead in leads]
