"""Functions of plugins: what they are given, what they may give, and that tables see the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_engine import Engine, LeadState, StateOfAnotherModel, feel
from rules_engine.feel.types import NUMBER, STRING, ContextOf, Entry, Typed
from rules_engine.hooks import PluginError
from rules_engine.plugins import extensions_of
from tests.plugins.making import engine, functions, plugin, with_rule

SEEN: list[object] = []


def registry(signature: str, code: Callable[..., object], **more: object) -> feel.Registry:
    found = extensions_of([plugin(functions=functions((signature, code), **more))], discover=False).functions
    assert isinstance(found, feel.Registry)
    return found


def value_of(text: str, signature: str, code: Callable[..., object]) -> object:
    return feel.from_feel(feel.compile_expression(feel.parse(text), registry(signature, code))({}))


@pytest.mark.parametrize(
    ("kind", "text", "given"),
    [
        ("string", '"a"', "a"),
        ("number", "2", 2.0),
        ("boolean", "true", True),
        ("date", '@"2026-01-31"', dt.date(2026, 1, 31)),
        ("time", '@"10:30:00"', dt.time(10, 30)),
        ("date and time", '@"2026-01-31T10:30:00Z"', dt.datetime(2026, 1, 31, 10, 30, tzinfo=dt.UTC)),
        ("days and time duration", '@"P2DT1H"', dt.timedelta(days=2, hours=1)),
        ("list<number>", "[1, null, 2.5]", [1.0, None, 2.5]),
        ("context", '{a: 1, b: @"2026-01-31"}', {"a": 1.0, "b": dt.date(2026, 1, 31)}),
    ],
)
def test_values_go_in_and_out_as_those_of_python(kind: str, text: str, given: object) -> None:
    SEEN.clear()
    back = value_of(f"same({text})", f"same(value: {kind}) -> {kind}", lambda value: SEEN.append(value) or value)
    assert [given] == SEEN
    assert type(SEEN[0]) is type(given)
    assert back == given


@pytest.mark.parametrize("argument", ["null", '"text"', "[1, 2]"])
def test_arguments_of_another_kind_make_null_without_asking(argument: str) -> None:
    SEEN.clear()
    assert value_of(f"double({argument})", "double(n: number) -> number", SEEN.append) is None
    assert SEEN == []


def test_null_goes_in_where_the_type_says_so() -> None:
    assert value_of("known(null)", "known(n: number?) -> boolean", lambda n: n is not None) is False


@pytest.mark.parametrize("given", [None, float("nan"), float("inf")])
def test_nothing_and_no_finite_number_are_null(given: object) -> None:
    assert value_of("f(1)", "f(n: number) -> number", lambda n: given) is None


def test_years_that_python_does_not_have_are_null() -> None:
    assert value_of('f(@"-0044-03-15")', "f(d: date) -> number", lambda d: 1) is None


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("number", "3", "it gave '3', which is no number"),
        ("number", True, "it gave True, which is no number"),
        ("string", 3, "it gave 3, which is no string"),
        ("boolean", 0, "it gave 0, which is no boolean"),
        ("date", dt.datetime(2026, 1, 1), "which is no date"),  # noqa: DTZ001
        ("list<string>", ["a", 1], "it gave ['a', 1], which is no list<string>"),
        ("number", object, "which is no number"),
        ("number", 10**400, "00, which is no number"),
        ("list<number>", [1.0] * 2_000_001, "1.0, ...]: A value has more than 200 levels or 2,000,000 items"),
        ("number", ZeroDivisionError("oh"), "ZeroDivisionError: oh"),
        ("number", ValueError("bad"), "ValueError: bad"),
    ],
)
def test_what_it_may_not_give_is_an_error_with_its_name(kind: str, given: object, said: str) -> None:
    def answer(n: float) -> object:
        if isinstance(given, Exception):
            raise given
        return given

    with pytest.raises(PluginError) as caught:
        value_of("f(1)", f"f(n: number) -> {kind}", answer)
    assert caught.value.plugin == "house"
    assert str(caught.value).startswith("plugin house, function f(): ")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


def test_total_functions_give_something() -> None:
    declared = functions(("f(n: number) -> number", lambda n: None), total=True)
    found = extensions_of([plugin(functions=declared)], discover=False).functions
    with pytest.raises(PluginError, match="declared to be total"):
        feel.compile_expression(feel.parse("f(1)"), found)({})


def test_lists_that_it_is_given_are_copies() -> None:
    numbers = [1.0, 2.0]
    emptied = registry("f(xs: list) -> boolean", lambda xs: xs.clear() is None)
    assert feel.compile_expression(feel.parse("f(xs)"), emptied)({"xs": numbers}) is True
    assert numbers == [1.0, 2.0]


def test_a_failing_function_gives_no_result_and_the_engine_goes_on(tmp_path: Path) -> None:
    def touchy(name: str) -> bool:
        if name == "boom":
            raise RuntimeError("oh")
        return True

    declared = functions(("touchy(s: string) -> boolean", touchy))
    made = engine(tmp_path, [plugin(functions=declared)], with_rule("touchy(lead.name)"))
    before = made.score({"name": "ann"}, as_of="2026-01-01")
    with pytest.raises(PluginError, match=r"house, function touchy\(\), called at .*v1.yaml:9:17: RuntimeError: oh"):
        made.score({"name": "boom"}, as_of="2026-01-01")
    assert made.score({"name": "ann"}, as_of="2026-01-01") == before


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ('shout(lead.size) = "A"', "RE330"),
        ('shout(lead.name, 1) = "A"', "RE324"),
        ('shuot(lead.name) = "A"', "RE322"),
    ],
)
def test_the_checker_knows_its_types(tmp_path: Path, when: str, code: str) -> None:
    from rules_engine.engine import ModelError

    declared = functions(("shout(s: string) -> string", str.upper))
    with pytest.raises(ModelError) as caught:
        engine(tmp_path, [plugin(functions=declared)], with_rule(when))
    assert [finding.code for finding in caught.value.diagnostics] == [code]


# --- tables


def test_over_columns_as_for_one_lead() -> None:
    pl = pytest.importorskip("polars")
    from rules_engine.feel.columns import compile_columns

    def initial(name: str) -> str | None:
        return name[:1].upper() or None

    signature = "initial(s: string) -> string"
    lead = Typed(ContextOf((Entry("name", STRING, True), Entry("size", NUMBER, True)), "lead"), nullable=False)
    frame = pl.DataFrame({"name": ["ann", "", None, "Bo"]})
    lifted = compile_columns("initial(lead.name)", {"lead": lead}, registry(signature, initial))
    assert lifted.how == "lifted"
    assert lifted.evaluate(frame, {"lead.name": "name"}).to_list() == ["A", None, None, "B"]
    declared = functions(("double(n: number) -> number", lambda n: 2 * n), columns=lambda n: n * 2)
    native = compile_columns(
        "double(lead.size) + 1", {"lead": lead}, extensions_of([plugin(functions=declared)], discover=False).functions
    )
    assert native.how == "native"
    sizes = pl.DataFrame({"size": [1.0, None]})
    assert native.evaluate(sizes, {"lead.size": "size"}).to_list() == [3.0, None]


def test_a_column_form_that_fails_is_named() -> None:
    pytest.importorskip("polars")
    from rules_engine.feel.columns import compile_columns

    declared = functions(("double(n: number) -> number", lambda n: 2 * n), columns=lambda n: n.no_such_thing())
    lead = Typed(ContextOf((Entry("size", NUMBER, True),), "lead"), nullable=False)
    with pytest.raises(PluginError, match=r"plugin house, function double\(\): AttributeError"):
        compile_columns(
            "double(lead.size)", {"lead": lead}, extensions_of([plugin(functions=declared)], discover=False).functions
        )


@pytest.mark.parametrize("given", [None, 5])
def test_a_column_form_gives_an_expression(given: object) -> None:
    with pytest.raises(PluginError, match=r"plugin house, function f\(\) over columns: it gave .*, which is no Polars"):
        over_columns(lambda n: given)


def over_columns(form: Callable[..., object]) -> list[object]:
    pl = pytest.importorskip("polars")
    from rules_engine.feel.columns import compile_columns

    declared = functions(("f(n: number) -> number", lambda n: n), columns=form)
    lead = Typed(ContextOf((Entry("size", NUMBER, True),), "lead"), nullable=False)
    using = extensions_of([plugin(functions=declared)], discover=False)
    native = compile_columns("f(lead.size) > 1", {"lead": lead}, using.functions)
    return list(native.evaluate(pl.DataFrame({"size": [1.0, 2.5, None]}), {"lead.size": "size"}))


def test_numbers_of_a_column_form_that_are_not_finite_are_null() -> None:
    pl = pytest.importorskip("polars")
    assert over_columns(lambda n: n) == [False, True, None]
    assert over_columns(lambda n: n / 0) == [None, None, None]
    assert over_columns(lambda n: pl.when(n > 2).then(n * float("nan")).otherwise(n.cast(pl.Int64))) == [
        False,
        None,
        None,
    ]
    with pytest.raises(pl.exceptions.InvalidOperationError):
        over_columns(lambda n: n > 1)  # a truth is no number: 0 and 1 would count


def test_a_state_is_of_the_plugin_whose_functions_the_model_calls(tmp_path: Path) -> None:
    def with_plugin(version: str, factor: float, when: str = "larger(lead.size) > 10") -> Engine:
        larger = functions(("larger(n: number) -> number", lambda n: n * factor))
        return engine(tmp_path, [plugin(version=version, functions=larger)], with_rule(when))

    state, _ = with_plugin("1.0", 1).advance(with_plugin("1.0", 1).start({"size": 5}), as_of=5)
    kept = state.to_bytes()
    assert with_plugin("1.0", 1).advance(LeadState.from_bytes(kept), as_of=6)[1].scores["s"].total == 0
    with pytest.raises(StateOfAnotherModel, match="or a plugin that it calls"):
        with_plugin("1.1", 10).advance(LeadState.from_bytes(kept), as_of=6)

    unread = with_plugin("1.0", 1, "lead.size > 10")
    state, _ = unread.advance(unread.start({"size": 5}), as_of=5)
    assert with_plugin("1.1", 10, "lead.size > 10").advance(state, as_of=6)[1].scores["s"].total == 0
