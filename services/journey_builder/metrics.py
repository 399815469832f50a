"""What the builder tells Prometheus of its trade; the runtime tells of itself in `services/stream`."""

from prometheus_client import Counter, Gauge

from schemas.codec import Reason
from schemas.frictions import Kind, State
from schemas.identities import Word

FRICTIONS = Counter(
    "journeyline_build_frictions_total",
    "Records written to topic frictions, by kind and state; a friction that grows is told again.",
    ["kind", "state"],
)
QUARANTINED = Counter(
    "journeyline_build_quarantined_records_total",
    "Records of events.* that the builder quarantined, by reason.",
    ["reason"],
)
IDENTITIES = Counter(
    "journeyline_build_identity_decisions_total",
    "Entries written to the journal of identities, by what was decided.",
    ["word"],
)
IDENTITIES_ANEW = Counter(
    "journeyline_build_identities_settled_anew_total",
    "Known identifiers answered anew, since limits or blocked values are others; it rises until all are.",
)
RULES_LOADED = Gauge(
    "journeyline_build_rules_loaded_timestamp_seconds", "When the rules in force were read, since 1970."
)
RULES_ERRORS = Gauge(
    "journeyline_build_rules_errors", "Mistakes in the rules file as it is now; with any it is not used."
)
RULES_VERSION = Gauge(
    "journeyline_build_rules_version", "Version of the rules by which contacts are judged that start now."
)

SOURCE_EVENTS = Counter(
    "journeyline_build_source_events_total", "Live events folded, by the source that sent them.", ["source"]
)
SOURCE_SEEN = Gauge(
    "journeyline_build_source_last_event_timestamp_seconds",
    "When the newest live event of a source was received, since 1970.",
    ["source"],
)
SOURCE_DELAY = Gauge(
    "journeyline_build_source_delay_seconds",
    "How long before its receipt the newest event of a source happened; negative: its clock is ahead.",
    ["source"],
)
SOURCE_SILENT = Gauge(
    "journeyline_build_source_silent",
    "1 while a source has been silent for much longer than its usual; its waits are suspect.",
    ["source"],
)
SOURCES_UNWATCHED = Counter(
    "journeyline_build_unwatched_source_events_total",
    "Live events of sources that are not watched, since there are too many.",
)

# A series that is there before its first event shows that event as a rise.
for _kind in Kind:
    for _state in State:
        FRICTIONS.labels(_kind.value, _state.value)
for _word in Word:
    IDENTITIES.labels(_word.value)
for _reason in Reason:
    QUARANTINED.labels(_reason.value)
