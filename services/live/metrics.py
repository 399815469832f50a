"""Every number that this service tells Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from services.web.measure import request_seconds

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

RECORDS = Counter(
    "journeyline_live_records",
    "Records projected, exactly once each, by topic.",
    ["topic"],
    registry=REGISTRY,
)
SKIPPED = Counter(
    "journeyline_live_records_skipped",
    "Records projected without effect: events that the builder quarantines, tombstones, unreadable ones,"
    " and repeats: what a worker that was replaced wrote late, of keys of which more is known.",
    ["topic", "reason"],
    registry=REGISTRY,
)
LAG = Gauge(
    "journeyline_live_projector_lag_records",
    "Records in the topics that are not projected, by topic.",
    ["topic"],
    registry=REGISTRY,
)
DELAY_SECONDS = Histogram(
    "journeyline_live_record_delay_seconds",
    "From the broker's time of a record to the moment readers see its effect, by topic.",
    ["topic"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
    registry=REGISTRY,
)
CENSUS_ERRORS = Counter(
    "journeyline_live_census_errors",
    "Scrapes without the figures of the read model, since the database did not answer.",
    registry=REGISTRY,
)
IS_PROJECTING = Gauge(
    "journeyline_live_projector_active",
    "1 where this replica projects, 0 where another does.",
    registry=REGISTRY,
)
BATCH_SECONDS = Histogram(
    "journeyline_live_batch_seconds",
    "Time to decode and commit one batch.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
REQUEST_SECONDS = request_seconds("journeyline_live_", REGISTRY)
SSE_CLIENTS = Gauge("journeyline_live_sse_clients", "Readers of the event stream.", registry=REGISTRY)
