"""What can be wrong with a name that refers to another part of the model: codes RE200-RE209."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Related, Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.messages_shape import respelt
from rules_engine.model.yaml_nodes import Node

_CODES = {"stage": "RE202", "group": "RE203", "score": "RE204", "tally": "RE205"}
_DECLARED = {
    "stage": "is not among the stages",
    "group": "is not declared under groups of this score",
    "score": "is not declared under scores",
    "tally": "is not declared under tallies",
}


def unknown_event(node: Node, name: str, used_by: str, known: Iterable[str]) -> Diagnostic:
    """`used_by` is `Rule "demo" in score "readiness"`."""
    known = tuple(known)
    parts = [part for part in re.split(r"\s*[,;|/]\s*|\s+(?:or|and)\s+", name) if part]
    near = did_you_mean(name, known)
    help = _listed("event types", known) if known else "Declare it under events with its attributes."
    if len(parts) > 1 and all(part in known for part in parts):
        near, help = "", f"Write several as a list: [{', '.join(parts)}]."
    elif name.removeprefix("event.") in known:
        near = f' Did you mean "{name.removeprefix("event.")}"?'
    return finding(
        "RE201",
        f'{used_by} listens to event "{name}", which is not declared under events.{near}',
        node.span,
        help,
        edit=respelt(node, known),
    )


def unknown(node: Node, kind: str, name: str, known: tuple[str, ...], used_by: str) -> Diagnostic:
    """A stage, group, score or tally that is not declared."""
    return finding(
        _CODES[kind],
        f'{used_by[:1].upper()}{used_by[1:]} refers to {kind} "{name}", which {_DECLARED[kind]}.'
        f"{did_you_mean(name, known)}",
        node.span,
        _listed({"tally": "tallies"}.get(kind, kind + "s"), known),
        edit=respelt(node, known),
    )


def unknown_law(node: Node, name: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE206",
        f'There is no law of decay called "{name}".{did_you_mean(name, known)}',
        node.span,
        _listed("laws of the installed plugins", known) if known else "No installed plugin has laws of decay.",
    )


def rule_and_penalty(node: Node, score: str, rule: Node) -> Diagnostic:
    return finding(
        "RE208",
        f'Score "{score}" has a rule and a penalty of the same name, which the ledger could not tell apart.',
        node.span,
        "Give one of them another name.",
        (Related("the rule", rule.span),),
    )


def kept_for_ledger(node: Node, name: str) -> Diagnostic:
    return finding(
        "RE218",
        f'"{name}" is what the ledger calls changes that no rule makes, so no rule or penalty can have this name.',
        node.span,
        "Choose another name.",
    )


def several_scores(span: Span, name: str, scores: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE219",
        f'"{name}" stands for {len(scores)} scores; exactly one is needed here.',
        span,
        f"Name one of: {', '.join(scores[:12])}.",
    )


def _listed(what: str, names: tuple[str, ...]) -> str:
    if not names:
        return f"There are no {what}."
    text = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"Known {what}: {text}."
