"""Ingest: what comes in, how it is answered."""

from deploy.grafana.panels import Panel, course
from deploy.grafana.pipeline.words import RATE, quantile, rate

SECONDS = "journeyline_ingest_request_seconds"
HOOKS = "journeyline_ingest_hooks_total"
LATENCIES = [(quantile(q, SECONDS), f"p{q * 100:g}") for q in (0.5, 0.95, 0.99)]


def row() -> list[Panel]:
    wide = [panel.span(8).height(7) for panel in _answers()]
    return [*wide, *(panel.span(12).height(7) for panel in (*_limits(), *_platforms()))]


def _answers() -> list[Panel]:
    return [
        course(
            "Events by outcome",
            "What the door did with them: accepted, duplicate, quarantined and refused add up to received.",
            [(rate('journeyline_ingest_events_total{outcome!="received"}', "outcome"), "{{outcome}}")],
            "suffix: /s",
            stacked=True,
        ),
        course("Time to an answer", "Of POST /v1/events, Kafka's acknowledgement included.", LATENCIES, "s"),
        course(
            "Answers by status",
            "Requests to POST /v1/events. 5xx: platforms must send again.",
            [(rate(f"{SECONDS}_count", "status"), "{{status}}")],
            "reqps",
            stacked=True,
        ),
    ]


def _limits() -> list[Panel]:
    return [
        course(
            "Refusals by code",
            "Requests refused, by the code of their problem document.",
            [(f"{rate('journeyline_ingest_refused_total', 'code')} or vector(0)", "{{code}}")],
            "reqps",
        ),
        course(
            "Bytes",
            "Bodies read, and records that Kafka has not acknowledged. At the limit the door answers 503.",
            [
                (f"sum(rate(journeyline_ingest_received_bytes_total[{RATE}]))", "read a second"),
                ("sum(journeyline_ingest_in_flight_bytes)", "unacknowledged"),
            ],
            "bytes",
        ),
    ]


def _platforms() -> list[Panel]:
    kept = f'{HOOKS}{{outcome=~"quarantined|refused"}}'
    return [
        course(
            "Accepted from platforms",
            "Events that web-hooks became, by connection of JOURNEYLINE_HOOKS.",
            [(rate(f'{HOOKS}{{outcome="accepted"}}', "platform"), "{{platform}}")],
            "suffix: /s",
            stacked=True,
        ),
        course(
            "Set aside or refused of platforms",
            "Payloads kept in quarantine and deliveries refused, by connection and reason. set_aside: nothing"
            " of ours; untranslatable: failed in translation; bad_signature: perhaps a changed secret.",
            [(rate(kept, "platform, outcome, reason"), "{{platform}} {{outcome}}: {{reason}}")],
            "suffix: /s",
        ),
    ]
