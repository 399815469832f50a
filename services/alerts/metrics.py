"""Every number that this service tells Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.web.measure import request_seconds

REGISTRY = CollectorRegistry()
_P = "journeyline_alerts_"

FRICTIONS = Counter(
    _P + "frictions",
    "Frictions read, exactly once each, by what they did to incidents, and kind.",
    ["reason", "kind"],
    registry=REGISTRY,
)
SKIPPED = Counter(_P + "records_skipped", "Records that are no friction.", registry=REGISTRY)
INCIDENTS = Gauge(_P + "incidents", "Incidents there are, by state.", ["state"], registry=REGISTRY)
NOTICES = Counter(
    _P + "notifications_queued",
    "Notifications written to the outbox, by reason.",
    ["reason"],
    registry=REGISTRY,
)
ATTEMPTS = Counter(
    _P + "notifications",
    "Attempts to deliver, by kind of receiver and by what they came to: sent, retried, refused.",
    ["receiver_kind", "outcome"],
    registry=REGISTRY,
)
ATTEMPT_SECONDS = Histogram(
    _P + "delivery_attempt_seconds",
    "Time of one attempt to deliver.",
    ["transport"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
WAITING = Gauge(
    _P + "outbox_messages", "Notifications not delivered yet, by receiver.", ["receiver"], registry=REGISTRY
)
WAITING_SECONDS = Gauge(
    _P + "outbox_oldest_seconds", "Age of the oldest of them.", ["receiver"], registry=REGISTRY
)
PUBLISHED = Counter(_P + "incidents_published", "Records written to topic incidents.", registry=REGISTRY)
LAG = Gauge(_P + "consumer_lag_records", "Frictions in the topic that are not read.", registry=REGISTRY)
IS_CONSUMING = Gauge(
    _P + "consumer_active", "1 where this replica reads frictions, 0 where another does.", registry=REGISTRY
)
REQUEST_SECONDS = request_seconds(_P, REGISTRY)
