"""What the data of a population lacks: rows that could not be used, values read as missing, events nobody declared."""

from __future__ import annotations

from collections.abc import Mapping

from rules_engine.batch.score import Batch
from rules_engine.records import dataclass

LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: `where` is a block ("events") or a field ("lead.country"), `example` its first place.

    What is left out because the mapping says so is listed beside the problems, and is none.
    """

    kind: str
    where: str
    reason: str
    count: int
    example: str | None


@dataclass(frozen=True, slots=True)
class FieldFilled:
    """How many leads (or accounts) have a value of a declared field."""

    name: str
    filled: int
    of: int


@dataclass(frozen=True, slots=True)
class Quality:
    """`rows` read per block of the mapping; `findings` are warnings about the mapping as a whole."""

    rows: Mapping[str, int]
    problems: tuple[Problem, ...]
    findings: tuple[str, ...]
    fields: tuple[FieldFilled, ...]
    leads_without_events: int

    @property
    def unusable(self) -> int:
        """Rows, values and events that could not be used."""
        return sum(problem.count for problem in self.problems if problem.kind != LEFT_OUT)


def data_quality(batch: Batch, leads_with_events: int) -> Quality:
    """What reading the data counted."""
    counts, data = batch.data.counts, batch.data
    problems = [
        Problem("rejected", block, reason, count, counts.first.get((block, reason)))
        for (block, reason), count in counts.rejected.items()
    ]
    problems += [
        Problem("read as missing", place, reason, count, counts.first.get((place, reason)))
        for (place, reason), count in counts.missing.items()
    ]
    problems += [
        Problem("ignored", f"events of type {name}", "the model does not declare it", count, None)
        for name, count in counts.ignored_events.items()
    ]
    problems += [
        Problem(LEFT_OUT, block, "as the mapping says", count, None) for block, count in counts.left_out.items()
    ]
    problems.sort(key=lambda problem: (-problem.count, problem.kind, problem.where, problem.reason))
    fields = []
    for root, frame, declared in (
        ("lead", data.leads, batch.model.lead_fields),
        ("account", data.accounts, batch.model.account_fields),
    ):
        for name in declared:
            if name in frame.columns and frame.height:
                fields.append(FieldFilled(f"{root}.{name}", frame.height - frame[name].null_count(), frame.height))
    return Quality(
        dict(counts.rows),
        tuple(problems),
        tuple(finding.message for finding in data.findings),
        tuple(fields),
        batch.lead_count - leads_with_events,
    )
