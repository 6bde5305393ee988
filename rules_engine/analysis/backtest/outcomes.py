"""Which outcomes of the data count as won, lost and opportunity, and when each lead had its first of each.

Takes the outcome rows as read; gives `Outcomes`. Names are those of data.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rules_engine.analysis.backtest.faults import BacktestError
from rules_engine.batch.sources.mapping import Mapping
from rules_engine.diagnostics.nearest import did_you_mean
from rules_engine.records import dataclass


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcome rows with a meaning: lead_id, kind (won, lost, opportunity), at (null where none is given).

    `repeats`: an outcome before a cut decides nothing, since it can come again.
    """

    rows: pl.DataFrame
    won: tuple[str, ...]
    lost: tuple[str, ...]
    opportunity: tuple[str, ...]
    repeats: bool

    @property
    def timed(self) -> bool:
        """Whether any outcome has a time."""
        return self.rows["at"].null_count() < self.rows.height

    def first(self, kinds: Sequence[str], after: int | None = None, until: int | None = None) -> pl.DataFrame:
        """Per lead the first outcome among `kinds` in (after, until]: lead_id, kind, at. Of equals the won one."""
        rows = self.rows.filter(pl.col("kind").is_in(list(kinds)))
        if after is not None:
            rows = rows.filter(pl.col("at") > after)
        if until is not None:
            rows = rows.filter(pl.col("at") <= until)
        ranks = {"won": 0, "lost": 1, "opportunity": 2}
        order = pl.col("kind").replace_strict(ranks, return_dtype=pl.Int8)
        return rows.sort("at", order, nulls_last=True, maintain_order=True).unique(
            "lead_id", keep="first", maintain_order=True
        )


def read_outcomes(
    rows: pl.DataFrame, mapping: Mapping, *, won: Sequence[str], lost: Sequence[str], opportunity: Sequence[str]
) -> Outcomes:
    """Gives the outcome rows their meaning.

    Names not given are `won`, `lost` and `opportunity`; a data set with one outcome of another name has that as won.
    Raises `BacktestError` where there are no outcomes, a name is not among them, or none of them is won.
    """
    if rows.height == 0:
        where = "has no outcomes: block" if not mapping.outcomes else "gives no outcomes"
        raise BacktestError(
            f"{mapping.file} {where}, so there is nothing to compare with. Name the file of won and lost leads there; "
            "docs/data-files.md shows how."
        )
    names = sorted(rows["outcome"].unique().to_list())
    for option, given in (("--won", won), ("--lost", lost), ("--opportunity", opportunity)):
        for name in given:
            if name not in names:
                raise BacktestError(
                    f"{option} {name}: the data has no such outcome{_said(name, names)} It has {', '.join(names)}."
                )
    chosen = {"won": list(won), "lost": list(lost), "opportunity": list(opportunity)}
    taken = {name for given in chosen.values() for name in given}
    for kind, given in chosen.items():
        if not given and kind in names and kind not in taken:
            chosen[kind] = [kind]
    if not chosen["won"] and len(names) == 1:
        chosen["won"] = names
    if not chosen["won"]:
        raise BacktestError(f"which outcome is a win? The data has {', '.join(names)}; say it with --won NAME.")
    meaning = {name: kind for kind, given in chosen.items() for name in given}
    twice = [name for name in meaning if sum(name in given for given in chosen.values()) > 1]
    if twice:
        raise BacktestError(f"the outcome {twice[0]} is named for two kinds; an outcome has one meaning.")
    kept = rows.filter(pl.col("outcome").is_in(list(meaning)))
    kind_of = pl.col("outcome").replace_strict(meaning, return_dtype=pl.String).alias("kind")
    return Outcomes(
        rows=kept.select("lead_id", kind_of, "at"),
        won=tuple(chosen["won"]),
        lost=tuple(chosen["lost"]),
        opportunity=tuple(chosen["opportunity"]),
        repeats=any(table.repeats for table in mapping.outcomes),
    )


def _said(name: str, names: Sequence[str]) -> str:
    hint = did_you_mean(name, tuple(names))
    return f".{hint}" if hint else "."
