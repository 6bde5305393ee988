"""Readings and bands at many instants out of one pass."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.match import MatchedColumns
from rules_engine.batch.columns.prepare import ColumnModel
from rules_engine.batch.fold.folded import Folded
from rules_engine.batch.fold.frames import chosen, instants, reading_columns
from rules_engine.matching.prepared import Prepared

Integers = NDArray[np.int64]


def early_profiles(model: ColumnModel, matched: MatchedColumns, looks: Integers) -> Integers | None:
    """[L, K, S]: the profile parts of leads at instants before their first event; None where dates change nothing."""
    if not len(looks) or not any(rule.prepared.has_dates for rule in model.standing):
        return None
    profile = np.repeat(matched.marks.profile[:, None, :], len(looks), axis=1)
    begin = matched.marks.begin
    for rule, run in zip(model.standing, matched.standing, strict=True):
        starts, ends = rule.prepared.rule.starts, rule.prepared.rule.ends
        if starts is None and ends is None:
            continue
        at_begin = _inside(begin, starts, ends)
        for k, moment in enumerate(looks.tolist()):
            holds = bool(_inside(np.array([moment]), starts, ends)[0])
            was = np.where(at_begin, run.undated, 0)
            profile[:, k, rule.prepared.score] += (run.undated if holds else 0) - was
    return profile


def _inside(at: Integers, starts: int | None, ends: int | None) -> NDArray[np.bool_]:
    inside = np.ones(len(at), dtype=np.bool_)
    if starts is not None:
        inside &= at >= starts
    if ends is not None:
        inside &= at < ends
    return inside


def snapshots_frame(
    prepared: Prepared,
    folded: Folded,
    looks: Integers,
    lead_ids: pl.Series,
    has_value: NDArray[np.bool_],
    begin: Integers,
) -> pl.DataFrame:
    """lead_id, as_of, and per score its reading and band: instant by instant, leads in their order."""
    frames = []
    for k, moment in enumerate(looks.tolist()):
        columns = reading_columns(prepared, folded.readings[:, k], has_value)
        named: dict[str, pl.Series] = {}
        for s, score in enumerate(prepared.numbering.scores):
            named[score.name] = columns[score.name]
            if score.bands:
                starts = np.array([level.start or 0 for level in score.bands[1:]], dtype=np.int64)
                early = np.searchsorted(starts, folded.readings[:, k, s], side="right")
                band = np.where(begin > moment, early, _bands_at(folded, s, moment))
                names = [level.name for level in score.bands]
                named[f"{score.name}_band"] = chosen(names, band, has_value[:, s])
        head = {"lead_id": lead_ids, "as_of": instants(np.full(len(lead_ids), moment, dtype=np.int64))}
        frames.append(pl.DataFrame({**head, **named}))
    return pl.concat(frames)


def _bands_at(folded: Folded, s: int, moment: int) -> Integers:
    """The band of score s at an instant: that of the last change up to then, else the one before the first change."""
    moves = folded.moves
    if moves is None:
        raise AssertionError("bands at an instant follow from the changes of band")
    band = folded.band[:, s].copy()
    own = np.flatnonzero(moves.score == s)
    lead = np.repeat(np.arange(len(band)), np.diff(moves.first))[own]
    first = np.searchsorted(lead, np.arange(len(band)))
    some = np.flatnonzero(np.searchsorted(lead, np.arange(len(band)), side="right") > first)
    band[some] = moves.before[own[first[some]]]
    done = moves.at[own] <= moment
    band[lead[done]] = moves.after[own[done]]
    return band
