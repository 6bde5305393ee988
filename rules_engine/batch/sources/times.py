"""Text and numbers -> instants in integer microseconds UTC, whole columns at a time.

Takes a column of text, the formats it may be in and the zone of times that name none; gives a column in which what
cannot be read is null. Local times go through `zoneinfo`, as everywhere in the engine, so that a table and one lead
scored in-process agree: an ambiguous time is the earlier instant, a skipped one is moved forward by the gap.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from rules_engine.batch.sources.zones import known_zone
from rules_engine.feel.values.zones import zone_of

DAY = 86_400_000_000
EPOCH_UNITS = {"epoch s": 1_000_000, "epoch ms": 1_000, "epoch us": 1}
EPOCH_NS = "epoch ns"
EXCEL_DAYS = "excel days"
WORDS = ("iso", *EPOCH_UNITS, EPOCH_NS, EXCEL_DAYS)  # formats that are no patterns
# Instants outside these years are slips of the pen: milliseconds read as seconds, a year of two digits.
EARLIEST = -2_208_988_800_000_000  # 1900-01-01
LATEST = 7_258_118_400_000_000  # 2200-01-01

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a local clock time, not an instant
_EXCEL_1970 = 25_569  # the number of 1970-01-01
_EXCEL_FIRST, _EXCEL_END = 61, 2_958_466  # 1 March 1900 and the day after 9999
_BUCKET = 900_000_000  # offsets of zones change on quarter hours, at least since 1972
_ISO = (
    r"^(?<date>\d{4}-\d{1,2}-\d{1,2})"  # 2026-09-01, 2026-9-1
    r"(?:[Tt ]+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?)?"  # 4:30:42.127
    r"\s*(?<zone>[Zz]|[+-]\d{2}(?::?\d{2})?|\[?[A-Za-z][A-Za-z0-9_+/-]+\]?)?$"  # Z, +02:00, UTC, Europe/Paris
)
# The commonest of these, which one text is taken for the shape of all; groups as there, of which some may be empty.
_SHAPE = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
    r"[.]?(?P<fraction>(?<=[.])[0-9]{1,9}|(?<![.]))(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_CUT = ("date", "hour", "minute", "second", "fraction")


def instants(text: pl.Series, formats: tuple[str, ...], timezone: str) -> pl.Series:
    """`text` (String, trimmed) as Int64 microseconds UTC by the first format that reads each value; () is ISO."""
    result = _read(text, (formats or ("iso",))[0], timezone)
    for form in formats[1:]:
        if result.null_count() == text.null_count():
            break
        result = result.fill_null(_read(text, form, timezone))
    return result.alias(text.name)


def dates(text: pl.Series, formats: tuple[str, ...], timezone: str) -> pl.Series:
    """`text` as dates. A time with an offset gives the day it was in `timezone`; one without, the day written."""
    plain = text.str.to_date("%Y-%m-%d", strict=False)
    if plain.null_count() == text.null_count() and not formats:
        return plain
    found = instants(text, formats, timezone)
    return pl.Series(text.name, local_clock(found, timezone)).cast(pl.Datetime("us")).dt.date()


def in_range(instant: pl.Series) -> pl.Series:
    """True where the instant lies in the years 1900 to 2199."""
    return (instant >= EARLIEST) & (instant < LATEST)


def all_in_range(instants: pl.Series) -> bool:
    """Whether all instants lie there; none is null."""
    first, last = instants.min(), instants.max()
    return not len(instants) or (
        isinstance(first, int) and first >= EARLIEST and isinstance(last, int) and last < LATEST
    )


def _read(text: pl.Series, form: str, timezone: str) -> pl.Series:
    if form == "iso":
        return _iso(text, timezone)
    if form in EPOCH_UNITS:
        return _epoch(text, EPOCH_UNITS[form])
    if form == EPOCH_NS:
        return _epoch(text, 1) // 1_000  # digits beyond microseconds are cut, as in ISO 8601
    if form == EXCEL_DAYS:
        return _excel(text, timezone)
    return _pattern(text, form, timezone)


def _epoch(text: pl.Series, unit: int) -> pl.Series:
    """Whole numbers exactly, fractions ("1596182400.123") to the microsecond."""
    whole = text.str.replace(r"\.0+$", "").str.to_integer(strict=False, dtype=pl.Int64)
    limit = 9_000_000_000_000_000_000 // unit
    exact = whole.set(whole.is_null() | (whole.abs() > limit), None) * unit
    if exact.null_count() == text.null_count():
        return exact
    double = text.cast(pl.Float64, strict=False) * unit
    double = double.set(~(double.abs() < 9e18).fill_null(False), None)
    return exact.fill_null(double.round(0, mode="half_to_even").cast(pl.Int64))


def _excel(text: pl.Series, timezone: str) -> pl.Series:
    """Days since 1899-12-30 on the clock, as a spreadsheet keeps a time and writes it in a cell of numbers.

    Excel counts a 29 February 1900, so that its days before March are others than those of other programs, and are not
    read. Its fifteen digits tell milliseconds, to which it rounds as well.
    """
    days = text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    days = days.set(~days.is_between(_EXCEL_FIRST, _EXCEL_END, closed="left").fill_null(False), None)
    clock = (days * 86_400_000).round().cast(pl.Int64) * 1_000
    return to_utc(clock - _EXCEL_1970 * DAY, timezone)


def _pattern(text: pl.Series, form: str, timezone: str) -> pl.Series:
    """A strptime pattern. `%f` takes any number of digits, `%z` gives the offset."""
    spelled = form.replace(".%f", "%.f")
    read = text.str.to_datetime(spelled, strict=False, time_unit="us", exact=True)
    micros = read.dt.epoch("us")
    return micros if "%z" in form else to_utc(micros, timezone)


def _iso(text: pl.Series, timezone: str) -> pl.Series:
    found = text.to_frame("text")
    parts = _of_one_shape(text)
    if parts is None:
        found = text.str.extract_groups(_ISO).struct.unnest()
        parts = {name: pl.col(name) for name in (*_CUT, "zone")}
    hour, minute, second = (parts[name].cast(pl.Int64).fill_null(0) for name in ("hour", "minute", "second"))
    fraction = parts["fraction"].str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
    clock = hour * 3_600_000_000 + minute * 60_000_000 + second * 1_000_000 + fraction
    fits = (hour < 24) & (minute < 60) & (second < 60)
    days = parts["date"].str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Int64)
    local = pl.when(fits).then(days * DAY + clock)
    # All at once: small files pay for each step.
    read = found.select(local=local, zone=parts["zone"].str.strip_chars("[]"))
    return _shift(read["local"], read["zone"], timezone)


def _of_one_shape(text: pl.Series) -> dict[str, pl.Expr] | None:
    """The groups of `_ISO` where all texts look like the first one, in the same zone; a quarter of the work."""
    first = next(iter(text.head(1).drop_nulls()), "")
    shape = _SHAPE.fullmatch(first)
    if shape is None:
        return None
    alike = re.sub("[0-9]", "[0-9]", re.escape(first[: shape.end("fraction")])) + re.escape(shape["zone"] or "")
    if not text.str.contains(f"^{alike}$").all():
        return None
    cut = {name: pl.col("text").str.slice(shape.start(name), len(shape[name])) for name in _CUT}
    return cut | {"zone": pl.repeat(shape["zone"], pl.len(), dtype=pl.String)}


def _shift(local: pl.Series, zone: pl.Series, timezone: str) -> pl.Series:
    """Local clock times with the zone each names (null: `timezone`) to UTC."""
    names = zone.unique().to_list()
    if len(names) < 2:
        return _moved(local, names[0] if names else None, timezone)
    result = pl.Series(local.name, [None], dtype=pl.Int64).new_from_index(0, len(local))
    for name in names:
        here = zone.is_null() if name is None else zone == name
        result = result.scatter(here.arg_true(), _moved(local.filter(here), name, timezone))
    return result


def _moved(local: pl.Series, zone: str | None, timezone: str) -> pl.Series:
    """Local clock times in one zone to UTC; null where nobody knows it, which is reported as not a time."""
    if zone is None:
        return to_utc(local, timezone)
    offset = fixed_offset(zone)
    if offset is not None:
        return local - offset
    return (
        to_utc(local, zone)
        if known_zone(zone)
        else pl.Series(local.name, [None], dtype=pl.Int64).new_from_index(0, len(local))
    )


def fixed_offset(name: str) -> int | None:
    """Microseconds east of UTC of "Z", "UTC", "+02:00", "-0530"; None for other names."""
    if name.upper() in ("Z", "UTC", "GMT"):
        return 0
    if name[0] not in "+-":
        return None
    hours, minutes = int(name[1:3]), int(name[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    return (hours * 60 + minutes) * 60_000_000 * (-1 if name[0] == "-" else 1)


def to_utc(local: pl.Series, timezone: str) -> pl.Series:
    """Local clock times (microseconds since 1970-01-01 00:00 on that clock) to instants."""
    return local if timezone == "UTC" else local - _offsets(local, zone_of(timezone), is_local=True)


def local_clock(instant: pl.Series, timezone: str) -> pl.Series:
    """Instants to what the clock in `timezone` showed, as microseconds since 1970-01-01 00:00 on that clock."""
    return instant if timezone == "UTC" else instant + _offsets(instant, zone_of(timezone), is_local=False)


def _offsets(times: pl.Series, zone: ZoneInfo, *, is_local: bool) -> pl.Series:
    """Offset from UTC of each time, asked once per quarter hour that occurs."""
    usable = times.set(((times < EARLIEST - DAY) | (times > LATEST + DAY)).fill_null(False), None)
    moments = usable.fill_null(0).to_numpy()
    buckets, places = np.unique(moments // _BUCKET, return_inverse=True)
    known = np.empty(len(buckets), dtype=np.int64)
    mixed = np.zeros(len(buckets), dtype=bool)
    for i, bucket in enumerate((buckets * _BUCKET).tolist()):
        first = _offset(bucket, zone, is_local=is_local)
        known[i] = first
        mixed[i] = first != _offset(bucket + _BUCKET - 1, zone, is_local=is_local)
    offsets = known[places]
    for i in np.flatnonzero(mixed[places]).tolist():
        offsets[i] = _offset(int(moments[i]), zone, is_local=is_local)
    return pl.Series(times.name, offsets).set(usable.is_null(), None)


def _offset(moment: int, zone: ZoneInfo, *, is_local: bool) -> int:
    """`fold` 0 is what the language asks for: the earlier of two instants, and forward over a gap."""
    clock = _EPOCH + timedelta(microseconds=moment)
    aware = clock.replace(tzinfo=zone) if is_local else clock.replace(tzinfo=UTC).astimezone(zone)
    offset = aware.utcoffset() or timedelta()
    return (offset.days * 86_400 + offset.seconds) * 1_000_000 + offset.microseconds
