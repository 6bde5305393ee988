"""A lead that could not be told, as a plugin failed on it or an expression asked for too much: where, and why."""

from __future__ import annotations

from rules_engine.diagnostics.diagnostic import Span
from rules_engine.engine import PluginError
from rules_engine.feel.errors import FeelLimitError
from rules_engine.model.formulas import formulas_of_model
from rules_engine.model.types import Model, Titled
from rules_engine.records import dataclass

FAILING = (PluginError, FeelLimitError)  # what is wrong with the code that a model calls, not with a record


@dataclass(frozen=True, slots=True)
class Failure:
    """A lead on which a plugin failed. Nothing is lost: with `kept` the store has what came, and the next tick tries
    the lead again; else its records are among the rejected ones, to be sent again.

    `plugin` and `part` (such as "function grade()") are None where an expression passed a limit of the language.
    `owner` is what holds the expression (`rule "demo" of score "heat"`), `place` file, line and column of it; None
    where the fault is not an expression's. `problem` is what was raised: it may quote what the lead's fields hold.
    """

    lead_id: str
    problem: str
    kept: bool
    plugin: str | None = None
    part: str | None = None
    owner: str | None = None
    place: str | None = None

    def __str__(self) -> str:
        code = "an expression" if self.plugin is None else f"plugin {self.plugin}, {self.part}"
        where = "" if self.place is None else f", called at {self.place}"
        by = "" if self.owner is None else f" by {self.owner}"
        then = "what came is kept, and tried again" if self.kept else "nothing of it is kept: send it again"
        return f"lead {self.lead_id}: {code}{where}{by}: {self.problem}; {then}"


def failure_of(model: Model, lead_id: str, error: PluginError | FeelLimitError, *, kept: bool) -> Failure:
    """What a failing expression or plugin says of itself, with the part of the model that it failed for."""
    if isinstance(error, FeelLimitError):
        return Failure(lead_id, error.message, kept)
    span = error.span
    return Failure(
        lead_id,
        error.problem,
        kept,
        error.plugin,
        error.part,
        None if span is None else owner_of(model, span),
        None if span is None else str(span),
    )


def owner_of(model: Model, span: Span) -> str | None:
    """The named part of a model that has the expression of this place, in an analyst's words."""
    for owner, formula in formulas_of_model(model):
        if formula.span == span:
            words = [f'{_word(part)} "{part.name}"' for part in reversed(owner)]
            return " of ".join(words) or None
    return None


def _word(part: Titled) -> str:
    """`EventRule` and `StandingRule` are rules to an analyst, an `AccountScore` an account score."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type(part).__name__).split()
    return words[-1] if words[-1] == "rule" else " ".join(words)
