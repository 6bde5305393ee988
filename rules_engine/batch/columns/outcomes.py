"""How rules did: fired, not fired, unknown, for each lead or for all together."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from rules_engine.batch.columns.conditions import FALSE, TRUE, UNKNOWN
from rules_engine.batch.columns.match import MatchedColumns
from rules_engine.batch.columns.prepare import ColumnModel
from rules_engine.batch.fold.folded import Folded
from rules_engine.batch.fold.frames import chosen
from rules_engine.batch.fold.tallies import effects
from rules_engine.model.types import Penalty

Integers = NDArray[np.int64]


def rule_counts(model: ColumnModel, matched: MatchedColumns) -> pl.DataFrame:
    """Per rule and penalty, over all scored leads: score, rule, kind, fired, not_fired, unknown."""
    counts = _item_counts(model, matched, per_lead=False)
    scored, everyone = matched.scored, int(np.count_nonzero(matched.scored))
    rows = []
    for score, rule, kind, item, standing in _rules(model):
        if standing is None:
            fired, not_fired, unknown = counts[0, item].tolist()
        else:
            outcome = matched.standing[standing].outcome
            fired, unknown = (int(np.count_nonzero((outcome == one) & scored)) for one in (TRUE, UNKNOWN))
            not_fired = everyone - fired - unknown
        rows.append((score, rule, kind, fired, not_fired, unknown))
    count = pl.Int64
    schema = {"score": pl.String, "rule": pl.String, "kind": pl.String}
    return pl.DataFrame(rows, schema=schema | {"fired": count, "not_fired": count, "unknown": count}, orient="row")


def rules_frame(model: ColumnModel, matched: MatchedColumns, folded: Folded, lead_ids: pl.Series) -> pl.DataFrame:
    """The table of rules: for each scored lead its rules and penalties, score by score, in file order."""
    if folded.ledger is None:
        raise AssertionError("what rules changed is summed over the ledger")
    counts = _item_counts(model, matched, per_lead=True)
    changed = effects(folded.ledger, counts.shape[1])
    rules = _rules(model)
    leads = np.flatnonzero(matched.scored)
    numbers = np.zeros((len(leads), len(rules), 4), dtype=np.int64)
    for n, (_, _, _, item, standing) in enumerate(rules):
        if standing is None:
            numbers[:, n, :3] = counts[leads, item]
            numbers[:, n, 3] = changed[leads, item]
        else:
            run = matched.standing[standing]
            for place, one in enumerate((TRUE, FALSE, UNKNOWN)):
                numbers[:, n, place] = run.outcome[leads] == one
            numbers[:, n, 3] = run.amount[leads]
    flat = numbers.reshape(-1, 4)
    which = np.tile(np.arange(len(rules)), len(leads))
    outcome = np.where(flat[:, 0] > 0, 0, np.where(flat[:, 2] > 0, 2, 1))
    return pl.DataFrame(
        {
            "lead_id": lead_ids.gather(np.repeat(leads, len(rules))),
            "score": chosen([rule[0] for rule in rules], which),
            "rule": chosen([rule[1] for rule in rules], which),
            "kind": chosen([rule[2] for rule in rules], which),
            "outcome": chosen(["fired", "not_fired", "unknown"], outcome),
            "fired": flat[:, 0],
            "not_fired": flat[:, 1],
            "unknown": flat[:, 2],
            "effective": flat[:, 3],
        }
    )


def _rules(model: ColumnModel) -> list[tuple[str, str, str, int, int | None]]:
    """Score, rule, kind, item, standing rule (or None) of all rules and penalties, in file order."""
    numbering = model.prepared.numbering
    items = {
        (numbering.item_score[i], item.name): (i, "penalty" if isinstance(item, Penalty) else "event")
        for i, item in enumerate(numbering.items)
    }
    standing = {(rule.prepared.score, rule.prepared.rule.name): r for r, rule in enumerate(model.standing)}
    found: list[tuple[str, str, str, int, int | None]] = []
    for s, score in enumerate(numbering.scores):
        for name in [*score.rule_order, *(penalty.name for penalty in score.penalties)]:
            if (s, name) in standing:
                found.append((score.name, name, "standing", -1, standing[s, name]))
            else:
                item, kind = items[s, name]
                found.append((score.name, name, kind, item, None))
    return found


def _item_counts(model: ColumnModel, matched: MatchedColumns, *, per_lead: bool) -> Integers:
    """[leads or 1, items, fired/not_fired/unknown]. An item is asked at every event of its types, or when reached."""
    slots, kinds, items = matched.slots, len(model.types), len(model.prepared.numbering.items)
    leads = len(matched.scored) if per_lead else 1
    if per_lead:
        owner = np.repeat(np.arange(leads), np.diff(slots.first))
        seen = np.bincount(owner * kinds + slots.kind, minlength=leads * kinds).reshape(leads, kinds)
    else:
        seen = np.array([[len(slots.of_type(k).slots) for k in range(kinds)]])
    counts = matched.counts if per_lead else matched.counts.sum(axis=0, keepdims=True)
    fired, unknown, reached = counts[:, :, 0], counts[:, :, 1], counts[:, :, 2]
    asked = np.zeros((leads, items), dtype=np.int64)
    for k, kind in enumerate(model.types):
        for item in kind.items:
            if item.prepared.reaches is None:
                asked[:, item.prepared.index] += seen[:, k]
    asked += reached
    return np.stack([fired, asked - fired - unknown, unknown], axis=2)
