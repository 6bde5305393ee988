"""Functions for scoring that the standard lacks: words in titles, domains of addresses, parts of URLs, bands."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

from rules_engine.feel.builtins.standard import extensions
from rules_engine.feel.builtins.totals import known_bands, no_missing_items
from rules_engine.feel.interpret.reasons import undefined
from rules_engine.feel.values import BandName

GROUP = "Scoring"

_WORD = re.compile(r"\w+")


_SHORT = 100  # characters: of texts up to here the words are remembered, as several rules often ask the same title


@lru_cache(maxsize=1024)
def _words(phrase: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(phrase.casefold()))


def _has_run(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether `wanted` stands in `words`, in order and without a gap."""
    size = len(wanted)
    if size == 1:
        return wanted[0] in words
    return size > 0 and any(words[at : at + size] == wanted for at in range(len(words) - size + 1))


@extensions.function(
    "has word(s: string, word: list<string>) -> boolean",
    group=GROUP,
    doc="Whether a text has the word, or one of several, as a whole word; capitals do not matter. "
    'A phrase ("vice president") is found as words in a row.',
    examples={
        'has word("VP of Sales", "vp")': "true",
        'has word("MVP program", "vp")': "false",
        'has word("Vice-President, EMEA", ["chief", "vice president"])': "true",
    },
    total=no_missing_items,
)
def has_word(text: str, wanted: list[object]) -> object:
    words = _words(text) if len(text) <= _SHORT else _words.__wrapped__(text)
    for word in wanted:
        if not isinstance(word, str):
            return undefined("the words are texts")
        if _has_run(words, _words(word)):
            return True
    return False


@extensions.function(
    "email domain(s: string) -> string",
    group=GROUP,
    doc="What stands after the @ of an address, in small letters; null if it is no address.",
    examples={'email domain("Ann@Example.COM")': '"example.com"', 'email domain("ann")': "null"},
)
def email_domain(address: str) -> object:
    name, at, domain = address.strip().rpartition("@")
    domain = domain.rstrip(">").rstrip(".").lower()
    if not name or not at or not domain or " " in domain:
        return undefined("this is no email address")
    return domain


def _split_url(text: str) -> tuple[str, str, str] | None:
    """Host, path and query; None where the text cannot be read as a URL."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text or text.startswith(("/", "?", "#")) or not text else f"//{text}")
        host = parts.hostname or ""
    except ValueError:
        return None
    return host, parts.path, parts.query


@extensions.function(
    "url path(s: string) -> string",
    group=GROUP,
    doc='The path of a URL, without host, query and fragment; "/" if it has none.',
    examples={
        'url path("https://example.com/pricing?plan=pro#top")': '"/pricing"',
        'url path("example.com")': '"/"',
        'url path("/demo?x=1")': '"/demo"',
    },
)
def url_path(url: str) -> object:
    parts = _split_url(url)
    return undefined("this is no URL") if parts is None else parts[1] or "/"


@extensions.function(
    "url host(s: string) -> string",
    group=GROUP,
    doc="The host of a URL in small letters; null if it has none.",
    examples={'url host("https://WWW.example.com:8080/x")': '"www.example.com"', 'url host("/pricing")': "null"},
)
def url_host(url: str) -> object:
    parts = _split_url(url)
    return parts[0] if parts is not None and parts[0] else undefined("this URL has no host")


@extensions.function(
    "url param(s: string, name: string) -> string",
    group=GROUP,
    doc="The first value of a parameter in the query of a URL, decoded; null if it is not there.",
    examples={
        'url param("https://example.com/?utm_source=news+letter&x=1", "utm_source")': '"news letter"',
        'url param("/pricing", "plan")': "null",
    },
)
def url_param(url: str, name: str) -> object:
    parts = _split_url(url)
    if parts is None:
        return undefined("this is no URL")
    for pair in parts[2].split("&"):
        key, _, value = pair.partition("=")
        if unquote_plus(key) == name and pair:
            return unquote_plus(value)
    return undefined(f"the URL has no parameter {name!r}")


@extensions.function(
    "at least(band: string, name: string) -> boolean",
    group=GROUP,
    doc="Whether a band is `name` or a higher one, in the order of its score's bands.",
    examples={'at least("warm", "cold")': "null"},
    total=known_bands,
)
def at_least(band: str, name: str) -> object:
    if not isinstance(band, BandName):
        return undefined("at least() wants the band of a score, such as band.readiness")
    if band not in band.order or name not in band.order:
        return undefined(f"{name!r} is no band of this score")
    return band.order.index(band) >= band.order.index(name)
