"""Every number that this service tells Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

RECORDS = Counter(
    "live_records", "Records projected, exactly once each, by topic.", ["topic"], registry=REGISTRY
)
SKIPPED = Counter(
    "live_records_skipped",
    "Records projected without effect: events that the builder quarantines, tombstones, unreadable ones.",
    ["topic", "reason"],
    registry=REGISTRY,
)
LAG = Gauge("live_projector_lag_records", "Records in the topics that are not projected.", registry=REGISTRY)
IS_PROJECTING = Gauge(
    "live_projector_active", "1 where this replica projects, 0 where another does.", registry=REGISTRY
)
BATCH_SECONDS = Histogram(
    "live_batch_seconds",
    "Time to decode and commit one batch.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "live_api_request_seconds",
    "Time to the start of the answer.",
    ["route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
SSE_CLIENTS = Gauge("live_sse_clients", "Readers of the event stream.", registry=REGISTRY)
