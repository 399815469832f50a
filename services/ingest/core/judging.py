"""What becomes of each event of a request: accepted, duplicate, quarantined, or all refused."""

from msgspec import Struct, field

from schemas.codec import (
    EVENT_BYTES_MAX,
    InvalidEvent,
    Reason,
    check_time,
    load_json,
    parse_event,
)
from schemas.events import Event
from schemas.topics import EVENTS
from services.ingest.core.modes import Sent
from services.ingest.core.problems import Refusal, refused
from services.ingest.core.splitting import is_grammatical

#: A single event is refused for what only its sender can correct, and kept for what may change.
KEPT_ALONE = frozenset({Reason.IN_FUTURE, Reason.UNKNOWN_CHANNEL, Reason.SET_ASIDE, Reason.UNTRANSLATABLE})

TOPICS = {channel: topic.name for channel, topic in EVENTS.items()}


class Record(Struct, frozen=True):
    """An accepted event, as it goes to its topic."""

    topic: str
    key: bytes
    value: bytes
    replay: str | None = None


class Bad(Struct, frozen=True):
    """An event to be quarantined: its place in the request, its bytes, and why."""

    index: int
    original: bytes
    reason: Reason
    detail: str
    content_type: str = "application/cloudevents+json"
    #: Of a platform's own payload: its connection's tenant and name, and what the platform calls it.
    tenant: str | None = None
    platform: str | None = None
    kind: str | None = None


class Verdict(Struct):
    """One request, judged."""

    records: list[Record] = field(default_factory=list)
    duplicate: int = 0
    bad: list[Bad] = field(default_factory=list)

    @property
    def events(self) -> int:
        return len(self.records) + self.duplicate + len(self.bad)


def judge(sent: Sent, received_ms: int) -> Verdict:
    """Judges every event of a request by itself."""
    verdict = Verdict()
    seen: set[tuple[object, ...]] = set()
    for index, raw in enumerate(sent.events):
        try:
            event = _read(raw, received_ms)
        except InvalidEvent as error:
            _check_keepable(sent, raw, error)
            verdict.bad.append(Bad(index, raw, error.reason, error.detail))
            continue
        if _is_repeated(event, seen):
            verdict.duplicate += 1
        else:
            verdict.records.append(Record(TOPICS[event.channel], event.key, raw, event.replay))
    return verdict


def _read(raw: bytes, received_ms: int) -> Event:
    if len(raw) > EVENT_BYTES_MAX:
        raise InvalidEvent(Reason.TOO_LARGE, f"{len(raw)} bytes; an event may have {EVENT_BYTES_MAX}")
    document = load_json(raw)
    event = parse_event(document)
    if document.get("data_base64") is not None:
        raise InvalidEvent(Reason.SCHEMA, "`data_base64` is for bytes; send `data` as a JSON object")
    check_time(event, received_ms)
    return event


def _is_repeated(event: Event, seen: set[tuple[object, ...]]) -> bool:
    """Whether the very same event came earlier in this request; only the builder sees further."""
    identity = (event.tenant, event.key, event.source, event.id, event.digest, event.replay)
    if identity in seen:
        return True
    seen.add(identity)
    return False


def _check_keepable(sent: Sent, raw: bytes, error: InvalidEvent) -> None:
    if not sent.is_list and error.reason not in KEPT_ALONE:
        raise refused(error)
    if error.reason is Reason.NOT_JSON and not is_grammatical(raw):
        # One broken token breaks the whole document: it is no JSON, so there are no others to save.
        raise Refusal(error.reason, error.detail, events=len(sent.events))
