"""Sources: who is heard, how late, and who has fallen silent."""

from deploy.grafana.panels import GREEN, RED, Column, Panel, course, grid
from deploy.grafana.pipeline.words import rate


def row() -> list[Panel]:
    return [_standing().span(16).height(8), _heard().span(8).height(8)]


def _standing() -> Panel:
    seen = "time() - max by (source) (journeyline_build_source_last_event_timestamp_seconds)"
    return grid(
        "How each source is heard",
        "Late: from the newest event's own time to its receipt; negative, its clock is ahead. Silent: many "
        "of its usual events have not come; its waits are suspect and wake nobody.",
        [
            Column("Source", label="source"),
            Column("Silent", "source:journeyline_build_silent:bool", steps=((None, GREEN), (1, RED))),
            Column("Last heard", seen, unit="s"),
            Column("Late", "max by (source) (journeyline_build_source_delay_seconds)", unit="s"),
            Column("In 15 min", "sum by (source) (increase(journeyline_build_source_events_total[15m]))"),
        ],
        "Last heard",
    )


def _heard() -> Panel:
    return course(
        "Events by source",
        "Live ones, as the builder folds them.",
        [(rate("journeyline_build_source_events_total", "source"), "{{source}}")],
        "suffix: /s",
    )
