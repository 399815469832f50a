"""What the builder tells Prometheus of its trade; the runtime tells of itself in `services/stream`."""

from prometheus_client import Counter

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

# A series that is there before its first event shows that event as a rise.
for _kind in Kind:
    for _state in State:
        FRICTIONS.labels(_kind.value, _state.value)
for _word in Word:
    IDENTITIES.labels(_word.value)
for _reason in Reason:
    QUARANTINED.labels(_reason.value)
