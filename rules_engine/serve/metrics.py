"""Counters in Prometheus' text format. No label carries a lead, an account or a value of a field."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from rules_engine.live import Delivered, Fed, Store, StoreError

_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


class Metrics:
    """The counters of one service, in a registry of their own."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, store: Store) -> None:
        self._registry = CollectorRegistry()
        kept = self._registry
        self._requests = Counter("rules_requests", "Requests answered.", ["method", "route", "status"], registry=kept)
        self._seconds = Histogram("rules_request_seconds", "Time to answer a request.", ["route"], registry=kept)
        self._events = Counter("rules_events", "Events taken in, by what became of them.", ["outcome"], registry=kept)
        self._moves = Counter("rules_band_changes", "Band changes of leads.", ["score", "band"], registry=kept)
        self._fired = Counter("rules_automations_fired", "Firings of automations.", ["automation"], registry=kept)
        self._deliveries = Counter("rules_deliveries", "Deliveries, by how the try went.", ["outcome"], registry=kept)
        self._failures = Counter(
            "rules_background_failures", "Rounds of time or deliveries that failed.", registry=kept
        )
        self._plugin_failures = Counter(
            "rules_plugin_failures", "Leads, accounts and observers that a plugin failed on.", registry=kept
        )
        self._registry.register(_StoreGauges(store))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method if method in _METHODS else "other", route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def fed(self, fed: Fed) -> None:
        """Events came in, or time was looked after."""
        self._events.labels("new").inc(fed.events)
        self._events.labels("known").inc(fed.absorbed)
        self._events.labels("rejected").inc(len(fed.rejected))
        for _, move in fed.moves:
            self._moves.labels(move.score, move.after).inc()
        for firing in fed.firings:
            self._fired.labels(firing.automation.name).inc()
        self._plugin_failures.inc(len(fed.failures) + len(fed.plugin_problems))

    def delivered(self, done: Delivered) -> None:
        """A round of deliveries."""
        self._deliveries.labels("delivered").inc(done.delivered)
        self._deliveries.labels("waiting").inc(done.waiting)
        self._deliveries.labels("given_up").inc(done.given_up)

    def failed(self) -> None:
        """A round in the background failed; the next one tries again."""
        self._failures.inc()

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self._registry)


class _StoreGauges:
    """How much the store holds, counted when somebody asks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        try:
            counts = self._store.counts()
        except StoreError:
            yield GaugeMetricFamily("rules_store_up", "Whether the store answers.", 0)
            return
        yield GaugeMetricFamily("rules_store_up", "Whether the store answers.", 1)
        for name, count in counts.items():
            gauge = GaugeMetricFamily(f"rules_store_{name}", f"In the store: {name.replace('_', ' ')}.")
            gauge.add_metric([], count)
            yield gauge

    def describe(self) -> Iterator[Metric]:
        return iter(())
