"""What can be wrong with rules: points, lookups, limits, decay, penalties. One function per mistake; RE430-RE459."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic, Related, Span
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.feel.checking.wording import a
from rules_engine.feel.types import Type
from rules_engine.model import meant
from rules_engine.model.messages_shape import place, shown
from rules_engine.model.yaml_nodes import Entry, Node, ScalarNode

Where = Node | Entry | Span | None


def one_way_to_points(where: Where, score: str, found: list[str]) -> Diagnostic:
    name = where.text if where is not None and hasattr(where, "text") else ""
    what = f"has {' and '.join(f'`{key}`' for key in found)}" if found else "says nothing about points"
    return finding(
        "RE430",
        f'Rule "{name}" in score "{score}" {what}; it needs exactly one of `points`, `of`, `table` and `set`.',
        place(where),
        "Keep one of them." if found else "Write for example `points: 10`.",
    )


def event_only(where: Where, rule: str, key: str) -> Diagnostic:
    return finding(
        "RE431",
        f'"{key}" needs an event, but rule "{rule}" has none: it counts while its condition holds.',
        place(where),
        f"Delete `{key}`, or add `event:` with the event type the rule listens to.",
    )


def set_with(where: Where, rule: str, key: str) -> Diagnostic:
    return finding(
        "RE432",
        f'Rule "{rule}" sets the score, so it cannot have "{key}".',
        place(where),
        f"Delete `{key}`; what was set never decays and counts for no cap.",
    )


def only_with_of(where: Where, key: str, *, event: bool) -> Diagnostic:
    more = ", or beside `when` and `points` of a rule without an event" if key == "otherwise" and event else ""
    return finding(
        "RE433",
        f'"{key}" needs `of`, but this rule looks nothing up.',
        place(where),
        f"`{key}` stands beside `of`{more}. Add `of:` with what is looked up, or delete `{key}`.",
    )


def otherwise_without_when(where: Where, rule: str) -> Diagnostic:
    return finding(
        "RE433",
        f'Rule "{rule}" has `otherwise` but no `when`, so it would never be used.',
        place(where),
        "Add the condition, or delete `otherwise`.",
    )


def remove_in_another_form(node: ScalarNode) -> Diagnostic:
    return finding(
        "RE103", f"Expected points here, but found {shown(node)}.", node.span, f"Write {meant.points(node.text)}."
    )


def lookup_needs_one_table(where: Where, found: list[str]) -> Diagnostic:
    return finding(
        "RE434",
        "A lookup by `of` has both `at_least` and `values`." if found else "A lookup by `of` needs its table.",
        place(where),
        "Write one: `at_least: {0: 0, 50: 10}` for ranges of numbers, or `values: {US: 10}` for single values.",
    )


def at_least_of_no_number(where: Where, kind: Type) -> Diagnostic:
    return finding(
        "RE435", f"`at_least` compares numbers, but `of` gives {a(kind)}.", place(where), "Use `values` instead."
    )


def bounds_must_rise(where: Where, before: float) -> Diagnostic:
    return finding(
        "RE436", f"The bounds of `at_least` must rise, but this one comes after {before:g}.", place(where), "Sort them."
    )


def value_never_occurs(where: Where, value: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE437",
        f'"{value}" can never occur here.{did_you_mean(value, known)}',
        place(where),
        f"The declared values are: {', '.join(known)}.",
    )


def same_value(node: Node, first: Node) -> Diagnostic:
    return finding(
        "RE014",
        f"{shown(node)} is the same value as {shown(first)} in line {first.span.line}.",
        node.span,
        "Keep one of them.",
        (Related("the same value", first.span),),
    )


def value_of_wrong_type(node: Node, kind: Type) -> Diagnostic:
    return finding("RE438", f"{shown(node)} cannot equal what `of` gives, {a(kind)}.", node.span)


def match_type(node: Node, kind: Type) -> Diagnostic:
    return finding("RE438", f"`match` must give text or a number, but gives {a(kind)}.", node.span)


def row_is_no_number(span: Span, asset: str) -> Diagnostic:
    return finding("RE438", f'"{asset}" is no number, but `match` gives numbers.', span)


def row_never_matches(span: Span, asset: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE437",
        f'"{asset}" can never occur here.{did_you_mean(asset, known)}',
        span,
        f"The declared values are: {', '.join(known)}.",
    )


def stage_tally_in_rule(where: Where, tally: str, used_by: str) -> Diagnostic:
    return finding(
        "RE439",
        f'{used_by} uses tally "{tally}", which counts the awards of rules, so it would depend on itself.',
        place(where),
        "Tallies of a stage are for labels, segments and automations. Count events instead.",
    )


def reaches_needs_count(where: Where, tally: str, measure: str) -> Diagnostic:
    return finding(
        "RE440",
        f'`reaches` needs a tally that counts or sums, but "{tally}" takes {measure}.',
        place(where),
        "Use a condition on the tally instead: `when: tally.x >= 4`.",
    )


def reaches_threshold(where: Where, threshold: float) -> Diagnostic:
    return finding(
        "RE441",
        f"A tally begins at 0, so it never comes to {threshold:g} from below.",
        place(where),
        "Write 1 or more.",
    )


def reaches_elsewhere(where: Where, tally: str, counted: tuple[str, ...], heard: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE457",
        f'The rule listens to {", ".join(heard)}, but tally "{tally}" moves at {", ".join(counted)} only.',
        place(where),
        "Delete `event`: a rule with `reaches` listens to the events of its tally.",
    )


# --- limits and caps


def limit_below_one(where: Where, times: int) -> Diagnostic:
    return finding("RE442", f"A limit of {times} would never award anything.", place(where), "Write 1 or more.")


def keep_highest_needs_once(where: Where, times: int) -> Diagnostic:
    return finding("RE443", f"`keep: highest` works with `times: 1`, not {times}.", place(where), "Write `times: 1`.")


def keep_highest_of_penalty(where: Where) -> Diagnostic:
    return finding("RE443", "`keep: highest` is for rules, not for penalties.", place(where), "Delete it.")


def keep_highest_negative(where: Where, rule: str) -> Diagnostic:
    return finding(
        "RE444",
        f'Rule "{rule}" keeps the highest award, so its points must be above 0.',
        place(where),
        "Delete `keep: highest`, or use positive points.",
    )


def negative_cap(where: Where, name: str) -> Diagnostic:
    return finding(
        "RE445", f'The `max` of "{name}" is below 0, so it could never be kept.', place(where), "Write 0 or more."
    )


# --- decay


def decay_form(node: Node) -> Diagnostic:
    return finding(
        "RE446",
        f"{shown(node)} is not a decay.",
        node.span,
        "Write `none`, or for example `{half_life: 60 days}`, `{expires: 90 days}`, `{every: 30 days, lose: 0.1}`.",
    )


def one_law(node: Node, found: list[str]) -> Diagnostic:
    what = f"has {' and '.join(found)}" if found else "names no law"
    return finding(
        "RE446",
        f"A decay follows exactly one law, but this one {what}.",
        node.span,
        "Keep one of half_life, linear, expires, every, steps and law.",
    )


def only_with_every(where: Where, key: str) -> Diagnostic:
    return finding("RE447", f'"{key}" stands beside `every` only.', place(where), f"Delete `{key}`.")


def lose_missing(where: Where) -> Diagnostic:
    return finding(
        "RE447", "`every` needs `lose`: the share of an award that is lost each time.", place(where), "Add `lose: 0.1`."
    )


def keep_range(where: Where) -> Diagnostic:
    return finding(
        "RE448",
        "`keep` is the share of an award that always stays: from 0 up to, but not including, 1.",
        place(where),
        "Write a share such as 0.2. For no decay at all write `decay: none`.",
    )


def lose_range(where: Where, lose: float) -> Diagnostic:
    hint = f"For {lose:g} percent write {lose / 100:g}." if 1 < lose <= 100 else "Write a share such as 0.1."
    return finding("RE448", f"`lose` is a share above 0 and up to 1, but is {lose:g}.", place(where), hint)


def share_range(where: Where, weight: float) -> Diagnostic:
    hint = f"For {weight:g} percent write {weight / 100:g}." if 1 < weight <= 100 else ""
    return finding("RE448", f"What remains is a share from 0 to 1, but is {weight:g}.", place(where), hint)


def ages_must_rise(where: Where) -> Diagnostic:
    return finding("RE449", "The ages of `steps` must rise from line to line.", place(where), "Sort the steps by age.")


def weights_must_fall(where: Where, before: float) -> Diagnostic:
    return finding(
        "RE449",
        f"What remains must fall from step to step; before this step it is {before:g}.",
        place(where),
        "Write a smaller share.",
    )


def too_many_steps(where: Where, most: int) -> Diagnostic:
    return finding(
        "RE450",
        f"This decay would take more than {most} steps.",
        place(where),
        "Use a longer `every`, a larger `lose` or a `keep`; or `half_life`, which is smooth.",
    )


def too_many_steps_written(where: Where, count: int, most: int) -> Diagnostic:
    return finding("RE450", f"This decay has {count} steps; {most} is the most.", place(where), "Leave some out.")


def law_parameters(where: Where, name: str, problem: str) -> Diagnostic:
    return finding("RE451", f'The settings of the law "{name}" do not fit: {problem}.', place(where))


def law_failed(where: Where, name: str, whose: str, problem: str) -> Diagnostic:
    return finding(
        "RE451",
        f'The {whose} failed in its law "{name}": {problem}.',
        place(where),
        "Correct the settings if it is them that it complains about, or tell the plugin's maker.",
    )


def law_table(where: Where, name: str, most: int) -> Diagnostic:
    return finding(
        "RE451",
        f'The law "{name}" gives no table of 1 to {most} steps with rising ages and falling shares.',
        place(where),
        "Tell the plugin's maker.",
    )


def continuous_on_negative(where: Where, rule: str) -> Diagnostic:
    return finding(
        "RE452",
        f'Rule "{rule}" takes points away, and what it takes can be given back in steps only.',
        place(where),
        "Use `expires`, `every` or `steps`, or `decay: none`.",
    )


def continuous_penalty(where: Where, name: str) -> Diagnostic:
    return finding(
        "RE452",
        f'What penalty "{name}" takes can be given back in steps only.',
        place(where),
        "Use `expires`, `every` or `steps`.",
    )


# --- penalties, inactivity, dates


def remove_must_be_positive(where: Where, amount: int) -> Diagnostic:
    hint = (
        "Write the amount without the minus sign: `remove` already takes away." if amount < 0 else "Write more than 0."
    )
    return finding("RE453", "`remove` must be more than 0.", place(where), hint)


def share_of_score_range(where: Where) -> Diagnostic:
    return finding(
        "RE453", "A percent of the score is above 0% and at most 100%.", place(where), "Write `10% of score`."
    )


def over_whole_days(where: Where) -> Diagnostic:
    return finding(
        "RE454",
        "`over` is a number of whole days: one part is taken each day.",
        place(where),
        'Write for example "10 days".',
    )


def over_too_long(where: Where, most: int) -> Diagnostic:
    return finding("RE454", f"`over` is at most {most} days.", place(where))


def every_too_short(where: Where) -> Diagnostic:
    return finding(
        "RE455", "`every` of inactivity is at least one hour.", place(where), "Write for example `every: 7 days`."
    )


def until_before_from(where: Where) -> Diagnostic:
    return finding(
        "RE456", "`until` is not after `from`, so the rule would never count.", place(where), "Swap the dates."
    )
