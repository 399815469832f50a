"""Live: how far the read model is behind, how fast it answers."""

from deploy.grafana.panels import Panel, course
from deploy.grafana.pipeline.words import quantile, rate


def row() -> list[Panel]:
    return [panel.span(8).height(7) for panel in (*_projector(), *_readers())]


def _projector() -> list[Panel]:
    return [
        course(
            "Not projected, by topic",
            "Records that the read model does not show yet.",
            [("topic:journeyline_live_projector_lag:records", "{{topic}}")],
            "short",
        ),
        course(
            "Broker to reader, p95",
            "From the broker's time of a record until readers see its effect, by topic: events as steps of a"
            " journey, frictions and journeys as such.",
            [(quantile(0.95, "journeyline_live_record_delay_seconds", "topic"), "{{topic}}")],
            "s",
        ),
        course(
            "Batches",
            "Time to decode and commit one, p95.",
            [(quantile(0.95, "journeyline_live_batch_seconds"), "p95")],
            "s",
        ),
        course(
            "Records projected",
            "By topic.",
            [(rate("journeyline_live_records_total", "topic"), "{{topic}}")],
            "suffix: /s",
            stacked=True,
        ),
    ]


def _readers() -> list[Panel]:
    return [
        course(
            "Answers of the API, p95",
            "Time to the start of the answer, by route.",
            [(quantile(0.95, "journeyline_live_api_request_seconds", "route"), "{{route}}")],
            "s",
        ),
        course(
            "Journeys and readers",
            "Journeys that are open; clients of the event stream; replicas that project, which must be one.",
            [
                ("sum(max by (tenant) (journeyline_live_journeys_open)) or vector(0)", "open journeys"),
                ("sum(journeyline_live_sse_clients)", "stream clients"),
                ("journeyline:live_projectors:active", "projecting"),
            ],
            "short",
        ),
    ]
