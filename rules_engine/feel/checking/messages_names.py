"""What the checker says of names: of things, functions, parameters and keys, and how many values a function takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_engine.diagnostics.nearest import nearest, only_nearest
from rules_engine.feel import ast
from rules_engine.feel.builtins.declare import Builtin, Signature
from rules_engine.feel.checking.findings import Finding, finding
from rules_engine.feel.checking.wording import all_of, any_of, counted, literal
from rules_engine.feel.syntax import foreign
from rules_engine.feel.types import (
    ContextOf,
)
from rules_engine.feel.values import reading


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    found = nearest(name, known)
    return "" if found is None or found == name else f"Did you mean `{found}`?"


def unknown_name(node: ast.Name, known: Sequence[str], fields: Sequence[str], functions: Iterable[str]) -> Finding:
    """`fields` are the paths one step below the known names ("lead.country"), for a forgotten `lead.`."""
    inside = [path for path in fields if path.rpartition(".")[2] == node.name]
    if inside:
        help = f"Did you mean {any_of([f'`{path}`' for path in inside[:3]])}?"
    elif reading.read_days_time(node.name) is not None:
        help = f"Write `duration({literal(node.name)})`."
    elif reading.read_years_months(node.name) is not None:
        help = 'Write a length of time in days: `duration("30 days")`.'
    elif node.name.lower() in ("true", "false", "null"):
        help = f"The language's words are in small letters: `{node.name.lower()}`."
    elif node.name.lower() == "events":
        help = "Events are counted by a tally: declare one under `tallies:`; a condition then asks `tally.name > 3`."
    elif node.name.lower() in foreign.VALUES:
        help = f"Write `{foreign.VALUES[node.name.lower()]}`; text is written in quotes: {literal(node.name)}."
    else:
        help = _did_you_mean(node.name, known) or _near_call(node.name, functions)
    if not help and known:
        help = f"Known here: {', '.join(f'`{name}`' for name in known[:12])}. "
        help += f"Text is written in quotes: {literal(node.name)}."
    word = only_nearest(node.name, known) if not inside else inside[0] if len(inside) == 1 else None
    return finding("RE320", node, f'"{node.name}" is not a name that can be used here.', help, word=word)


def comment_as_number(node: ast.Name) -> Finding:
    """`lead.nps > 3 -- why`"""
    message = f'"{node.name}" is not a name that can be used here.'
    return finding("RE320", node, message, "If it is a comment: it begins with //, not with --.")


def _near_call(name: str, functions: Iterable[str]) -> str:
    # `US` is a text without quotes, not the function `is`; a slip seldom is in the first letter
    found = nearest(name, (one for one in functions if one[:1] == name[:1])) if len(name) > 3 else None
    return "" if found is None else f"Did you mean the function `{found}(…)`?"


def unknown_field(node: ast.Path, source: ContextOf) -> Finding:
    known = [entry.name for entry in source.entries]
    what = _LABELS.get(source.label, f'"{source.label}" has no entry')
    help = _did_you_mean(node.name, known)
    if help and source.label != "context":
        help = f"Did you mean `{source.label}.{nearest(node.name, known)}`?"
    if not help:
        help = f"Known: {', '.join(f'`{name}`' for name in known[:12])}." if known else "None is declared."
    if source.label in ("lead", "account", "event"):
        help += " New ones are declared in the model's `fields:` or `events:`."
    if node.name_span == ast.NOWHERE:
        return finding("RE321", node, f'{what} "{node.name}".', help)
    return finding("RE321", node.name_span, f'{what} "{node.name}".', help, word=only_nearest(node.name, known))


_LABELS = {
    "lead": "A lead has no field",
    "account": "An account has no field",
    "event": "This event has no attribute",
    "constants": "There is no constant",
    "tally": "There is no tally",
    "score": "There is no score",
    "band": "There is no score with bands called",
    "gate": "There is no gate",
    "label": "There is no label that can be used here called",
    "last": "There is no tally",
    "first": "There is no tally",
    "last_increase": "There is no score",
    "context": "There is no entry",
}


def unknown_function(node: ast.Call, functions: Iterable[str], help: str) -> Finding:
    """`help`: what is written for a function of another language, or empty."""
    names = list(functions)
    message = f'There is no function called "{node.function}".'
    plain_name = foreign.plain_name(node.function)
    found = next((name for name in names if foreign.plain_name(name) == plain_name), None)
    if help and (found is None or plain_name in foreign.NOW | foreign.TODAY):
        return finding("RE322", _name_of(node), message, help)
    found = found or nearest(node.function, names)
    help = f"Did you mean `{found}(…)`?" if found else "The functions are listed in the reference."
    word = only_nearest(node.function, names) if node.function_span != ast.NOWHERE else None
    return finding("RE322", _name_of(node), message, help, word=word)


def unknown_parameter(node: ast.Argument, function: Builtin) -> Finding:
    known = list(dict.fromkeys(p.name for signature in function.signatures for p in signature.parameters))
    help = _did_you_mean(node.name or "", known) or f"It has: {', '.join(f'`{name}`' for name in known)}."
    return finding("RE323", node, f'The function "{function.name}" has no parameter called "{node.name}".', help)


def wrong_count(node: ast.Call, function: Builtin) -> Finding:
    given = counted(len(node.arguments), "value")
    return finding(
        "RE324",
        node,
        f'The function "{function.name}" was given {given}, but takes {_counts(function)}.',
        _usage(function),
    )


def missing_parameter(node: ast.Call, function: Builtin, names: Sequence[str]) -> Finding:
    missing = all_of([f'"{name}"' for name in names])
    return finding("RE324", node, f'The function "{function.name}" also needs a value for {missing}.', _usage(function))


def repeated_parameter(node: ast.Argument) -> Finding:
    return finding("RE324", node, f'The parameter "{node.name}" is given twice.', "Give each parameter once.")


def function_without_parentheses(node: ast.Name, function: Builtin) -> Finding:
    return finding(
        "RE325", node, f'"{node.name}" is a function: it needs what it works on, in parentheses.', _usage(function)
    )


def repeated_key(entry: ast.ContextEntry) -> Finding:
    return finding(
        "RE326", entry, f'The key "{entry.key}" stands twice in one context.', "Remove one of the two, or rename it."
    )


def hides(node: ast.Node, name: str) -> Finding:
    return finding(
        "RE327",
        node,
        f'"{name}" has a meaning here already, which this new name would hide.',
        f"Give it another name, for example `each_{name}`.",
    )


def _usage(function: Builtin) -> str:
    if function.name == "duration":
        return 'Write it as one text: `duration("30 days")`.'
    ways = dict.fromkeys(f"`{_call(function.name, signature)}`" for signature in function.signatures[:3])
    return f"Write {any_of(list(ways))}."


def _call(name: str, signature: Signature) -> str:
    required = [p.name + ("…" if p.variadic else "") for p in signature.parameters if not p.optional]
    optional = "".join(f"[, {p.name}]" for p in signature.parameters if p.optional)
    return f"{name}({', '.join(required)}{optional})"


def _counts(function: Builtin) -> str:
    if any(signature.most is None for signature in function.signatures):
        return f"{min(signature.fewest for signature in function.signatures)} or more"
    counts = sorted({n for s in function.signatures for n in range(s.fewest, (s.most or 0) + 1)})
    return "none" if counts == [0] else any_of([str(count) for count in counts])


def _name_of(node: ast.Call) -> ast.Place:
    return node.function_span if node.function_span != ast.NOWHERE else node.span
