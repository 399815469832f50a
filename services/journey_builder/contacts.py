"""The contact stage: events in; frictions of one contact and summaries out. Keyed by contact."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from schemas import topics
from schemas.canonical import DIGEST_HEADER
from schemas.codec import InvalidEvent, check_time, decode_event
from schemas.contacts import Summary
from schemas.events import Event
from schemas.partitioning import home_of, partition_of
from schemas.replays import RunMark
from services.journey_builder.claims import claim, forget_claim
from services.journey_builder.contact_store import (
    forget,
    forget_frictions,
    is_over,
    load,
    save,
    save_frictions,
)
from services.journey_builder.core.contact_state import ContactState, Head
from services.journey_builder.core.facts import WORD_MAX, fact_of
from services.journey_builder.core.identity.keys import Keys, contact_of
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.judge import judge
from services.journey_builder.core.rule_book import RuleBook, Rulings
from services.journey_builder.core.summaries import Ruled, ruled, summary_of
from services.journey_builder.publishing import publish_friction
from services.journey_builder.refused import read_own, refuse
from services.journey_builder.runs import ContactRuns
from services.journey_builder.sources import Heard, Sources
from services.stream.position import Record
from services.stream.stage import Partition
from services.stream.wakes import Wake

_EVENT_TOPICS = {topic.name: channel for channel, topic in topics.EVENTS.items()}
_mark = msgspec.json.Decoder(RunMark)


class ContactStage:
    """Folds events into contacts."""

    name = "contacts"
    inputs: tuple[str, ...] = (*_EVENT_TOPICS, topics.REPLAYS.name)
    wakes = topics.CONTACT_WAKES.name
    changelog = topics.CONTACTS_CHANGELOG.name

    def __init__(self, keys: Keys, rules: Rulings, policy: Policy) -> None:
        self._keys = keys
        self._rules = rules
        self._policy = policy
        self._sources = Sources()

    def start(self, partition: Partition) -> None:
        partition.notes = ContactRuns(partition)
        self._sources.start(partition)

    def fold(self, partition: Partition, records: Sequence[Record], wakes: Sequence[Wake]) -> Iterator[None]:
        touched: dict[bytes, ContactState] = {}
        tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
        runs: ContactRuns = partition.notes
        book, heard = self._rules.book, Heard()
        for record in records:
            if record.topic in _EVENT_TOPICS:
                for outcome in self._take(partition, record, touched, book, heard):
                    tallies[record.topic][outcome] += 1
            elif mark := read_own(partition, record, _mark.decode):
                runs.take_mark(mark, record.timestamp)
            yield
        for topic, counts in tallies.items():
            partition.tally(topic, counts)
        self._pass_time(partition, wakes, touched)
        for state in touched.values():
            self._conclude(partition, state, book, heard)
            yield
        # What is known of sources outlives a fold that is given up: it is told at the very end.
        self._sources.hear(partition, heard)
        runs.save()

    def beat(self, partition: Partition, clock_ms: int) -> None:
        self._rules.look()
        partition.notes.beat(clock_ms)
        self._sources.tell(partition.now_ms)

    def _take(
        self,
        partition: Partition,
        record: Record,
        touched: dict[bytes, ContactState],
        book: RuleBook,
        heard: Heard,
    ) -> tuple[str, ...]:
        """Adds one record to its contact; returns what became of it, for the ledger."""
        try:
            event = decode_event(record.value or b"", _digest(record))
            check_time(event, record.timestamp)
        except InvalidEvent as error:
            refuse(partition, record, error)
            return ("quarantined",)
        key, contact, record_key = contact_of(event)
        state = touched.get(key) or load(partition, key)
        if self._reroute(partition, record, event, record_key, is_here=state is not None):
            return ("rerouted",)
        if state is None:
            state = ContactState(key, Head(event.tenant, contact))
        if event.replay is None:
            heard.note(event.source, record.timestamp, event.at_us)
        return self._add(partition, record, event, state, touched, book)

    def _add(
        self,
        partition: Partition,
        record: Record,
        event: Event,
        state: ContactState,
        touched: dict[bytes, ContactState],
        book: RuleBook,
    ) -> tuple[str, ...]:
        facts = state.head.events
        size = len(record.value or b"")
        fact = fact_of(event, record.timestamp, self._policy, book.heard, is_long=size > WORD_MAX)
        outcome, is_late = state.take(fact, size)
        if event.replay is not None:
            partition.notes.note_event(event.replay, record.timestamp, event.at_us)
        if state.head.events != facts or state.head.events == 0:
            touched[state.key] = state
        return (outcome, "late") if is_late else (outcome,)

    def _reroute(self, partition: Partition, record: Record, event: Event, key: bytes, is_here: bool) -> bool:
        """A producer may use another key, partitioner or topic: such a record goes where it belongs.

        `is_here`: its contact is kept in this partition, so its home need not be found out.
        """
        topic = topics.EVENTS[event.channel].name
        is_named_well = record.key == key and record.topic == topic
        if is_named_well and (is_here or partition_of(key, partition.count) == partition.number):
            return False
        partition.send(topic, partition_of(key, partition.count), key, record.value or b"")
        return True

    def _pass_time(
        self, partition: Partition, wakes: Sequence[Wake], touched: dict[bytes, ContactState]
    ) -> None:
        for wake in wakes:
            for stored_key in wake.keys:
                key = stored_key[1:]
                state = touched.get(key) or load(partition, key)
                if state is not None:
                    state.head.fired_us = max(state.head.fired_us, wake.clock_us)
                    touched[key] = state

    def _conclude(self, partition: Partition, state: ContactState, book: RuleBook, heard: Heard) -> None:
        """Publishes what is new about a contact, and saves it."""
        source, by = state.head.contact.source, ruled(state, book)
        is_heard = state.head.replay is not None or source in heard.events
        is_suspect = not is_heard and self._sources.is_silent(source, partition.now_ms)
        verdict = judge(state, by.rules, partition.now_ms * 1000, book.delay_us(source), is_suspect)
        for friction in verdict.publish:
            publish_friction(partition, friction)
        save_frictions(partition, state, verdict.publish)
        forget_frictions(partition, state, verdict.settled)
        if verdict.due_us is None and is_over(state) and not state.news:
            # His customer may be forgotten already: nothing is told that would bring him back.
            forget_claim(partition, state)
            forget(partition, state)
            return
        claim(partition, state)
        self._summarise(partition, state, by)
        state.note_told()
        save(partition, state, verdict.due_us, partition.notes.clock(state.head.replay))

    def _summarise(self, partition: Partition, state: ContactState, by: Ruled) -> None:
        """Tells the customer's stage, if anything that it needs to know has changed."""
        head = state.head
        if state.has_news_of_names or not state.candidates:
            known = state.contact.identifiers
            state.candidates = self._keys.candidates(head.tenant, head.contact, known)
        news_us = min([fact.at_us for fact in state.news], default=0)
        summary = summary_of(state, by, state.candidates, partition.order, news_us)
        if not summary.is_contact and not summary.identifiers and not head.customer_key:
            return
        if not state.news and state.told is not None and _say_the_same(state.told, summary):
            return
        state.told, body, owner = summary, msgspec.msgpack.encode(summary), summary.customer_key
        # First the one it belonged to, who passes it on; then the one it belongs to. Nobody else was ever
        # told: what is said is stored before.
        for addressee in dict.fromkeys((head.customer_key or owner, owner)):
            home = home_of(addressee, partition.count)
            partition.send(topics.SUMMARIES.name, home, addressee.encode(), body)
        head.customer_key = owner


def _digest(record: Record) -> bytes | None:
    for name, value in record.headers:
        if name == DIGEST_HEADER:
            return value
    return None


def _say_the_same(before: Summary, after: Summary) -> bool:
    return before == replace(after, revision=before.revision, news_us=before.news_us)
