"""All at a glance: green, or where to look."""

from deploy.grafana.panels import GREEN, ORANGE, RED, Panel, number
from deploy.grafana.pipeline.words import RATE

RECEIVED = f'sum(rate(journeyline_ingest_events_total{{outcome="received"}}[{RATE}]))'


def row() -> list[Panel]:
    return [tile.span(3).height(4) for tile in (*_flow(), *_faults())]


def _flow() -> list[Panel]:
    return [
        number(
            "Processes up",
            "Of ingest, build, live and alerts: the share of scraped processes that answer.",
            'avg(up{job=~"ingest|build|live|alerts"})',
            "percentunit",
            ((None, RED), (0.999, GREEN)),
        ),
        number("Received", "Events at the door.", RECEIVED, "suffix: /s", decimals=1),
        number(
            "In flight",
            "Records in topics that the builder has not folded: end offsets less folded offsets.",
            "sum(stage_topic:journeyline_stream_in_flight:records)",
            "short",
            ((None, GREEN), (1000, ORANGE), (50000, RED)),
        ),
        number(
            "Not projected",
            "Records that the read model does not show yet.",
            "journeyline:live_projector_lag:records",
            "short",
            ((None, GREEN), (1000, ORANGE), (5000, RED)),
        ),
    ]


def _faults() -> list[Panel]:
    return [
        number(
            "Event to fold, p95",
            "From the broker's time of an event until it is folded and durable, over 5 minutes.",
            'stage:journeyline_stream_record_delay_seconds:p95_5m{stage="contacts"}',
            "s",
            ((None, GREEN), (1, ORANGE), (10, RED)),
            2,
        ),
        number(
            "Unaccounted",
            "Events and records whose fate nobody knows. Anything but 0 is a fault.",
            "sum(abs(instance:journeyline_ingest_unaccounted:events))"
            " + sum(abs(instance_topic:journeyline_stream_unaccounted:records))",
            "short",
            ((None, GREEN), (1, RED)),
        ),
        number(
            "Quarantined",
            "Events refused as no events of ours, within an hour.",
            "sum(increase(journeyline_ingest_quarantined_total[1h]))"
            " + sum(increase(journeyline_build_quarantined_records_total[1h]))",
            "short",
            ((None, GREEN), (1, ORANGE), (100, RED)),
        ),
        number(
            "Restarts",
            "Of the builder's workers, within an hour.",
            'sum(changes(process_start_time_seconds{job="build"}[1h]))',
            "short",
            ((None, GREEN), (1, ORANGE), (5, RED)),
        ),
    ]
