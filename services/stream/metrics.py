"""The runtime's metrics: what its operators watch."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class StreamMetrics:
    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.fold_seconds = Histogram(
            "journeyline_stream_fold_seconds",
            "Time to fold one batch of records, without writing.",
            ["stage"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.batch_records = Histogram(
            "journeyline_stream_batch_records",
            "Records folded at once.",
            ["stage"],
            buckets=(1, 10, 50, 100, 250, 500, 1000, 2000),
            registry=registry,
        )
        self.backlog = Gauge(
            "journeyline_stream_backlog_records",
            "Records of a stage's input topics that are not delivered yet, by topic.",
            ["stage", "topic"],
            registry=registry,
        )
        self.clock_lag_seconds = Gauge(
            "journeyline_stream_clock_lag_seconds",
            "How far the slowest partition's clock, which deadlines run on, is behind now.",
            ["stage"],
            registry=registry,
        )
        self.timers = Gauge("journeyline_stream_timers", "Open deadlines.", ["stage"], registry=registry)
        self.wakes = Counter(
            "journeyline_stream_wakes_total", "Deadlines that fired.", ["stage"], registry=registry
        )
        self.partitions = Gauge(
            "journeyline_stream_partitions", "Partitions owned by this worker.", ["stage"], registry=registry
        )
        self.rebalances = Counter(
            "journeyline_stream_rebalances_total", "Assignments received.", registry=registry
        )
        self.recovering = Gauge(
            "journeyline_stream_recovery_records", "Changelog records still to restore.", registry=registry
        )
        self.records = Gauge(
            "journeyline_stream_records",
            "Records of an owned partition by what became of them, since the topic began.",
            ["stage", "topic", "outcome"],
            registry=registry,
        )


METRICS = StreamMetrics()
