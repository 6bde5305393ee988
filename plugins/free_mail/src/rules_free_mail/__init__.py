"""Free and disposable mail: functions for conditions, over lists that come with the package."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rules_engine.hooks import Functions, hookimpl

if TYPE_CHECKING:
    import polars as pl

plugin_name = "free_mail"
__version__ = "1.0.0"

functions = Functions()


@cache
def domains(name: str) -> frozenset[str]:
    """The domains of a list, `free.txt` or `disposable.txt`: one a line, `#` begins a comment."""
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return frozenset(line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#"))


def domain_of(address: str) -> str | None:
    """What stands after the last @ in small letters, or the whole text where there is none; None for no domain."""
    before, at, domain = address.strip().lower().rpartition("@")
    domain = domain.rstrip(".")
    if (at and not before) or "." not in domain or " " in domain:
        return None
    return domain


def _is_in(domain: str, name: str) -> bool:
    """Whether a list has the domain or one that it belongs to: mail.example.com belongs to example.com."""
    parts = domain.split(".")
    return any(".".join(parts[at:]) in domains(name) for at in range(len(parts) - 1))


def _columns(name: str) -> Callable[[pl.Expr], pl.Expr]:
    """The same over a column of addresses, as a Polars expression."""

    def contains(address: pl.Expr) -> pl.Expr:
        import polars as pl

        text = address.str.strip_chars().str.to_lowercase()
        domain = text.str.replace(r"(?s)^.*@", "").str.strip_chars_end(".")
        usable = ~text.str.contains("^@[^@]*$")
        usable &= domain.str.contains(".", literal=True) & ~domain.str.contains(" ", literal=True)
        parts = domain.str.split(".")
        known = pl.Series(sorted(domains(name))).implode()
        ends = [parts.list.tail(size).list.join(".").is_in(known) for size in range(2, 6)]
        return pl.when(usable).then(pl.any_horizontal(ends))

    return contains


@functions.function(
    "is_free_mail(address: string) -> boolean",
    columns=_columns("free.txt"),
    doc="Whether an address, or a domain, is of a mail service that gives addresses to anybody, such as gmail.com; "
    "null if it is neither.",
    examples={
        'is_free_mail("Ann@Gmail.com")': "true",
        'is_free_mail("ann@example.com")': "false",
        'is_free_mail("ann")': "null",
    },
)
def is_free_mail(address: str) -> bool | None:
    domain = domain_of(address)
    return None if domain is None else _is_in(domain, "free.txt")


@functions.function(
    "is_disposable_mail(address: string) -> boolean",
    columns=_columns("disposable.txt"),
    doc="Whether an address, or a domain, is of a service for addresses that are thrown away after use; "
    "null if it is neither.",
    examples={
        'is_disposable_mail("x@mailinator.com")': "true",
        'is_disposable_mail("x@team.mailinator.com")': "true",
        'is_disposable_mail("ann@example.com")': "false",
    },
)
def is_disposable_mail(address: str) -> bool | None:
    domain = domain_of(address)
    return None if domain is None else _is_in(domain, "disposable.txt")


@functions.function(
    "mail_kind(address: string) -> string",
    doc='"disposable", "free", or else "company"; null for what is no address.',
    examples={
        'mail_kind("ann@web.de")': '"free"',
        'mail_kind("x@yopmail.com")': '"disposable"',
        'mail_kind("ann@example.com")': '"company"',
    },
)
def mail_kind(address: str) -> str | None:
    domain = domain_of(address)
    if domain is None:
        return None
    if _is_in(domain, "disposable.txt"):
        return "disposable"
    return "free" if _is_in(domain, "free.txt") else "company"


@hookimpl
def rules_functions() -> Functions:
    return functions
