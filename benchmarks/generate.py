"""`python -m benchmarks.generate --leads N --events M --out DIR`: leads, accounts and an event log, as Parquet.

Invented, and the same bytes for the same arguments and library versions. Events per lead follow Zipf's law
(Zipf-Mandelbrot: the lead of rank r gets a share of 1 / (r + 100), so that at ten a lead nearly half of the leads
have none and a few have thousands). They come in visits over two years, eight types, about 500 pages. The log is in
the order of arrival: leads lie mixed as in any log, and some events arrive late. Texts are dictionary-encoded. It is
written in chunks of a million events, so memory does not grow with M.
"""

from __future__ import annotations

import argparse
import math
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import company
from benchmarks.measure import whole

START = int(datetime(2024, 9, 1, tzinfo=UTC).timestamp()) * 1_000_000
END = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp()) * 1_000_000
CHUNK = 1_000_000  # events, or leads, made at a time
ROW_GROUP = 250_000
LEADS_PER_ACCOUNT = 8
EVENTS_PER_VISIT = 3.5
OFFSET = 100.0  # of Zipf-Mandelbrot: keeps the first lead from having a tenth of all events
SECOND, HOUR = 1_000_000, 3_600_000_000
DATA_YAML = Path(__file__).parent / "population" / "data.yaml"

Rng = np.random.Generator


def zipf_ranks(rng: Rng, size: int, count: int, offset: float) -> np.ndarray:
    """`size` ranks in [0, count), rank r with a share of about 1 / (r + offset)."""
    drawn = offset * np.exp(rng.random(size) * math.log((count + offset) / offset)) - offset
    return np.minimum(drawn.astype(np.int64), count - 1)


def scattered(ranks: np.ndarray, count: int) -> np.ndarray:
    """Ranks to lead numbers in no order: a permutation of [0, count) that needs no memory."""
    factor = 2_654_435_761 % count or 1
    while math.gcd(factor, count) != 1:
        factor += 1
    return (ranks * factor + count // 3) % count


def coded(codes: np.ndarray, texts: Sequence[str], missing: np.ndarray | None = None) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=missing), pa.array(texts))


def popular(rng: Rng, size: int, texts: Sequence[str]) -> np.ndarray:
    """Codes of texts, the earlier ones oftener."""
    return zipf_ranks(rng, size, len(texts), 4.0)


def lead_ids(numbers: np.ndarray, as_text: bool) -> pa.Array:
    ids = pa.array(numbers + 1)
    return pc.binary_join_element_wise("L", pc.utf8_lpad(pc.cast(ids, pa.string()), 9, "0"), "") if as_text else ids


def visits(rng: Rng, size: int, leads: int, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """`size` events as visits that begin in [start, end): lead numbers and instants, in the order of arrival."""
    count = int(size / EVENTS_PER_VISIT * 1.05) + 20
    lengths = rng.geometric(1 / EVENTS_PER_VISIT, count)
    while lengths.sum() < size:
        lengths = np.concatenate([lengths, rng.geometric(1 / EVENTS_PER_VISIT, 20)])
    count = len(lengths)
    visitor = scattered(zipf_ranks(rng, count, leads, OFFSET), leads)
    begins = rng.integers(start, end, count)
    gaps = rng.exponential(90 * SECOND, lengths.sum())
    since = np.cumsum(gaps)
    firsts = np.cumsum(lengths) - lengths
    since -= np.repeat(since[firsts], lengths)
    at = np.minimum(np.repeat(begins, lengths) + since.astype(np.int64), END - 1)[:size]
    lead = np.repeat(visitor, lengths)[:size]
    late = np.where(rng.random(size) < 0.01, rng.exponential(6 * HOUR, size), rng.exponential(20 * SECOND, size))
    order = np.argsort(at + late.astype(np.int64), kind="stable")
    return lead[order], at[order]


def events_chunk(
    rng: Rng, size: int, leads: int, start: int, end: int, first_id: int, *, text_ids: bool, event_ids: bool
) -> pa.Table:
    lead, at = visits(rng, size, leads, start, end)
    names = list(company.EVENT_TYPES)
    shares = np.cumsum(list(company.EVENT_TYPES.values()))
    kind = np.minimum(np.searchsorted(shares, rng.random(size)), len(names) - 1)

    def only(*kinds: str) -> np.ndarray:
        """Rows that lack the attribute: those of other types, and one in 200 of these."""
        return ~np.isin(kind, [names.index(name) for name in kinds]) | (rng.random(size) < 0.005)

    def texts(choice: Sequence[str], *kinds: str) -> pa.DictionaryArray:
        return coded(popular(rng, size, choice), choice, only(*kinds))

    length = 60.0 * rng.integers(1, 46, size)
    no_video = only("video")
    columns: dict[str, pa.Array] = {
        "lead_id": lead_ids(lead, text_ids),
        "at": pa.array(at, pa.timestamp("us", "UTC")),
        "type": coded(kind, names),
        "path": texts(company.pages(), "page_view"),
        "campaign": texts(company.CAMPAIGNS, "email_open", "email_click"),
        "asset": texts(company.ASSETS, "download"),
        "video": coded(popular(rng, size, company.VIDEOS), company.VIDEOS, no_video),
        "watched": pa.array(np.floor(length * rng.random(size)), mask=no_video),
        "length": pa.array(length, mask=no_video),
        "topic": texts(company.TOPICS, "webinar"),
        "minutes": pa.array(rng.integers(1, 61, size).astype(np.float64), mask=only("webinar")),
        "seats": pa.array(rng.integers(1, 201, size).astype(np.float64), mask=only("demo_request")),
        "outcome": texts(company.OUTCOMES, "meeting"),
    }
    if event_ids:
        columns["event_id"] = pa.array(np.arange(first_id, first_id + size))
    return pa.table(columns)


def leads_chunk(rng: Rng, first: int, size: int, accounts: int, *, text_ids: bool) -> pa.Table:
    number = np.arange(first, first + size)
    account = rng.integers(0, accounts, size)
    own = pc.binary_join_element_wise("c", pc.cast(pa.array(account + 1), pa.string()), ".example", "")
    others = (*company.FREE_MAIL, *company.RIVALS)
    other = pa.array(others).take(pa.array(np.minimum(popular(rng, size, others), len(others) - 1)))
    domain = pc.if_else(pa.array(rng.random(size) < 0.75), own, other)
    local = pc.binary_join_element_wise("p", pc.cast(pa.array(number + 1), pa.string()), "")
    email = pc.binary_join_element_wise(local, domain, "@")
    return pa.table(
        {
            "lead_id": lead_ids(number, text_ids),
            "account_id": pa.array(account + 1, mask=rng.random(size) < 0.1),
            "title": coded(rng.integers(0, len(company.TITLES), size), company.TITLES, rng.random(size) < 0.15),
            "email": pc.if_else(pa.array(rng.random(size) < 0.97), email, pa.scalar(None, pa.string())),
            "country": coded(popular(rng, size, company.COUNTRIES), company.COUNTRIES, rng.random(size) < 0.05),
            "status": coded(np.searchsorted([0.7, 0.92, 1.0], rng.random(size)), ("open", "working", "customer")),
            "nps": pa.array(rng.integers(0, 11, size).astype(np.float64), mask=rng.random(size) < 0.8),
            "opted_out": pa.array(rng.random(size) < 0.05),
        }
    )


def accounts_chunk(rng: Rng, first: int, size: int) -> pa.Table:
    employees = np.floor(np.exp(rng.normal(4.0, 1.6, size))) + 1
    return pa.table(
        {
            "account_id": pa.array(np.arange(first, first + size) + 1),
            "employees": pa.array(employees, mask=rng.random(size) < 0.1),
            "industry": coded(popular(rng, size, company.INDUSTRIES), company.INDUSTRIES, rng.random(size) < 0.1),
        }
    )


def chunks(total: int) -> list[tuple[int, int]]:
    """(first, size) of each chunk."""
    return [(first, min(CHUNK, total - first)) for first in range(0, total, CHUNK)]


def write(path: Path, tables: Iterable[pa.Table]) -> None:
    """Tables one after the other into one file. The types of Arrow are not stored: readers see plain texts."""
    writer: pq.ParquetWriter | None = None
    for table in tables:
        if writer is None:
            texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
            writer = pq.ParquetWriter(
                path, table.schema, compression="zstd", compression_level=1, use_dictionary=texts, store_schema=False
            )
        writer.write_table(table, row_group_size=ROW_GROUP)
    if writer is not None:
        writer.close()


def generate(
    out: Path, leads: int, events: int, *, seed: int = 1, text_ids: bool = False, event_ids: bool = False
) -> None:
    """Write `leads.parquet`, `accounts.parquet`, `events.parquet` and their `data.yaml` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    accounts = max(1, leads // LEADS_PER_ACCOUNT)

    def rng(table: int, first: int) -> Rng:
        return np.random.default_rng([seed, table, first])

    write(out / "accounts.parquet", (accounts_chunk(rng(0, first), first, size) for first, size in chunks(accounts)))
    write(
        out / "leads.parquet",
        (leads_chunk(rng(1, first), first, size, accounts, text_ids=text_ids) for first, size in chunks(leads)),
    )

    def instant(first: int) -> int:
        return START + (END - START) * first // events

    write(
        out / "events.parquet",
        (
            events_chunk(
                rng(2, first),
                size,
                leads,
                instant(first),
                instant(first + size),
                first + 1,
                text_ids=text_ids,
                event_ids=event_ids,
            )
            for first, size in chunks(events)
        ),
    )
    shutil.copyfile(DATA_YAML, out / "data.yaml")
    if event_ids:
        (out / "data.yaml").write_text(DATA_YAML.read_text("utf-8").replace("  at: at\n", "  at: at\n  id: event_id\n"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=whole, required=True, help="such as 1e6")
    parser.add_argument("--leads", type=whole, help="default: a tenth of the events")
    parser.add_argument("--out", type=Path, required=True, help="folder for the three tables and their data.yaml")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lead-ids", choices=["number", "text"], default="number")
    parser.add_argument("--event-ids", action="store_true", help="give each event an id of its own")
    given = parser.parse_args()
    leads = given.leads or max(1, given.events // 10)
    text_ids = given.lead_ids == "text"
    generate(given.out, leads, given.events, seed=given.seed, text_ids=text_ids, event_ids=given.event_ids)


if __name__ == "__main__":
    main()
