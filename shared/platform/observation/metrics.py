"""Prometheus metrics: names and labels in one place, never with an id of a person in them."""

from __future__ import annotations

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

HTTP_REQUESTS: Final = Counter("auxilia_http_requests", "Requests handled.", ["service", "operation", "status"])
HTTP_SECONDS: Final = Histogram(
    "auxilia_http_request_seconds",
    "Time to handle a request.",
    ["service", "operation"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
ROLE_UP: Final = Gauge(
    "auxilia_role_up", "Whether a role of the service runs (1) or is being restarted (0).", ["service", "role"]
)
ROLE_RESTARTS: Final = Counter("auxilia_role_restarts", "Times a role ended with an error.", ["service", "role"])
OUTBOX_PENDING: Final = Gauge("auxilia_outbox_pending", "Facts not yet on Kafka.", ["service"])
DISPATCH_PENDING: Final = Gauge("auxilia_dispatch_pending", "Starts and signals not yet delivered.", ["service"])
UNDELIVERABLE: Final = Gauge(
    "auxilia_dispatch_undeliverable", "Starts and signals that reached no procedure.", ["service", "outcome"]
)
CONSUMER_LAG: Final = Gauge("auxilia_consumer_lag", "Messages on Kafka not yet consumed.", ["service"])
DEAD_LETTERS: Final = Gauge("auxilia_dead_letters", "Dead letters nobody resolved yet.", ["service"])
OPEN_TASKS: Final = Gauge("auxilia_open_tasks", "Tasks waiting for a person.", ["service"])
SLEEPING: Final = Gauge("auxilia_sleeping", "Open work that nothing will wake.", ["service", "what"])
SLEEPERS_COUNTED_AT: Final = Gauge(
    "auxilia_sleepers_counted_at_seconds", "When what sleeps was last counted.", ["service", "what"]
)
OPEN_WORKFLOWS: Final = Gauge("auxilia_open_workflows", "Procedures that run.", ["service"])

MEDIA_TYPE: Final = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """Return all metrics of this process in Prometheus' text format."""
    return generate_latest()
