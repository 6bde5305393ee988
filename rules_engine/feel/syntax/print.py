"""Tree → text, the inverse of parsing: `parse(print_expression(node)) == node`.

Brackets are written only where the grammar needs them; `if`, `for`, `some` and `every` get them inside operators.
"""

from __future__ import annotations

import re

from rules_engine.feel import ast
from rules_engine.feel.syntax.words import RESERVED

_LAST, _OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _NEGATE, _INSTANCE, _POSTFIX, _PRIMARY = range(11)

_ARITHMETIC = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}
_NO_LETTERS = r"\u00B2\u00B3\u00B9\u00BC-\u00BE\u2460-\u249B\u24EA-\u24FF\u2776-\u2793"
_PLAIN_NAME = re.compile(
    rf"(?:[^\W\d{_NO_LETTERS}]|[\U00010000-\U000EFFFF])"
    rf"(?:[^\W{_NO_LETTERS}]|[\u00B7\u0300-\u036F\u203F\u2040\U00010000-\U000EFFFF])*"
)
# a type behind which `<` begins what it is made of, so `a instance of list < b` does not compare
_OPEN_TYPE = re.compile(r"(?:instance of|->) (?:list|range|context|function)\Z")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile('["\\\\\n\r\t\x00-\x1f\ud800-\udfff]')


def print_expression(node: ast.Expression | ast.UnaryTests | ast.Test) -> str:
    """The text of a tree, in one line."""
    if isinstance(node, ast.UnaryTests):
        return _unary_tests(node)
    if isinstance(node, ast.OpTest | ast.ValueTest):
        return _test(node, _LAST)
    return _print(node, _LAST)


def quoted(text: str) -> str:
    """A text as a literal: `a"b` → `"a\\"b"`."""
    return '"' + _ESCAPED.sub(lambda m: _ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04x}", text) + '"'


def _print(node: ast.Expression, least: int) -> str:
    """The text of a node where only what binds at least as tightly as `least` may stand without brackets."""
    text, level = _text(node)
    return text if level >= least else f"({text})"


def _text(node: ast.Expression) -> tuple[str, int]:
    match node:
        case ast.NullLiteral():
            return "null", _PRIMARY
        case ast.BooleanLiteral(value=value):
            return "true" if value else "false", _PRIMARY
        case ast.NumberLiteral(value=number, text=text):
            shown = text if text and float(text) == number else _numeral(number)
            return shown, _PRIMARY if number >= 0 else _NEGATE
        case ast.StringLiteral(value=value):
            return quoted(value), _PRIMARY
        case ast.AtLiteral(text=text):
            return f"@{quoted(text)}", _PRIMARY
        case ast.Name(name=name):
            return name, _PRIMARY
        case ast.Path(source=source, name=name):
            return f"{_print(source, _POSTFIX)}.{name}", _POSTFIX
        case ast.Filter(source=source, condition=condition):
            return f"{_print(source, _POSTFIX)}[{_print(condition, _LAST)}]", _POSTFIX
        case ast.Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(_argument, arguments))})", _PRIMARY
        case ast.ListLiteral(items=items):
            return f"[{', '.join(_print(item, _LAST) for item in items)}]", _PRIMARY
        case ast.ContextLiteral(entries=entries):
            inside = ", ".join(f"{_key(entry.key)}: {_print(entry.value, _LAST)}" for entry in entries)
            return f"{{{inside}}}", _PRIMARY
        case ast.RangeLiteral():
            return _range(node), _PRIMARY
        case _:
            return _operation(node)


def _operation(node: ast.Expression) -> tuple[str, int]:
    match node:
        case ast.Negate(operand=operand):
            return f"-{_print(operand, _NEGATE)}", _NEGATE
        case ast.Arithmetic(op=op):
            return _chain(node, _ARITHMETIC[op]), _ARITHMETIC[op]
        case ast.Comparison(op=op, left=left, right=right):
            before = _print(left, _COMPARE)
            if op[0] == "<" and _OPEN_TYPE.search(before):
                before = f"({before})"
            return f"{before} {op} {_print(right, _ADD)}", _COMPARE
        case ast.And():
            return _chain(node, _AND), _AND
        case ast.Or():
            return _chain(node, _OR), _OR
        case ast.Between(value=value, low=low, high=high):
            return f"{_print(value, _COMPARE)} between {_print(low, _ADD)} and {_print(high, _ADD)}", _COMPARE
        case ast.In(value=value, tests=tests):
            return f"{_print(value, _COMPARE)} in {_membership(tests)}", _COMPARE
        case ast.InstanceOf(value=value, type=wanted):
            return f"{_print(value, _INSTANCE)} instance of {_type(wanted)}", _INSTANCE
        case ast.If(condition=condition, then=then, otherwise=otherwise):
            parts = (_print(part, _LAST) for part in (condition, then, otherwise))
            return "if {} then {} else {}".format(*parts), _LAST
        case ast.For(iterators=iterators, body=body):
            return f"for {_iterators(iterators)} return {_print(body, _LAST)}", _LAST
        case ast.Quantified(kind=kind, iterators=iterators, condition=condition):
            return f"{kind} {_iterators(iterators)} satisfies {_print(condition, _LAST)}", _LAST
        case _:
            raise TypeError(f"not an expression: {node!r}")


def _chain(node: ast.Arithmetic | ast.And | ast.Or, level: int) -> str:
    """`a - b + c`: all operators of one level group to the left."""
    op = node.op if isinstance(node, ast.Arithmetic) else "and" if isinstance(node, ast.And) else "or"
    return f"{_print(node.left, level)} {op} {_print(node.right, level + 1)}"


def _numeral(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)


def _argument(argument: ast.Argument) -> str:
    value = _print(argument.value, _LAST)
    return value if argument.name is None else f"{argument.name}: {value}"


def _key(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) and key not in RESERVED else quoted(key)


def _range(node: ast.RangeLiteral) -> str:
    if node.low is None and node.high is not None:
        return f"({'<=' if node.high_closed else '<'} {_print(node.high, _ADD)})"
    if node.high is None and node.low is not None:
        return f"({'>=' if node.low_closed else '>'} {_print(node.low, _ADD)})"
    assert node.low is not None
    assert node.high is not None
    opening, closing = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
    return f"{opening}{_print(node.low, _OR)}..{_print(node.high, _OR)}{closing}"


def _membership(tests: tuple[ast.Test, ...]) -> str:
    if len(tests) == 1:
        return _test(tests[0], _ADD)
    return f"({', '.join(_test(test, _LAST) for test in tests)})"


def _test(test: ast.Test, least: int) -> str:
    return f"{test.op} {_print(test.value, _ADD)}" if isinstance(test, ast.OpTest) else _print(test.value, least)


def _unary_tests(node: ast.UnaryTests) -> str:
    if node.any:
        return "-"
    texts = [_test(test, _LAST) for test in node.tests]
    if node.negated:
        return f"not({', '.join(texts)})"
    # a test that begins with the function `not` would read as a negated list
    return ", ".join(f"({text})" if text.startswith("not(") else text for text in texts)


def _iterators(iterators: tuple[ast.Iterator, ...]) -> str:
    return ", ".join(
        f"{it.name} in {_print(it.source, _OR)}" + ("" if it.end is None else f"..{_print(it.end, _OR)}")
        for it in iterators
    )


def _type(wanted: ast.TypeName) -> str:
    if wanted.name == "function" and wanted.arguments:
        *parameters, result = wanted.arguments
        return f"function<{', '.join(map(_type, parameters))}> -> {_type(result)}"
    if wanted.entries:
        return f"context<{', '.join(f'{_key(name)}: {_type(entry)}' for name, entry in wanted.entries)}>"
    if wanted.arguments:
        return f"{wanted.name}<{', '.join(map(_type, wanted.arguments))}>"
    return wanted.name
