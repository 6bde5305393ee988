"""Column forms of functions on texts whose scalar form is plain Python: by Polars where it surely agrees.

Printable ASCII without blanks is where Polars and Python agree about trimming and small letters; any other text goes
through the scalar itself.
"""

from __future__ import annotations

import polars as pl

from rules_engine.feel.builtins.extensions import email_domain as scalar


def email_domain(address: pl.Expr) -> pl.Expr:
    """`email domain(s)` of a column."""
    return address.map_batches(_email_domains, return_dtype=pl.String)


# printable ASCII, one @ with something on both sides, behind it nothing to cut off and nothing to make small
_USUAL = r"^[!-?A-~]+@[!-=?\[-~]*[!-\-/-=?\[-~]$"


def _email_domains(addresses: pl.Series) -> pl.Series:
    domain = addresses.str.slice(addresses.str.find("@", literal=True) + 1)
    rows = (~addresses.str.contains(_USUAL)).arg_true()
    return domain.scatter(rows, _unusual(addresses.gather(rows))) if len(rows) else domain


def _unusual(addresses: pl.Series) -> pl.Series:
    parts = addresses.str.splitn("@", 2).struct
    domain = parts.field("field_1")
    other = addresses.str.contains("[^!-~]") | domain.str.contains("@", literal=True)  # null where there is no @
    domain = domain.str.strip_chars_end(">").str.strip_chars_end(".").str.to_lowercase()
    domain = domain.set((domain == "") | (parts.field("field_0") == ""), None)
    if other.any():
        rows = other.arg_true()
        found = [scalar(text) for text in addresses.gather(rows).to_list()]
        domain = domain.scatter(rows, pl.Series([v if isinstance(v, str) else None for v in found], dtype=pl.String))
    return domain
