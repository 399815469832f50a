"""What becomes of each event of a request: accepted, duplicate, quarantined, or all refused."""

from collections import Counter
from typing import Any

import orjson
from msgspec import Struct, field

from schemas.codec import (
    DEFAULT_TENANT,
    EVENT_BYTES_MAX,
    NAME_MAX,
    InvalidEvent,
    Reason,
    check_time,
    load_json,
    parse_event,
)
from schemas.data import TYPES
from schemas.events import Event, channel_of
from schemas.topics import EVENTS
from services.ingest.core.modes import Sent
from services.ingest.core.problems import Refusal, refused
from services.ingest.core.scrubbing import Scrub
from services.ingest.core.senders import ANYBODY, Sender, check_public, claim
from services.ingest.core.sources import Name
from services.ingest.core.splitting import is_grammatical

#: A single event is refused for what only its sender can correct, and kept for what may change.
KEPT_ALONE = frozenset({Reason.IN_FUTURE, Reason.UNKNOWN_CHANNEL, Reason.SET_ASIDE, Reason.UNTRANSLATABLE})

TOPICS = {channel: topic.name for channel, topic in EVENTS.items()}
_TOPICS_BY_TYPE = {name: TOPICS[channel_of(name)] for name in TYPES}
NOTHING = Scrub(())

Identity = tuple[object, ...]


class Record(Struct, frozen=True, gc=False):
    """An accepted event, as it goes to its topic."""

    topic: str
    key: bytes
    value: bytes
    digest: bytes
    name: Name
    replay: str | None = None


class Bad(Struct, frozen=True):
    """An event to be quarantined: its place in the request, its bytes, and why."""

    index: int
    original: bytes
    reason: Reason
    detail: str
    name: Name | None = None
    content_type: str = "application/cloudevents+json"
    #: Of a platform's own payload: its connection's tenant and name, and what the platform calls it.
    tenant: str | None = None
    platform: str | None = None
    kind: str | None = None


class Verdict(Struct):
    """One request, judged. `masked`: how much was taken out of the words, by kind."""

    records: list[Record] = field(default_factory=list)
    duplicate: int = 0
    bad: list[Bad] = field(default_factory=list)
    masked: Counter[str] = field(default_factory=Counter)

    @property
    def events(self) -> int:
        return len(self.records) + self.duplicate + len(self.bad)


def judge(sent: Sent, received_ms: int, sender: Sender = ANYBODY, scrub: Scrub = NOTHING) -> Verdict:
    """Judges every event of a request by itself."""
    verdict = Verdict()
    seen: set[Identity] = set()
    for index, raw in enumerate(sent.events):
        document: Any = None
        try:
            size, document = len(raw), load_json(raw)
            if sender.is_public:
                check_public(document, index, len(sent.events))
            if type(document) is dict:
                raw = _cleaned(document, raw, sender, scrub, verdict.masked)
            event = _read(document, size, received_ms)
        except InvalidEvent as error:
            _check_keepable(sent, raw, error, name := _name_of(document))
            original = scrub.scrub_unread(raw, verdict.masked) if document is None else raw
            verdict.bad.append(Bad(index, original, error.reason, error.detail, name))
            continue
        key = event.key
        # Whether the very same event came earlier in this request; only the builder sees further.
        identity = (event.tenant, key, event.source, event.id, event.replay, event.digest)
        if identity in seen:
            verdict.duplicate += 1
        else:
            seen.add(identity)
            topic = _TOPICS_BY_TYPE.get(event.type) or TOPICS[event.channel]
            name = (event.tenant, event.source)
            verdict.records.append(Record(topic, key, raw, event.digest, name, event.replay))
    return verdict


def _cleaned(
    document: dict[str, Any], raw: bytes, sender: Sender, scrub: Scrub, masked: Counter[str]
) -> bytes:
    """The event as it is kept: its sender's own, and without what nobody may keep."""
    is_changed = claim(document, sender)
    if scrub.scrub(document, masked) or is_changed:
        return orjson.dumps(document)
    return raw


def _read(document: Any, size: int, received_ms: int) -> Event:
    # Not before it was cleaned: what is too large is kept, too, in quarantine.
    if size > EVENT_BYTES_MAX:
        raise InvalidEvent(Reason.TOO_LARGE, f"{size} bytes; an event may have {EVENT_BYTES_MAX}")
    event = parse_event(document)
    if document.get("data_base64") is not None:
        raise InvalidEvent(Reason.SCHEMA, "`data_base64` is for bytes; send `data` as a JSON object")
    check_time(event, received_ms)
    return event


def _name_of(document: Any) -> Name | None:
    """Whose mistake it is, if so much can be read."""
    source = document.get("source") if isinstance(document, dict) else None
    if not isinstance(source, str) or len(source) > NAME_MAX:
        return None
    tenant = document.get("tenant")
    return (tenant if isinstance(tenant, str) and len(tenant) <= NAME_MAX else DEFAULT_TENANT, source)


def _check_keepable(sent: Sent, original: bytes, error: InvalidEvent, name: Name | None) -> None:
    if not sent.is_list and error.reason not in KEPT_ALONE:
        raise refused(error, name)
    if error.reason is Reason.NOT_JSON and not is_grammatical(original):
        # One broken token breaks the whole document: it is no JSON, so there are no others to save.
        raise Refusal(error.reason, error.detail, events=len(sent.events))
