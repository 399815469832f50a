"""The ledger: nothing is lost, and what is no event is kept with its reason."""

from deploy.grafana.panels import GREEN, RED, Column, Panel, course, grid
from deploy.grafana.pipeline.words import EVENTS

#: What can become of a record of events.*; `late` is a label within these.
OUTCOMES = ("processed", "duplicate", "conflict", "quarantined", "rerouted", "gap", "expired")
ENDS = f"sum by (topic) (journeyline_stream_end_offset{{{EVENTS}}})"


def row() -> list[Panel]:
    return [_topics().span(24).height(10), *(panel.span(8).height(7) for panel in _courses())]


def _topics() -> Panel:
    in_flight = 'sum by (topic) (stage_topic:journeyline_stream_in_flight:records{topic=~"events[.].+"})'
    unknown = "sum by (topic) (abs(instance_topic:journeyline_stream_unaccounted:records))"
    columns = [
        Column("Topic", label="topic"),
        Column("End offsets", ENDS),
        Column("In flight", in_flight),
        *(Column(outcome.capitalize(), _became(outcome)) for outcome in OUTCOMES),
        Column("Unaccounted", unknown, steps=((None, GREEN), (1, RED))),
    ]
    return grid(
        "Ledger of the topics",
        "End offsets = in flight + processed + duplicate + conflict + quarantined + rerouted + gap"
        " + expired. A gap is an offset without a record, as a transaction's marker; what expired was"
        " deleted unread.",
        columns,
        "End offsets",
    )


def _became(outcome: str) -> str:
    records = f'journeyline_stream_records{{{EVENTS}, outcome="{outcome}"}}'
    return f"sum by (topic) ({records}) or {ENDS} * 0"


def _courses() -> list[Panel]:
    other = 'journeyline_stream_records{stage="contacts", outcome!="processed"}'
    return [
        course(
            "Ledger of the door",
            "Received since start, and the sum of what became of it: one line over the other.",
            [
                ('sum(journeyline_ingest_events_total{outcome="received"})', "received"),
                ('sum(journeyline_ingest_events_total{outcome!="received"})', "accounted for"),
            ],
            "short",
        ),
        course(
            "Quarantine by reason",
            "Events within 15 minutes, of the door and of the topics. `GET /v1/quarantine` lists them.",
            [
                ("sum by (reason) (increase(journeyline_ingest_quarantined_total[15m]))", "door {{reason}}"),
                (
                    "sum by (reason) (increase(journeyline_build_quarantined_records_total[15m]))",
                    "topics {{reason}}",
                ),
            ],
            "short",
        ),
        course(
            "Late, duplicate, conflicting",
            "Records of events.* within 15 minutes. Late ones are folded like any other.",
            [(f"sum by (outcome) (delta({other}[15m])) or vector(0)", "{{outcome}}")],
            "short",
        ),
    ]
