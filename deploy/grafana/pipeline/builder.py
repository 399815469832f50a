"""The journey builder: what waits, how long it takes, what it finds."""

from deploy.grafana.panels import Panel, course
from deploy.grafana.pipeline.words import RATE, quantile, rate


def row() -> list[Panel]:
    return [panel.span(8).height(7) for panel in (*_times(), *_work())]


def _times() -> list[Panel]:
    return [
        course(
            "In flight by topic",
            "Records of each input topic that are not folded.",
            [("stage_topic:journeyline_stream_in_flight:records", "{{stage}} {{topic}}")],
            "short",
        ),
        course(
            "Broker to fold",
            "From the broker's time of a record until it is folded and durable, the oldest of each batch.",
            [
                (
                    quantile(q, "journeyline_stream_record_delay_seconds", "stage"),
                    f"{{{{stage}}}} p{q * 100:g}",
                )
                for q in (0.5, 0.95, 0.99)
            ],
            "s",
        ),
        course(
            "Folding a batch",
            "Time of the rules alone, without writing, p95.",
            [(quantile(0.95, "journeyline_stream_fold_seconds", "stage"), "{{stage}}")],
            "s",
        ),
    ]


def _work() -> list[Panel]:
    return [
        course(
            "Records folded",
            "By topic.",
            [
                (
                    f'sum by (topic) (rate(journeyline_stream_folded_offset{{topic!~".*wakes"}}[{RATE}]))',
                    "{{topic}}",
                )
            ],
            "suffix: /s",
            stacked=True,
        ),
        course(
            "Frictions written",
            "By kind and state, as they are told: a friction that grows is told again.",
            [(rate("journeyline_build_frictions_total", "kind, state"), "{{kind}} {{state}}")],
            "suffix: /s",
        ),
        course(
            "Partitions by worker",
            "Who owns how many; a worker without any is a spare.",
            [("sum by (instance, stage) (journeyline_stream_partitions)", "{{instance}} {{stage}}")],
            "short",
            stacked=True,
        ),
    ]
