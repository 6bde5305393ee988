"""The names around the expressions of the case files: a model of some size."""

from __future__ import annotations

from rules_engine.feel.types import (
    BOOLEAN,
    DATE,
    DAYS_TIME_DURATION,
    NUMBER,
    STRING,
    ZONED_DATE_AND_TIME,
    Band,
    Bounded,
    ContextOf,
    Entry,
    Enumeration,
    ListOf,
    Type,
    Typed,
)


def context(label: str, *entries: Entry) -> Typed:
    return Typed(ContextOf(entries, label), nullable=False)


def required(name: str, kind: Type) -> Entry:
    return Entry(name, kind, nullable=False)


ORDER = ContextOf((required("amount", NUMBER), required("sku", STRING)))

SCOPE: dict[str, Typed] = {
    "lead": context(
        "lead",
        required("id", STRING),
        Entry("title", STRING),
        Entry("email", STRING),
        Entry("status", STRING),
        Entry("country", Enumeration(("US", "GB", "FR", "DE"))),
        Entry("nps", Bounded(0, 10)),
        Entry("employees", NUMBER),
        Entry("clicks", NUMBER),
        Entry("mails", NUMBER),
        Entry("optin", BOOLEAN),
        Entry("tags", ListOf(STRING)),
        Entry("birthday", DATE),
        Entry("wait", DAYS_TIME_DURATION),
        Entry("address", ContextOf((Entry("city", STRING), required("zip", STRING)), "address")),
    ),
    "account": context("account", Entry("employees", NUMBER), Entry("orders", ListOf(ORDER))),
    "event": context(
        "event",
        required("type", STRING),
        required("at", ZONED_DATE_AND_TIME),
        required("path", STRING),
        Entry("watched", NUMBER),
        Entry("length", NUMBER),
    ),
    "constants": context("constants", required("pages", ListOf(STRING)), required("competitors", ListOf(STRING))),
    "tally": context("tally", required("downloads_90d", Bounded(0, None)), Entry("latest_score", NUMBER)),
    "score": context("score", required("readiness", NUMBER), required("fit", NUMBER)),
    "band": context(
        "band",
        required("readiness", Band("readiness", ("cold", "warm", "sales_ready"))),
        required("fit", Band("fit", ("C", "B", "A"))),
    ),
    "label": context("label", Entry("temperature", Enumeration(("hot", "cold", "nurture")))),
    "last": context("last", Entry("downloads_90d", ZONED_DATE_AND_TIME)),
    "last_increase": context("last_increase", Entry("readiness", ZONED_DATE_AND_TIME)),
    "now": Typed(ZONED_DATE_AND_TIME, nullable=False),
    "sales_ready": Typed(NUMBER, nullable=False),
}
