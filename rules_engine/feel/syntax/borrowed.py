"""What people bring from other languages: signs, quotes, comments, patterns, functions without names.

Each function looks at the place where reading stopped and gives an error, with the text put right where that is sure,
or None. `mistakes.py` asks them in turn; the signs themselves are in `foreign.py`, and `phrases.py` knows words.
"""

from __future__ import annotations

import re

from rules_engine.feel import ast
from rules_engine.feel.errors import FeelSyntaxError
from rules_engine.feel.syntax import foreign
from rules_engine.feel.syntax.stop import ANY, OPERANDS, VALUE, WORD, Stop, in_quotes, quoted, turned


def sql_comments(stop: Stop) -> FeelSyntaxError | None:
    """`lead.nps > 3 -- why`"""
    line = stop.text.rfind("\n", 0, stop.start) + 1
    found = re.search(r"(?:^|\s)--(?=\s|$)", stop.plain_before()[line:] + stop.text[stop.start : stop.start + 1])
    if found is None:
        return None
    start = line + found.end() - 2
    end = re.compile(r"[^\n\r]*").match(stop.text, start)
    return stop.error(
        "There is no -- in FEEL.",
        "A comment begins with //.",
        code="RE304",
        start=start,
        end=end.end() if end else len(stop.text),
        fix=stop.put(start, start + 2, "//"),
    )


def quotes(stop: Stop) -> FeelSyntaxError | None:
    mark = stop.found[:1]
    if not mark or mark not in "'`“”„‘’«»":
        return None
    inside, end = quoted(stop.text, stop.start)
    if mark == "`" and "${" in inside:
        return _template(stop, stop.start, inside, end, r"\$\{([^{}]*)\}")
    if re.search(r"(?<!\w)[fF]$", stop.text[: stop.start]):
        return _template(stop, stop.start - 1, inside, end, r"\{([^{}]*)\}")
    if re.search(r"\w\s*\[$", stop.before) and stop.text[end:].lstrip()[:1] == "]" and WORD.fullmatch(inside):
        closed = stop.text.index("]", end) + 1
        opened = stop.text.rindex("[", 0, stop.start)
        return stop.error(
            "A field is named after a dot, not in brackets.",
            f"Write .{inside}.",
            code="RE304",
            start=opened,
            end=closed,
            fix=stop.put(opened, closed, f".{inside}"),
        )
    if mark == "`" and isinstance(stop.read(inside), ast.Name | ast.Path):
        return stop.error(
            "A field is written as it is, without signs around it.",
            f"Write {inside}.",
            code="RE304",
            end=end,
            fix=stop.put(stop.start, end, inside),
        )
    literal = in_quotes(inside)
    typed = re.search(r"(?i)(?<!\w)(date|timestamp|interval)\s*$", stop.before)
    start, said = stop.start, literal
    if typed is not None:
        made = {"date": "date", "interval": "duration"}.get(typed[1].lower(), "date and time")
        start, said = typed.start(), f"{made}({literal})"
    return stop.error(
        f"A text stands in straight double quotes, not in {mark}.",
        f"Write {said}." if len(inside) < 60 else 'Write "…".',
        code="RE303",
        end=end,
        fix=stop.put(start, end, said),
    )


def templates(stop: Stop) -> FeelSyntaxError | None:
    """`f"{lead.nps} points"`"""
    string = re.compile(r'"((?:[^"\\\n\r]|\\[^\n\r])*)"').match(stop.text, stop.start)
    if string is None or not re.search(r"(?<!\w)[fF]$", stop.text[: stop.start]):
        return None
    return _template(stop, stop.start - 1, string[1], string.end(), r"\{([^{}]*)\}")


def _template(stop: Stop, start: int, inside: str, end: int, hole: str) -> FeelSyntaxError:
    pieces = re.split(hole, inside)
    joined = [f"string({piece.strip()})" if at % 2 else f'"{piece}"' for at, piece in enumerate(pieces) if piece]
    return stop.error(
        "A text cannot hold values in braces.",
        'Texts are joined with +, and string(…) makes text of a value: "a" + string(x).',
        code="RE304",
        start=start,
        end=end,
        fix=stop.put(start, end, " + ".join(joined)),
    )


def signs(stop: Stop) -> FeelSyntaxError | None:
    for back in (2, 1, 0):  # `==` was read as `=` before it stopped at the second one
        start = stop.start - back
        for sign, ours in foreign.SIGNS.items():
            if start >= 0 and len(sign) > back and stop.text.startswith(sign, start):
                return _sign(stop, sign, ours, start)
    match stop.found:
        case "!":
            operand = stop.right(stop.end, VALUE)
            fix = "" if operand is None else stop.put(stop.start, operand[1], turned(stop.text[slice(*operand)]))
            return stop.error("There is no ! in FEEL.", "Write not(…) around the condition.", code="RE304", fix=fix)
        case "%":
            return _percent(stop)
        case "?" if not stop.expected & OPERANDS:
            return stop.error(
                "There is no a ? b : c in FEEL.", "Write if a then b else c.", code="RE304", fix=_ternary(stop)
            )
        case ";":
            return _semicolon(stop)
    return None


def _sign(stop: Stop, sign: str, ours: str, start: int) -> FeelSyntaxError:
    end = start + len(sign)
    if sign in ("=>", "->") and (found := _arrow(stop, start, end)):
        return found
    left, right = stop.left(VALUE, start), stop.right(end, VALUE)
    text = "" if left is None else stop.text[slice(*left)]
    other = "" if right is None else stop.text[slice(*right)]
    if sign in ("&", "||") and ('"' in (text[:1], other[:1])) and not (text[:1] == other[:1] and sign == "||"):
        return stop.error(
            f"There is no {sign} in FEEL.",
            "Texts are joined with +; conditions with and, or.",
            code="RE304",
            start=start,
            end=end,
            fix=stop.put(start, end, "+"),
        )
    fix = help = ""
    match sign:
        case "??" | "?:":
            help = "Write if x != null then x else …."
            if left and right:
                chosen = f"if {text} != null then {text} else {other}"
                fix = stop.put_choice(left[0], right[1], chosen)
        case "?.":
            help = "Write . (a dot): a part of a missing value is missing, which is no error."
            part = WORD.match(stop.text, end)
            if part is None or part[0].lower() not in ("length", "size", "count"):
                fix = stop.put(start, end, ".")
        case "->":
            help, fix = "Write . (a dot).", stop.put(start, end, ".")
        case "=~" | "!~" | "~":
            called, last = _matched(stop, text or "x", end)
            called = turned(called) if sign == "!~" else called
            help = f"Write {ours}."
            fix = stop.put(left[0], last, called) if left and last > end else ""
        case _:
            help = f"Write {ours} instead of {sign}."
            fix = stop.put(start, end, _spaced(stop.text, start, end, ours.split()[0]))
    return stop.error(f"There is no {sign} in FEEL.", help, code="RE304", start=start, end=end, fix=fix)


def _spaced(text: str, start: int, end: int, word: str) -> str:
    """A word in place of a sign, which may stand right beside its neighbours."""
    if not word.isalpha():
        return word
    return (" " if text[start - 1 : start].strip() else "") + word + (" " if text[end : end + 1].strip() else "")


def _matched(stop: Stop, subject: str, start: int) -> tuple[str, int]:
    """`matches(…)` for what stands behind `=~`, and where that ends."""
    regex = re.compile(r"\s*/((?:[^/\\\n]|\\.)+)/(\w*)").match(stop.text, start)
    if regex is not None:
        return f"matches({subject}, {_pattern(regex)})", regex.end()
    operand = stop.text_or_value(start)
    return (f'matches({subject}, "…")', start) if operand is None else (f"matches({subject}, {operand[0]})", operand[1])


def _pattern(regex: re.Match[str]) -> str:
    """`/vp/i` as the last arguments of `matches`."""
    flags = "".join(flag for flag in "imsx" if flag in regex[2])
    pattern = regex[1].replace("\\/", "/").replace('"', '\\"')
    return f'"{pattern}"' + (f', "{flags}"' if flags else "")


def regexes(stop: Stop) -> FeelSyntaxError | None:
    """`matches(lead.title, /vp/i)`"""
    regex = re.compile(r"/((?:[^/\\\n]|\\.)+)/(\w*)").match(stop.text, stop.start)
    if regex is None or not re.search(r"(?:matches|replace|split)\s*\([^()]*,$", stop.before):
        return None
    return stop.error(
        "A pattern stands in double quotes, without slashes around it; flags are a text of their own.",
        f"Write {_pattern(regex)}.",
        code="RE304",
        end=regex.end(),
        fix=stop.put(stop.start, regex.end(), _pattern(regex)),
    )


def _percent(stop: Stop) -> FeelSyntaxError:
    left, right = stop.left(VALUE), stop.right(stop.end, VALUE)
    fix, help = "", "Write the share as a number, such as 0.3; for what remains of a division write modulo(a, b)."
    if left is not None:
        text = stop.text[slice(*left)]
        if right is None and re.fullmatch(r"[0-9.]+", text):
            share = f"{float(text) / 100:.10g}"
            help, fix = f"Write the share as a number, {share}.", stop.put(left[0], stop.end, share)
        elif right is not None and stop.text[: left[0]].rstrip()[-1:] not in ("*", "/"):
            help = "For what remains of a division write modulo(a, b)."
            fix = stop.put(left[0], right[1], f"modulo({text}, {stop.text[slice(*right)]})")
    return stop.error("A percent cannot stand in an expression.", help, code="RE304", fix=fix)


def _ternary(stop: Stop) -> str:
    condition = stop.left(ANY)
    then = stop.right(stop.end, ANY)
    if condition is None or then is None or stop.text[then[1] :].lstrip()[:1] != ":":
        return ""
    otherwise = stop.right(stop.text.index(":", then[1]) + 1, ANY)
    if otherwise is None:
        return ""
    parts = [stop.text[slice(*part)] for part in (condition, then, otherwise)]
    return stop.put_choice(condition[0], otherwise[1], "if {} then {} else {}".format(*parts))


def _semicolon(stop: Stop) -> FeelSyntaxError:
    opening = stop.opening()
    if opening is None:
        alone = not stop.text[stop.end :].strip()
        return stop.error(
            "An expression has no ;.",
            "Write one expression, without ; at its end.",
            code="RE304",
            fix=stop.before if alone else "",
        )
    if (found := if_as_function(stop)) is not None:
        return found
    return stop.error(
        "Values are divided by commas, not by ;.",
        "Write a comma.",
        code="RE304",
        fix=stop.put(stop.start, stop.end, ","),
    )


def if_as_function(stop: Stop) -> FeelSyntaxError | None:
    """`if(a, b, c)`, `IF(a; b; c)`"""
    opening = stop.opening()
    called = None if opening is None else re.search(r"(?i)(?<!\w)ii?f\s*$", stop.text[:opening])
    if opening is None or called is None:
        return None
    found = stop.arguments(opening)
    fix = ""
    if found is not None and len(found[0]) in (2, 3):
        made = "if {} then {} else {}".format(*[*found[0], "null"][:3])
        fix = stop.put_choice(called.start(), found[1], made)
    return stop.error(
        "An if is written with words, not as a function.", "Write if a then b else c.", code="RE304", fix=fix
    )


# --- functions without names ----------------------------------------------------------------------------------------


def lambdas(stop: Stop) -> FeelSyntaxError | None:
    """`lambda x: x > 3`"""
    named = re.search(r"(?<!\w)lambda$", stop.before)
    if named is None:
        return None
    body = re.compile(r"\w+\s*:").match(stop.text, stop.start)
    return _arrow(stop, named.start(), body.end() if body else stop.end, stop.found)


def _arrow(stop: Stop, start: int, end: int, name: str = "") -> FeelSyntaxError | None:
    """`x => x > 3` behind a bracket or a comma; there is no such thing, but `item` is each item of a list."""
    before = re.search(r"[\[(,]\s*\(?\s*([^\W\d]\w*)\s*\)?\s*$", stop.text[:start])
    if not name and before is None:
        return None
    name = name or (before[1] if before else "")
    begin = start if before is None else before.start(1)
    opening = stop.opening()
    pieces = None if opening is None else stop.arguments(opening, ",")
    fix = ""
    if opening is not None and pieces is not None:
        body = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", "item", stop.text[end : pieces[1] - 1]).strip()
        called = re.search(r"(?<!\w)filter\s*$", stop.text[:opening])
        if stop.text[opening] == "[":
            fix = stop.put(opening, pieces[1], f"[{body}]")
        elif called is not None and len(pieces[0]) == 2:
            fix = stop.put(called.start(), pieces[1], f"{pieces[0][0]}[{body}]")
    return stop.error(
        "A function cannot be written in an expression.",
        "In [ ] behind a list `item` is each of its items: xs[item > 3].",
        code="RE304",
        start=begin,
        end=end,
        fix=fix,
    )


def methods(stop: Stop) -> FeelSyntaxError | None:
    """`lead.title.startsWith("x")`, `lead.tags.some(t => t = "vip")`"""
    method = re.search(r"\.\s*([^\W\d]\w*)$", stop.before)
    if stop.found != "(" or method is None or "LPAR" in stop.expected:
        return None
    subject = stop.left(VALUE, method.start())
    found = stop.arguments(stop.start, ",")
    if subject is None or found is None:
        return None
    text, name, fix = stop.text[slice(*subject)], method[1].replace("_", "").lower(), ""
    made = re.compile(r"\s*\(?\s*([^\W\d]\w*)\s*\)?\s*(?:=>|->)").match(stop.text, stop.end)
    loop = {"some": "some", "any": "some", "every": "every", "all": "every", "map": "for"}.get(name)
    if made is not None and name in ("filter", "find", *({name} if loop else ())):
        body = stop.text[made.end() : found[1] - 1].strip()
        if loop is not None:
            said = f"{loop} {made[1]} in {text} {'return' if loop == 'for' else 'satisfies'} {body}"
            fix = stop.put_choice(subject[0], found[1], said)
        else:
            item = re.sub(rf"(?<![\w.]){made[1]}(?!\w)", "item", body)
            said = f"{text}[{item}]" + ("[1]" if name == "find" else "")
            fix = stop.put(subject[0], found[1], said)
        help = f"Write {said}."
    elif (ours := foreign.METHODS.get(name)) is not None:
        said = foreign.called(ours, [text, *(piece for piece in found[0] if piece)])
        if said.count("`") == 2:
            fix = stop.put(subject[0], found[1], said.strip("`"))
        help = f"A function stands before its values: write {said.replace('`', '')}."
    else:
        help = f"A function stands before its values: {method[1]}({text}, …)."
    return stop.error("An operator is missing before “(”.", help, code="RE300", fix=fix)
