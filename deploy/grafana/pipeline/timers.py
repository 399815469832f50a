"""Timers, recovery, restarts: whether time passes as it should."""

from deploy.grafana.panels import Panel, course
from deploy.grafana.pipeline.words import rate


def row() -> list[Panel]:
    return [panel.span(8).height(7) for panel in (*_deadlines(), *_restarts())]


def _deadlines() -> list[Panel]:
    return [
        course(
            "Open deadlines",
            "Waits, forms and journeys that something will be said of if nothing happens.",
            [("sum by (stage) (journeyline_stream_timers)", "{{stage}}")],
            "short",
        ),
        course(
            "Deadlines fired",
            "They fire when their time is past and all that was received before is folded.",
            [(rate("journeyline_stream_wakes_total", "stage"), "{{stage}}")],
            "suffix: /s",
        ),
        course(
            "Most overdue deadline",
            "How long it is past, and how far the slowest partition's clock is behind.",
            [
                ("stage:journeyline_stream_timer_late_seconds:max", "{{stage}} overdue"),
                ("max by (stage) (journeyline_stream_clock_lag_seconds)", "{{stage}} clock"),
            ],
            "s",
        ),
        course(
            "Clocks",
            "How far workers' clocks are off the brokers'. It is reckoned with, but for their first moments.",
            [("instance:journeyline_stream_clock_off:seconds", "{{instance}}")],
            "s",
        ),
    ]


def _restarts() -> list[Panel]:
    return [
        course(
            "Recovery",
            "Records of the changelog that a worker has still to restore before it folds.",
            [("sum by (instance) (journeyline_stream_recovery_records)", "{{instance}}")],
            "short",
        ),
        course(
            "Standbys",
            "Changelog records of other workers' partitions that a standby has not yet stored: what it would"
            " restore if it took them over now.",
            [("sum by (instance) (journeyline_stream_standby_backlog_records)", "{{instance}}")],
            "short",
        ),
        course(
            "Rebalances",
            "Assignments of partitions within 15 minutes.",
            [("sum by (instance) (increase(journeyline_stream_rebalances_total[15m]))", "{{instance}}")],
            "short",
        ),
        course(
            "Restarts",
            "Processes that started again within 15 minutes.",
            [
                (
                    "sum by (job, instance)"
                    ' (changes(process_start_time_seconds{job=~"ingest|build|live|alerts"}[15m]))',
                    "{{instance}}",
                )
            ],
            "short",
        ),
    ]
