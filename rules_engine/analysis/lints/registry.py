"""All lints: the code of each and the function that finds it. What a code means stands in `entries`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from rules_engine.analysis.lints import caps, doubles, fading, firing, reach, recorded, review, shares, unused
from rules_engine.analysis.lints.subject import Subject
from rules_engine.diagnostics.diagnostic import Diagnostic

Lint: TypeAlias = Callable[[Subject], Iterator[Diagnostic]]

LINTS: Mapping[str, Lint] = {
    "RE701": reach.bands_too_high,
    "RE702": reach.bands_too_low,
    "RE703": reach.choices_never_taken,
    "RE704": reach.gates_without_effect,
    "RE705": reach.outputs_never_true,
    "RE706": reach.lines_never_looked_up,
    "RE710": firing.never_fires,
    "RE711": firing.always_fires,
    "RE712": firing.worth_nothing,
    "RE720": doubles.same_rules,
    "RE721": doubles.overlapping_rules,
    "RE722": doubles.counted_in_two_scores,
    "RE723": doubles.punished_twice,
    "RE730": caps.caps_never_reached,
    "RE731": fading.decay_without_floor,
    "RE732": fading.decay_against_window,
    "RE733": fading.penalty_out_earned,
    "RE734": fading.silence_charged_twice,
    "RE735": fading.penalty_outlasts,
    "RE736": fading.remembers_for_ever,
    "RE737": shares.shares_as_points,
    "RE738": caps.amounts_beyond_caps,
    "RE740": unused.unused_fields,
    "RE741": unused.unused_events,
    "RE742": unused.unused_tallies,
    "RE743": unused.unused_definitions,
    "RE744": unused.unused_constants,
    "RE745": unused.unused_groups_and_stages,
    "RE746": unused.unused_variables,
    "RE750": review.overdue,
    "RE751": recorded.without_lock,
}
