"""Records as the topics bring them, in a few words."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import orjson
from sqlalchemy import Engine

from schemas.contacts import ContactHead, CustomerHead, Wait
from schemas.data import Contact
from schemas.frictions import Evidence, Friction, Kind, Retraction, Severity, State
from schemas.identities import JournalEntry, Word
from schemas.incidents import Incident, IncidentState
from schemas.journeys import Journey, JourneyState
from schemas.times import SECOND_US, rfc3339
from schemas.topics import CONTACTS, CUSTOMERS, FRICTIONS, IDENTITY_JOURNAL, INCIDENTS, JOURNEYS, RUNS
from services.live.core.batch import Batch, batch_of
from services.live.store import writes

SOURCE = "//acme/pbx"
#: 21 Nov 2026, 10:00 UTC.
START_US = 1_795_255_200 * SECOND_US
RECEIVED_MS = START_US // 1000 + 86_400_000
_offsets: Counter[str] = Counter()


class Given(NamedTuple):
    topic: str
    value: bytes | None
    partition: int = 0
    offset: int = 0
    timestamp: int = RECEIVED_MS
    headers: tuple[tuple[str, bytes], ...] = ()


def at(seconds: float = 0) -> str:
    return rfc3339(START_US + int(seconds * SECOND_US))


def event(type_name: str, subject: str | None = "call-1", seconds: float = 0, **more: Any) -> Given:
    """`id`, `source`, `sequence`, `tenant`, `replay` are the event's own; the rest is its data."""
    names = {"id", "source", "sequence", "tenant", "replay"} & more.keys()
    envelope: dict[str, Any] = {name: more.pop(name) for name in names}
    document = {
        "specversion": "1.0",
        "id": f"{type_name}-{seconds}",
        "source": SOURCE,
        "type": type_name,
        "time": at(seconds),
        "subject": subject,
        "data": more,
        **envelope,
    }
    return Given(f"events.{type_name.partition('.')[0]}", orjson.dumps(document))


def journey(journey_id: str, seconds: float = 0, **more: Any) -> Given:
    fields: dict[str, Any] = {
        "tenant": "default",
        "customer_key": "c1",
        "state": JourneyState.OPEN,
        "goal": "move_home",
        "opened_at": at(),
        "last_event_at": at(seconds),
        "channels": ("call",),
        "contacts": (Contact(SOURCE, "call-1"),),
        "revision": 1,
    }
    return _given(JOURNEYS.name, Journey(journey_id=journey_id, **(fields | more)))


def friction(friction_id: str, seconds: float = 0, subject: str = "call-1", **more: Any) -> Given:
    fields: dict[str, Any] = {
        "tenant": "default",
        "kind": Kind.LONG_WAIT,
        "severity": Severity.MEDIUM,
        "state": State.RAISED,
        "retraction": None,
        "contact": Contact(SOURCE, subject),
        "touchpoint": "queue:billing",
        "at": at(seconds),
        "detected_at": at(seconds + 1),
        "rule": "long_wait",
        "rule_version": 1,
        "explanation": "Waited over 120 s for billing.",
        "evidence": (Evidence("e1", SOURCE, "call.queued", at(seconds - 120)),),
    }
    return _given(FRICTIONS.name, Friction(friction_id=friction_id, **(fields | more)))


def retracted(friction_id: str, seconds: float = 0, **more: Any) -> Given:
    state = {"state": State.RETRACTED, "retraction": Retraction.CORRECTED}
    return friction(friction_id, seconds, **(state | more))


def incident(incident_id: str, seconds: float = 0, **more: Any) -> Given:
    fields: dict[str, Any] = {
        "tenant": "default",
        "kind": Kind.LONG_WAIT,
        "touchpoint": "queue:billing",
        "state": IncidentState.OPEN,
        "severity": Severity.MEDIUM,
        "title": "Long wait at queue billing, 3 times",
        "explanation": "Waited over 120 s for billing.",
        "frictions": 3,
        "opened_at": at(seconds - 600),
        "last_friction_at": at(seconds),
        "revision": 1,
    }
    return _given(INCIDENTS.name, Incident(incident_id=incident_id, **(fields | more)))


def contact(subject: str = "call-1", seconds: float = 0, **more: Any) -> Given:
    fields: dict[str, Any] = {
        "tenant": "default",
        "customer_key": "c1",
        "journey_id": "j1",
        "channel": "call",
        "goal": None,
        "queue": None,
        "started_at": at(seconds),
        "ended_at": at(seconds + 60),
        "last_event_at": at(seconds + 60),
        "waits": (),
        "short_abandons": 0,
        "is_call_back": False,
        "replay": None,
        "revision": 1,
    }
    return _given(CONTACTS.name, ContactHead(contact=Contact(SOURCE, subject), **(fields | more)))


def lone_survey(subject: str, customer_key: str) -> Given:
    """What the builder tells of a survey about no contact, where a friction was found in it."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("journey_id", "channel", "started_at", "ended_at", "last_event_at")
    )
    return contact(subject, customer_key=customer_key, **nothing)


def wait(queue: str | None, start: float, end: float | None = None, how: str | None = None) -> Wait:
    """Times in seconds."""
    ended = None if end is None else START_US + int(end * SECOND_US)
    return Wait(queue, START_US + int(start * SECOND_US), ended, how)


def customer(customer_key: str = "c1", is_known: bool = True, **more: Any) -> Given:
    """What is left over is identifiers."""
    fields = {"tenant": more.pop("tenant", "default"), "contacts": more.pop("contacts", 1), "revision": 1}
    fields["attributes"] = more.pop("attributes", {})
    fields["merged_into"] = more.pop("merged_into", None)
    identifiers = {kind: (value,) if isinstance(value, str) else value for kind, value in more.items()}
    head = CustomerHead(customer_key=customer_key, is_known=is_known, identifiers=identifiers, **fields)
    return _given(CUSTOMERS.name, head)


def decided(seq: int, name: str, value: str, customer_key: str | None, **more: Any) -> Given:
    """An entry of the journal of identities."""
    fields: dict[str, Any] = {
        "tenant": "default",
        "own_key": f"{name}-{value}",
        "word": Word.LINKED if customer_key else Word.LIMITED,
        "reason": "it was named together with others",
        "before": None,
        "is_news": True,
        "named_with": (),
        "evidence": (),
        "decided_at": at(seq),
    }
    entry = JournalEntry(seq=seq, type=name, value=value, customer_key=customer_key, **(fields | more))
    return _given(IDENTITY_JOURNAL.name, entry)


def report(run: str, part: str, done: bool = True) -> Given:
    return Given(RUNS.name, orjson.dumps({"run": run, "part": part, "done": done}))


def _given(topic: str, value: Any) -> Given:
    return Given(topic, msgspec.json.encode(value))


def numbered(records: Iterable[Given]) -> list[Given]:
    """With offsets, as a broker gives them."""
    given = []
    for record in records:
        given.append(record._replace(offset=_offsets[record.topic]))
        _offsets[record.topic] += 1
    return given


def feed(engine: Engine, *records: Given) -> Batch:
    """Projects them in one batch."""
    batch = batch_of(numbered(records))
    with engine.connect() as connection:
        writes.apply(connection, batch, now_ms=RECEIVED_MS)
    return batch
