"""What can be wrong with an expression where it stands in a model (the language itself tells what is wrong inside)."""

from __future__ import annotations

import re
from dataclasses import replace

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Edit, Span
from rules_engine.feel.checking.findings import Finding
from rules_engine.model.scopes import Scope
from rules_engine.model.yaml_nodes import ListNode, MapNode, Node, ScalarNode


def read_as_list(node: ListNode, *, amount: bool) -> Diagnostic:
    return finding(
        "RE120",
        "YAML reads this as a list, but one expression is expected here.",
        node.span,
        ("Write a number such as 10. " if amount else "")
        + "An expression that begins with a bracket must be in quotes or on a line of its own after `>-`.",
    )


def read_as_map(node: MapNode) -> Diagnostic:
    return finding(
        "RE121",
        "YAML reads this as entries (key: value), but an expression is expected here.",
        node.span,
        "An expression that begins with a brace or holds a colon must be in quotes or on a line of its own after `>-`; "
        "several conditions stand under one of `all`, `any` or `none`.",
    )


def beside_conditions(key: ScalarNode, kind: str) -> Diagnostic:
    return finding(
        "RE121",
        f'"{key.text}" stands beside `{kind}`, where nothing but conditions can be.',
        key.span,
        f"If it is a key of the rule, move it to the left, into the column of the key that `{kind}` stands under.",
    )


def two_kinds(key: ScalarNode, first: str) -> Diagnostic:
    return finding(
        "RE121",
        f'"{key.text}" stands beside `{first}`; a condition has one of `all`, `any` and `none`.',
        key.span,
        f"Make it one of the conditions under `{first}`: `- {key.text}: [...]`.",
    )


def other_word_for_kind(key: ScalarNode, meant: str) -> Diagnostic:
    return finding(
        "RE121",
        f'"{key.text}" does not join conditions. Did you mean "{meant}"?',
        key.span,
        "Several conditions stand in a list under one of `all`, `any` or `none`.",
        edit=Edit(key.span, meant),
    )


def read_as_constant(node: ScalarNode) -> Diagnostic:
    kind = "a number" if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else "true or false"
    return finding(
        "RE122",
        f'"{node.text}" is {kind} by itself and not a condition.',
        node.span,
        "Write a comparison, such as `tally.downloads_90d >= 3`. A rule that always holds needs no `when`.",
    )


def amount_is_truth(node: ScalarNode) -> Diagnostic:
    return finding(
        "RE122",
        f'"{node.text}" is true or false and not an amount.',
        node.span,
        "Write a number such as 10, or an expression that gives one.",
    )


def lines_joined(node: ScalarNode, at: int, *, dashed: bool) -> Diagnostic:
    """`at` is where the first line ends."""
    return finding(
        "RE128",
        "YAML joins these lines to one expression, and as one they cannot be read.",
        node.source.span(node.start, at),
        "Begin each line with a dash (-) and a blank."
        if dashed
        else "Begin each line that is a condition of its own with a dash and a blank; else join them by `and` or `or`.",
    )


def number_in_quotes(node: ScalarNode) -> Diagnostic:
    return finding(
        "RE127",
        f'"{node.text}" stands in quotes, as text does, but is a number; it is read as one.',
        node.span,
        f"Write it without quotes: {node.text.strip()}.",
        edit=Edit(node.span, node.text.strip()),
    )


def rather_a_number(found: Finding) -> Finding:
    """An unknown word where an amount stands: what to write there, unless a name is near."""
    if found.code != "RE320" or found.help.startswith("Did you mean"):
        return found
    known = found.help.partition(" Text is written")[0]
    return replace(found, help=f"Write a number such as 10, or an expression that gives one. {known}")


def empty(node: Node) -> Diagnostic:
    cut = re.match(r"[ \t]+#[^\r\n]*", node.source.text[node.end :])
    help = "Write one, or delete the key."
    if cut is not None and isinstance(node, ScalarNode) and node.style == "plain":
        help += f" What follows, {cut[0].strip()}, is a comment to YAML."
    return finding("RE123", "There is no expression here.", node.span, help)


def empty_group(node: Node, kind: str) -> Diagnostic:
    return finding("RE123", f"The list of conditions ({kind}) is empty.", node.span, "Write at least one condition.")


def cut_at_comment(node: ScalarNode) -> Diagnostic:
    text = node.source.text
    sign = text.find("#", node.end)
    line = node.source.position(node.end)[0]
    whole = text[node.start : node.end] + node.source.line(line)[node.source.position(node.end)[1] - 1 :]
    return finding(
        "RE124",
        "YAML cuts the expression off before the # in this line, because a # after a blank begins a comment.",
        node.source.span(sign, sign + 1),
        f"Write it on a line of its own after `>-`:\n>-\n  {' '.join(whole.split())}",
        edit=Edit(node.source.span(node.start, node.start + len(whole.rstrip())), single_quoted(whole.rstrip())),
    )


def eaten_escape(node: ScalarNode, at: int) -> Diagnostic:
    span = node.place(at, at + 1)
    written = node.source.text[span.start : span.end]
    return finding(
        "RE125",
        f"YAML turns {written} inside double quotes into an invisible sign before the expression is read.",
        span,
        "Write the expression without the outer quotes, in single quotes, or on a line of its own after `>-`.",
    )


def single_quoted(text: str) -> str:
    """Text in single quotes, in which only they themselves must be doubled."""
    return "'" + text.replace("'", "''") + "'"


def split_at_comma(node: ScalarNode, key: ScalarNode, text: str, end: int) -> Diagnostic:
    """`end` is where the last piece ends in the file."""
    return finding(
        "RE126",
        f'YAML splits the one-line entries at the comma here, so "{key.text}" ends before it.',
        node.span,
        f"Write it on a line of its own:\n{key.text}: >-\n  {text}",
        edit=Edit(node.source.span(node.start, end), single_quoted(node.source.text[node.start : end])),
    )


def out_of_place(span: Span, root: str, scope: Scope) -> Diagnostic:
    return finding(
        "RE220",
        f'"{root}" cannot be used in {scope.where}.',
        span,
        f"{_WHERE[root]} Here you can use {', '.join(sorted(scope.roots))}.",
    )


def definition_out_of_place(span: Span, name: str, root: str, scope: Scope) -> Diagnostic:
    return finding(
        "RE220",
        f'"{name}" is defined with "{root}", which cannot be used in {scope.where}.',
        span,
        _WHERE.get(root, ""),
    )


def stage_tally(span: Span, tally: str, scope: Scope) -> Diagnostic:
    return finding(
        "RE439",
        f'"{tally}" counts the awards of rules, so {scope.where} that reads it would depend on itself.',
        span,
        "Tallies of a stage are for labels, segments and automations. Count events instead.",
    )


def label_below(span: Span, label: str) -> Diagnostic:
    return finding(
        "RE221",
        f'Label "{label}" is used before it is known: a label can use those above it only.',
        span,
        f'Move "{label}" up, above this label.',
    )


_OUTPUTS = "is known in labels, segments and automations only."
_WHERE = {
    "event": "`event.*` is known where there is an event: rules and penalties with `event:`, tallies, event gates.",
    "tally": "`tally.*` is known in rules, state gates, labels, segments and automations.",
    "score": f"`score.*` {_OUTPUTS}",
    "band": f"`band.*` {_OUTPUTS}",
    "gate": f"`gate.*` {_OUTPUTS}",
    "label": f"`label.*` {_OUTPUTS}",
    "last": f"`last.*` {_OUTPUTS}",
    "first": f"`first.*` {_OUTPUTS}",
    "last_increase": f"`last_increase.*` {_OUTPUTS}",
    "now": "`now` " + _OUTPUTS,
}
