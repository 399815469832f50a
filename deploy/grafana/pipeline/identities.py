"""Who is who: what waits for a decision, how long, and what is decided."""

from deploy.grafana.panels import Panel, course
from deploy.grafana.pipeline.words import RATE, rate


def row() -> list[Panel]:
    return [panel.span(8).height(7) for panel in _panels()]


def _panels() -> list[Panel]:
    return [
        course(
            "Claims waiting",
            "What was said of who is who and is not decided yet; stuck: while none is decided at all.",
            [
                ("journeyline:identities_in_flight:records", "waiting"),
                ("journeyline:identities_stuck:records", "stuck"),
            ],
            "short",
        ),
        course(
            "Claim to decision",
            "From the broker's time of a claim until it is decided and durable: until then contacts of one"
            " customer may stand under several keys.",
            [('stage:journeyline_stream_record_delay_seconds:p95_5m{stage="identities"}', "p95 over 5 min")],
            "s",
        ),
        course(
            "Decisions",
            "Entries of the journal of identities, by what was decided; and known identifiers that are"
            " answered anew, while other limits or blocked values take hold.",
            [
                (rate("journeyline_build_identity_decisions_total", "word"), "{{word}}"),
                (f"sum(rate(journeyline_build_identities_settled_anew_total[{RATE}]))", "answered anew"),
            ],
            "suffix: /s",
        ),
    ]
