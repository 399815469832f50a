"""Many records to the rows that hold their effect: of a key the last one, of an event the one that stands."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from schemas.codec import EVENT_BYTES_MAX, InvalidEvent, Reason, check_time, load_json, parse_event
from schemas.contacts import ContactHead, CustomerHead
from schemas.frictions import Friction
from schemas.identities import JournalEntry, TrialAnswer, Word
from schemas.incidents import Incident
from schemas.journeys import Journey
from schemas.replays import RunReport
from schemas.topics import CONTACTS, CUSTOMERS, EVENTS, FRICTIONS, IDENTITY_JOURNAL, INCIDENTS, JOURNEYS, RUNS
from services.live.core import rows
from services.live.core.names import label
from services.live.core.rows import Row

#: Every topic that is projected.
READ = (*(topic.name for topic in EVENTS.values()), *(
    topic.name for topic in (JOURNEYS, FRICTIONS, INCIDENTS, CONTACTS, CUSTOMERS, IDENTITY_JOURNAL, RUNS)
))  # fmt: skip
_EVENTS = frozenset(topic.name for topic in EVENTS.values())
#: Those of which the last record of a key holds.
_LAST_HOLDS = frozenset(topic.name for topic in (JOURNEYS, FRICTIONS, CONTACTS, CUSTOMERS, IDENTITY_JOURNAL))
#: Why a record has no effect. A label of metrics.
UNREADABLE, TOMBSTONE, REPEAT = "unreadable", "tombstone", "repeat"


class Record(Protocol):
    """What of a consumed record matters here; aiokafka's has it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Iterable[tuple[str, bytes]]: ...


class Batch:
    """The effect of some records, given in the order of their partitions."""

    def __init__(self) -> None:
        self.events: dict[tuple[bytes, bytes], Row] = {}
        self.answers: dict[tuple[bytes, bytes], Row] = {}
        self.contacts: dict[bytes, Row] = {}
        self.waits: dict[bytes, list[Row]] = {}
        self.customers: dict[str, Row] = {}
        self.identifiers: dict[str, list[Row]] = {}
        self.identities: dict[str, Row] = {}
        self.journal: dict[int, Row] = {}
        self.trials: dict[str, Row] = {}
        self.journeys: dict[str, Row] = {}
        self.frictions: dict[str, Row] = {}
        self.incidents: dict[str, Row] = {}
        self.reports: dict[tuple[str, str], Row] = {}
        self.offsets: dict[tuple[str, int], int] = {}
        #: Events by replay run, records by topic, and those without effect by topic and reason.
        self.replayed: Counter[str] = Counter()
        self.records: Counter[str] = Counter()
        self.skipped: Counter[tuple[str, str]] = Counter()
        self.unreadable: list[tuple[str, int, int]] = []
        #: What was said before and newer things after it: it holds where nothing else is known of its key.
        self.late: Batch | None = None

    def add(self, record: Record, is_repeat: bool = False) -> None:
        self.records[record.topic] += 1
        self.offsets[record.topic, record.partition] = record.offset + 1
        if record.value is None:
            self.skipped[record.topic, TOMBSTONE] += 1
            return
        taking = self
        if is_repeat and record.topic in _LAST_HOLDS:
            self.skipped[record.topic, REPEAT] += 1
            self.late = taking = self.late or Batch()
        try:
            taking._take(record.topic, record.value, record.timestamp)
        except InvalidEvent as error:
            # The builder quarantines it; here it is no step.
            self.skipped[record.topic, error.reason.value] += 1
        except msgspec.DecodeError:
            self.skipped[record.topic, UNREADABLE] += 1
            self.unreadable.append((record.topic, record.partition, record.offset))

    def _take(self, topic: str, value: bytes, received_ms: int) -> None:
        if topic in _EVENTS:
            self._event(value, received_ms)
        elif topic == JOURNEYS.name:
            row = rows.journey_row(_JOURNEY.decode(value))
            self.journeys[row["journey_id"]] = row
        elif topic == FRICTIONS.name:
            row = rows.friction_row(_FRICTION.decode(value))
            self.frictions[row["friction_id"]] = row
        elif topic == INCIDENTS.name:
            self._incident(_INCIDENT.decode(value))
        elif topic == CONTACTS.name:
            self._contact(_CONTACT.decode(value))
        elif topic == CUSTOMERS.name:
            self._customer(_CUSTOMER.decode(value))
        elif topic == IDENTITY_JOURNAL.name:
            self._entry(_ENTRY.decode(value))
        elif topic == RUNS.name:
            row = rows.report_row(_REPORT.decode(value))
            self.reports[row["run"], row["part"]] = row

    def _event(self, value: bytes, received_ms: int) -> None:
        if len(value) > EVENT_BYTES_MAX:
            raise InvalidEvent(Reason.TOO_LARGE, f"{len(value)} bytes")
        document = load_json(value)
        event = parse_event(document)
        check_time(event, received_ms)
        if event.replay is not None:
            self.replayed[label(event.replay)] += 1
        row = rows.event_row(event, document.get("data") or {})
        key = (row["contact"], row["event"])
        held = self.events.get(key)
        if held is None or row["rank"] > held["rank"]:
            self.events[key] = row
            if (answer := rows.answer_row(event, row)) is not None:
                self.answers[key] = answer

    def _incident(self, incident: Incident) -> None:
        row = rows.incident_row(incident)
        held = self.incidents.get(row["incident_id"])
        if held is None or row["revision"] > held["revision"]:
            self.incidents[row["incident_id"]] = row

    def _contact(self, head: ContactHead) -> None:
        row = rows.contact_row(head)
        self.contacts[row["contact"]] = row
        self.waits[row["contact"]] = rows.wait_rows(head)

    def _customer(self, head: CustomerHead) -> None:
        row = rows.customer_row(head)
        self.customers[row["customer_key"]] = row
        self.identifiers[row["customer_key"]] = rows.identifier_rows(head)

    def _entry(self, entry: JournalEntry | TrialAnswer) -> None:
        if isinstance(entry, TrialAnswer):
            row = rows.trial_row(entry)
            self.trials[row["trial"]] = row
            return
        self.journal[entry.seq] = rows.journal_row(entry)
        if entry.is_news or entry.word is not Word.BLOCKED:  # else of a value that never counted
            row = rows.identity_row(entry)
            self.identities[row["own_key"]] = row


def batch_of(records: Iterable[Record], is_repeat: Callable[[Record], bool] = lambda _: False) -> Batch:
    batch = Batch()
    for record in records:
        batch.add(record, is_repeat(record))
    return batch


_JOURNEY = msgspec.json.Decoder(Journey)
_FRICTION = msgspec.json.Decoder(Friction)
_INCIDENT = msgspec.json.Decoder(Incident)
_CONTACT = msgspec.json.Decoder(ContactHead)
_CUSTOMER = msgspec.json.Decoder(CustomerHead)
_ENTRY = msgspec.json.Decoder(JournalEntry | TrialAnswer)
_REPORT = msgspec.json.Decoder(RunReport)
