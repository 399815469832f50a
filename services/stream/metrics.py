"""The runtime's metrics: what its operators watch."""

from prometheus_client import Counter, Gauge, Histogram

FOLD_SECONDS = Histogram(
    "journeyline_stream_fold_seconds",
    "Time to fold one batch of records, without writing.",
    ["stage"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
WRITE_SECONDS = Histogram(
    "journeyline_stream_write_seconds",
    "Time to make one folded batch durable, by step: changelog, outputs, store.",
    ["stage", "step"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
CACHE_READS = Gauge(
    "journeyline_stream_cache_reads",
    "States asked for since the partitions came, by result: a hit was in memory, a miss is read from disk.",
    ["stage", "result"],
)
BATCH_RECORDS = Histogram(
    "journeyline_stream_batch_records",
    "Records folded at once.",
    ["stage"],
    buckets=(1, 10, 100, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000),
)
BACKLOG = Gauge(
    "journeyline_stream_backlog_records",
    "Records of a stage's input topics that are not delivered yet, by topic.",
    ["stage", "topic"],
)
CLOCK_LAG_SECONDS = Gauge(
    "journeyline_stream_clock_lag_seconds",
    "How far the slowest partition's clock, which deadlines run on, is behind now.",
    ["stage"],
)
CLOCK_AHEAD_SECONDS = Gauge(
    "journeyline_stream_clock_ahead_seconds",
    "How far this machine's clock is ahead of the brokers' (negative: behind), told by their stamps. It is"
    " reckoned with.",
)
END_OFFSET = Gauge(
    "journeyline_stream_end_offset",
    "The broker's end offsets of the owned partitions, summed up: records that a topic ever had.",
    ["stage", "topic"],
)
FOLDED_OFFSET = Gauge(
    "journeyline_stream_folded_offset",
    "Offsets up to which the owned partitions are folded, summed up. What lies between is in flight.",
    ["stage", "topic"],
)
DELAY_SECONDS = Histogram(
    "journeyline_stream_record_delay_seconds",
    "From the broker's time of a record to the moment it is folded and durable: of each batch the oldest.",
    ["stage"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
TIMERS = Gauge("journeyline_stream_timers", "Open deadlines.", ["stage"])
TIMER_LATE_SECONDS = Gauge(
    "journeyline_stream_timer_late_seconds",
    "By how much the most overdue open deadline is past. A backlog holds deadlines back: they must not err.",
    ["stage"],
)
WAKES = Counter("journeyline_stream_wakes_total", "Deadlines that fired.", ["stage"])
PARTITIONS = Gauge("journeyline_stream_partitions", "Partitions owned by this worker.", ["stage"])
REBALANCES = Counter("journeyline_stream_rebalances_total", "Assignments received.")
RECOVERING = Gauge("journeyline_stream_recovery_records", "Changelog records still to restore.")
RECOVERY_SECONDS = Gauge(
    "journeyline_stream_recovery_seconds", "How long the last assignment took to be restored and ready."
)
RESTORED = Counter("journeyline_stream_restored_records_total", "Changelog records restored.")
STANDBYS = Gauge(
    "journeyline_stream_standby_partitions",
    "Partitions of others whose state this worker keeps up to date, to take them over at once.",
    ["stage"],
)
STANDBY_BACKLOG = Gauge(
    "journeyline_stream_standby_backlog_records",
    "Changelog records of those partitions that are in the log and not yet in this worker's store.",
    ["stage"],
)
FOLLOWED = Counter(
    "journeyline_stream_standby_records_total", "Changelog records of theirs that were stored."
)
COMMITS = Counter("journeyline_stream_commits_total", "Commits of offsets that succeeded.")
LOOP_LAG_SECONDS = Gauge(
    "journeyline_stream_loop_lag_seconds",
    "How long the event loop took to answer the last time it was asked.",
)
RECORDS = Gauge(
    "journeyline_stream_records",
    "Records of the owned partitions by what became of them, since their topics began; late is within these.",
    ["stage", "topic", "outcome"],
)
