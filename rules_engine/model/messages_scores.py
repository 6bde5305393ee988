"""What can be wrong with scores, bands, gates and what is read off them. One function per mistake; RE460-RE489."""

from __future__ import annotations

from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.model.messages_rules import Where
from rules_engine.model.messages_shape import place
from rules_engine.model.yaml_nodes import ListNode, Node, ScalarNode

# What people write for a way to combine -> what it is called here.
_COMBINES = {"average": "mean", "avg": "mean", "total": "sum", "add": "sum", "maximum": "max", "highest": "max",
             "minimum": "min", "lowest": "min", "number": "count"}  # fmt: skip


def points(micro: int) -> str:
    """Micropoints as a number of points."""
    return f"{micro / 1e6:g}"


def sales_ready_positive(where: Where) -> Diagnostic:
    return finding(
        "RE460", "`sales_ready` must be above 0: percents are taken of it.", place(where), "Write for example 100."
    )


def max_not_above_min(where: Where, minimum: int) -> Diagnostic:
    return finding(
        "RE461",
        f"`max` is not above `min` ({points(minimum)}), so the score could not move.",
        place(where),
        "Write a higher `max` or a lower `min`.",
    )


def outside_range(where: Where, key: str, minimum: int, maximum: int | None) -> Diagnostic:
    limits = f"from {points(minimum)}" + (f" to {points(maximum)}" if maximum is not None else " up")
    return finding(
        "RE462", f"`{key}` lies outside the range of the score, which is {limits}.", place(where), "Change one of them."
    )


def starts_outside_range(where: Where, key: str, bound: int) -> Diagnostic:
    return finding(
        "RE462",
        f"The score starts at 0, which lies {'below' if key == 'min' else 'above'} its `{key}`.",
        place(where),
        f"Say where it starts, for example `start: {points(bound)}`.",
    )


def score_without_rules(where: Where, name: str) -> Diagnostic:
    return finding(
        "RE463",
        f'Score "{name}" has neither rules nor other scores to combine.',
        place(where),
        "Add `rules:`, or `combine: {score: weight}`.",
    )


def not_in_combined(where: Where, score: str, key: str) -> Diagnostic:
    return finding(
        "RE464",
        f'Score "{score}" combines other scores, so it cannot have "{key}" of its own.',
        place(where),
        f"Move `{key}` to one of the combined scores, or to a new score.",
    )


def negative_weight(where: Where, score: str) -> Diagnostic:
    return finding("RE465", f"The weight of {score} is below 0.", place(where), "Write 0 or more.")


def weight_too_large(where: Where, score: str, part: str) -> Diagnostic:
    return finding(
        "RE115",
        f'With this weight a point of "{part}" is worth more in "{score}" than the largest amount, 9,000,000,000,000.',
        place(where),
        "Write a smaller weight, here or in the scores that are combined on the way.",
    )


def combine_cycle(where: Where, cycle: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE466",
        f"The scores are combined in a circle: {' needs '.join(cycle)}.",
        place(where),
        "Take one of them out of `combine`.",
    )


def too_many_variants(where: Where, count: int, most: int) -> Diagnostic:
    return finding("RE467", f"for_each makes {count} scores; {most} is the most.", place(where))


# --- bands


def _any(where: Where) -> str:
    return f"`{where.text}: any`" if isinstance(where, ScalarNode) else "`any`"


def first_band(where: Where, owner: str, *, is_first: bool, falling: str = "") -> Diagnostic:
    """`falling`: a later band that begins at `any`, as where bands are written from the highest down."""
    if is_first and falling:
        return finding(
            "RE470",
            f"The bands of {owner} are written from the highest down.",
            place(where),
            f"Write them from the lowest up, `{falling}: any` first.",
        )
    if is_first:
        return finding(
            "RE470",
            f"The first band of {owner} must begin at `any`, so that every number has a band.",
            place(where),
            f"Write {_any(where)}, or put a lowest band before it, such as `cold: any`.",
        )
    return finding(
        "RE470",
        f"Only the first band of {owner} begins at `any`.",
        place(where),
        "Write the points at which it begins.",
    )


def bands_must_rise(where: Where, before: str) -> Diagnostic:
    return finding(
        "RE471",
        f'Bands are written from the lowest up, but this one does not begin above "{before}".',
        place(where),
        "Sort the bands, or change the bounds.",
    )


def until_above_from(where: Where, band: str) -> Diagnostic:
    return finding(
        "RE472",
        f'Band "{band}" would be left before it is entered: its `until` is above its `from`.',
        place(where),
        "`until` is the reading below which the band is left; write at most the value of `from`.",
    )


def until_of_any(where: Where, band: str) -> Diagnostic:
    return finding("RE472", f'Band "{band}" holds for any number, so it has no `until`.', place(where), "Delete it.")


def account_band_until(where: Where) -> Diagnostic:
    return finding("RE473", "Bands of accounts are plain bounds without `until`.", place(where), "Delete it.")


# --- gates


def gate_needs_hold(where: Where) -> Diagnostic:
    return finding(
        "RE474",
        "A gate with an event must say how long it holds.",
        place(where),
        "Add for example `hold: 30 days`, or `hold: forever`.",
    )


def gate_needs_when(where: Where) -> Diagnostic:
    return finding(
        "RE475", "The gate does not say when it holds.", place(where), "Add `when:`, or `event:` with `hold:`."
    )


def needs_event_gate(where: Where, gate: str, key: str) -> Diagnostic:
    return finding(
        "RE476",
        f'Gate "{gate}" holds while its condition is true, so it cannot have "{key}".',
        place(where),
        f"Delete `{key}`, or add `event:`.",
    )


# --- labels, accounts, segments, automations


def otherwise_last(where: Where, name: str) -> Diagnostic:
    return finding(
        "RE480",
        f'"{name}" is chosen otherwise, so what stands below it is never reached.',
        place(where),
        "Move it last.",
    )


def label_says_nothing(where: Where) -> Diagnostic:
    return finding(
        "RE486", "The label has no choice with a condition.", place(where), 'Add one, such as `hot: band.fit = "A"`.'
    )


def account_combine(
    node: Node, text: str, known: tuple[str, ...], most: int, of_plugins: tuple[str, ...] = ()
) -> Diagnostic:
    other = _COMBINES.get(text.lower())
    near = f' Did you mean "{other}"?' if other is not None else did_you_mean(text, known)
    more = f", or {', '.join(of_plugins)} of a plugin" if of_plugins else ""
    return finding(
        "RE481",
        f'"{text}" is no way to combine readings.{near}',
        node.span,
        f"Write sum, mean, max, min, count, or top with a number from 1 to {most}, such as `top 3`{more}.",
    )


def highest_and_lowest(where: Where) -> Diagnostic:
    return finding("RE482", "A segment takes the highest or the lowest, not both.", place(where), "Delete one of them.")


def label_as_list(node: ListNode) -> Diagnostic:
    return finding(
        "RE103",
        "A label must be an expression or choices (name: condition), but is a list.",
        node.span,
        "Write each choice as `name: condition` on a line of its own, without a dash.",
    )


def otherwise_in_other_words(key: ScalarNode, value: ScalarNode) -> Diagnostic:
    """`wait: else`, or `otherwise: wait` the wrong way round."""
    turned = key.text == "otherwise"
    name = value.text if turned else key.text
    return finding(
        "RE480",
        f'The choice for all others is written "{name}: otherwise".',
        (key if turned else value).span,
        f"Write `{name}: otherwise`, as the last one.",
    )


def take_below_one(where: Where) -> Diagnostic:
    return finding("RE483", "`take` must be at least 1.", place(where))


def take_needs_order(where: Where) -> Diagnostic:
    return finding(
        "RE484",
        "`take` needs `highest` or `lowest` to know which leads to take.",
        place(where),
        "Add `highest: score.x`.",
    )


def unknown_action(node: Node, name: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE207",
        f'There is no action called "{name}".{did_you_mean(name, known)}',
        node.span,
        f"Actions of the installed plugins: {', '.join(known)}." if known else "No installed plugin has actions.",
    )


def action_of_no_plugin(node: Node, name: str, known: tuple[str, ...]) -> Diagnostic:
    return finding(
        "RE494",
        f'No plugin that is installed here has an action called "{name}"; where automations run, one must.',
        node.span,
        f"Actions of the installed plugins: {', '.join(known)}.",
    )


def action_parameters(node: Node, name: str, problem: str) -> Diagnostic:
    return finding("RE485", f'The settings of the action "{name}" do not fit: {problem}.', node.span)
