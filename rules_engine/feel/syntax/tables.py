"""The parser's tables: made from grammar/feel.lark once, kept as data beside this file, loaded in milliseconds.

    python -m rules_engine.feel.syntax.tables        # after a change of the grammar; a test tells when it is due

Building the tables costs a tenth of a second of each start, ten times what the whole check of a model should; so they
are made ahead. They hold no code: states, actions and the patterns of the terminals.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.grammar import Rule
from lark.lexer import ContextualLexer, TerminalDef

from rules_engine.feel.syntax.brackets import Brackets
from rules_engine.grammar_files import read_grammar_file

STARTS = ["expression_text", "unary_tests_text", "tests_text"]

_TURNED = (("RSQB", "OPENING_RSQB"), ("LSQB", "CLOSING_LSQB"))
_BRACKETS = frozenset(("LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE", "DOTS"))


class _FewScanners(ContextualLexer):
    """Lark's lexer, which knows in each state what may come, with states of one kind sharing a scanner.

    Lark would compile a regular expression for each of some eighty sets of words; the kinds below are all that matter
    to tell words apart (after a dot, where a type stands, where an operand begins, ...), and compile in a tenth of
    the time. Also skips lark's comparison of all terminals, which takes minutes where `interegular` is installed.

    What a square bracket means is left to `Brackets`.
    """

    _TELLING = ("FIELD", "NUMBER", "NOT", "PARAMETER", "SPACED_TYPE", "NAME")

    def __init__(self, conf: Any, states: dict[int, Collection[str]], always_accept: Collection[str] = ()) -> None:
        conf.skip_validation = True
        kinds: dict[tuple[bool, ...], set[str]] = {}
        for accepts in states.values():
            kinds.setdefault(self._kind(accepts), set()).update(accepts)
        for accepted in kinds.values():  # the same signs, told apart later
            accepted |= {sign for sign, turned in _TURNED if turned in accepted}
        shared: dict[int, Collection[str]] = {state: kinds[self._kind(accepts)] for state, accepts in states.items()}
        self._states = states
        super().__init__(conf, shared, always_accept)

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        brackets = Brackets(lexer_state.text.text)
        for token in super().lex(lexer_state, parser_state):
            if token.type in _BRACKETS:
                token.type = brackets.meaning(token, self._states[parser_state.position])
            yield token

    def _kind(self, accepts: Collection[str]) -> tuple[bool, ...]:
        return tuple(name in accepts for name in self._TELLING)


_PLUGINS: dict[str, Any] = {"ContextualLexer": _FewScanners}


def build_parser(grammar: str, **options: Any) -> Lark:
    """A parser straight from a grammar's text."""
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        start=STARTS,
        keep_all_tokens=True,
        maybe_placeholders=False,
        _plugins=_PLUGINS,
        **options,
    )


def make_tables() -> str:
    """The tables of today's grammar as JSON."""
    grammar = read_grammar_file("feel.lark")
    data, memo = build_parser(grammar).memo_serialize([TerminalDef, Rule])
    kept = {"parser", "lexer", "start", "keep_all_tokens", "maybe_placeholders"}
    data["options"] = {name: value for name, value in data["options"].items() if name in kept}
    return json.dumps({"grammar": grammar_mark(grammar), "data": data, "memo": memo}, separators=(",", ":")) + "\n"


def grammar_mark(grammar: str) -> str:
    """What tells one text of the grammar from another; kept in the tables."""
    return sha256(grammar.encode()).hexdigest()


def load_parser(transformer: object) -> Lark:
    """The parser from the kept tables; `transformer` makes the nodes."""
    text = Path(__file__).with_name("tables.json").read_text(encoding="utf-8")
    tables = json.loads(text, object_hook=_with_numbers_as_keys)
    parser: Lark = Lark._load_from_dict(  # type: ignore[no-untyped-call]
        tables["data"], tables["memo"], transformer=transformer, _plugins=_PLUGINS
    )
    return parser


def _with_numbers_as_keys(entries: dict[str, Any]) -> dict[Any, Any]:
    """JSON knows only strings as keys; the tables are keyed by state and by symbol, both numbers."""
    return {int(key): value for key, value in entries.items()} if all(map(str.isdigit, entries)) else entries


if __name__ == "__main__":
    Path(__file__).with_name("tables.json").write_text(make_tables(), encoding="utf-8")
