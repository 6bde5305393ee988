"""Nothing but reading the columns that the model needs: `python -m benchmarks.rivals.floor DATA OUT [--pyarrow]`.

The events row group by row group, as every tool here can, so that memory stays small. OUT is not written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.rivals import READ


def by_pyarrow(data: Path) -> int:
    import pyarrow.parquet as pq

    rows = 0
    for table, columns in READ.items():
        texts = [c for c in columns if c in ("type", "path", "campaign", "asset", "topic", "outcome")]
        file = pq.ParquetFile(data / f"{table}.parquet", read_dictionary=texts)
        for group in range(file.num_row_groups):
            rows += file.read_row_group(group, columns=columns).num_rows
    return rows


def by_polars(data: Path) -> int:
    import polars as pl

    rows = 0
    for table, columns in READ.items():
        for batch in pl.scan_parquet(data / f"{table}.parquet").select(columns).collect_batches():
            rows += batch.height
    return rows


if __name__ == "__main__":
    print((by_pyarrow if "--pyarrow" in sys.argv else by_polars)(Path(sys.argv[1])), "rows")
