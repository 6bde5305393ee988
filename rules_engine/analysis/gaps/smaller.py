"""Makes what was found easy to read: small cases, each with nothing in it that it does not need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rules_engine.analysis.gaps.candidate import AccountCandidate, Candidate
from rules_engine.analysis.gaps.search import Key, Run, Search, Tried


def small_ones(runs: Sequence[Run], wanted: frozenset[Key]) -> list[tuple[Run, frozenset[Key]]]:
    """Runs that show all that any of them shows of `wanted`, each with what is its own part; small ones go first, so
    that a large one stands only for what needs it."""
    left = set(wanted)
    chosen: list[tuple[Run, frozenset[Key]]] = []
    for run in sorted(runs, key=lambda run: run.candidate.size):
        own = run.seen & left
        if own:
            chosen.append((run, own))
            left -= own
    return chosen


def reduced(search: Search, run: Run, own: frozenset[Key]) -> Run:
    """The same without the events, fields and attributes it does not need to show its part."""
    changed = True
    while changed:
        changed = False
        for smaller in _smaller(run.candidate):
            tried = search.run(smaller)
            if tried is not None and own <= tried.seen:
                run, changed = tried, True
                break
    return run


def _smaller(candidate: Tried) -> Iterator[Tried]:
    """With one thing less."""
    if isinstance(candidate, AccountCandidate):
        for i, member in enumerate(candidate.members):
            yield replace(candidate, members=(*candidate.members[:i], *candidate.members[i + 1 :]))
            for smaller in _smaller(replace(member, account={})):
                assert isinstance(smaller, Candidate)
                yield replace(candidate, members=(*candidate.members[:i], smaller, *candidate.members[i + 1 :]))
        for name in candidate.account:
            yield replace(candidate, account={key: value for key, value in candidate.account.items() if key != name})
        return
    events = candidate.events
    half = len(events) // 2
    if half > 1:  # many at once first
        yield replace(candidate, events=events[:half])
        yield replace(candidate, events=events[half:])
    for i in range(len(events)):
        yield replace(candidate, events=(*events[:i], *events[i + 1 :]))
    for name in candidate.lead:
        yield replace(candidate, lead={key: value for key, value in candidate.lead.items() if key != name})
    for name in candidate.account:
        yield replace(candidate, account={key: value for key, value in candidate.account.items() if key != name})
    for i, event in enumerate(events):
        for name in event.attributes:
            less = replace(event, attributes={key: value for key, value in event.attributes.items() if key != name})
            yield replace(candidate, events=(*events[:i], less, *events[i + 1 :]))
