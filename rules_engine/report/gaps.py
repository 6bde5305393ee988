"""What `rules test --write-gaps` found, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules_engine.analysis.gaps.propose import Proposal

MOST_SHOWN = 10


def gap_lines(proposal: Proposal, file: str) -> list[str]:
    """How many cases were written and what they show; what no input was found for."""
    if not proposal.cases and not proposal.without:
        return ["gaps: none; the tests have seen everything"]
    count = f"{len(proposal.cases)} test{'s' if len(proposal.cases) != 1 else ''}"
    lines = []
    if proposal.cases:
        lines.append(f"gaps: {count} that show {len(proposal.covered)} of what was missing, written to {file}")
    for item in proposal.without[:MOST_SHOWN]:
        lines.append(f"  no input was found for: {item.kind} {item.name} ({item.span})")
    if len(proposal.without) > MOST_SHOWN:
        lines.append(f"  and for {len(proposal.without) - MOST_SHOWN} more")
    return lines
