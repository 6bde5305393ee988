"""Models that are overdue for their review (RE750)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from rules_engine.analysis.lints.subject import Subject
from rules_engine.diagnostics.catalogue import finding
from rules_engine.diagnostics.diagnostic import Diagnostic
from rules_engine.model.calendar import parse_date
from rules_engine.model.yaml_nodes import ScalarNode

# Where the model does not say: 60 days after the first version, then every 90.
FIRST_DAYS = 60
THEN_DAYS = 90


def overdue(subject: Subject) -> Iterator[Diagnostic]:
    """RE750: today is past the day of the next review. A review is a new version or a line of `changes`."""
    model = subject.model
    if subject.today is None or subject.superseded or model.status != "active":
        return
    reviewed = sorted(_days(subject, subject.today))
    if not reviewed:
        return
    first, then = (model.review.first_days, model.review.then_days) if model.review else (FIRST_DAYS, THEN_DAYS)
    is_first = model.version == 1 and len(set(reviewed)) == 1  # a second version is what a review came to
    wait = first if is_first else then
    due = reviewed[-1] + timedelta(days=wait)
    if subject.today <= due:
        return
    entry = subject.entry("review") or subject.entry("effective") or subject.entry("version")
    late = (subject.today - due).days
    yield finding(
        "RE750",
        f"The review of this model was due on {due}, {late} day{'s' if late != 1 else ''} ago: {wait} days after "
        f"{'the first version' if is_first else 'the last change'} of {reviewed[-1]}.",
        entry.key.span if entry is not None else None,
        "Talk with sales about what the scores got right and wrong. Make the next version, or, where nothing is to "
        "change, add a line to `changes` that says so, with the date.",
    )


def _days(subject: Subject, today: date) -> Iterator[date]:
    """The days on which someone looked at the model. Nobody has looked yet on a day of `changes` that is to come."""
    effective = subject.entry("effective")
    begins = (
        parse_date(effective.value.text) if effective is not None and isinstance(effective.value, ScalarNode) else None
    )
    if begins is not None:
        yield begins
    for change in subject.model.changes:
        day = parse_date(change.date)
        if day is not None and day <= max(today, begins or today):
            yield day
