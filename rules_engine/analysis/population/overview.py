"""Everything that `rules report` tells about a scored population, as one frozen value.

One pass over the data gives the tables; each part of the report is read off them by a module of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rules_engine.analysis.population.accounts import Accounts, account_overview
from rules_engine.analysis.population.contributions import ScoreContributions, contributions
from rules_engine.analysis.population.distribution import Distribution, distributions
from rules_engine.analysis.population.moves import Moves, band_moves, first_events
from rules_engine.analysis.population.quality import Quality, data_quality
from rules_engine.analysis.population.segments import SegmentLeads, run_with_segments
from rules_engine.analysis.population.stages import Stages, find_stages
from rules_engine.analysis.population.timeline import LeadTimeline, timeline
from rules_engine.analysis.versions.parts import Part, parts_of
from rules_engine.batch.population import Population
from rules_engine.batch.score import Batch
from rules_engine.model.types import Model
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class PopulationReport:
    """A population as of one moment. `events` counts those up to it; `gates` the leads that each gate holds."""

    model: Model
    summary: Population
    events: int
    gates: Mapping[str, int]
    distributions: tuple[Distribution, ...]
    stages: Stages | None
    moves: tuple[Moves, ...]
    contributions: tuple[ScoreContributions, ...]
    segments: tuple[SegmentLeads, ...]
    accounts: Accounts | None
    timelines: tuple[LeadTimeline, ...]
    quality: Quality
    sheet: tuple[Part, ...]


def describe_population(
    batch: Batch, *, by: str, top: int, weeks: int, advance: Callable[[int], None] = lambda _: None
) -> PopulationReport:
    """Scores all leads and reads everything off. `by` ranks the `top` leads; `weeks` is how far back the moves go."""
    model = batch.model
    tables, segments = run_with_segments(batch, ledger=True, transitions=True, rules=True, advance=advance)
    summary = batch.summary(tables, by=by, top=top)
    lines = (timeline(batch, str(row["lead_id"]), by) for row in summary.ranked)
    held = tables.scores.select("gates").explode("gates").drop_nulls().group_by("gates").len()
    gates = dict(held.iter_rows())
    return PopulationReport(
        model=model,
        summary=summary,
        events=sum(int((frame["at"] <= batch.as_of).sum()) for frame in batch.data.by_type.values()),
        gates={name: gates.get(name, 0) for name in model.gates},
        distributions=distributions(model, tables.scores),
        stages=find_stages(model, tables) if model.stages else None,
        moves=band_moves(batch, tables, weeks),
        contributions=contributions(model, tables),
        segments=segments,
        accounts=account_overview(model, tables.accounts, top),
        timelines=tuple(line for line in lines if line is not None),
        quality=data_quality(batch, first_events(batch).height),
        sheet=tuple(parts_of(model)),
    )
